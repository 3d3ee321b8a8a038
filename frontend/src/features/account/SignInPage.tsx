import { useAccount } from '../../shared/account/AccountProvider';
import { useLanguage } from '../../shared/i18n/Language';
import { paths } from '../../shared/ui/hash';
import { useTitle } from '../../shared/ui/useTitle';
import { FactorForm } from './FactorForm';
import { PasswordForm } from './PasswordForm';

/** Signing in: first the password, then the second factor where there is one. */
export function SignInPage() {
  const { strings: t } = useLanguage();
  const { signedIn } = useAccount();
  useTitle(t.signIn);
  return (
    <>
      <h1>{t.signIn}</h1>
      {signedIn.status === 'in' ? (
        <p role="status">
          {t.signedInNow} <a href={paths.account}>{t.accountTitle}</a>
        </p>
      ) : null}
      {signedIn.status === 'asking' ? <p role="status">{t.loading}</p> : null}
      {signedIn.status === 'pending' ? <FactorForm /> : null}
      {signedIn.status === 'out' || signedIn.status === 'unknown' ? <PasswordForm /> : null}
    </>
  );
}
