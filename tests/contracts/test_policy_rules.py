"""PolicyRules asked directly: the same rules for whoever asks, and nothing kept."""

import pytest
from answers import plain
from brownie import ZERO_ADDRESS
from chain_clock import DAY, HOUR, now, travel_to
from indemnity_market import SUM
from indemnity_terms import CAP, EXCLUSION, LOADING, LOW, MEDIUM
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, struct_hash, values

HIGHER = 8_000 * TUSD


@pytest.fixture(scope="module")
def context(home):
    """The rules' view of a call that the relayer sent to the product."""
    return (home.product.termsWords(), home.product.domainSeparator(), home.product.address, home.relayer.address)


def sale(home, *offers, **changes):
    """Arguments of a sale, as the product hands them on."""
    return bytes.fromhex(home.product.bind.encode_input(*home.bind_arguments(*offers, **changes))[10:])


def standing(home, policy_id, changed_at=0, used=0, cap=0):
    return (home.product.policy(policy_id), changed_at, used, cap)


# checkSale


def test_check_sale__right_sale__answers_the_reports_digest(home, holders, context):
    offer = home.offer(holders[0])
    report = home.report([offer])

    answer = home.rules.checkSale(context, sale(home, offer))

    assert bytes(answer) == digest("UnderwritingReport", report, home.domain)


def test_check_sale__asked_twice__keeps_nothing(home, holders, context):
    offer = home.offer(holders[0])

    assert home.rules.checkSale(context, sale(home, offer)) == home.rules.checkSale(context, sale(home, offer))


def test_check_sale__for_another_product__refuses(home, cautious, holders, context):
    other = (context[0], context[1], cautious.product.address, context[3])

    with refused("ReportForOtherContract", home.product, cautious.product):
        home.rules.checkSale(other, sale(home, home.offer(holders[0])))


def test_check_sale__holder_sends__needs_no_acceptance(home, holders, context):
    offer = home.offer(holders[0]).but(accepted=False)

    with refused("AcceptanceInvalid", holders[0]):
        home.rules.checkSale(context, sale(home, offer))
    assert home.rules.checkSale((*context[:3], holders[0].address), sale(home, offer))


def test_check_sale__terms_without_high_risks__refuses_one(cautious, holders):
    words, domain = cautious.product.termsWords(), cautious.product.domainSeparator()
    offer = cautious.offer(holders[0], score=8_500, measure=EXCLUSION, exclusions=1)

    with refused("RiskRefused", offer.quote["applicationId"], 8_500, 2_000):
        cautious.rules.checkSale(
            (words, domain, cautious.product.address, cautious.relayer.address), sale(cautious, offer)
        )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"measure": CAP}, ("MeasureNotAllowed", MEDIUM, CAP)),
        ({"premium": 1}, ("PremiumNotAsPriced", 1, 65 * TUSD)),
        ({"sumInsured": 1}, ("SumInsuredOutOfRange", 1, 1_000 * TUSD, 20_000 * TUSD)),
        ({"payer": ZERO_ADDRESS}, ("PayerInvalid", ZERO_ADDRESS)),
        ({"holder": ZERO_ADDRESS}, ("HolderInvalid", ZERO_ADDRESS)),
    ],
)
def test_check_sale__wrong_word__refuses_as_the_product_does(home, holders, context, change, error):
    offer = home.offer(holders[0], score=7_000, measure=LOADING)
    if "measure" in change:
        offer, error = offer.assess(score=1_000, tier=LOW), (error[0], offer.quote["applicationId"], LOW, CAP)
    wrong = offer.change(**change)

    home.refuses(wrong, *error)
    with refused(*error):
        home.rules.checkSale(context, sale(home, wrong))


def test_check_sale__not_a_sale__refuses(home, context):
    with pytest.raises(Exception, match="revert"):
        home.rules.checkSale(context, b"\x01\x02")


# checkEndorsement


def endorse(home, context, order, holder, policy_standing):
    home.rules.checkEndorsement(
        context, values("Endorsement", order), policy_standing, *home.endorse_arguments(order, holder)[1:]
    )


def test_check_endorsement__right_order__passes(home, holders, insured, context):
    endorse(home, context, home.endorsement(insured, sumInsured=HIGHER), holders[0], standing(home, insured))


