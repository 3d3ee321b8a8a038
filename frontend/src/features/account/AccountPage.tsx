import type { CurrentSession } from '../../shared/account/account';
import { useAccount } from '../../shared/account/AccountProvider';
import { useLanguage } from '../../shared/i18n/Language';
import { Notice } from '../../shared/ui/Notice';
import { paths } from '../../shared/ui/hash';
import { useTitle } from '../../shared/ui/useTitle';
import { SessionsCard } from './SessionsCard';
import { factorName, roleName } from './names';

function Person({ current }: { current: CurrentSession }) {
  const { strings: t } = useLanguage();
  const roles = current.roles.map((role) => roleName(t, role));
  const factors = current.second_factors.map((factor) => factorName(t, factor));
  return (
    <section className="card">
      <dl className="policy-facts">
        <div>
          <dt>{t.personNumber}</dt>
          <dd>
            <code>{current.person_id}</code>
          </dd>
        </div>
        <div>
          <dt>{t.roles}</dt>
          <dd>{roles.join(', ') || t.none}</dd>
        </div>
        <div>
          <dt>{t.secondFactors}</dt>
          <dd>{factors.join(', ') || t.none}</dd>
        </div>
      </dl>
    </section>
  );
}

/** Who is signed in, as what, and where. */
export function AccountPage() {
  const { strings: t } = useLanguage();
  const { signedIn } = useAccount();
  useTitle(t.accountTitle);
  return (
    <>
      <h1>{t.accountTitle}</h1>
      {signedIn.status === 'in' ? (
        <div className="stack">
          <Person current={signedIn.current} />
          <SessionsCard />
        </div>
      ) : null}
      {signedIn.status === 'asking' ? <p role="status">{t.loading}</p> : null}
      {signedIn.status === 'unknown' ? <Notice tone="bad">{t.backendUnreachable}</Notice> : null}
      {signedIn.status === 'out' || signedIn.status === 'pending' ? (
        <p>
          {t.signInFirst} <a href={paths.signIn}>{t.signIn}</a>
        </p>
      ) : null}
    </>
  );
}
