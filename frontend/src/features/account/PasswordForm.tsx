import { useState, type SubmitEvent } from 'react';
import type { Outcome } from '../../shared/account/account';
import { useAccount } from '../../shared/account/AccountProvider';
import { useLanguage } from '../../shared/i18n/Language';
import { ProblemNotice } from './ProblemNotice';

/** Insurer, e-mail and password. A refusal leaves everything as it was typed, but the password. */
export function PasswordForm() {
  const { strings: t, code: language } = useLanguage();
  const { account } = useAccount();
  const [tenant, setTenant] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const result = await account.signIn({ tenant: tenant.trim(), email: email.trim(), password }, language);
    setPassword('');
    setBusy(false);
    setOutcome(result);
  };
  return (
    <form className="form card" onSubmit={(event) => void submit(event)}>
      <ProblemNotice outcome={outcome} />
      <label>
        {t.insurerName}
        <input
          name="tenant"
          autoComplete="organization"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          required
          value={tenant}
          onChange={(event) => setTenant(event.target.value)}
        />
      </label>
      <label>
        {t.email}
        <input
          name="email"
          type="email"
          autoComplete="username"
          maxLength={320}
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </label>
      <label>
        {t.password}
        <input
          name="password"
          type={shown ? 'text' : 'password'}
          autoComplete="current-password"
          maxLength={512}
          autoCapitalize="none"
          spellCheck={false}
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <button type="button" className="plain" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {t.showPassword}
      </button>
      <button type="submit" disabled={busy}>
        {busy ? t.signingIn : t.signIn}
      </button>
    </form>
  );
}
