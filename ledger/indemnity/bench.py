"""Who is on the bench, who was, and how often they stayed silent: what draws are held against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from domain.panel import STRIKES_TO_LEAVE, BenchMember


@dataclass(slots=True)
class Bench:
    """The panel's bench.

    Attributes:
        members: Present and past, in the order they were admitted.
        strikes: Of those who are on it now.
    """

    members: list[BenchMember] = field(default_factory=list)
    strikes: dict[str, int] = field(default_factory=dict)

    def admit(self, account: str, *, advocate: bool, block: int) -> bool:
        """Somebody may be drawn from now on; False if they were there already."""
        if account in self.strikes:
            return False
        self.members.append(BenchMember(account, advocate, block))
        self.strikes[account] = 0
        return True

    def remove(self, account: str, block: int) -> bool:
        """Somebody is drawn no more; False if they were not there."""
        if self.strikes.pop(account, None) is None:
            return False
        place = max(n for n, member in enumerate(self.members) if member.account == account)
        self.members[place] = replace(self.members[place], removed_block=block)
        return True

    def strike(self, account: str) -> tuple[int, bool]:
        """Somebody stayed silent: how often by now (0: they had left), and whether they have to leave for it."""
        if account not in self.strikes:
            return 0, False
        self.strikes[account] += 1
        return self.strikes[account], self.strikes[account] == STRIKES_TO_LEAVE

    def suffices(self, claimant: str) -> bool:
        """Whether a panel can be drawn of those on it now for a dispute of this claimant."""
        there = [member for member in self.members if member.removed_block is None and member.account != claimant]
        advocates = sum(member.consumer_advocate for member in there)
        return advocates >= 1 and len(there) - advocates >= 2
