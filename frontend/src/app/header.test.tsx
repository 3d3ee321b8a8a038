// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { Account } from '../shared/account/account';
import { AccountProvider } from '../shared/account/AccountProvider';
import { en } from '../shared/i18n/en';
import { LanguageProvider } from '../shared/i18n/Language';
import { Header } from './Header';
import { parseRoute } from './routes';

afterEach(cleanup);

function show(hash: string, hint: string | null): void {
  const account = new Account(
    { getItem: () => hint, setItem: () => undefined, removeItem: () => undefined },
    (input) => {
      const leaving = (input as Request).method === 'DELETE';
      return Promise.resolve(leaving ? new Response(null, { status: 204 }) : Response.json({ csrf_token: 'mark' }));
    },
  );
  render(
    <LanguageProvider>
      <AccountProvider account={account}>
        <Header route={parseRoute(hash)} />
      </AccountProvider>
    </LanguageProvider>,
  );
}

describe('Header', () => {
  it.each(['', '#/policies', '#/policy/0xab', '#/account', '#/sign-in', '#/nowhere'])(
    'signed in, at %s: signing out is in sight, and works',
    async (hash) => {
      show(hash, '1');

      fireEvent.click(await screen.findByRole('button', { name: en.signOut }));

      expect(await screen.findByRole('link', { name: en.signIn })).toBeDefined();
      expect(screen.queryByRole('button', { name: en.signOut })).toBeNull();
    },
  );

  it('a visitor sees where to sign in', () => {
    show('', null);

    expect(screen.getByRole('link', { name: en.signIn }).getAttribute('href')).toBe('#/sign-in');
  });
});