def test_check_endorsement__sum_in_use__refuses(home, holders, insured, context):
    order = home.endorsement(insured, sumInsured=SUM - 1)

    with refused("SumInsuredInUse", insured, SUM - 1, SUM):
        endorse(home, context, order, holders[0], standing(home, insured, used=SUM))


@pytest.mark.parametrize("cap", [1, HIGHER - 1])
def test_check_endorsement__above_the_quorums_cap__refuses(home, holders, insured, context, cap):
    order = home.endorsement(insured, sumInsured=HIGHER)

    with refused("SumInsuredAboveCap", insured, HIGHER, cap):
        endorse(home, context, order, holders[0], standing(home, insured, cap=cap))
    endorse(home, context, order, holders[0], standing(home, insured, cap=HIGHER))


def test_check_endorsement__change_before__is_the_earliest(home, holders, insured, context):
    order, ends_at = home.endorsement(insured), home.policy(insured)["endsAt"]
    changed_at = order["effectiveAt"] + 1

    with refused("EffectiveTimeInvalid", insured, order["effectiveAt"], changed_at, ends_at):
        endorse(home, context, order, holders[0], standing(home, insured, changed_at))
    endorse(home, context, order, holders[0], standing(home, insured, changed_at - 1))


def test_check_endorsement__price__is_that_of_its_moment(home, holders, insured, context):
    now_, later = (home.endorsement(insured, sumInsured=HIGHER, effectiveAt=now() + days * DAY) for days in (1, 100))
    assert now_["premiumChange"] > later["premiumChange"]

    with refused("PremiumChangeMismatch", insured, later["premiumChange"], now_["premiumChange"]):
        endorse(home, context, {**now_, "premiumChange": later["premiumChange"]}, holders[0], standing(home, insured))


def test_check_endorsement__by_another_domain__refuses(home, cautious, holders, insured, context):
    other = (context[0], cautious.product.domainSeparator(), *context[2:])

    with refused("UnderwriterSignatureInvalid", home.underwriter):
        endorse(home, other, home.endorsement(insured), holders[0], standing(home, insured))


# checkCancellation


def cancel(home, insured, order, signature, sender):
    policy = home.product.policy(insured)
    home.rules.checkCancellation(
        home.product.domainSeparator(), sender, values("Cancellation", order), policy, signature
    )


def test_check_cancellation__holders_signature__passes_whoever_sends(home, holders, insured):
    order = home.cancellation(insured)

    cancel(home, insured, order, holders[0].sign(digest("Cancellation", order, home.domain)), home.relayer.address)
    cancel(home, insured, order, b"", holders[0].address)


def test_check_cancellation__no_signature_of_the_holder__refuses(home, holders, insured):
    order = home.cancellation(insured)

    with refused("AcceptanceInvalid", holders[0]):
        cancel(home, insured, order, b"", home.relayer.address)
    with refused("AcceptanceInvalid", holders[0]):
        cancel(home, insured, order, person("stranger").sign(bytes(32)), holders[0].address)


def test_check_cancellation__time_sequence_and_end__are_asked_in_turn(home, holders, insured):
    late = home.cancellation(insured, validUntil=now() - 1, sequence=7)

    with refused("SequenceMismatch", insured, 7, 0):
        cancel(home, insured, late, b"", holders[0].address)
    with refused("OrderPastValidity", insured, now() - 1, now()):
        cancel(home, insured, {**late, "sequence": 0}, b"", holders[0].address)
    ends_at = home.policy(insured)["endsAt"]
    travel_to(ends_at + HOUR)
    with refused("PolicyEnded", insured, ends_at, now()):
        cancel(home, insured, late, b"", holders[0].address)


# Terms


def test_terms_of__product__is_what_it_was_made_with(home, cautious):
    for market in (home, cautious):
        assert plain(home.rules.termsOf(market.product)) == plain(values("IndemnityTerms", market.terms))


def test_terms_hash__words__is_the_eip712_hash(home, cautious):
    for market in (home, cautious):
        assert bytes(home.rules.termsHash(market.product.termsWords())) == struct_hash("IndemnityTerms", market.terms)
    assert home.product.termsHash() != cautious.product.termsHash()


def test_max_report_size__rules__is_that_of_all_reports(home):
    assert home.rules.MAX_REPORT_SIZE() == 400
