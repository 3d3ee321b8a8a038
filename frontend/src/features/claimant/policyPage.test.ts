import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../shared/chain/ledgerEvents';
import type { Policy } from '../../shared/chain/model';
import { applyEvent, emptyState } from '../../shared/chain/replay';
import { TERMS, batchSettled, bound, closed, settled } from '../../shared/testing/chain';
import { explain, parametersBehind } from './explanation';
import { timelineOf } from './timeline';

function policyAfter(...events: LedgerEvent[]): Policy {
  const state = emptyState();
  for (const event of [bound(0, 10n), ...events]) applyEvent(state, event);
  const [policy] = state.policies;
  if (!policy) throw new Error('no policy');
  return policy;
}

describe('explain', () => {
  it('measured: names the step reached and what it gives', () => {
    const why = explain(policyAfter(closed(1, 131, 5_000, 20n)), TERMS);
    const reached = { threshold: 120, shareBps: 5_000n };
    expect(why).toEqual({
      outcome: 'measured',
      value: 131,
      reached,
      first: { threshold: 60, shareBps: 2_000n },
      due: 100_000_000n,
    });
  });

  it('below the first step: nothing is due', () => {
    expect(explain(policyAfter(closed(1, 59, 0, 20n)), TERMS)).toMatchObject({ reached: null, due: 0n });
  });

  it('cancelled and diverted: the terms’ own shares', () => {
    expect(explain(policyAfter(closed(2, 0, 5_000, 20n)), TERMS)).toMatchObject({
      shareBps: 5_000n,
      due: 100_000_000n,
    });
    expect(explain(policyAfter(closed(3, 0, 2_500, 20n)), TERMS)).toMatchObject({ shareBps: 2_500n, due: 50_000_000n });
  });

  it('not reported: the premium goes back', () => {
    expect(explain(policyAfter(closed(4, 0, 0, 20n)), TERMS)).toEqual({ outcome: 'not-reported', due: 5_000_000n });
  });

  it('is computed from the terms, so a share the contract logged otherwise shows', () => {
    expect(explain(policyAfter(closed(1, 131, 9_999, 20n)), TERMS)).toMatchObject({ due: 100_000_000n });
  });

  it('the clauses shown are those that state what the amount rests on', () => {
    expect(parametersBehind('diverted')).toEqual(['diverted_share_bps']);
    expect(parametersBehind('open')).toHaveLength(3);
  });
});

describe('timelineOf', () => {
  const kinds = (policy: Policy) =>
    timelineOf(policy).map((step) => [step.kind, 'at' in step ? (step.at?.blockNumber ?? null) : 'time']);

  it('an open policy has steps still to come', () => {
    expect(kinds(policyAfter())).toEqual([
      ['quoted', 10n],
      ['bound', 10n],
      ['departure', 'time'],
      ['reported', null],
      ['settled', null],
    ]);
  });

  it('a paid policy ends with its payment', () => {
    const policy = policyAfter(
      closed(1, 131, 5_000, 20n),
      settled(0, 100_000_000n, 21n),
      batchSettled(1n, 200_000_001n, 1n, 21n),
    );
    expect(kinds(policy).slice(3)).toEqual([
      ['reported', 20n],
      ['settled', 21n],
      ['paid', 21n],
    ]);
  });

  it('a policy nobody reported says so', () => {
    expect(kinds(policyAfter(closed(4, 0, 0, 30n))).slice(3)).toEqual([
      ['closed-unreported', 30n],
      ['settled', null],
    ]);
  });
});
