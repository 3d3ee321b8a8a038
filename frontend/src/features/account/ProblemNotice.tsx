import type { Outcome } from '../../shared/account/account';
import { useLanguage } from '../../shared/i18n/Language';
import { Notice } from '../../shared/ui/Notice';

/** Why a step was refused, in the reader's language; nothing when it was not. */
export function ProblemNotice({ outcome }: { outcome: Outcome | null }) {
  const { strings: t } = useLanguage();
  if (!outcome || outcome.done) return null;
  const { problem } = outcome;
  if (problem === 'unreachable') return <Notice tone="bad">{t.backendUnreachable}</Notice>;
  const wait = problem.retryAfterSeconds;
  return <Notice tone="bad">{wait === null ? problem.detail : t.tooManyAttempts(String(wait))}</Notice>;
}
