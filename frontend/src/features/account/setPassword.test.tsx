// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { Account } from '../../shared/account/account';
import { AccountProvider } from '../../shared/account/AccountProvider';
import { en } from '../../shared/i18n/en';
import { LanguageProvider } from '../../shared/i18n/Language';
import { SetPasswordPage } from './SetPasswordPage';

afterEach(cleanup);

function set(answer: Response): Request[] {
  const asked: Request[] = [];
  const fetcher = (request: RequestInfo | URL) => {
    asked.push(request as Request);
    return Promise.resolve(answer);
  };
  const account = new Account({ getItem: () => null, setItem: () => undefined, removeItem: () => undefined }, fetcher);
  render(
    <LanguageProvider>
      <AccountProvider account={account}>
        <SetPasswordPage token="qt_once" />
      </AccountProvider>
    </LanguageProvider>,
  );
  fireEvent.change(screen.getByLabelText(en.newPassword), { target: { value: 'four uncommon words here' } });
  fireEvent.click(screen.getByRole('button', { name: en.setPassword }));
  return asked;
}

describe('SetPasswordPage', () => {
  it('sends the link’s token and leads to signing in', async () => {
    const asked = set(new Response(null, { status: 204 }));

    const link = await screen.findByRole('link', { name: en.signIn });
    expect(link.getAttribute('href')).toBe('/#/sign-in');
    expect(await asked[0]?.json()).toEqual({ token: 'qt_once', password: 'four uncommon words here' });
  });

  it('leaves the token in no address once it is used, and keeps it while it is not', async () => {
    const entries = window.history.length;
    window.history.replaceState(null, '', '#qt_once');
    set(new Response(null, { status: 409 }));
    await screen.findByRole('alert');
    expect(window.location.hash).toBe('#qt_once');
    cleanup();

    set(new Response(null, { status: 204 }));
    await screen.findByRole('link', { name: en.signIn });

    expect(window.location.hash).toBe('#/set-password');
    expect(window.history.length).toBe(entries);
  });

  it('says why it was refused and keeps what was typed', async () => {
    const refusal = { code: 'ticket_invalid', detail: 'The link is used or too old.' };
    set(
      new Response(JSON.stringify(refusal), { status: 409, headers: { 'content-type': 'application/problem+json' } }),
    );

    expect((await screen.findByRole('alert')).textContent).toContain('The link is used or too old.');
    expect(screen.getByLabelText<HTMLInputElement>(en.newPassword).value).toBe('four uncommon words here');
  });
});
