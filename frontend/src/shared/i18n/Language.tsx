import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en, type Strings } from './en';
import { zh } from './zh';

export const LANGUAGES = { en: { name: 'English', strings: en }, zh: { name: '中文', strings: zh } } as const;
export type LanguageCode = keyof typeof LANGUAGES;

interface Language {
  code: LanguageCode;
  strings: Strings;
  locale: string;
  choose: (code: LanguageCode) => void;
}

const STORAGE_KEY = 'quittance.language';
const LanguageContext = createContext<Language | null>(null);

/** What the reader chose before, else what the browser prefers, else English. */
export function initialLanguage(stored: string | null, preferred: readonly string[]): LanguageCode {
  if (stored === 'en' || stored === 'zh') return stored;
  const first = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'en' || tag === 'zh');
  return first === 'zh' ? 'zh' : 'en';
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [code, setCode] = useState(() => initialLanguage(localStorage.getItem(STORAGE_KEY), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = LANGUAGES[code].strings.languageTag;
  }, [code]);
  const language = useMemo<Language>(() => {
    const { strings } = LANGUAGES[code];
    const choose = (next: LanguageCode) => {
      localStorage.setItem(STORAGE_KEY, next);
      setCode(next);
    };
    return { code, strings, locale: strings.languageTag, choose };
  }, [code]);
  return <LanguageContext value={language}>{children}</LanguageContext>;
}

/** Strings, locale and the switch. Only below a `LanguageProvider`. */
export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (!language) throw new Error('useLanguage outside LanguageProvider');
  return language;
}
