"""Insured events a node is told of: what it takes, and what it says of them."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from domain.policy import Outcome
from ledger.bindings import InsuredEvent
from oracle.network import event_book
from oracle.network.event_book import TooManyEvents
from oracle.network.events import GIVEN_UP_SECONDS, EventNotTaken
from oracle.rounds.simulation import CONTRACT, QUORUM
from oracle.sources.triggers import due_at
from scripts.source_samples import NAPA, RAIN
from tests.oracle.network.test_events import NOBODY, OPEN, OneProduct, at, later, watched


@pytest.mark.parametrize(
    ("product", "texts", "code"),
    [
        (QUORUM, [RAIN.text()], "product_not_followed"),
        (CONTRACT, [], "too_many_events_told"),
        (CONTRACT, [RAIN.text()] * 401, "too_many_events_told"),
        (CONTRACT, ["rainfall/somewhere"], "event_text_invalid"),
        (CONTRACT, ["rainfall/" + "1" * 400], "event_text_invalid"),
    ],
)
def test_tell__not_to_be_followed__refused_by_name(tmp_path: Path, product: str, texts: list[str], code: str) -> None:
    with pytest.raises(EventNotTaken) as refusal:
        watched(tmp_path).tell(product, texts)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (NOBODY, "event_not_insured"),
        (replace(OPEN, policies=0), "event_not_insured"),
        (replace(OPEN, outcome=Outcome.MEASURED), "event_not_insured"),
        (replace(OPEN, occurs_at=RAIN.occurs_at + 1), "event_time_differs"),
    ],
)
def test_tell__not_so_on_chain__refused_by_name_and_none_is_kept(tmp_path: Path, kept: InsuredEvent, code: str) -> None:
    events = watched(tmp_path)
    later(events, kept)
    with pytest.raises(EventNotTaken, match=RAIN.text().replace("+", r"\+")) as refusal:
        events.tell(CONTRACT, [NAPA.text(), RAIN.text()])

    assert refusal.value.code == code
    later(events, OPEN)
    assert events.waiting(at(due_at(NAPA) + due_at(RAIN))) == []


def test_tell__made_up_texts_far_ahead__the_book_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_book, "MOST_OPEN", 2)
    events = watched(tmp_path)
    for year in range(2030, 2060):
        with pytest.raises(EventNotTaken, match="tell it once a policy is bound"):
            events.tell(CONTRACT, [RAIN.text().replace("2013", str(year))])

    assert events.tell(CONTRACT, [RAIN.text(), NAPA.text()]) == 2


def test_tell__chain_does_not_answer__refused_by_name_unless_it_is_known(tmp_path: Path) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])
    cast("OneProduct", events._rpc).away = True

    assert events.tell(CONTRACT, [RAIN.text()]) == 0
    with pytest.raises(EventNotTaken) as refusal:
        events.tell(CONTRACT, [NAPA.text()])
    assert refusal.value.code == "chain_unread"


def test_told__before_it_is_final_and_after__says_which(tmp_path: Path) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])

    early, late = (events.told(CONTRACT, RAIN.event_id(), due_at(RAIN) - 1 + later) for later in (0, 1))

    assert early is not None
    assert late is not None
    assert (early["state"], early["insured_event"], early["due_at"]) == ("not_due", RAIN.text(), due_at(RAIN))
    assert str(due_at(RAIN)) in str(early["words"])
    assert late["state"] == "waiting"
    assert events.told(CONTRACT, NAPA.event_id(), due_at(NAPA)) is None


@pytest.mark.parametrize(
    ("kept", "after", "state"),
    [
        (replace(OPEN, outcome=Outcome.MEASURED), 0, "closed"),
        (replace(OPEN, policies=0), 0, "not_insured"),
        (OPEN, GIVEN_UP_SECONDS + 1, "given_up"),
        (replace(OPEN, occurs_at=RAIN.occurs_at + 1), 0, "timed_otherwise"),
    ],
)
def test_told__followed_no_more__says_why(tmp_path: Path, kept: InsuredEvent, after: int, state: str) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])
    later(events, kept)
    events.waiting(at(due_at(RAIN) + after))

    told = events.told(CONTRACT, RAIN.event_id(), due_at(RAIN) + after)

    assert told is not None
    assert told["state"] == state
    assert events.tell(CONTRACT, [RAIN.text()]) == 0
    assert events.waiting(at(due_at(RAIN))) == []


def test_tell__one_text_is_wrong__none_is_kept(tmp_path: Path) -> None:
    events = watched(tmp_path)
    with pytest.raises(EventNotTaken):
        events.tell(CONTRACT, [RAIN.text(), "rainfall/somewhere"])

    assert events.waiting(at(due_at(RAIN))) == []


def test_tell__more_than_the_book_holds__none_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_book, "MOST_OPEN", 1)
    events = watched(tmp_path)
    with pytest.raises(TooManyEvents, match="report some first"):
        events.tell(CONTRACT, [RAIN.text(), NAPA.text()])

    assert events.waiting(at(due_at(RAIN))) == []
