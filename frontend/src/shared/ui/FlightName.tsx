import { parseFlight } from '../format/flight';

/** An insured flight: "UA 1545" and its route; any other event by its own text. */
export function FlightName({ insuredEvent }: { insuredEvent: string }) {
  const flight = parseFlight(insuredEvent);
  if (!flight) return <span className="flight">{insuredEvent}</span>;
  return (
    <span className="flight">
      <strong>
        {flight.carrier}&nbsp;{flight.number}
      </strong>{' '}
      <span className="muted route">
        {flight.origin}&nbsp;→&nbsp;{flight.dest}
      </span>
    </span>
  );
}
