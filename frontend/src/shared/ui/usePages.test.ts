// @vitest-environment jsdom
import { act, renderHook } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { usePages } from './usePages';

const rows = (count: number) => Array.from({ length: count }, (_, i) => `row ${count - i}`);
const keyOf = (row: string) => row;

function pages(initial: string[]) {
  return renderHook(({ all, scope }) => usePages(all, keyOf, 10, scope), {
    initialProps: { all: initial, scope: 'all' },
  });
}

describe('usePages', () => {
  it('turns to older rows and back, to the last row', () => {
    const { result } = pages(rows(25));
    act(() => result.current.older?.());
    act(() => result.current.older?.());

    expect(result.current).toMatchObject({ from: 21, to: 25, total: 25, older: null });
    act(() => result.current.newer?.());
    expect(result.current.from).toBe(11);
    act(() => result.current.newest?.());
    expect(result.current).toMatchObject({ from: 1, newest: null, newer: null });
  });

  it('the first page takes in new rows, a later page stays with its own', () => {
    const { result, rerender } = pages(rows(25));
    rerender({ all: rows(26), scope: 'all' });
    expect(result.current.rows[0]).toBe('row 26');

    act(() => result.current.older?.());
    const shown = result.current.rows;
    rerender({ all: rows(29), scope: 'all' });
    expect(result.current.rows).toEqual(shown);
  });

  it('another search starts at the first page', () => {
    const { result, rerender } = pages(rows(25));
    act(() => result.current.older?.());
    rerender({ all: rows(25), scope: 'held' });

    expect(result.current.from).toBe(1);
  });

  it('no rows: no pages', () => {
    expect(pages([]).result.current).toMatchObject({ from: 0, to: 0, total: 0, older: null, newer: null });
  });
});
