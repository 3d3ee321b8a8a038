"""Parts of the verification by themselves, without a chain."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import claims_desk
from domain.claim_ids import claim_id
from domain.money import BPS_WHOLE
from ledger import bindings as b
from ledger.codec import LogRef
from ledger.findings import Findings
from ledger.indemnity.bench import Bench
from ledger.indemnity.chain_questions import Between
from ledger.indemnity.decisions import DepositCap
from ledger.indemnity.effects import Effect, Effects, claim_name
from ledger.indemnity.refusals import rule_of
from ledger.indemnity.roll_forward import RollForward
from scripts.rehearsal import account

PRODUCT, TREASURY, OTHER = (account(name).address for name in ("a product", "a treasury", "another"))
CLAIM = claim_id(PRODUCT, 1, 0)
OF_THE_TOKEN = {
    "AccountBlocked", "ERC20InsufficientBalance", "PayoutUnfunded", "PayoutCapReached", "NothingHeld", "NoDepositHeld",
}  # fmt: skip
"""What the twin's token refuses does not come up: its transfers are all possible. The others name a rule themselves."""
NO_RULE_OF_ITS_OWN = {"PolicyUnknown", "InstitutionRequired"}


def log(index: int = 0) -> LogRef:
    return LogRef(TREASURY, 1, bytes(32), 1_000, b"\x01" * 32, 0, index)


def reserve(before: int, after: int, index: int = 0) -> b.ReserveChanged:
    return b.ReserveChanged(log(index), PRODUCT, CLAIM, before, after, after)


def payment(before: int, after: int, indemnity: int) -> b.ClaimPaid:
    return b.ClaimPaid(log(), PRODUCT, CLAIM, OTHER, indemnity, 7, before, after)


def test_rule_of__every_refusal_of_the_twin__names_a_rule() -> None:
    sources = Path(claims_desk.__file__).parent.glob("*.py")
    codes = {code for path in sources for code in re.findall(r'\bStepRefused\(\s*"(\w+)"', path.read_text("utf-8"))}

    assert len(codes) > 80
    assert {code for code in codes - OF_THE_TOKEN if rule_of(code) == "I7"} == NO_RULE_OF_ITS_OWN


@given(st.integers(0, BPS_WHOLE), st.lists(st.tuples(st.integers(1, 10**12), st.integers(0, 10**11)), min_size=1))
def test_deposit_cap__deposits_under_a_real_cap__always_leave_it_possible(
    cap: int, cases: list[tuple[int, int]]
) -> None:
    learned = DepositCap()

    for disputed, uncapped in cases:
        assert learned.learn(disputed, uncapped, min(uncapped, disputed * cap // BPS_WHOLE))

    assert learned.least <= cap <= learned.most


def test_deposit_cap__two_deposits_no_cap_explains__is_found() -> None:
    learned = DepositCap()

    assert learned.learn(1_000, 500, 100)
    assert (learned.least, learned.most) == (1_000, 1_009)
    assert not learned.learn(1_000, 500, 200)
    assert not learned.learn(1_000, 500, 501)


def test_bench__twice_silent__leaves_and_may_be_admitted_again() -> None:
    bench = Bench()
    assert bench.admit(OTHER, advocate=False, block=5)
    assert not bench.admit(OTHER, advocate=False, block=6)

    assert bench.strike(OTHER) == (1, False)
    assert bench.strike(OTHER) == (2, True)
    assert bench.remove(OTHER, 9)
    assert not bench.remove(OTHER, 9)
    assert bench.strike(OTHER) == (0, False)
    assert bench.admit(OTHER, advocate=False, block=12)

    assert [member.sits_at(block) for block in (5, 8, 9, 12) for member in bench.members].count(True) == 3
    assert bench.strikes == {OTHER: 0}


@pytest.mark.parametrize(("claimant", "suffices"), [("nobody", True), ("advocate", False), ("other 0", False)])
def test_bench__claimant_on_it__is_left_out(claimant: str, suffices: bool) -> None:
    bench = Bench()
    for name in ("advocate", "other 0", "other 1"):
        bench.admit(account(name).address, advocate=name == "advocate", block=1)

    assert bench.suffices(account(claimant).address) is suffices


def test_roll_forward__notice_estimate_and_payment__add_up() -> None:
    findings = Findings()
    books = RollForward(findings)

    books.changed(reserve(0, 500))
    books.changed(reserve(500, 700))
    books.paid(payment(700, 300, 350))

    account_ = books.products[PRODUCT]
    assert (account_.notified, account_.reestimated, account_.paid, account_.closing) == (500, 150, 350, 300)
    assert findings.discrepancies == []


def test_roll_forward__reserve_that_does_not_follow__is_found() -> None:
    findings = Findings()
    books = RollForward(findings)

    books.changed(reserve(0, 500))
    books.paid(payment(501, 0, 501))

    assert [(d.rule, d.subject, d.detail) for d in findings.discrepancies] == [
        ("I16", claim_name(CLAIM), "reserve 501 before, it was 500")
    ]


def test_effects__said_before_and_after_its_step__are_both_met() -> None:
    findings = Findings()
    effects = Effects(findings)
    early, late = reserve(0, 5, 1), reserve(5, 9, 2)
    effects.begin([early, late])

    effects.advance()
    assert not effects.take(early)
    effects.wait(early)
    for before, after in ((0, 5), (5, 9)):
        effects.plan(Effect(b.ReserveChanged, (CLAIM,), {"from_": before, "to": after}, "I16", "a claim"))
    effects.keep()
    assert effects.take(late)
    effects.end(bytes(32))

    assert findings.discrepancies == []


def test_effects__refused_step__is_not_expected_and_not_asked_about_again() -> None:
    findings = Findings()
    effects = Effects(findings)
    effects.begin([reserve(0, 5)])
    effects.advance()
    effects.plan(Effect(b.ReserveChanged, (CLAIM,), {"to": 9}, "I16", "a claim"))

    effects.drop("a claim")
    effects.wait(reserve(0, 5))

    assert effects.is_refused("a claim")
    effects.end(bytes(32))
    assert findings.discrepancies == []
    assert not effects.is_refused("a claim")


def test_effects__figure_differs__is_told_with_both_figures() -> None:
    findings = Findings()
    effects = Effects(findings)
    effects.begin([reserve(0, 5)])
    effects.advance()
    effects.plan(Effect(b.ReserveChanged, (CLAIM,), {"from_": 0, "to": 6}, "I16", "a claim", rules={"to": "S11"}))
    effects.keep()

    effects.take(reserve(0, 5))

    (found,) = findings.discrepancies
    assert (found.rule, found.detail) == ("S11", "ReserveChanged says to 5, due is 6")


def test_between__numbers_outside__differ() -> None:
    assert Between(3, 5) == 5
    assert Between(3, 5) != 6
    assert Between(3, 5) != "4"
