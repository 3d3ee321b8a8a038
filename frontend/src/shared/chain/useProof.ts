import { usePromise, type Promised } from '../ui/usePromise';
import { readSignerSet, sawTransfer } from './contracts';
import { useLedger } from './LedgerProvider';
import type { EventReportRecord, Payment, Policy, RiskReportRecord } from './model';
import {
  eventReportDigest,
  proveConsent,
  proveQuorum,
  riskReportDigest,
  type ConsentProof,
  type QuorumProof,
} from './signers';

export type AnyReport = { kind: 'event'; record: EventReportRecord } | { kind: 'risk'; record: RiskReportRecord };

/** Recovers who signed a report and compares with the signer set of its epoch, read from the chain. */
export function useQuorumProof(report: AnyReport): Promised<QuorumProof> {
  const { kind, record } = report;
  const { client, deployment, products } = useLedger();
  return usePromise(`${kind} ${record.at.transactionHash} ${record.digest}`, async () => {
    const terms = products.find(({ address }) => address === record.product)?.terms;
    const quorum = terms?.quorum ?? deployment.contracts.quorum;
    const set = await readSignerSet(client, quorum, record.report.signerEpoch);
    const { chainId } = deployment;
    const digest =
      report.kind === 'event' ? eventReportDigest(chainId, report.record) : riskReportDigest(chainId, report.record);
    return proveQuorum(digest, record, set, terms?.minSignatures ?? 0);
  });
}

/** Recovers the two signatures under a policy. */
export function useConsentProof(policy: Policy): Promised<ConsentProof> {
  const { deployment } = useLedger();
  return usePromise(`${policy.key} ${policy.bound.transactionHash}`, () => proveConsent(deployment.chainId, policy));
}

/** Looks for the token's own log of a payment; null where there is nothing to look for yet. */
export function useTransferProof(payment: Payment | null): Promised<boolean | null> {
  const { client, deployment, token } = useLedger();
  const at = payment?.fate === 'paid' ? payment.at : payment?.release?.at;
  const to = payment?.release?.to ?? payment?.payee;
  return usePromise(`${payment?.key ?? ''} ${at?.transactionHash ?? ''}`, async () => {
    if (!payment || !at || !to) return null;
    const { blockHash, transactionHash } = at;
    const from = deployment.contracts.treasury;
    return sawTransfer(client, { token: token.address, from, to, amount: payment.amount, blockHash, transactionHash });
  });
}
