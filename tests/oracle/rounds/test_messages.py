"""Statements as JSON: there and back, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hashing import keccak256
from oracle.rounds.messages import decode, encode
from oracle.rounds.refusals import Code, RoundRefused
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import (
    NOTHING,
    ReportSignature,
    Stage,
    Statement,
    sign_observation,
    sign_proposal,
    sign_vote,
)
from tests.oracle.rounds.worlds import request, seen

SEATS = seats_of(4)
ASKED = request(claim=(1 << 255) + 1)
OBSERVATIONS = tuple(sign_observation(ASKED, seat.node, seen(), seat.sign) for seat in SEATS)
VALUE = keccak256(b"value")
APPROVALS = tuple(sign_vote(ASKED, seat.node, 0, Stage.APPROVE, VALUE, seat.sign) for seat in SEATS)
LOCKS = tuple(sign_vote(ASKED, seat.node, 1, Stage.LOCK, VALUE, seat.sign) for seat in SEATS)
AGAINST = sign_vote(
    ASKED, SEATS[0].node, 0, Stage.APPROVE, NOTHING, SEATS[0].sign, code=Code.NUMBER_DIFFERS, fields=("loss",)
)
PROPOSAL = sign_proposal(ASKED, SEATS[1].node, 1, VALUE, OBSERVATIONS, APPROVALS, SEATS[1].sign)
SIGNED = ReportSignature(ASKED, SEATS[2].node, PROPOSAL, LOCKS, SEATS[2].sign(VALUE))


@pytest.mark.parametrize("said", [OBSERVATIONS[0], AGAINST, LOCKS[0], PROPOSAL, SIGNED], ids=lambda s: type(s).__name__)
def test_decode__what_was_encoded__the_same_statement_and_the_same_bytes(said: Statement) -> None:
    body = encode(said)

    assert decode(body) == said
    assert encode(decode(body)) == body


@given(st.integers(-(1 << 255), (1 << 255) - 1))
def test_decode__any_number_of_256_bits__comes_back(value: int) -> None:
    said = sign_observation(ASKED, SEATS[0].node, seen(value), SEATS[0].sign)

    assert decode(encode(said)) == said


def changed(path: str, value: object) -> bytes:
    body: Any = json.loads(encode(OBSERVATIONS[0]))
    *way, last = path.split(".")
    place = body
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("said.signature", "0x00", "said.observation.signature"),
        ("said.signature", 5, "0x and hex digits"),
        ("said.node", "0x12", "Copy the whole address"),
        ("said.numbers", [["loss", 1.5]], "whole number"),
        ("said.numbers", [["loss", True]], "whole number"),
        ("said.numbers", [["Loss ", "1"]], "pattern"),
        ("said.numbers", [], "at least 1"),
        ("said.type", "order", "said"),
        ("said.extra", 1, "Extra inputs"),
        ("request.subjects", ["-1"], "greater than or equal to 0"),
        ("request.kind", "payment", "risk"),
    ],
)
def test_decode__malformed__refused_with_the_place(path: str, value: object, named: str) -> None:
    with pytest.raises(RoundRefused, match=named) as refused:
        decode(changed(path, value))

    assert refused.value.code == "message_malformed"


@given(st.binary(max_size=300))
def test_decode__any_bytes__refused_not_crashed(body: bytes) -> None:
    with pytest.raises(RoundRefused):
        decode(body)


def test_decode__the_same_bytes_again__the_same_statement_and_others_another() -> None:
    said = sign_observation(request(), SEATS[0].node, seen(), SEATS[0].sign)
    body = encode(said)
    first = decode(body)

    assert decode(bytes(bytearray(body))) is first
    assert first == said
    other = decode(encode(sign_observation(request(), SEATS[1].node, seen(), SEATS[1].sign)))
    assert other != first
    for _ in range(2):
        with pytest.raises(RoundRefused, match="message_malformed"):
            decode(body[:-1])
