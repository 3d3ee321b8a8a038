"""What nodes sign, held against another encoder of EIP-712; and the contract's rules for signatures."""

from typing import Any

import pytest
from eth_account.messages import encode_typed_data

from domain.hashing import keccak256
from ledger.typed_data import recover
from oracle.rounds.adversaries import high_s
from oracle.rounds.quorum import QuorumRefused, Verifier, require_quorum
from oracle.rounds.refusals import Code
from oracle.rounds.rules import DOMAIN_NAME
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import Stage, sign_observation, sign_proposal, sign_vote
from tests.oracle.rounds.worlds import request, rules, seen

ASKED = request(epoch=5)
DOMAIN = {"name": DOMAIN_NAME, "version": "1", "chainId": ASKED.chain_id, "verifyingContract": ASKED.quorum}
SEATS = seats_of(4)
TYPES: dict[str, list[tuple[str, str]]] = {
    "Finding": [("name", "string"), ("value", "bytes32")],
    "Reading": [("name", "string"), ("value", "int256")],
    "Observation": [
        ("roundId", "bytes32"), ("requestId", "bytes32"), ("kind", "uint8"), ("signerEpoch", "uint32"),
        ("node", "address"), ("numbers", "Reading[]"), ("decisions", "Finding[]"), ("versions", "Finding[]"),
    ],
    "Proposal": [
        ("roundId", "bytes32"), ("attempt", "uint32"), ("value", "bytes32"), ("approvedAttempt", "uint32"),
        ("observations", "bytes32[]"),
    ],
    "Vote": [
        ("roundId", "bytes32"), ("attempt", "uint32"), ("stage", "uint8"), ("value", "bytes32"), ("code", "string"),
        ("fields", "string[]"),
    ],
}  # fmt: skip


def other_digest(primary: str, message: dict[str, Any], *used: str) -> bytes:
    types = {name: [{"name": n, "type": t} for n, t in TYPES[name]] for name in (primary, *used)}
    signable = encode_typed_data(DOMAIN, types, message)
    return keccak256(b"\x19\x01" + signable.header + signable.body)


def pairs(found: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in found]


def test_observation__digest__is_that_of_another_encoder() -> None:
    what = seen(-5)
    said = sign_observation(ASKED, SEATS[0].node, what, SEATS[0].sign)

    message = {
        "roundId": ASKED.round_id(0), "requestId": ASKED.id, "kind": 2, "signerEpoch": 5, "node": SEATS[0].node,
        "numbers": pairs(what.numbers), "decisions": pairs(what.decisions), "versions": pairs(what.versions),
    }  # fmt: skip
    assert said.digest == other_digest("Observation", message, "Finding", "Reading")
    assert recover(said.digest, said.signature) == SEATS[0].node


@pytest.mark.parametrize(("code", "fields"), [(None, ()), (Code.NUMBER_DIFFERS, ("loss", "fraud_score"))])
def test_vote__digest__is_that_of_another_encoder(code: Code | None, fields: tuple[str, ...]) -> None:
    seat, value = SEATS[1], keccak256(b"value")
    said = sign_vote(ASKED, seat.node, 3, Stage.LOCK, value, seat.sign, code=code, fields=fields)

    message = {
        "roundId": ASKED.round_id(3), "attempt": 3, "stage": 1, "value": value, "code": code.value if code else "",
        "fields": list(fields),
    }  # fmt: skip
    assert said.digest == other_digest("Vote", message)


def test_proposal__digest__is_that_of_another_encoder() -> None:
    seat, value = SEATS[2], keccak256(b"value")
    observations = tuple(sign_observation(ASKED, each.node, seen(), each.sign) for each in SEATS)
    approvals = tuple(sign_vote(ASKED, each.node, 1, Stage.APPROVE, value, each.sign) for each in SEATS)
    said = sign_proposal(ASKED, seat.node, 4, value, observations, approvals, seat.sign)

    message = {
        "roundId": ASKED.round_id(4), "attempt": 4, "value": value, "approvedAttempt": 2,
        "observations": [each.digest for each in observations],
    }  # fmt: skip
    assert said.digest == other_digest("Proposal", message)


def test_require_quorum__what_the_contract_takes_and_refuses() -> None:
    digest, kept, verifier = keccak256(b"report"), rules(), Verifier()
    good = [seat.sign(digest) for seat in SEATS]
    stranger = next(seat for seat in seats_of(9) if seat.node not in kept.seats).sign(digest)

    require_quorum(digest, kept.seats, kept.threshold, good, verifier)
    require_quorum(digest, kept.seats, kept.threshold, good[1:], verifier)
    refused = {
        "few": (good[:2], "TooFewSignatures"),
        "twice": ([good[0], good[1], good[1]], "SignaturesNotAscending"),
        "descending": (good[::-1], "SignaturesNotAscending"),
        "high s": ([high_s(good[0]), *good[1:]], "SignatureInvalid"),
        "short": ([good[0][:64], *good[1:]], "SignatureInvalid"),
        "stranger": ([stranger, *good[1:]], "SignerNotInSet"),
        "other digest": ([SEATS[0].sign(keccak256(b"other")), *good[1:]], "SignerNotInSet"),
    }
    for name, (signatures, code) in refused.items():
        with pytest.raises(QuorumRefused) as error:
            require_quorum(digest, kept.seats, kept.threshold, signatures, verifier)
        assert error.value.code == code, name


def test_verifier__same_pair_again__worked_out_once() -> None:
    verifier, digest = Verifier(remembered=2), keccak256(b"a")
    signature = SEATS[0].sign(digest)

    assert [verifier.signer(digest, signature) for _ in range(5)] == [SEATS[0].node] * 5
    assert verifier.worked_out == 1
    for other in (b"b", b"c"):
        verifier.signer(keccak256(other), signature)
    verifier.signer(digest, signature)
    assert verifier.worked_out == 4  # the oldest is forgotten
