"""The largest words there can be in a full signer set pass the gate; what would make them larger is refused."""

from dataclasses import replace

import pytest

from domain.hashing import keccak256
from oracle.network.gate import MOST_BYTES_LONG, MOST_BYTES_PLAIN
from oracle.rounds.book import RoundBook
from oracle.rounds.messages import decode, encode
from oracle.rounds.quorum import Verifier
from oracle.rounds.refusals import Code, RoundRefused
from oracle.rounds.reports import MAX_NULLIFIERS
from oracle.rounds.rules import MAX_SIGNERS, Request
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import (
    MOST_VOTE_FIELDS,
    NOTHING,
    Observation,
    ReportSignature,
    Stage,
    Vote,
    sign_observation,
    sign_proposal,
    sign_vote,
    vote_digest,
)
from oracle.rounds.steps import Seat
from tests.oracle.rounds.worlds import request, rules

SEATS = seats_of(MAX_SIGNERS)
LONGEST_NAME = "x" * 96
ASKED: Request = replace(request(claim=(1 << 256) - 1, epoch=(1 << 32) - 1), sequence=(1 << 32) - 1)
VALUE = keccak256(b"value")


def largest_observation() -> Observation:
    """As many nullifiers as a report has, versions as the nodes name them, and numbers as long as a liar likes."""
    least = -(1 << 255)
    numbers = tuple((name, least) for name in ("confidence_bps", "fraud_score", "loss", "observed_at"))
    nullifiers = [(f"nullifiers.{number}", b"\xff" * 32) for number in range(MAX_NULLIFIERS)]
    decisions = tuple(sorted([("evidence", b"\xff" * 32), ("exclusions", b"\xff" * 32), *nullifiers]))
    names = ("claims", "document", "fraud_rules", "model", "nullifier_keys")
    return Observation(numbers, decisions, tuple((name, b"\xff" * 32) for name in names))


def test_encode__largest_words_of_31_nodes__within_what_the_gate_takes() -> None:
    said = tuple(sign_observation(ASKED, seat.node, largest_observation(), seat.sign) for seat in SEATS)
    approvals = tuple(sign_vote(ASKED, seat.node, 62, Stage.APPROVE, VALUE, seat.sign) for seat in SEATS)
    locks = tuple(sign_vote(ASKED, seat.node, 63, Stage.LOCK, VALUE, seat.sign) for seat in SEATS)
    proposal = sign_proposal(ASKED, SEATS[0].node, 63, VALUE, said, approvals, SEATS[0].sign)
    signature = ReportSignature(ASKED, SEATS[0].node, proposal, locks, SEATS[0].sign(VALUE))

    assert len(encode(said[0])) <= MOST_BYTES_PLAIN
    assert len(encode(signature)) <= MOST_BYTES_LONG


def test_encode__largest_vote_against__within_what_the_gate_takes() -> None:
    fields = tuple(f"{number:05d}{LONGEST_NAME}"[:96] for number in range(4_000))
    vote = sign_vote(
        ASKED, SEATS[0].node, 63, Stage.APPROVE, NOTHING, SEATS[0].sign, code=Code.NUMBER_DIFFERS, fields=fields
    )

    assert len(vote.fields) == MOST_VOTE_FIELDS
    assert decode(encode(vote)) == vote
    assert len(encode(vote)) <= MOST_BYTES_PLAIN


def stuffed(seat: Seat, code: Code | None, fields: tuple[str, ...], value: bytes = VALUE) -> Vote:
    signature = seat.sign(vote_digest(ASKED, 0, Stage.APPROVE, value, code, fields))
    return Vote(ASKED, seat.node, 0, Stage.APPROVE, value, code, fields, signature)


@pytest.mark.parametrize(
    ("code", "fields", "value"),
    [
        (Code.NOT_OBSERVED, (), VALUE),
        (None, ("loss",), VALUE),
        (None, (LONGEST_NAME,) * 300, VALUE),
        (Code.NUMBER_DIFFERS, (LONGEST_NAME,) * (MOST_VOTE_FIELDS + 1), NOTHING),
    ],
)
def test_add_vote__with_words_it_needs_not__neither_counted_nor_in_a_certificate(
    code: Code | None, fields: tuple[str, ...], value: bytes
) -> None:
    book = RoundBook(ASKED, rules(MAX_SIGNERS), Verifier())
    votes = [stuffed(seat, code, fields, value) for seat in SEATS]

    assert not any(book.add_vote(vote) for vote in votes)
    assert not book.is_certificate(votes, value, Stage.APPROVE)


@pytest.mark.parametrize(("code", "fields"), [(Code.NOT_OBSERVED, ()), (None, ("loss",))])
def test_decode__vote_for_a_value_with_reasons__refused_by_name(code: Code | None, fields: tuple[str, ...]) -> None:
    plain = encode(stuffed(SEATS[0], None, ())).decode()
    reasons = plain.replace('"code":null', f'"code":"{code.value}"' if code else '"code":null')
    reasons = reasons.replace('"fields":[]', '"fields":["loss"]' if fields else '"fields":[]')

    with pytest.raises(RoundRefused, match="neither code nor fields"):
        decode(reasons.encode())


def test_carried__all_have_voted_for_it__as_many_votes_as_are_needed() -> None:
    kept = rules(MAX_SIGNERS)
    book = RoundBook(ASKED, kept, Verifier())
    for seat in SEATS:
        assert book.add_vote(sign_vote(ASKED, seat.node, 0, Stage.APPROVE, VALUE, seat.sign))
    carried = book.carried(0, Stage.APPROVE)

    assert carried is not None
    assert len(carried[1]) == kept.threshold
    assert book.is_certificate(carried[1], VALUE, Stage.APPROVE)
