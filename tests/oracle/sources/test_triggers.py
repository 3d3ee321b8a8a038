from dataclasses import dataclass

import pytest

from domain.insured_period import InsuredPeriod
from oracle.sources.errors import SourceMisconfigured, SourcesDisagree, SourceUnavailable
from oracle.sources.facts import FREE, Cost, Fact
from oracle.sources.http_fetch import Fetcher, new_client
from oracle.sources.open_meteo import OpenMeteo, Service
from oracle.sources.triggers import ReadingState, due_at, observe
from scripts.source_replay import replaying
from scripts.source_samples import NAPA, RAIN, RAIN_TENTHS, final_at, open_meteo


@dataclass
class Told:
    """A source that says what it is told to."""

    name: str
    value: int | None
    licence: str = "CC0-1.0"
    cost: Cost = FREE
    source_hash: bytes = bytes(32)

    def fetch(self, question: InsuredPeriod, now: int) -> Fact[int]:
        assert question
        if self.value == -1:
            raise SourceUnavailable("it is in trouble, try again later")
        return Fact(self.value, "no record" if self.value is None else "", now, 0, bytes(32), self.licence, self.cost)


def test_observe__before_it_is_due__nobody_is_asked() -> None:
    found = observe(RAIN, [Told("a", -1), Told("b", -1)], due_at(RAIN) - 1)

    assert (found.state, found.value, found.facts) == (ReadingState.NOT_DUE, None, ())


def test_observe__two_agree__their_mean() -> None:
    found = observe(RAIN, [Told("a", 200), Told("b", 251)], due_at(RAIN))

    assert (found.state, found.value) == (ReadingState.MEASURED, 225)


def test_observe__two_apart__no_value_is_chosen() -> None:
    with pytest.raises(SourcesDisagree, match=r"a 200, b 301 lie more than 100 apart"):
        observe(RAIN, [Told("a", 200), Told("b", 301)], due_at(RAIN))


def test_observe__one_missing__missing_and_not_the_others_value() -> None:
    found = observe(RAIN, [Told("a", 200), Told("b", None)], due_at(RAIN))

    assert (found.state, found.value, found.why_missing) == (ReadingState.MISSING, None, "b: no record")


def test_observe__one_in_trouble__told_and_not_replaced() -> None:
    with pytest.raises(SourceUnavailable):
        observe(RAIN, [Told("a", 200), Told("b", -1)], due_at(RAIN))


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"]])
def test_observe__too_few_sources_or_one_twice__refused(names: list[str]) -> None:
    with pytest.raises(SourceMisconfigured, match="rainfall needs 2 different sources"):
        observe(RAIN, [Told(name, 1) for name in names], due_at(RAIN))


def test_observe__one_source_where_one_is_asked_for__measured() -> None:
    assert observe(NAPA, [Told("a", 66)], due_at(NAPA)).value == 66


def test_observe__both_services_of_open_meteo_over_the_network__measured() -> None:
    body, now = open_meteo(RAIN), final_at(RAIN)
    with replaying(body) as replay, new_client(replay.url) as client:
        replay.served_at = now
        found = observe(RAIN, [OpenMeteo(Fetcher(client), service) for service in Service], now)
        body["hourly"]["precipitation"][7] = None
        missing = observe(RAIN, [OpenMeteo(Fetcher(client), service) for service in Service], now)

    assert found.value == RAIN_TENTHS
    assert missing.state is ReadingState.MISSING
