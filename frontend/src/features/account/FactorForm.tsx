import { useState, type SubmitEvent } from 'react';
import type { FactorMethod, Outcome } from '../../shared/account/account';
import { useAccount } from '../../shared/account/AccountProvider';
import { useLanguage } from '../../shared/i18n/Language';
import { Choice } from '../../shared/ui/Choice';
import { ProblemNotice } from './ProblemNotice';

/** The second factor: a code of the app, or a recovery code. */
export function FactorForm() {
  const { strings: t, code: language } = useLanguage();
  const { account } = useAccount();
  const [method, setMethod] = useState<FactorMethod>('totp');
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const methods = [
    ['totp', t.factorTotp],
    ['recovery_code', t.factorRecovery],
  ] as const;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const result = await account.stepUp(method, code.trim(), language);
    setBusy(false);
    setOutcome(result);
  };
  return (
    <form className="form card" onSubmit={(event) => void submit(event)}>
      <p>{t.factorNeeded}</p>
      <ProblemNotice outcome={outcome} />
      <Choice label={t.factorKind} options={methods} chosen={method} choose={setMethod} />
      <label>
        {t.factorCode}
        <input
          name="code"
          autoComplete="one-time-code"
          inputMode={method === 'totp' ? 'numeric' : 'text'}
          minLength={6}
          maxLength={40}
          autoCapitalize="none"
          spellCheck={false}
          required
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </label>
      <button type="submit" disabled={busy}>
        {busy ? t.signingIn : t.factorShow}
      </button>
    </form>
  );
}
