/** Why the page cannot show the ledger. Each kind has one sentence, in both languages, in shared/i18n. */
export type Failure =
  | { kind: 'deployment-missing' }
  | { kind: 'deployment-invalid'; field: string }
  | { kind: 'rpc-unreachable'; url: string; reason: string }
  | { kind: 'wrong-chain'; expected: bigint; actual: bigint }
  | { kind: 'other-history'; blockNumber: bigint; expected: string; actual: string }
  | { kind: 'contract-missing'; name: string; address: string };

/** Carries a `Failure` through promises. */
export class LedgerFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind);
    this.name = 'LedgerFailure';
  }
}
