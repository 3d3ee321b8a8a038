"""IndemnityProduct.bind: who must have signed, whom it speaks of, and who pays."""

from types import SimpleNamespace

import pytest
from brownie import ZERO_ADDRESS, ContractWallet
from indemnity_market import SUM
from indemnity_terms import EXCLUSION
from market import TUSD
from parties import person, signers
from refusals import refused
from typed_messages import digest, product_domain

from scripts.brownie.deploy import ROLES

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

PREMIUM = 50 * TUSD
RISKY = {"score": 9_001, "measure": EXCLUSION, "exclusions": 1}


@pytest.fixture
def wallet(home, people, accounts):
    """A contract that holds money, lets the treasury take it, and signs by its owner's key."""
    owner = person("wallet owner")
    contract = ContractWallet.deploy(owner, {"from": accounts[0]})
    home.token.mint(contract, 1_000 * TUSD, people["issuer"].sends)
    contract.execute(home.token, home.token.approve.encode_input(home.treasury, 2**255), owner.sends)
    return SimpleNamespace(address=contract.address, sign=owner.sign, contract=contract, owner=owner)


def signature(home, kind, offer, by):
    return by.sign(digest(kind, offer.quote, home.domain))


# The holder


def test_bind__acceptance_by_another__refuses(home, holders):
    offer = home.offer(holders[0])
    forged = signature(home, "IndemnityAcceptance", offer, holders[1])

    home.refuses(offer.but(forged={"acceptance": forged}), "AcceptanceInvalid", holders[0])


def test_bind__offer_handed_in_as_acceptance__refuses(home, holders):
    offer = home.offer(holders[0])
    forged = signature(home, "IndemnityQuote", offer, holders[0])

    home.refuses(offer.but(forged={"acceptance": forged}), "AcceptanceInvalid", holders[0])


def test_bind__no_acceptance__refuses_who_is_not_the_holder(home, holders):
    home.refuses(home.offer(holders[0]).but(accepted=False), "AcceptanceInvalid", holders[0])


def test_bind__sent_by_the_holder__needs_no_acceptance(home, holders):
    home.sell(home.offer(holders[0]).but(accepted=False), sender=holders[0])

    assert home.product.ownerOf(1) == holders[0].address


def test_bind__sent_by_the_holder_with_a_bad_acceptance__refuses(home, holders):
    offer = home.offer(holders[0]).but(forged={"acceptance": b"\x01"})

    with refused("AcceptanceInvalid", holders[0]):
        home.product.bind.call(*home.bind_arguments(offer), holders[0].sends)


def test_bind__holder_is_a_contract__signs_by_erc1271(home, wallet):
    home.sell(home.offer(wallet))

    assert home.product.ownerOf(1) == wallet.address
    assert home.token.balanceOf(wallet.address) == 1_000 * TUSD - PREMIUM


def test_bind__contract_that_did_not_sign__refuses(home, wallet, holders):
    offer = home.offer(wallet)
    forged = signature(home, "IndemnityAcceptance", offer, holders[0])

    home.refuses(offer.but(forged={"acceptance": forged}), "AcceptanceInvalid", wallet)


def test_bind__accepted_for_another_contract__refuses(home, holders):
    offer = home.offer(holders[0])
    elsewhere = product_domain(home.desk, home.domain["chainId"])
    forged = holders[0].sign(digest("IndemnityAcceptance", offer.quote, elsewhere))

    home.refuses(offer.but(forged={"acceptance": forged}), "AcceptanceInvalid", holders[0])


def test_bind__accepted_on_another_chain__refuses(home, holders):
    offer = home.offer(holders[0])
    forged = holders[0].sign(digest("IndemnityAcceptance", offer.quote, {**home.domain, "chainId": 1}))

    home.refuses(offer.but(forged={"acceptance": forged}), "AcceptanceInvalid", holders[0])


@pytest.mark.parametrize("bad", ["nobody", "treasury", "product"])
def test_bind__holder_who_cannot_be_one__refuses(home, holders, bad):
    holder = {"nobody": ZERO_ADDRESS, "treasury": home.treasury.address, "product": home.product.address}[bad]
    offer = home.offer(holders[0]).change(holder=holder, payer=holder)

    home.refuses(offer, "HolderInvalid", holder)


@pytest.mark.parametrize("bad", ["treasury", "product"])
def test_bind__beneficiary_who_cannot_be_paid__refuses(home, holders, bad):
    beneficiary = getattr(home, bad).address

    home.refuses(home.offer(holders[0], beneficiary=beneficiary), "BeneficiaryInvalid", beneficiary)


# The underwriter


@pytest.mark.parametrize("who", ["administrator", "product manager", "guardian", "stranger"])
def test_bind__offered_by_no_underwriter__refuses(home, holders, who):
    offer = home.offer(holders[0]).change(underwriter=person(who).address).but(underwriter=person(who))

    home.refuses(offer, "UnderwriterNotAuthorised", person(who))


def test_bind__underwriter_with_an_execution_delay__refuses(home, holders):
    slow = person("slow underwriter")
    home.house.authority.grantRole(ROLES["UNDERWRITER"], slow, 1, home.administrator.sends)

    home.refuses(
        home.offer(holders[0]).change(underwriter=slow.address).but(underwriter=slow), "UnderwriterNotAuthorised", slow
    )


def test_bind__offer_not_signed_by_the_underwriter__refuses(home, holders):
    home.refuses(home.offer(holders[0]).but(underwriter=holders[0]), "UnderwriterSignatureInvalid", home.underwriter)


