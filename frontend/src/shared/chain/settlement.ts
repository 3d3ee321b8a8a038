import type { InsuredEvent, Outcome, Policy } from './model';
import type { Terms } from './typedData';

const BPS = 10_000n;

/** One step of a payout curve. */
export interface CurveStep {
  threshold: number;
  shareBps: bigint;
}

export function curveSteps(terms: Pick<Terms, 'thresholds' | 'sharesBps'>): CurveStep[] {
  return terms.thresholds.map((threshold, i) => ({ threshold, shareBps: BigInt(terms.sharesBps[i] ?? 0) }));
}

/** The highest step a value reaches; null below the first. A value equal to a threshold reaches it. Rule S1. */
export function stepReached(steps: readonly CurveStep[], value: number): CurveStep | null {
  return steps.findLast(({ threshold }) => value >= threshold) ?? null;
}

/** Share of the sum insured the terms give for an outcome, basis points. */
export function shareDue(terms: Terms, outcome: Outcome, value: number): bigint {
  switch (outcome) {
    case 'measured':
      return stepReached(curveSteps(terms), value)?.shareBps ?? 0n;
    case 'cancelled':
      return BigInt(terms.cancelledShareBps);
    case 'diverted':
      return BigInt(terms.divertedShareBps);
    case 'open':
    case 'not-reported':
      return 0n;
  }
}

/** Share of an amount, rounded down: the dust stays with the pool. Rule S2. */
export function indemnity(sumInsured: bigint, shareBps: bigint): bigint {
  return (sumInsured * shareBps) / BPS;
}

/** What a policy is owed for its event's outcome, token units: the indemnity, or the premium back. Rules S2, S4. */
export function amountDue(policy: Policy, terms: Terms, event: InsuredEvent = policy.event): bigint {
  if (event.outcome === 'not-reported') return policy.quote.premium;
  return indemnity(policy.quote.sumInsured, shareDue(terms, event.outcome, event.value));
}
