import type { Failure } from '../shared/api/failure';
import { formatCount } from '../shared/format/money';
import { unreachable } from '../shared/format/unreachable';
import type { Strings } from '../shared/i18n/en';
import { useLanguage } from '../shared/i18n/Language';
import { Notice } from '../shared/ui/Notice';

/** What is wrong and what to do about it, in a sentence. */
export function failureSentence(t: Strings, locale: string, failure: Failure): string {
  switch (failure.kind) {
    case 'deployment-missing':
      return t.deploymentMissing;
    case 'deployment-invalid':
      return t.deploymentInvalid(failure.field);
    case 'rpc-unreachable':
      return t.rpcUnreachable(failure.url);
    case 'wrong-chain':
      return t.wrongChain(String(failure.expected), String(failure.actual));
    case 'other-history':
      return t.otherHistory(formatCount(failure.blockNumber, locale));
    case 'contract-missing':
      return t.contractMissing(failure.name, failure.address);
    default:
      return unreachable(failure);
  }
}

/** Shown in place of the ledger. */
export function FailureView({ failure }: { failure: Failure }) {
  const { strings: t, locale } = useLanguage();
  return (
    <Notice tone="bad" title={t.failureTitle}>
      <p>{failureSentence(t, locale, failure)}</p>
      {failure.kind === 'rpc-unreachable' ? (
        <p>
          <code>{failure.reason}</code>
        </p>
      ) : null}
      <p>{t.retrying}</p>
    </Notice>
  );
}
