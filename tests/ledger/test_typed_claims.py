"""What is signed about claims is hashed as eth-account hashes the Solidity structs."""

from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from domain.claim_reports import ClaimAction, ClaimOrder, Decision, LossReport, Notice
from ledger.typed_claims import claim_order_digest, decision_digest, loss_notice_digest, loss_report_digest
from tests.ledger.solidity_structs import Fields, eip712_types
from tests.ledger.strategies import addresses, uints, words
from tests.ledger.test_typed_data import fields, reference

SOURCE = "ClaimTypes.sol"

loss_reports = st.builds(
    LossReport, chain_id=uints(64), desk=addresses, signer_epoch=uints(32), observed_at=uints(40),
    valid_until=uints(40), claim_id=uints(256), loss=uints(64), fraud_score=uints(16), confidence_bps=uints(16),
    exclusions=uints(32), evidence_root=words, model_hash=words, nullifiers=st.lists(words, max_size=4).map(tuple),
)  # fmt: skip
notices = st.builds(
    Notice, product=addresses, policy_id=uints(256), coverage=uints(8), peril=uints(8), occurred_at=uints(40),
    claimed=uints(64), evidence_root=words,
)  # fmt: skip
orders = st.builds(
    ClaimOrder, claim_id=uints(256), action=st.sampled_from(ClaimAction), amount=uints(64), evidence_root=words,
    institution=uints(32), nonce=uints(256), deadline=uints(40),
)  # fmt: skip
decisions = st.builds(
    Decision, claim_id=uints(256), loss=uints(64), reason_code=uints(16), clause=words,
    proof=st.lists(words, max_size=4).map(tuple), letter_hash=words, instalments=uints(8), interval_seconds=uints(32),
    valid_until=uints(40),
)  # fmt: skip


def declared(struct: str) -> Fields:
    """Fields of a struct, as Solidity declares it."""
    return eip712_types(SOURCE, struct)[struct]


@given(loss_reports)
def test_loss_report_digest__any_report__equals_eth_account(report: LossReport) -> None:
    types = {"LossReport": declared("LossReport")}

    expected = reference(types, asdict(report), chain_id=report.chain_id, contract=report.desk)

    assert loss_report_digest(report) == expected


@given(notices, addresses, uints(256), uints(40), uints(64), addresses)
def test_loss_notice_digest__any_notice__equals_eth_account(
    notice: Notice, signer: str, nonce: int, deadline: int, chain_id: int, desk: str
) -> None:
    types = {"LossNotice": declared("Notice") + fields("address signer,uint256 nonce,uint40 deadline")}
    message = {**asdict(notice), "signer": signer, "nonce": nonce, "deadline": deadline}

    expected = reference(types, message, chain_id=chain_id, contract=desk)

    signed = {"signer": signer, "nonce": nonce, "deadline": deadline}
    assert loss_notice_digest(notice, **signed, chain_id=chain_id, desk=desk) == expected  # type: ignore[arg-type]  # each fits


@given(orders, uints(64), addresses)
def test_claim_order_digest__any_order__equals_eth_account(order: ClaimOrder, chain_id: int, desk: str) -> None:
    expected = reference({"ClaimOrder": declared("ClaimOrder")}, asdict(order), chain_id=chain_id, contract=desk)

    assert claim_order_digest(order, chain_id=chain_id, desk=desk) == expected


@given(decisions, addresses, uints(64), addresses)
def test_decision_digest__any_decision__equals_eth_account_without_the_proof(
    decision: Decision, adjuster: str, chain_id: int, desk: str
) -> None:
    signed = [field for field in declared("Decision") if field["name"] != "proof"]
    message = {**asdict(decision), "adjuster": adjuster}
    del message["proof"]

    expected = reference({"Decision": signed + fields("address adjuster")}, message, chain_id=chain_id, contract=desk)

    assert decision_digest(decision, adjuster=adjuster, chain_id=chain_id, desk=desk) == expected
