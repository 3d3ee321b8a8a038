import { useEffect, useState } from 'react';
import type { Outcome, SessionView } from '../../shared/account/account';
import { useAccount } from '../../shared/account/AccountProvider';
import { useLanguage } from '../../shared/i18n/Language';
import { Moment } from '../../shared/ui/Moment';
import { Notice } from '../../shared/ui/Notice';
import { ProblemNotice } from './ProblemNotice';
import { methodName } from './names';

/** Where the reader is signed in, and how to end it. */
export function SessionsCard() {
  const { strings: t, code: language } = useLanguage();
  const { account } = useAccount();
  const [sessions, setSessions] = useState<SessionView[] | null | 'asking'>('asking');
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useEffect(() => {
    let wanted = true;
    void account.sessions().then((found) => {
      if (wanted) setSessions(found);
    });
    return () => {
      wanted = false;
    };
  }, [account, outcome]);
  const end = async (sessionId: string) => setOutcome(await account.endSession(sessionId, language));
  const endAll = async () => setOutcome(await account.signOutEverywhere(language));
  return (
    <section className="card">
      <h2>{t.sessionsTitle}</h2>
      <ProblemNotice outcome={outcome} />
      {sessions === 'asking' ? <p role="status">{t.loading}</p> : null}
      {sessions === null ? <Notice tone="bad">{t.backendUnreachable}</Notice> : null}
      <ul className="sessions">
        {(Array.isArray(sessions) ? sessions : []).map((session) => (
          <li key={session.session_id}>
            <span>
              {methodName(t, session.method)} · {t.lastSeen} <Moment at={session.last_seen_at} />
            </span>
            {session.current ? (
              <strong>{t.sessionHere}</strong>
            ) : (
              <button type="button" className="plain" onClick={() => void end(session.session_id)}>
                {t.endSession}
              </button>
            )}
          </li>
        ))}
      </ul>
      <button type="button" className="plain" onClick={() => void endAll()}>
        {t.signOutEverywhere}
      </button>
    </section>
  );
}
