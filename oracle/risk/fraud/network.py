"""Claims linked by phones and accounts: groups of claims that hang together, found on salted hashes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkedClaim:
    """A claim as the network sees it: whose it is, and its contacts. Holder and contacts are salted hashes."""

    claim_id: int
    holder: str
    contacts: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """For each claim the claims it hangs together with, itself among them, and how many policyholders that makes."""

    members: Mapping[int, tuple[int, ...]]
    holders: Mapping[int, int]

    def holders_linked(self, claim_id: int) -> int:
        """Policyholders in the group of a claim; 0 for a claim the network does not know."""
        return self.holders.get(claim_id, 0)


def network_of(claims: Iterable[LinkedClaim], hub_claims: int) -> Network:
    """Connected components of the graph of claims and contacts.

    Args:
        hub_claims: A contact of more claims than this is a broker's or a garage's, and links nobody.
    """
    known = {claim.claim_id: claim for claim in claims}
    used = Counter(token for claim in known.values() for token in set(claim.contacts))
    parent = {claim_id: claim_id for claim_id in known}
    first_with: dict[str, int] = {}
    for claim_id, claim in known.items():
        for token in claim.contacts:
            if used[token] <= hub_claims:
                _join(parent, claim_id, first_with.setdefault(token, claim_id))
    groups: dict[int, list[int]] = defaultdict(list)
    for claim_id in sorted(known):
        groups[_root(parent, claim_id)].append(claim_id)
    members: dict[int, tuple[int, ...]] = {}
    holders: dict[int, int] = {}
    for group in groups.values():
        together, people = tuple(group), len({known[claim_id].holder for claim_id in group})
        for claim_id in group:
            members[claim_id] = together
            holders[claim_id] = people
    return Network(members, holders)


def _root(parent: dict[int, int], claim_id: int) -> int:
    while parent[claim_id] != claim_id:
        parent[claim_id] = parent[parent[claim_id]]  # halve the way, so that long chains stay cheap
        claim_id = parent[claim_id]
    return claim_id


def _join(parent: dict[int, int], one: int, other: int) -> None:
    low, high = sorted((_root(parent, one), _root(parent, other)))
    parent[high] = low
