"""IndemnityProduct.bind: the report, its quorum, times, batches and replays."""

import pytest
from answers import plain
from chain_clock import DAY, HOUR, now, travel_to
from indemnity_market import SUM
from indemnity_terms import EXCLUSION, LOADING, lock_of
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, product_domain

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

SMALL = 1_000 * TUSD


def refuses(home, offer, *error, **report):
    with refused(*error):
        home.product.bind.call(*home.bind_arguments(offer, **report), home.relayer.sends)


@pytest.fixture
def offer(home, holders):
    return home.offer(holders[0])


# The report


def test_bind__report_for_another_chain__refuses(home, offer):
    refuses(home, offer, "ReportForOtherChain", 1, home.domain["chainId"], chainId=1)


def test_bind__report_for_another_product__refuses(home, offer):
    refuses(home, offer, "ReportForOtherContract", home.desk, home.product, product=home.desk.address)


def test_bind__report_past_its_time__refuses(home, offer):
    refuses(home, offer, "ReportExpired", now() - 1, now(), validUntil=now() - 1)


def test_bind__report_in_its_last_second__is_taken(home, offer):
    arguments = home.bind_arguments(offer, validUntil=now() + 60)

    travel_to(arguments[0][4])

    assert plain(home.product.bind.call(*arguments, home.relayer.sends)) == (1,)


def test_bind__report_from_the_future__refuses(home, offer):
    refuses(home, offer, "ReportFromFuture", now() + HOUR, now(), observedAt=now() + HOUR)


@pytest.mark.parametrize("count", [0, 401])
def test_bind__report_of_wrong_size__refuses(home, offer, count):
    refuses(home, offer, "ReportSizeInvalid", count, assessments=[offer.assessment] * count)


def test_bind__assessment_not_in_the_report__refuses(home, offer):
    report, signatures, _ = home.bind_arguments(offer)

    with refused("AssessmentMissing", 1, 1):
        home.product.bind.call(report, signatures, [home.binding(offer, 1)], home.relayer.sends)


def test_bind__quote_for_another_application__refuses(home, offer):
    application = offer.quote["applicationId"]

    home.refuses(offer.change(applicationId=application + 1), "ApplicationMismatch", application + 1, application)


def test_bind__two_of_four_nodes__refuses(home, offer):
    report, _, bindings = home.bind_arguments(offer)
    two = home.signed("UnderwritingReport", home.report([offer]), home.nodes[:2])[1]

    with refused("TooFewSignatures", 2, 3):
        home.product.bind.call(report, two, bindings, home.relayer.sends)


def test_bind__signer_who_is_no_node__refuses(home, offer):
    report = home.report([offer])
    three = sorted((*home.nodes[:2], person("stranger")), key=lambda p: int(p.address, 16))
    values, signatures = home.signed("UnderwritingReport", report, three)

    with refused("SignerNotInSet", person("stranger"), 1):
        home.product.bind.call(values, signatures, [home.binding(offer, 0)], home.relayer.sends)


def test_bind__one_node_signs_thrice__refuses(home, offer):
    node = home.nodes[0]
    values, signatures = home.signed("UnderwritingReport", home.report([offer]), [node] * 3)

    with refused("SignaturesNotAscending", node, node):
        home.product.bind.call(values, signatures, [home.binding(offer, 0)], home.relayer.sends)


def test_bind__report_signed_for_the_desk__refuses(home, offer):
    report = home.report([offer])
    elsewhere = product_domain(home.desk, home.domain["chainId"])
    values, signatures = home.signed("UnderwritingReport", report, domain=elsewhere)

    with pytest.raises(Exception, match=r"SignerNotInSet|SignaturesNotAscending"):
        home.product.bind.call(values, signatures, [home.binding(offer, 0)], home.relayer.sends)
    assert digest("UnderwritingReport", report, elsewhere) != digest("UnderwritingReport", report, home.domain)


# Number and order


@pytest.mark.parametrize("count", [0, 101])
def test_bind__wrong_number_of_bindings__refuses(home, offer, count):
    report, signatures, bindings = home.bind_arguments(offer)

    with refused("BindingCountInvalid", count):
        home.product.bind.call(report, signatures, bindings * count, home.relayer.sends)


def test_bind__fifty_of_one_report__are_all_in_force(home, holders):
    first = 0xBA7C << 8
    offers = [home.offer(holders[i % 5], SMALL, application_id=first + i) for i in range(50)]

    receipt = home.sell(*offers)

    assert plain(receipt.return_value) == tuple(range(1, 51))
    assert [home.product.ownerOf(i + 1) for i in range(50)] == [holders[i % 5].address for i in range(50)]
    assert home.product.exposureOf(50) * 50 == home.treasury.exposureOf(home.product) == lock_of(SMALL) * 50
    assert home.treasury.unearnedPremiumOf(home.product) == 50 * 10 * TUSD
    assert home.balanced()


