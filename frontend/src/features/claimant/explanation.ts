import type { SettledBy } from '../../shared/api/productDocument';
import type { Policy } from '../../shared/chain/model';
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

/** What the clauses to be shown settle: the outcome's own, and what becomes of an amount that could not be paid. */
export function clausesFor(policy: Policy): SettledBy[] {
  const { outcome } = policy.event;
  if (outcome === 'open') return ['measured', 'cancelled', 'diverted'];
  return policy.payment && policy.payment.fate !== 'paid' ? [outcome, 'held'] : [outcome];
}
