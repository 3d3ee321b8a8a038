"""IndemnityProduct through years of everything: its policies' exposure and unearned premium are the treasury's, always.

A seeded walk over every function, whatever their order; what a step may not do is refused and changes nothing.
"""

import random

from brownie.exceptions import VirtualMachineError
from chain_clock import DAY, HOUR, now, travel_to
from indemnity_terms import BUILDING, CAP, CONTENTS, EXCLUSION, FIRE, HIGH, LOADING, LODGING, LOW, NONE, YEAR
from market import TUSD

DECIDED = 4  # state of a claim
MEASURES = {LOW: (NONE,), 1: (LOADING, CAP, EXCLUSION), HIGH: (EXCLUSION,)}
SCORES = {LOW: 3_000, 1: 7_000, HIGH: 9_500}


class Walk:
    """One run: what was sold and notified so far, and dice."""

    def __init__(self, home, claims, holders, seed):
        self.home, self.claims, self.dice = home, claims, random.Random(seed)
        self.by_address = {holder.address: holder for holder in holders}
        self.holders, self.notified, self.refusals, self.done = holders, [], [], set()

    def a_policy(self):
        policy_id = self.dice.randint(1, int(self.home.product.policyCount()))
        return policy_id, self.by_address[self.home.policy(policy_id)["holder"]]

    def sell(self):
        tier = self.dice.choice((LOW, LOW, 1, HIGH))
        measure = self.dice.choice(MEASURES[tier])
        exclusions = self.dice.randint(1, 31) if measure == EXCLUSION else 0
        starts_at = now() + self.dice.choice((0, 0, 20 * DAY))
        risk = {"score": SCORES[tier], "measure": measure, "exclusions": exclusions, "starts_at": starts_at}
        amount = self.dice.randint(1_000 * TUSD, 4_000 * TUSD)
        self.home.sold(self.dice.choice(self.holders), amount, rate=self.dice.randint(10**6, 10**8), **risk)

    def renew(self):
        policy_id, holder = self.a_policy()
        self.home.sold(holder, 1_000 * TUSD, renews=policy_id, starts_at=self.home.policy(policy_id)["endsAt"])

    def endorse(self):
        policy_id, holder = self.a_policy()
        policy = self.home.policy(policy_id)
        if policy["endsAt"] - policy["startsAt"] < YEAR:
            return  # cancelled: there is no price for a change
        ahead = self.dice.choice((HOUR, 30 * DAY))
        order = self.home.endorsement(
            policy_id,
            sumInsured=self.dice.randint(1_000 * TUSD, 6_000 * TUSD),
            effectiveAt=max(policy["startsAt"], now() + ahead),
        )
        self.home.endorse(order, holder)

    def cancel(self):
        policy_id, holder = self.a_policy()
        self.home.cancel(self.home.cancellation(policy_id), holder)

    def notify(self):
        policy_id, holder = self.a_policy()
        loss = {"coverage": self.dice.choice((BUILDING, CONTENTS, LODGING)), "peril": FIRE}
        ago = self.dice.randint(0, 20 * DAY)
        self.notified.append(
            self.claims.notify(
                policy_id, holder, claimed=self.dice.randint(1, 5_000 * TUSD), occurredAt=now() - ago, **loss
            )
        )

    def report(self):
        self.claims.report(self.dice.choice(self.notified))

    def decide(self):
        claim = self.dice.choice(self.notified)
        claimed = self.claims.claim(claim)["claimed"]
        self.claims.decide(claim, second=True, loss=self.dice.choice((0, claimed // 2, claimed)))

    def settle_rest(self):
        self.home.desk.close(self.dice.choice(self.notified), self.home.relayer.sends)

    def withdraw(self):
        claim = self.dice.choice(self.notified)
        self.home.desk.withdraw(claim, self.by_address[self.claims.claim(claim)["claimant"]].sends)

    def earn(self):
        self.home.product.earnPremiums([self.a_policy()[0] for _ in range(3)], self.home.relayer.sends)

    def close(self):
        self.home.product.closePolicies([self.a_policy()[0]], self.home.relayer.sends)

    def wait(self):
        travel_to(now() + self.dice.choice((HOUR, 10 * DAY, 40 * DAY, 100 * DAY)))

    def step(self):
        """One step, or its refusal."""
        names = ("sell", "renew", "endorse", "cancel", "notify", "notify", "report", "decide", "settle_rest",
                 "withdraw", "earn", "close", "wait")  # fmt: skip
        name = self.dice.choice(names)
        if name in ("report", "decide", "settle_rest", "withdraw") and not self.notified:
            return
        try:
            getattr(self, name)()
        except VirtualMachineError as refusal:
            self.refusals.append(refusal.revert_msg)
        else:
            self.done.add(name)


def close_everything(home, claims, walk):
    """Decide what is open, let every window pass, close every policy."""
    for claim in walk.notified:
        if claims.claim(claim)["state"] < DECIDED:
            claims.decide(claim, second=True)
    travel_to(now() + 800 * DAY)
    for claim in walk.notified:
        if claims.claim(claim)["state"] == DECIDED:
            home.desk.close(claim, home.relayer.sends)
    travel_to(now() + 100 * DAY)
    count = home.product.policyCount()
    still_open = [i for i in range(1, count + 1) if not home.policy(i)["isClosed"]]
    home.product.closePolicies(still_open, home.relayer.sends)


def test_exposure_of_and_unearned__years_of_everything__are_the_treasurys(home, claims, holders):
    walk = Walk(home, claims, holders, seed=1)
    walk.sell()

    for _ in range(100):
        walk.step()
        assert home.balanced()
        assert home.treasury.heldAssets() == home.treasury.bookedAssets()

    assert all(": " in refusal for refusal in walk.refusals), walk.refusals  # named errors, never a panic
    assert walk.done >= {"sell", "endorse", "cancel", "notify", "report", "decide", "earn", "wait"}
    close_everything(home, claims, walk)
    assert home.books() == ((0, 0), (0, 0))
    assert home.treasury.reservesOf(home.product) == 0
    assert home.treasury.totalAssets() == home.treasury.heldAssets()
