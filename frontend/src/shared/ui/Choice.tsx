interface Props<Value extends string> {
  label: string;
  options: ReadonlyArray<readonly [value: Value, name: string]>;
  chosen: Value;
  choose: (value: Value) => void;
}

/** One of a few, as buttons in a row. */
export function Choice<Value extends string>({ label, options, chosen, choose }: Props<Value>) {
  return (
    <div className="choice" role="group" aria-label={label}>
      {options.map(([value, name]) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => choose(value)}>
          {name}
        </button>
      ))}
    </div>
  );
}