def test_bind__every_tier_in_one_batch__keeps_each_its_own(home, holders):
    home.sell(
        home.offer(holders[0], SMALL),
        home.offer(holders[1], SMALL, score=7_000, measure=LOADING),
        home.offer(holders[2], SMALL, score=9_500, measure=EXCLUSION, exclusions=0b110),
    )

    rows = [home.policy(i) for i in (1, 2, 3)]
    assert [row["tier"] for row in rows] == [0, 1, 2]
    assert [row["premium"] for row in rows] == [10 * TUSD, 13 * TUSD, 16 * TUSD]
    assert [row["exclusions"] for row in rows] == [0, 0, 0b110]
    assert home.balanced()


def test_bind__one_of_a_batch_is_bad__sells_none(home, holders):
    good, bad = home.offer(holders[0]), home.offer(holders[1]).change(premium=1)

    with refused("PremiumNotAsPriced", 1, 50 * TUSD):
        home.sell(good, bad)

    assert home.product.policyCount() == 0
    assert not home.product.isApplicationUsed(good.quote["applicationId"])


def test_bind__assessments_out_of_order_and_some_unused__each_is_found(home, holders):
    offers = [home.offer(holders[i], SMALL) for i in range(3)]
    report, signatures, _ = home.bind_arguments(*offers)

    home.product.bind(report, signatures, [home.binding(offers[2], 2), home.binding(offers[0], 0)], home.relayer.sends)

    assert [home.product.ownerOf(i) for i in (1, 2)] == [holders[2].address, holders[0].address]
    assert not home.product.isApplicationUsed(offers[1].quote["applicationId"])


# Replay


def test_bind__same_transaction_again__refuses(home, offer):
    arguments = home.bind_arguments(offer)
    home.product.bind(*arguments, home.relayer.sends)

    with refused("ApplicationUsed", offer.quote["applicationId"]):
        home.product.bind(*arguments, home.relayer.sends)


def test_bind__application_twice_in_one_batch__refuses(home, offer):
    with refused("ApplicationUsed", offer.quote["applicationId"]):
        home.product.bind.call(*home.bind_arguments(offer, offer), home.relayer.sends)


def test_bind__application_bound_with_another_quote__refuses(home, offer):
    home.sell(offer)

    home.refuses(offer.change(subject=b"\x07" * 32), "ApplicationUsed", offer.quote["applicationId"])


# Times and suspension


def test_bind__quote_past_its_time__refuses(home, offer):
    home.refuses(offer.change(validUntil=now() - 1), "QuoteExpired", now() - 1, now())


def test_bind__quote_in_its_last_second__is_taken(home, offer):
    arguments = home.bind_arguments(offer.change(validUntil=now() + 60))

    travel_to(arguments[2][0][1][11])

    assert plain(home.product.bind.call(*arguments, home.relayer.sends)) == (1,)


def test_bind__start_beyond_the_lead__refuses(home, offer):
    starts_at = now() + 60 * DAY + 1

    home.refuses(offer.change(startsAt=starts_at), "StartTooLate", starts_at, starts_at - 1)


def test_bind__start_at_the_end_of_the_lead__is_taken(home, offer):
    arguments = home.bind_arguments(offer.change(startsAt=now() + 60 * DAY))

    assert plain(home.product.bind.call(*arguments, home.relayer.sends)) == (1,)


def test_bind__sale_suspended__refuses(home, offer):
    home.product.suspendSales(True, home.guardian.sends)

    home.refuses(offer, "SaleSuspended")


def test_bind__sale_resumed__sells(home, offer):
    home.product.suspendSales(True, home.guardian.sends)
    home.product.suspendSales(False, home.guardian.sends)

    home.sell(offer)

    assert home.product.policyCount() == 1


def test_bind__treasury_paused__refuses(home, offer):
    home.treasury.pause(HOUR, home.guardian.sends)

    home.refuses(offer, "TreasuryPaused", home.treasury.pausedUntil())


def test_bind__no_capital_for_it__refuses(home, holders, people):
    treasurer = people["treasurer"]
    home.treasury.withdraw(95_000 * TUSD, treasurer, treasurer, treasurer.sends)

    home.refuses(home.offer(holders[0]), "CapitalTooSmall", lock_of(SUM) + 50 * TUSD, 5_000 * TUSD + 50 * TUSD)
