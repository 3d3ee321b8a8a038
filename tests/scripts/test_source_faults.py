"""The figure on source faults can fail: a reader that guesses is counted, and so is one that crashes."""

import json
from typing import Any

import pytest

from oracle.sources.http_fetch import Fetcher, new_client
from scripts.figures.source_faults import Answer, Case, cases, judged, spoilt_bodies
from scripts.source_lies import lies
from scripts.source_replay import AGELESS, Fault, replaying

BODY = {"rain": [1.0, 2.0]}


def guessing(fetcher: Fetcher) -> Any:
    """Takes a missing value for zero."""
    return sum(hour or 0 for hour in json.loads(fetcher.get("", {}).body)["rain"])


def answers(case: Case, body: Any, fault: Fault = Fault.NONE) -> Answer:
    with replaying(body) as replay, new_client(replay.url) as client:
        replay.fault = fault
        return judged(case, Fetcher(client, sleep=lambda _: None, total_seconds=0.5))


def test_judged__a_reader_that_guesses__wrong_or_crash() -> None:
    case = Case("guess", BODY, 0, guessing, 3.0)

    assert answers(case, BODY) is Answer.CORRECT
    assert answers(case, {"rain": [1.0, None]}) is Answer.WRONG
    assert answers(case, {"rain": None}) is Answer.CRASH
    assert answers(case, BODY, Fault.HTML) is Answer.CRASH
    assert answers(case, BODY, Fault.SERVER_ERROR) is Answer.REFUSED


def test_judged__zero_in_place_of_a_missing_value__wrong() -> None:
    assert answers(Case("zero", BODY, 0, lambda _: {"a": 0}, {"a": None}), BODY) is Answer.WRONG
    assert answers(Case("open", BODY, 0, lambda _: {"a": None}, {"a": 3}), BODY) is Answer.CORRECT


def test_spoilt_bodies__a_body__every_field_left_out_or_of_another_kind() -> None:
    found = [json.dumps(body) for body in spoilt_bodies(BODY)]

    assert "{}" in found
    assert '{"rain": null}' in found
    assert '{"rain": [null, 2.0]}' in found
    assert json.dumps(BODY) not in found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_cases__each_source__right_without_a_fault_and_every_lie_refused(case: Case) -> None:
    with replaying(case.body) as replay:
        replay.served_at = case.served_at
        with new_client(replay.url) as client:
            assert judged(case, Fetcher(client)) is Answer.CORRECT
        for lie in lies(case.body):
            replay.body = lie
            with new_client(replay.url) as client:
                assert judged(case, Fetcher(client)) is Answer.REFUSED


@pytest.mark.parametrize("fault", sorted(AGELESS), ids=lambda fault: fault.name)
@pytest.mark.parametrize("case", [case for case in cases() if case.dated_by_header], ids=lambda case: case.name)
def test_cases__dated_by_the_header_and_old_or_undated__refused(case: Case, fault: Fault) -> None:
    with replaying(case.body) as replay:
        replay.served_at, replay.fault = case.served_at, fault
        with new_client(replay.url) as client:
            assert judged(case, Fetcher(client)) is Answer.REFUSED
