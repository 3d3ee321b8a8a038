import { describe, expect, it } from 'vitest';
import { EVENT_ID, HOLDER, OTHER, PRODUCT, TREASURY, at, batchSettled, bound, closed, settled } from '../testing/chain';
import type { LedgerEvent } from './ledgerEvents';
import { policyState, type LedgerState } from './model';
import { applyEvent, emptyState } from './replay';

function replay(...events: LedgerEvent[]): LedgerState {
  const state = emptyState();
  for (const event of events) applyEvent(state, event);
  return state;
}

const held: LedgerEvent = {
  name: 'PayoutHeld',
  emitter: TREASURY,
  at: at(20n, 60),
  args: { product: PRODUCT, policyId: EVENT_ID << 32n, payee: HOLDER, amount: 100_000_000n },
};
const released: LedgerEvent = {
  name: 'HeldPayoutPaid',
  emitter: TREASURY,
  at: at(30n, 1),
  args: { payee: HOLDER, to: OTHER, amount: 100_000_000n },
};
const late = [
  closed(1, 131, 5_000, 20n),
  settled(0, 100_000_000n, 20n),
  batchSettled(1n, 200_000_001n, 100_000_000n, 20n),
];

describe('applyEvent', () => {
  it('a policy that was bound is open, and counts towards premiums and exposure', () => {
    const state = replay(bound(0, 10n), bound(1, 10n));

    expect(state.policies.map(policyState)).toEqual(['open', 'open']);
    expect(state.policies.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(state.totals).toMatchObject({ premiums: 10_000_000n, exposure: 400_000_002n, paid: 0n });
  });

  it('an event that is closed but not settled leaves its policies to be settled', () => {
    const state = replay(bound(0, 10n), closed(2, 0, 5_000, 20n));

    expect(state.policies.map(policyState)).toEqual(['unsettled']);
    expect(state.policies[0]?.event.outcome).toBe('cancelled');
  });

  it('a settled policy is paid, and its exposure is released', () => {
    const state = replay(bound(0, 10n), ...late);

    expect(state.policies.map(policyState)).toEqual(['paid']);
    expect(state.payments).toHaveLength(1);
    expect(state.totals).toMatchObject({
      exposure: 0n,
      paid: 100_000_000n,
      indemnities: 100_000_000n,
      settledPolicies: 1,
    });
  });

  it('a policy settled without a payment is owed nothing', () => {
    const state = replay(bound(0, 10n), closed(1, 5, 0, 20n), batchSettled(1n, 200_000_001n, 0n, 20n));

    expect(state.policies.map(policyState)).toEqual(['nothing-owed']);
  });

  it('a refused transfer is held, not paid, and paid once it is released', () => {
    const before = replay(bound(0, 10n), ...late, held);
    const after = replay(bound(0, 10n), ...late, held, released);

    expect(before.policies.map(policyState)).toEqual(['held']);
    expect(before.totals).toMatchObject({ paid: 0n, held: 100_000_000n });
    expect(after.policies.map(policyState)).toEqual(['released']);
    expect(after.totals).toMatchObject({ paid: 100_000_000n, held: 0n });
    expect(after.payments[0]?.release?.to).toBe(OTHER);
  });

  it('a premium returned is a payment, but no indemnity', () => {
    const state = replay(
      bound(0, 10n),
      closed(4, 0, 0, 20n),
      settled(0, 5_000_000n, 20n),
      batchSettled(1n, 200_000_001n, 5_000_000n, 20n),
    );

    expect(state.policies.map(policyState)).toEqual(['paid']);
    expect(state.totals).toMatchObject({ paid: 5_000_000n, indemnities: 0n, settledPremiums: 0n });
  });

  it('a policy is found by flight number, airport, id and holder', () => {
    const [policy] = replay(bound(0, 10n)).policies;

    for (const word of ['ua1545', 'ua 1545', 'ewr', policy?.id ?? '-', HOLDER.toLowerCase()]) {
      expect(policy?.searchText).toContain(word);
    }
  });
});
