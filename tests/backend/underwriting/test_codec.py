"""Steps of cases and objections are read back as they were written."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.underwriting.codec import (
    FileUnreadable,
    decode_case_event,
    decode_objection_event,
    encode_event,
)
from domain.objection_steps import Corrected, PassedOn, Raised, Told, Upheld, Way
from domain.underwriting_case import notice_of
from domain.underwriting_decision import Channel
from domain.underwriting_people import Machine, Office, Person
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseOutcome,
    Collected,
    Decided,
    Event,
    Fault,
    Lapsed,
    NoticeGiven,
    ReceiptConfirmed,
    Received,
    SentBack,
    Signed,
    Superseded,
    Voted,
    Withdrawn,
)
from tests.domain.office import (
    ACCEPT,
    CORRECTED,
    DECLINE,
    GRAVE,
    HOPELESS,
    LOADED,
    MEDIUM,
    SENIOR,
    STROKE,
    UNDERWRITING,
    decided,
    taken,
)

NOTICE = notice_of(taken(decided(), SENIOR, Signed()), Channel.WRITTEN, basis="Score 70.", how_to_object="Call.")
STEPS = [
    Received(frozenset({"b", "a"}), 3, frozenset({"c"})),
    Asked(("age",)),
    Collected(),
    Assessed(GRAVE),
    Assessed(HOPELESS),
    Assessed(MEDIUM),
    Decided(DECLINE),
    Decided(ACCEPT[LOADED]),
    Decided(ACCEPT[STROKE]),
    Signed(),
    SentBack(frozenset({Fault.ACCURACY, Fault.COMPLIANCE}), "不符"),
    Voted(Office.LEGAL_MANAGER, agrees=False, reason="No.", ground=9),
    NoticeGiven(NOTICE),
    ReceiptConfirmed("Slip 17."),
    Withdrawn("Letter."),
    Lapsed("Silent."),
    Superseded(5),
]
OBJECTIONS = [
    Raised(Way.MAIL, "Wrong.", "ada@example.org"),
    PassedOn(),
    Upheld("Right."),
    CORRECTED,
    Corrected(2, GRAVE, DECLINE, "Swapped."),
    Told(Channel.PHONE, "Call 5.", CaseOutcome.ACCEPTED),
    Told(Channel.SMS, "SMS 5."),
]
actors = st.sampled_from([UNDERWRITING, Person("clerk"), Person("j", date(2020, 2, 29)), Machine("engine")])
times = st.integers(0, 4_000_000_000)


def through_json(written: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(json.dumps(written))
    assert isinstance(found, dict)
    return found


@given(times, actors, st.sampled_from(STEPS))
def test_decode_case_event__any_step__is_read_back_equal(at: int, by: Any, what: Any) -> None:
    event = Event(at, by, what)

    assert decode_case_event(through_json(encode_event(event))) == event


@given(times, actors, st.sampled_from(OBJECTIONS))
def test_decode_objection_event__any_step__is_read_back_equal(at: int, by: Any, what: Any) -> None:
    event = Event(at, by, what)

    assert decode_objection_event(through_json(encode_event(event))) == event


@pytest.mark.parametrize("kind", [type(each).__name__ for each in STEPS])
def test_decode_case_event__type_unknown_or_missing__is_refused(kind: str) -> None:
    step = next(each for each in STEPS if type(each).__name__ == kind)
    written = through_json(encode_event(Event(1, Machine("m"), step)))

    for wrong in ({**written["what"], "type": "Other"}, {}, None, "text", 5):
        with pytest.raises(FileUnreadable):
            decode_case_event({**written, "what": wrong})
    with pytest.raises(FileUnreadable):
        decode_case_event({**written, "type": "Other"})
    with pytest.raises(FileUnreadable):
        decode_case_event({**written, "at": "1"})


def test_decode_case_event__field_an_older_file_lacks__has_its_default() -> None:
    written = through_json(encode_event(Event(1, Machine("m"), Decided(ACCEPT[LOADED]))))
    del written["what"]["decision"]["ground"]

    assert decode_case_event(written).what == Decided(ACCEPT[LOADED])
