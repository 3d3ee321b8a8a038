import { useMemo, useSyncExternalStore } from 'react';
import type { Hex } from 'viem';

/** Where the pages are. */
export const paths = {
  overview: '#/',
  policies: '#/policies',
  payments: '#/payments',
  reports: '#/reports',
  products: '#/products',
  signIn: '#/sign-in',
  account: '#/account',
  policy: (id: Hex) => `#/policy/${id}`,
} as const;

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** The part of the address behind `#`. */
export function useHash(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash);
}

/** The query behind the page's path, and a way to change one field of it without a new history entry. */
export function useHashQuery(): [URLSearchParams, (field: string, value: string) => void] {
  const hash = useHash();
  const [path = '', query = ''] = hash.split('?');
  const params = useMemo(() => new URLSearchParams(query), [query]);
  const set = (field: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(field, value);
    else next.delete(field);
    const text = next.toString();
    window.history.replaceState(null, '', text ? `${path}?${text}` : path);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  };
  return [params, set];
}
