"""When a claim is asked for again, and how its id is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.network.wanted import (
    LAST_SEQUENCE,
    RETRY_MARGIN_SECONDS,
    SignerSet,
    Waiting,
    WaitingClaim,
    WaitingEvent,
    claim_id_of,
    claim_key,
    request_for,
    sequence_at,
    subject_key,
)
from oracle.rounds.rules import RequestKind
from oracle.rounds.simulation import CONTRACT, QUORUM, seats_of
from oracle.sources.triggers import due_at
from scripts.source_samples import RAIN

DESK = "0x" + "77" * 20
SIGNERS = SignerSet(QUORUM, 3, tuple(seat.node for seat in seats_of(4)))
CLAIM = WaitingClaim(9, DESK, QUORUM, 1_000, 0, 8_500, CONTRACT)
EVENT = WaitingEvent(CONTRACT, RAIN, QUORUM, 4)
TIMES = st.integers(0, 1 << 40)
VALID = st.integers(60, 86_400)


def begins_at(sequence: int, valid_seconds: int) -> int:
    """Seconds after notice, by the rule in words: at once, then after 1, 3, 7, … periods."""
    return ((1 << sequence) - 1) * (valid_seconds + RETRY_MARGIN_SECONDS)


@given(noticed=TIMES, later=TIMES, valid=VALID)
def test_sequence_at__any_time__the_last_that_has_begun(noticed: int, later: int, valid: int) -> None:
    found = sequence_at(noticed, noticed + later, valid)

    assert 0 <= found <= LAST_SEQUENCE
    assert begins_at(found, valid) <= later
    assert found == LAST_SEQUENCE or later < begins_at(found + 1, valid)


@given(noticed=TIMES, before=TIMES, valid=VALID)
def test_sequence_at__a_chain_whose_time_is_before_the_notice__the_first(noticed: int, before: int, valid: int) -> None:
    assert sequence_at(noticed, max(0, noticed - before), valid) == 0


@given(valid=VALID, sequence=st.integers(0, LAST_SEQUENCE - 1))
def test_sequence_at__the_next_begins__after_every_report_of_the_one_before_is_past(valid: int, sequence: int) -> None:
    """A report is agreed on within a round's deadline, and counts `valid` seconds from its observation."""
    began, next_begins = begins_at(sequence, valid), begins_at(sequence + 1, valid)

    assert next_begins - began > valid
    assert sequence_at(0, next_begins - 1, valid) == sequence


@pytest.mark.parametrize(
    ("asked", "kind", "contract", "subject", "since", "least"),
    [
        (CLAIM, RequestKind.LOSS, DESK, 9, 1_000, 8_500),
        (EVENT, RequestKind.EVENT, CONTRACT, RAIN.event_id(), due_at(RAIN), 0),
    ],
)
def test_request_for__what_waits__asked_of_its_contract_about_itself_counted_from_its_time(
    asked: Waiting, kind: RequestKind, contract: str, subject: int, since: int, least: int
) -> None:
    first, second = (request_for(asked, 31_337, SIGNERS, since + later, 600) for later in (899, 900))

    assert (first.kind, first.contract, first.subjects) == (kind, contract, (subject,))
    assert (first.chain_id, first.quorum, first.signer_epoch) == (31_337, QUORUM, 3)
    assert (first.valid_seconds, first.refers_below_bps) == (600, least)
    assert (first.sequence, second.sequence) == (0, 1)
    assert subject_key(first) == asked.key


@given(st.integers(0, (1 << 256) - 1))
def test_claim_id_of__as_it_is_written__the_same_claim(claim_id: int) -> None:
    assert claim_id_of(claim_key(claim_id)) == claim_id
    assert claim_id_of(hex(claim_id)) == claim_id


@pytest.mark.parametrize("text", ["", "0x", "12", "0x-5", "0x+5", "0x1_0", "0x 1", "0x" + "f" * 65, "0xg", "0x1\n"])
def test_claim_id_of__no_claim__none(text: str) -> None:
    assert claim_id_of(text) is None
