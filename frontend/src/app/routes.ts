/** Pages of this application, as the address behind `#` names them. */
export type Route =
  | { page: 'overview' | 'policies' | 'payments' | 'reports' | 'products' | 'not-found' }
  | { page: 'sign-in' | 'account' }
  | { page: 'set-password'; token: string }
  | { page: 'policy'; id: string };

const PAGES = ['policies', 'payments', 'reports', 'products', 'sign-in', 'account'] as const;

/** Reads the address: `#/policy/0x…` → that policy's page; `#qt_…`, a link by mail → where a password is set. */
export function parseRoute(hash: string): Route {
  if (/^#qt_[\w-]+$/.test(hash)) return { page: 'set-password', token: hash.slice(1) };
  const path = (hash.replace(/^#\/?/, '').split('?')[0] ?? '').replace(/\/$/, '');
  if (path === 'set-password') return { page: 'set-password', token: '' }; // the link's token was used
  if (path === '') return { page: 'overview' };
  const [first = '', second = '', ...rest] = path.split('/');
  if (first === 'policy' && second && rest.length === 0) return { page: 'policy', id: second };
  const page = PAGES.find((known) => known === path);
  return { page: page ?? 'not-found' };
}
