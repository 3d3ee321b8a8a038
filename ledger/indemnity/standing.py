"""Who may do what at the moment, as the replayed state has it: what the twin asks about people."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from domain.indemnity_underwriting import Staff
from ledger.replay import LedgerState

UNDERWRITER, COMMITTEE, ADJUSTER = 2, 7, 8


@dataclass(slots=True)
class Clock:
    """Time of the event that has its turn, unix seconds."""

    now: int = 0


class RoleHolders(Collection[str]):
    """Accounts that hold a role of the insurer now, without a delay."""

    def __init__(self, state: LedgerState, role: int, clock: Clock) -> None:
        self._state, self._role, self._clock = state, role, clock

    def __contains__(self, account: object) -> bool:
        since = self._state.roles.get((self._role, str(account)))
        return since is not None and since <= self._clock.now

    def __iter__(self) -> Iterator[str]:
        return (who for role, who in self._state.roles if role == self._role and who in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class HeardSigners(Collection[str]):
    """Accounts in a signer set of the quorum that is heard: the current one, and the one before until it retires."""

    def __init__(self, state: LedgerState, clock: Clock) -> None:
        self._state, self._clock = state, clock

    def __contains__(self, account: object) -> bool:
        return account in self._now()

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> frozenset[str]:
        heard = (known for known in self._state.signer_sets.values() if known.is_heard(self._clock.now))
        return frozenset().union(*(known.signers for known in heard))


def staff_of(state: LedgerState, clock: Clock) -> Staff:
    """The insurer's people, whoever they are at the time they are asked about."""
    roles = (UNDERWRITER, COMMITTEE, ADJUSTER)
    underwriters, committee, adjusters = (RoleHolders(state, role, clock) for role in roles)
    return Staff(underwriters=underwriters, committee=committee, adjusters=adjusters)
