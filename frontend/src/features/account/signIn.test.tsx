// @vitest-environment jsdom
import { cleanup, createEvent, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { Account } from '../../shared/account/account';
import { AccountProvider } from '../../shared/account/AccountProvider';
import { en } from '../../shared/i18n/en';
import { LanguageProvider } from '../../shared/i18n/Language';
import { SignInPage } from './SignInPage';

afterEach(cleanup);

function show(answer: Response): void {
  const account = new Account({ getItem: () => null, setItem: () => undefined, removeItem: () => undefined }, () =>
    Promise.resolve(answer),
  );
  render(
    <LanguageProvider>
      <AccountProvider account={account}>
        <SignInPage />
      </AccountProvider>
    </LanguageProvider>,
  );
}

function field(label: string): HTMLInputElement {
  return screen.getByLabelText(label);
}

function signIn(): void {
  fireEvent.change(field(en.insurerName), { target: { value: 'acme' } });
  fireEvent.change(field(en.email), { target: { value: 'name@example.org' } });
  fireEvent.change(field(en.password), { target: { value: 'not the right one' } });
  fireEvent.click(screen.getByRole('button', { name: en.signIn }));
}

const REFUSED = { code: 'sign_in_refused', detail: 'E-mail or password is wrong.' };

describe('SignInPage', () => {
  it('masks the password until its reader asks to see it', () => {
    show(new Response());

    expect(field(en.password).type).toBe('password');
    fireEvent.click(screen.getByRole('button', { name: en.showPassword }));
    expect(field(en.password).type).toBe('text');
  });

  it('lets password managers fill it in and people paste', () => {
    show(new Response());

    const hints = [en.insurerName, en.email, en.password].map((label) => [
      field(label).name,
      field(label).autocomplete,
    ]);
    expect(hints).toEqual([
      ['tenant', 'organization'],
      ['email', 'username'],
      ['password', 'current-password'],
    ]);
    const paste = createEvent.paste(field(en.password));
    fireEvent(field(en.password), paste);
    expect(paste.defaultPrevented).toBe(false);
  });

  it('refused: says why, and keeps all that was typed but the password', async () => {
    show(Response.json(REFUSED, { status: 401 }));

    signIn();

    expect((await screen.findByRole('alert')).textContent).toBe(REFUSED.detail);
    expect([field(en.insurerName).value, field(en.email).value]).toEqual(['acme', 'name@example.org']);
    expect(field(en.password).value).toBe('');
  });

  it('refused for a while: says the seconds', async () => {
    show(Response.json({ ...REFUSED, code: 'too_many_attempts', retry_after_seconds: 40 }, { status: 429 }));

    signIn();

    expect((await screen.findByRole('alert')).textContent).toBe(en.tooManyAttempts('40'));
  });

  it('pending: asks for the second factor as a code for one use', async () => {
    show(Response.json({ pending: true, csrf_token: 'mark' }, { status: 201 }));

    signIn();

    const code: HTMLInputElement = await screen.findByLabelText(en.factorCode);
    expect(code.autocomplete).toBe('one-time-code');
  });
});
