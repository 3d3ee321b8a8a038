import { policyState, type Policy, type PolicyState } from '../../shared/chain/model';
import { unreachable } from '../../shared/format/unreachable';

export const FILTERS = ['all', 'open', 'paid', 'held', 'nothing'] as const;
export type Filter = (typeof FILTERS)[number];

export function asFilter(text: string | null): Filter {
  return FILTERS.find((filter) => filter === text) ?? 'all';
}

function passes(state: PolicyState, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'open':
      return state === 'open' || state === 'unsettled';
    case 'paid':
      return state === 'paid' || state === 'released';
    case 'held':
      return state === 'held';
    case 'nothing':
      return state === 'nothing-owed';
    default:
      return unreachable(filter);
  }
}

/** Policies that pass the filter and hold every word of the search, newest first. */
export function findPolicies(policies: readonly Policy[], search: string, filter: Filter): Policy[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return policies
    .filter((policy) => passes(policyState(policy), filter) && words.every((word) => policy.searchText.includes(word)))
    .reverse();
}
