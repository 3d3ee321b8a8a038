import { useState } from 'react';

export interface Page<Row> {
  rows: readonly Row[];
  from: number; // place of the first row, from 1; 0 when there are none
  to: number;
  total: number;
  newest: (() => void) | null; // null: there is nothing newer
  newer: (() => void) | null;
  older: (() => void) | null;
}

/** The rows of one page: those from the row with key `cursor` on, or the first ones. */
export function pageFrom<Row>(rows: readonly Row[], keyOf: (row: Row) => string, cursor: string | null, size: number) {
  const found = cursor === null ? 0 : rows.findIndex((row) => keyOf(row) === cursor);
  const start = Math.max(found, 0);
  const shown = rows.slice(start, start + size);
  const older = rows[start + size];
  const newer = start > size ? rows[start - size] : undefined;
  return { start, shown, older: older && keyOf(older), newer: newer && keyOf(newer) };
}

/**
 * Pages by key, newest first. The first page follows new rows as they arrive; a later page stays with its rows.
 * @param scope When it changes (another search, another filter), paging starts over.
 */
export function usePages<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  size: number,
  scope: string,
): Page<Row> {
  const [place, setPlace] = useState<{ scope: string; cursor: string | null }>({ scope, cursor: null });
  const cursor = place.scope === scope ? place.cursor : null;
  const { start, shown, older, newer } = pageFrom(rows, keyOf, cursor, size);
  const go = (next: string | null) => () => setPlace({ scope, cursor: next });
  return {
    rows: shown,
    from: shown.length === 0 ? 0 : start + 1,
    to: start + shown.length,
    total: rows.length,
    newest: start > 0 ? go(null) : null,
    newer: start > 0 ? go(newer ?? null) : null,
    older: older === undefined ? null : go(older),
  };
}
