"""IndemnityProduct.openClaim: which losses are insured, and what is reserved for them. Only the desk opens claims."""

import pytest
from answers import plain
from brownie import accounts
from chain_clock import DAY, HOUR, now, travel_to
from indemnity_claims import claim_id
from indemnity_market import SUM
from indemnity_terms import BUILDING, CLAIM_RULES, CONTENTS, FIRE, LODGING, STORM, THEFT, WATER, YEAR, lock_of
from market import TUSD
from parties import person
from refusals import refused

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

NOTICE = CLAIM_RULES["noticeWindowSeconds"]
# Of a policy over 5,000 TUSD.
MOST_BUILDING, MOST_CONTENTS, MOST_LODGING = 4_000 * TUSD, 1_000 * TUSD, 500 * TUSD


@pytest.fixture(scope="module")
def desk_sends(home):
    """Transaction parameters of the desk itself."""
    return {"from": accounts.at(home.desk.address, force=True)}


@pytest.fixture
def opened(home, insured, desk_sends):
    """Opens a claim as the desk, for a loss now; returns what the desk learns."""

    def open_claim(claimed, coverage=BUILDING, peril=FIRE, policy_id=insured, **changes):
        cause = (coverage, peril, changes.pop("occurred_at", now()))
        paid, reopened = changes.pop("paid", 0), changes.pop("reopened", False)
        return home.product.openClaim(policy_id, cause, claimed, paid, reopened, desk_sends)

    return open_claim


def refuses(home, desk_sends, policy_id, cause, *error, reopened=False):
    with refused(*error):
        home.product.openClaim.call(policy_id, cause, 100 * TUSD, 0, reopened, desk_sends)


# Who


@pytest.mark.parametrize("who", ["administrator", "adjuster 0", "underwriter", "guardian", "holder 0", "stranger"])
def test_open_claim__not_the_desk__refuses(home, insured, who):
    refuses(home, person(who).sends, insured, (BUILDING, FIRE, now()), "DeskRequired", person(who))


@pytest.mark.parametrize("who", ["administrator", "adjuster 0", "underwriter", "guardian", "holder 0", "stranger"])
def test_pay_claim__not_the_desk__refuses(home, insured, who):
    me = person(who)
    payment = (claim_id(home.product, insured), me.address, me.address, 0, 0, 1, 0)

    with refused("DeskRequired", me):
        home.product.payClaim.call((BUILDING, FIRE, now()), payment, me.sends)


# Which losses


def test_open_claim__no_such_policy__refuses(home, insured, desk_sends):
    refuses(home, desk_sends, 99, (BUILDING, FIRE, now()), "PolicyUnknown", 99)


@pytest.mark.parametrize("coverage", [3, 4, 255])
def test_open_claim__no_such_coverage__refuses(home, insured, desk_sends, coverage):
    refuses(home, desk_sends, insured, (coverage, FIRE, now()), "CoverageUnknown", insured, coverage)


@pytest.mark.parametrize(
    ("coverage", "peril"),
    [(BUILDING, THEFT), (CONTENTS, STORM), (LODGING, WATER), (BUILDING, 4), (BUILDING, 31), (BUILDING, 255)],
)
def test_open_claim__peril_not_insured__refuses(home, insured, desk_sends, coverage, peril):
    refuses(home, desk_sends, insured, (coverage, peril, now()), "PerilNotCovered", coverage, peril)


def test_open_claim__loss_in_the_future__refuses(home, insured, desk_sends):
    refuses(home, desk_sends, insured, (BUILDING, FIRE, now() + 1), "LossInFuture", now() + 1, now())


def test_open_claim__loss_before_the_start__refuses(home, insured, desk_sends):
    policy = home.policy(insured)
    starts_at = policy["startsAt"]
    cause = (BUILDING, FIRE, starts_at - 1)

    refuses(home, desk_sends, insured, cause, "LossOutsideCover", insured, starts_at - 1, starts_at, policy["endsAt"])


@pytest.mark.parametrize(("peril", "days"), [(WATER, 14), (STORM, 30)])
def test_open_claim__loss_in_the_waiting_period__refuses(home, insured, desk_sends, peril, days):
    starts_at = home.policy(insured)["startsAt"]
    first = starts_at + days * DAY
    travel_to(first + HOUR)

    error = ("LossOutsideCover", insured, first - 1, first, starts_at + YEAR)
    refuses(home, desk_sends, insured, (BUILDING, peril, first - 1), *error)
    assert home.product.openClaim.call(insured, (BUILDING, peril, first), TUSD, 0, False, desk_sends)


def test_open_claim__loss_at_the_end__refuses(home, insured, desk_sends):
    policy = home.policy(insured)
    ends_at = policy["endsAt"]
    travel_to(ends_at + DAY)

    error = ("LossOutsideCover", insured, ends_at, policy["startsAt"], ends_at)
    refuses(home, desk_sends, insured, (BUILDING, FIRE, ends_at), *error)
    assert home.product.openClaim.call(insured, (BUILDING, FIRE, ends_at - 1), TUSD, 0, False, desk_sends)