def test_bind__word_changed_after_the_offer__refuses(home, holders):
    offer = home.offer(holders[0])
    forged = signature(home, "IndemnityQuote", offer, home.underwriter)
    changed = offer.change(beneficiary=holders[1].address).but(forged={"quote": forged})

    home.refuses(changed, "UnderwriterSignatureInvalid", home.underwriter)


def test_bind__underwriter_is_a_contract__signs_by_erc1271(home, holders, wallet):
    home.house.authority.grantRole(ROLES["UNDERWRITER"], wallet.contract, 0, home.administrator.sends)

    home.sell(home.offer(holders[0]).change(underwriter=wallet.address).but(underwriter=wallet))

    assert home.product.ownerOf(1) == holders[0].address


def test_bind__two_underwriters_in_one_batch__are_both_asked(home, holders):
    impostor = home.offer(holders[1]).change(underwriter=holders[1].address).but(underwriter=holders[1])

    with refused("UnderwriterNotAuthorised", holders[1]):
        home.product.bind.call(*home.bind_arguments(home.offer(holders[0]), impostor), home.relayer.sends)


# The committee


def test_bind__score_above_the_limit__needs_three_of_the_committee(home, holders):
    home.sell(home.offer(holders[0], **RISKY))

    assert home.policy(1)["sumInsured"] == SUM


def test_bind__score_at_the_limit__needs_no_committee(home, holders):
    home.sell(home.offer(holders[0], **{**RISKY, "score": 9_000}))

    assert home.policy(1)["sumInsured"] == SUM


@pytest.mark.parametrize("count", [0, 1, 2])
def test_bind__committee_of_less_than_three__refuses(home, holders, count):
    offer = home.offer(holders[0], **RISKY).but(committee=home.committee[:count])

    home.refuses(offer, "CommitteeTooSmall", offer.quote["applicationId"], count, 3)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_bind__not_a_signature_for_each_member__refuses(home, holders, count):
    offer = home.offer(holders[0], **RISKY)
    one = signature(home, "IndemnityQuote", offer, home.committee[0])

    home.refuses(
        offer.but(forged={"committee": [one] * count}),
        "CommitteeTooSmall",
        offer.quote["applicationId"],
        min(count, 3),
        3,
    )


def test_bind__one_member_three_times__refuses(home, holders):
    first = home.committee[0]

    home.refuses(home.offer(holders[0], **RISKY).but(committee=(first,) * 3), "CommitteeOrderInvalid", first, first)


def test_bind__committee_out_of_order__refuses(home, holders):
    a, b, c = home.committee

    home.refuses(home.offer(holders[0], **RISKY).but(committee=(a, c, b)), "CommitteeOrderInvalid", c, b)


def test_bind__member_without_the_role__refuses(home, holders):
    with_a_stranger = tuple(sorted((*home.committee[:2], person("stranger")), key=lambda p: int(p.address, 16)))

    home.refuses(
        home.offer(holders[0], **RISKY).but(committee=with_a_stranger), "CommitteeMemberInvalid", person("stranger")
    )


def test_bind__member_with_an_execution_delay__refuses(home, holders):
    slow = home.committee[2]
    home.house.authority.grantRole(ROLES["COMMITTEE"], slow, 1, home.administrator.sends)

    home.refuses(home.offer(holders[0], **RISKY), "CommitteeMemberInvalid", slow)


def test_bind__member_whose_signature_is_of_another_quote__refuses(home, holders):
    offer, other = home.offer(holders[0], **RISKY), home.offer(holders[1], **RISKY)
    signed = [signature(home, "IndemnityQuote", offer, member) for member in home.committee]
    signed[1] = signature(home, "IndemnityQuote", other, home.committee[1])

    home.refuses(offer.but(forged={"committee": signed}), "CommitteeSignatureInvalid", home.committee[1])


def test_bind__more_than_three_members__all_must_have_signed(home, holders):
    four = signers(4, "committee of four")
    for member in four:
        home.house.authority.grantRole(ROLES["COMMITTEE"], member, 0, home.administrator.sends)
    offer = home.offer(holders[0], **RISKY).but(committee=four)
    signed = [signature(home, "IndemnityQuote", offer, member) for member in (*four[:3], four[0])]

    home.refuses(offer.but(forged={"committee": signed}), "CommitteeSignatureInvalid", four[3])
    home.sell(offer)
    assert home.product.policyCount() == 1


# The payer


@pytest.mark.parametrize("who", ["other holder", "underwriter", "nobody", "treasury"])
def test_bind__paid_by_another__refuses(home, holders, who):
    payers = {"other holder": holders[1].address, "underwriter": home.underwriter.address}
    payer = {**payers, "nobody": ZERO_ADDRESS, "treasury": home.treasury.address}[who]

    home.refuses(home.offer(holders[0]).change(payer=payer), "PayerInvalid", payer)


def test_bind__holder_without_money__refuses(home, holders):
    poor = person("poor holder")
    home.token.approve(home.treasury, 2**255, poor.sends)

    home.refuses(home.offer(poor), "ERC20InsufficientBalance", poor, 0, PREMIUM)


def test_bind__holder_who_allowed_nothing__refuses(home, holders):
    home.token.approve(home.treasury, PREMIUM - 1, holders[0].sends)

    home.refuses(home.offer(holders[0]), "ERC20InsufficientAllowance", home.treasury, PREMIUM - 1, PREMIUM)
