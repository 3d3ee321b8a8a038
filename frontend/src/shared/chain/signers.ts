import { hashTypedData, isAddressEqual, recoverAddress, type Address, type Hash, type Hex } from 'viem';
import type { SignerSet } from './contracts';
import type { EventReportRecord, ReportRecord, RiskReportRecord } from './model';
import { ACCEPTANCE_TYPES, EVENT_REPORT_TYPES, QUOTE_TYPES, RISK_REPORT_TYPES, productDomain } from './typedData';
import type { Policy } from './model';

export interface RecoveredSigner {
  address: Address | null; // null: the signature recovers to nobody
  place: number | null; // place in the signer set, from 1; null: not in it
}

/** What the signatures under a report prove. */
export interface QuorumProof {
  digestAgrees: boolean; // the digest the contract logged is that of this report
  signers: RecoveredSigner[];
  threshold: number;
  setSize: number;
  epoch: number;
  reached: boolean; // enough different members of the set signed
}

export function eventReportDigest(chainId: bigint, record: EventReportRecord): Hash {
  return hashTypedData({
    domain: productDomain(chainId, record.product),
    types: EVENT_REPORT_TYPES,
    primaryType: 'EventReport',
    message: record.report,
  });
}

export function riskReportDigest(chainId: bigint, record: RiskReportRecord): Hash {
  return hashTypedData({
    domain: productDomain(chainId, record.product),
    types: RISK_REPORT_TYPES,
    primaryType: 'RiskReport',
    message: record.report,
  });
}

async function recoverOrNull(hash: Hash, signature: Hex): Promise<Address | null> {
  try {
    return await recoverAddress({ hash, signature });
  } catch {
    return null;
  }
}

/** Recovers who signed a digest and holds it against the signer set of that time. */
export async function proveQuorum(
  digest: Hash,
  record: ReportRecord<unknown>,
  set: SignerSet,
  minSignatures: number,
): Promise<QuorumProof> {
  const addresses = await Promise.all(record.signatures.map((signature) => recoverOrNull(digest, signature)));
  const signers = addresses.map((address) => {
    const index = address ? set.signers.findIndex((signer) => isAddressEqual(signer, address)) : -1;
    return { address, place: index < 0 ? null : index + 1 };
  });
  const members = new Set(signers.flatMap(({ place }) => (place === null ? [] : [place])));
  const threshold = Math.max(set.threshold, minSignatures);
  const digestAgrees = digest === record.digest;
  const reached = digestAgrees && members.size >= threshold && signers.every(({ place }) => place !== null);
  return { digestAgrees, signers, threshold, setSize: set.signers.length, epoch: set.epoch, reached };
}

/** Whether the underwriter signed a policy's quote, and its holder accepted it. */
export interface ConsentProof {
  underwriter: boolean;
  holder: boolean | 'sent-it-themselves'; // without an acceptance, the holder sent the transaction
}

export async function proveConsent(chainId: bigint, policy: Policy): Promise<ConsentProof> {
  const domain = productDomain(chainId, policy.product);
  const quote = hashTypedData({ domain, types: QUOTE_TYPES, primaryType: 'Quote', message: policy.quote });
  const acceptance = hashTypedData({
    domain,
    types: ACCEPTANCE_TYPES,
    primaryType: 'Acceptance',
    message: policy.quote,
  });
  const underwriter = (await recoverOrNull(quote, policy.underwriterSignature)) === policy.quote.underwriter;
  if (policy.acceptance === '0x') return { underwriter, holder: 'sent-it-themselves' };
  return { underwriter, holder: (await recoverOrNull(acceptance, policy.acceptance)) === policy.holder };
}