def test_open_claim__noticed_too_late__refuses(home, insured, desk_sends):
    occurred_at = now()
    latest = occurred_at + NOTICE
    travel_to(latest + 1)

    refuses(home, desk_sends, insured, (BUILDING, FIRE, occurred_at), "NoticeTooLate", occurred_at, latest, latest + 1)


def test_open_claim__last_second_of_the_window_after_the_end__is_taken(home, insured, desk_sends):
    occurred_at = home.policy(insured)["endsAt"] - 1
    travel_to(occurred_at + NOTICE)

    assert home.product.openClaim.call(insured, (BUILDING, FIRE, occurred_at), TUSD, 0, False, desk_sends)


def test_open_claim__reopened__does_not_mind_the_window(home, insured, opened):
    occurred_at = now()
    travel_to(occurred_at + NOTICE + DAY)

    receipt = opened(600 * TUSD, occurred_at=occurred_at, paid=200 * TUSD, reopened=True)

    assert receipt.return_value[2] == 250 * TUSD


def test_open_claim__hundred_and_twenty_ninth__refuses(home, insured, opened, desk_sends):
    for _ in range(128):
        opened(1)

    assert home.product.coverageUse(insured)[1] == 128
    refuses(home, desk_sends, insured, (BUILDING, FIRE, now()), "ClaimsExhausted", insured)


# What is reserved


def test_open_claim__loss__tells_number_payee_and_reserve(home, insured, holders, opened):
    receipts = [opened(600 * TUSD), opened(200 * TUSD)]

    assert [plain(receipt.return_value) for receipt in receipts] == [
        (0, holders[0].address, 450 * TUSD),
        (1, holders[0].address, 90 * TUSD),
    ]


def test_open_claim__reserve__is_taken_from_the_exposure(home, insured, opened):
    opened(600 * TUSD)

    assert home.product.exposureOf(insured) == home.treasury.exposureOf(home.product) == lock_of(SUM) - 450 * TUSD
    assert home.treasury.reservesOf(home.product) == 450 * TUSD
    assert plain(home.product.coverageUse(insured)) == ((450 * TUSD, 0, 0, 0), 1)


@pytest.mark.parametrize(
    ("coverage", "claimed", "reserve"),
    [
        (BUILDING, 100 * TUSD, 0),  # the deductible
        (BUILDING, 100 * TUSD + 1, 0),  # nine tenths of a unit
        (BUILDING, 100 * TUSD + 2, 1),
        (BUILDING, 4_544_444_444, MOST_BUILDING - 1),
        (BUILDING, 4_544_444_445, MOST_BUILDING),
        (BUILDING, 2**64 - 1, MOST_BUILDING),
        (CONTENTS, 50 * TUSD + 10, 8),
        (CONTENTS, 1_300 * TUSD, MOST_CONTENTS),
        (CONTENTS, 9_000 * TUSD, MOST_CONTENTS),
        (LODGING, 499 * TUSD, 499 * TUSD),
        (LODGING, 501 * TUSD, MOST_LODGING),
    ],
)
def test_open_claim__deductible_then_share_then_limit__give_the_reserve(home, opened, coverage, claimed, reserve):
    assert opened(claimed, coverage).return_value[2] == reserve


def test_open_claim__coverage_used_up__reserves_what_is_left(home, insured, opened):
    reserves = [opened(1_200 * TUSD, CONTENTS).return_value[2] for _ in range(4)]

    assert reserves == [920 * TUSD, 920 * TUSD, 160 * TUSD, 0]
    assert home.product.coverageUse(insured)[0][CONTENTS] == 2_000 * TUSD
    assert home.balanced()


def test_open_claim__sum_used_up_by_another_coverage__reserves_what_is_left(home, insured, opened):
    reserves = [opened(9_000 * TUSD, coverage).return_value[2] for coverage in (BUILDING, CONTENTS, CONTENTS, LODGING)]

    assert reserves == [MOST_BUILDING, MOST_CONTENTS, 0, 0]
    assert home.product.exposureOf(insured) == lock_of(SUM) - SUM
    assert home.balanced()


def test_open_claim__nothing_to_reserve__is_a_claim_all_the_same(home, claims, insured, holders):
    claim = claims.notify(insured, holders[0], claimed=1)

    assert claims.claim(claim)["reserve"] == 0
    assert home.product.coverageUse(insured)[1] == 1


def test_open_claim__treasury_paused__is_allowed(home, insured, opened):
    home.treasury.pause(DAY, home.guardian.sends)

    assert opened(600 * TUSD).return_value[2] == 450 * TUSD
