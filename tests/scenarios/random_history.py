"""Random histories of an insurer: steps that make sense, some of which are refused, at times that matter."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from domain.claim import ClaimState
from tests.scenarios.household import DAY, EXCLUSIONS, PERILS, TUSD
from tests.scenarios.scenario import Step
from tests.scenarios.twin import ADJUSTERS, HOLDERS, NODES, TwinPlayer

FIRST: Final = 1_379_322_000  # 2013-09-16 09:00 UTC
MAX_POLICIES: Final = 4
LEAST_RULING_DAYS: Final = 10
WINDOWS: Final = ("acknowledge_by", "decide_by", "dispute_by", "reopen_by", "next_instalment")
LEAPS: Final = (*(1, 60, 3_600, 7 * 3_600) * 4, *(DAY,) * 4, 3 * DAY, 8 * DAY, 35 * DAY)
LOSSES: Final = (1, 99 * TUSD, 100 * TUSD + 1, 333_333_333, 500 * TUSD, 725 * TUSD, 1_500 * TUSD + 7, 4_999 * TUSD)
SUMS: Final = (100 * TUSD, 333_333_333, 1_000 * TUSD, 2_000 * TUSD, 5_000 * TUSD)
UNDECIDED: Final = (ClaimState.NOTICED, ClaimState.ACKNOWLEDGED, ClaimState.REFERRED)
DECIDED: Final = (ClaimState.DECIDED, ClaimState.DISPUTED)
Way: TypeAlias = tuple[int, str, Callable[[TwinPlayer], dict[str, Any]]]
RISKS: Final[tuple[dict[str, Any], ...]] = (
    {"score": 2_000},
    {"score": 2_000},
    {"score": 6_000, "measure": "LOADING"},
    {"score": 7_999, "measure": "EXCLUSION", "exclusions": ["frost"]},
    {"score": 8_001, "measure": "EXCLUSION", "exclusions": ["unlocked", "vacant"]},
)


@dataclass
class RandomHistory:
    """Steps one after the other, each drawn with what the twin has come to in mind.

    Attributes:
        now: Time of the last step.
        names: How many policies and claims were tried.
    """

    rng: random.Random
    now: int = FIRST
    names: int = 0
    blocked: set[str] = field(default_factory=set)

    def next_step(self, player: TwinPlayer) -> Step:
        """A step for the state the twin is in."""
        seen = player.observe(self.now)
        claims = [name for name in player.papers.claims if seen[f"claim {name}"]["state"] != ClaimState.CLOSED.name]
        self.now = self._moment(seen)
        if not player.papers.policies:
            return self._step("bind", self._bind())
        if player.house.treasury.paused_until > self.now and self.rng.randrange(4) == 0:
            return self._step("unpause", {})
        disputed = [name for name in claims if seen[f"claim {name}"]["state"] == ClaimState.DISPUTED.name]
        if disputed and self.rng.randrange(3) == 0:
            return self._rule(disputed, player)
        ways: Sequence[Way] = (
            (5, "notify", self._notify),
            (2, "bind", lambda _: self._bind()),
            (1, "endorse", self._endorse),
            (1, "cancel", self._policy),
            (1, "earn", self._policies),
            (2, "close_policies", self._policies),
            (1, "pause", lambda _: {"seconds": self.rng.choice((3_600, DAY, 7 * DAY))}),
            (1, "cap_payouts", lambda _: {"cap": self.rng.choice((0, 0, 150 * TUSD, 1_000 * TUSD))}),
            (1, "block", self._block),
            (2, "push_held", self._person),
        )
        chosen = [*ways, *self._ways_with_claims(player)]
        _, do, fields = self.rng.choices(chosen, weights=[weight for weight, _, _ in chosen])[0]
        return self._step(do, fields(player))

    def _ways_with_claims(self, player: TwinPlayer) -> Iterator[Way]:
        """What can be done to claims as they stand, and now and then what cannot."""
        there = {claim.state for claim in player.house.desk.claims.values()}
        if not there:
            return
        ways = (
            (7, "report", UNDECIDED[:2], self._report),
            (7, "decide", UNDECIDED, self._decide),
            (2, "acknowledge", UNDECIDED[:1], self._by_adjuster),
            (2, "reestimate", UNDECIDED, self._reestimate),
            (1, "take_instalments", DECIDED, lambda p: self._by_claimant(p, *DECIDED)),
            (5, "pay_instalment", DECIDED, lambda p: self._claim(p, *DECIDED)),
            (1, "withdraw", UNDECIDED, lambda p: self._by_claimant(p, *UNDECIDED)),
            (3, "escalate", UNDECIDED, lambda p: self._by_claimant(p, *UNDECIDED)),
            (8, "dispute", DECIDED[:1], lambda p: self._by_claimant(p, *DECIDED[:1])),
            (4, "reopen", (ClaimState.CLOSED,), self._reopen),
            (5, "close", DECIDED[:1], lambda p: self._claim(p, *DECIDED[:1])),
            (1, "choose_institution", UNDECIDED, self._choose_institution),
        )
        for weight, do, states, fields in ways:
            if there & set(states) or self.rng.randrange(10) == 0:
                yield weight, do, fields

    def _step(self, do: str, fields: dict[str, Any]) -> Step:
        return Step(self.now, do, fields, {}, "", ())

    def _moment(self, seen: dict[str, dict[str, Any]]) -> int:
        """A leap ahead, or the last second of the next window to end, or the one after it."""
        ends = [fields[window] for fields in seen.values() for window in WINDOWS if fields.get(window, 0) > self.now]
        if ends and self.rng.randrange(5) == 0:
            return int(min(ends)) + self.rng.randrange(2)
        return self.now + self.rng.choice(LEAPS)

    def _bind(self) -> dict[str, Any]:
        self.names += 1
        later = self.rng.choice((0, 0, 0, 20 * DAY))
        risk = self.rng.choice(RISKS)
        committee = {"committee": ["member 1", "member 2", "member 3"]} if risk["score"] > 9_000 else {}
        fields = {"policy": f"policy-{self.names}", "holder": self.rng.choice(HOLDERS), **risk, **committee}
        return {**fields, "sum_insured": self.rng.choice(SUMS), "starts_at": self.now + later}

    def _notify(self, player: TwinPlayer) -> dict[str, Any]:
        self.names += 1
        peril = self.rng.choice((*PERILS, "fire", "storm"))
        coverage = "valuables" if peril == "theft" and self.rng.randrange(2) else "contents"
        policy = self._policy(player)
        ago = self.rng.choice((0, 0, 1, 60, 3_600, 5 * DAY, 29 * DAY, 31 * DAY))
        holder = self._holder(player, policy["policy"])
        return {
            **policy, "claim": f"claim-{self.names}", "peril": peril, "coverage": coverage, "by": holder,
            "occurred_at": self.now - ago, "claimed": self.rng.choice(LOSSES),
        }  # fmt: skip

    def _report(self, player: TwinPlayer) -> dict[str, Any]:
        claim = self._claim(player, *UNDECIDED[:2])
        fields = {**claim, "loss": self._loss(player, claim["claim"])}
        if self.rng.randrange(4) == 0:
            fields["incident"] = self.rng.choice((None, "a fire in the street"))
        if self.rng.randrange(4) == 0:
            fields["fraud_score"] = self.rng.choice((3_000, 3_001))
        if self.rng.randrange(4) == 0:
            fields["exclusions"] = [self.rng.choice(EXCLUSIONS)]
        return fields

    def _reestimate(self, player: TwinPlayer) -> dict[str, Any]:
        """A reserve of nothing, some, all that is payable, or a unit too much."""
        fields, desk = self._by_adjuster(player), player.house.desk
        claim = desk.claims[player.papers.claims[fields["claim"]]]
        most = desk.payable(claim, claim.claimed)
        return {**fields, "reserve": self.rng.choice((0, most // 2, most, most + 1))}

    def _decide(self, player: TwinPlayer) -> dict[str, Any]:
        claim = self._claim(player, *UNDECIDED)
        fields = {**claim, "loss": self._loss(player, claim["claim"])}
        fields["reason"] = self.rng.randrange(1, 99)
        fields["by"] = self.rng.choice((*ADJUSTERS, *ADJUSTERS, *NODES))
        if self.rng.randrange(2):
            fields["second"] = self.rng.choice((*ADJUSTERS, "ben"))
        if self.rng.randrange(3) == 0:
            fields |= {"instalments": self.rng.choice((2, 3, 12)), "interval_days": self.rng.choice((1, 30, 32))}
        return fields

    def _rule(self, disputed: list[str], player: TwinPlayer) -> Step:
        claim = self.rng.choice(disputed)
        most = player.house.desk.disputes[player.papers.claims[claim]].disputed  # the reserve may hold instalments too
        self.now += LEAST_RULING_DAYS * DAY + self.rng.randrange(1, 20) * DAY
        awards = [self.rng.choice((None, 0, most // 3, most // 2, most // 2 + 1)) for _ in range(3)]
        if awards == [None] * 3:
            self.now += LEAST_RULING_DAYS * DAY
        return self._step("rule", {"claim": claim, "awards": awards})

    def _endorse(self, player: TwinPlayer) -> dict[str, Any]:
        later = self.rng.choice((0, 0, 10 * DAY))
        return {**self._policy(player), "sum_insured": self.rng.choice(SUMS), "effective_at": self.now + later}

    def _choose_institution(self, player: TwinPlayer) -> dict[str, Any]:
        return {**self._by_claimant(player, *UNDECIDED), "institution": self.rng.randrange(3)}

    def _reopen(self, player: TwinPlayer) -> dict[str, Any]:
        self.names += 1
        return {
            **self._by_claimant(player, ClaimState.CLOSED),
            "successor": f"claim-{self.names}",
            "claimed": self.rng.choice(LOSSES),
        }

    def _block(self, _: TwinPlayer) -> dict[str, Any]:
        person = self.rng.choice(sorted(self.blocked) or HOLDERS)
        self.blocked ^= {person}
        return {"person": person, "blocked": person in self.blocked}

    def _person(self, player: TwinPlayer) -> dict[str, Any]:
        """Somebody, rather one for whom money is held."""
        held = [name for name in HOLDERS if player.place.address_of(name) in player.house.treasury.held]
        return {"person": self.rng.choice(held or HOLDERS)}

    def _policy(self, player: TwinPlayer) -> dict[str, Any]:
        return {"policy": self.rng.choice(list(player.papers.policies))}

    def _policies(self, player: TwinPlayer) -> dict[str, Any]:
        known = list(player.papers.policies)
        return {"policies": self.rng.sample(known, self.rng.randrange(1, len(known) + 1))}

    def _claim(self, player: TwinPlayer, *states: ClaimState) -> dict[str, Any]:
        """A claim, rather one in one of these states."""
        known = list(player.papers.claims)
        claims = player.house.desk.claims
        fitting = [name for name in known if claims[player.papers.claims[name]].state in states]
        return {"claim": self.rng.choice(fitting if fitting and self.rng.randrange(5) else known)}

    def _loss(self, player: TwinPlayer, claim: str) -> int:
        """A loss to be found: all that is claimed, a part, nothing, or a unit too much."""
        claimed = player.house.desk.claims[player.papers.claims[claim]].claimed
        return self.rng.choice((0, claimed // 2, claimed - claimed // 7, claimed, claimed, claimed, claimed + 1))

    def _by_adjuster(self, player: TwinPlayer) -> dict[str, Any]:
        return {**self._claim(player, *UNDECIDED), "by": self.rng.choice((*ADJUSTERS, *ADJUSTERS, "ann"))}

    def _by_claimant(self, player: TwinPlayer, *states: ClaimState) -> dict[str, Any]:
        claim = self._claim(player, *states)
        claimant = player.house.desk.claims[player.papers.claims[claim["claim"]]].claimant
        return {**claim, "by": next(name for name in HOLDERS if player.place.address_of(name) == claimant)}

    def _holder(self, player: TwinPlayer, policy: str) -> str:
        holder = player.house.product.policy(player.papers.policies[policy]).holder
        return next(name for name in HOLDERS if player.place.address_of(name) == holder)
