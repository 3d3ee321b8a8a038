import { useState } from 'react';
import { useAccount } from '../shared/account/AccountProvider';
import { useLanguage } from '../shared/i18n/Language';
import { paths } from '../shared/ui/hash';

/** In the header of every page: the way in, or the account and the way out. */
export function SignedInAs() {
  const { strings: t, code: language } = useLanguage();
  const { account, signedIn } = useAccount();
  const [failed, setFailed] = useState(false);
  const { status } = signedIn;
  const signOut = async () => setFailed(!(await account.signOut(language)).done);
  if (status === 'asking') return null;
  if (status === 'out' || status === 'unknown') return <a href={paths.signIn}>{t.signIn}</a>;
  return (
    <div className="signed-in">
      {status === 'in' ? <a href={paths.account}>{t.accountTitle}</a> : null}
      <button type="button" className="plain" onClick={() => void signOut()}>
        {t.signOut}
      </button>
      {failed ? <span role="alert">{t.signOutFailed}</span> : null}
    </div>
  );
}
