import type { Outcome, Policy } from '../../shared/chain/model';
import { amountDue, curveSteps, shareDue, stepReached, type CurveStep } from '../../shared/chain/settlement';
import type { Terms } from '../../shared/chain/typedData';
import { unreachable } from '../../shared/format/unreachable';

/** Why a policy is owed what it is owed, step by step. */
export type Explanation =
  | { outcome: 'open' }
  | { outcome: 'measured'; value: number; reached: CurveStep | null; first: CurveStep | null; due: bigint }
  | { outcome: 'cancelled' | 'diverted'; shareBps: bigint; due: bigint }
  | { outcome: 'not-reported'; due: bigint };

/** Recomputes from the terms on the chain what the outcome of a policy's event is worth. */
export function explain(policy: Policy, terms: Terms): Explanation {
  const { outcome, value } = policy.event;
  const due = amountDue(policy, terms);
  switch (outcome) {
    case 'open':
      return { outcome };
    case 'measured': {
      const steps = curveSteps(terms);
      return { outcome, value, reached: stepReached(steps, value), first: steps[0] ?? null, due };
    }
    case 'cancelled':
    case 'diverted':
      return { outcome, shareBps: shareDue(terms, outcome, value), due };
    case 'not-reported':
      return { outcome, due };
    default:
      return unreachable(outcome);
  }
}

/** Parameters that the clauses to be shown state: those that give the outcome's amount, or all while it is open. */
export function parametersBehind(outcome: Outcome): string[] {
  switch (outcome) {
    case 'open':
      return ['curve', 'cancelled_share_bps', 'diverted_share_bps'];
    case 'measured':
      return ['curve'];
    case 'cancelled':
      return ['cancelled_share_bps'];
    case 'diverted':
      return ['diverted_share_bps'];
    case 'not-reported':
      return ['report_window_seconds'];
    default:
      return unreachable(outcome);
  }
}
