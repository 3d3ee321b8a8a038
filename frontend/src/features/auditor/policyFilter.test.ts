import { describe, expect, it } from 'vitest';
import { applyEvent, emptyState } from '../../shared/chain/replay';
import { OTHER, batchSettled, bound, closed, settled } from '../../shared/testing/chain';
import { asFilter, findPolicies } from './policyFilter';

/** Two policies: the first paid, the second, of another holder, owed nothing yet. */
function policies() {
  const state = emptyState();
  const events = [
    bound(0, 10n),
    bound(1, 11n, 300_000_000n, OTHER),
    closed(1, 131, 5_000, 20n),
    settled(0, 1n, 20n),
    batchSettled(1n, 200_000_001n, 1n, 20n),
  ];
  for (const event of events) applyEvent(state, event);
  return state.policies;
}

describe('findPolicies', () => {
  it('newest first, all words must match, in any order and any case', () => {
    expect(findPolicies(policies(), '', 'all').map(({ ordinal }) => ordinal)).toEqual([1, 0]);
    expect(findPolicies(policies(), 'iah UA', 'all')).toHaveLength(2);
    expect(findPolicies(policies(), `ewr ${OTHER}`, 'all').map(({ ordinal }) => ordinal)).toEqual([1]);
    expect(findPolicies(policies(), 'ua 1546', 'all')).toEqual([]);
  });

  it('filters by state', () => {
    expect(findPolicies(policies(), '', 'paid').map(({ ordinal }) => ordinal)).toEqual([0]);
    expect(findPolicies(policies(), '', 'open').map(({ ordinal }) => ordinal)).toEqual([1]);
    expect(findPolicies(policies(), '', 'held')).toEqual([]);
    expect(asFilter('nonsense')).toBe('all');
  });
});
