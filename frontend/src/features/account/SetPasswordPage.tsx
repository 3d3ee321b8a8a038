import { useId, useState, type SubmitEvent } from 'react';
import type { Outcome } from '../../shared/account/account';
import { useAccount } from '../../shared/account/AccountProvider';
import { useLanguage } from '../../shared/i18n/Language';
import { Notice } from '../../shared/ui/Notice';
import { useTitle } from '../../shared/ui/useTitle';
import { ProblemNotice } from './ProblemNotice';

/** Where an invitation and a forgotten password lead: the link is good once. */
export function SetPasswordPage({ token }: { token: string }) {
  const { strings: t, code: language } = useLanguage();
  const { account } = useAccount();
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const rule = useId();
  useTitle(t.setPassword);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const result = await account.setPassword(token, password, language);
    setBusy(false);
    setOutcome(result);
    if (!result.done) return;
    setPassword('');
    window.history.replaceState(null, '', '#/set-password'); // the token stays in no address and no history
  };
  return (
    <>
      <h1>{t.setPassword}</h1>
      {outcome?.done || token === '' ? (
        <Notice tone="plain">
          <p role="status">
            {t.passwordSet} <a href="/#/sign-in">{t.signIn}</a>
          </p>
        </Notice>
      ) : (
        <form className="form card" onSubmit={(event) => void submit(event)}>
          <ProblemNotice outcome={outcome} />
          <label>
            {t.newPassword}
            <input
              name="password"
              type={shown ? 'text' : 'password'}
              autoComplete="new-password"
              aria-describedby={rule}
              minLength={12}
              maxLength={128}
              autoCapitalize="none"
              spellCheck={false}
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          <p id={rule} className="muted">
            {t.passwordRule}
          </p>
          <button type="button" className="plain" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {t.showPassword}
          </button>
          <button type="submit" disabled={busy}>
            {t.setPassword}
          </button>
        </form>
      )}
    </>
  );
}
