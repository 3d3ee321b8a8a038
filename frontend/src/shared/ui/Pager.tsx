import { useWords } from './useWords';
import type { Page } from './usePages';

/** Buttons to turn pages, and which rows are shown. */
export function Pager<Row>({ page }: { page: Page<Row> }) {
  const { t, count } = useWords();
  if (page.newer === null && page.older === null) return null;
  const turns = [
    [t.pageNewest, page.newest],
    [t.pageNewer, page.newer],
    [t.pageOlder, page.older],
  ] as const;
  return (
    <nav className="pager" aria-label={t.pages}>
      <span className="muted">{t.pageRange(count(page.from), count(page.to), count(page.total))}</span>
      {turns.map(([name, turn]) => (
        <button key={name} type="button" disabled={turn === null} onClick={() => turn?.()}>
          {name}
        </button>
      ))}
    </nav>
  );
}
