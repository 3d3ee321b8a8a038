import { describe, expect, it } from 'vitest';
import { en } from './en';
import { initialLanguage } from './Language';
import { zh } from './zh';

type Key = keyof typeof en;

/** Strings of signs and numbers only, which read the same in both languages. */
const SIGNS: ReadonlySet<Key> = new Set<Key>(['none', 'whySum', 'otherUnit']);
/** English needs the bare count to choose singular or plural; Chinese does not. */
const PLURALS: ReadonlySet<Key> = new Set<Key>(['minutes']);
const MARKS = ['‹1›', '‹2›', '‹3›'];

function say(entry: (typeof en)[Key]): string {
  return typeof entry === 'string' ? entry : (entry as (...args: string[]) => string)(...MARKS);
}

describe('strings', () => {
  const keys = Object.keys(en) as Key[];

  it('are said in both languages, each in its own words', () => {
    const same = keys.filter((key) => !SIGNS.has(key) && say(zh[key]) === say(en[key]));
    const empty = keys.filter((key) => say(en[key]).trim() === '' || say(zh[key]).trim() === '');

    expect(same).toEqual([]);
    expect(empty).toEqual([]);
  });

  it('say the same values in both languages', () => {
    const uneven = keys
      .filter((key) => !PLURALS.has(key))
      .filter((key) => MARKS.some((mark) => say(en[key]).includes(mark) !== say(zh[key]).includes(mark)));

    expect(uneven).toEqual([]);
  });
});

describe('initialLanguage', () => {
  it.each([
    ['zh', ['en-GB'], 'zh'],
    [null, ['zh-TW', 'en'], 'zh'],
    [null, ['fr-FR', 'zh-CN'], 'zh'],
    [null, ['fr-FR'], 'en'],
    ['xx', [], 'en'],
  ] as const)('stored %s, preferred %s: %s', (stored, preferred, language) => {
    expect(initialLanguage(stored, preferred)).toBe(language);
  });
});
