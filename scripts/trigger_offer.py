"""What the demonstrations of parametric triggers insure: real places and days, their sources and their prices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.curve import PayoutCurve
from domain.insured_period import InsuredPeriod, Trigger, insured_period
from domain.money import Ppb
from domain.readings import TRIGGER_RULES
from domain.sphere import Place
from ledger.product_file import load_product
from oracle.risk.triggers.burn import burn_rates
from oracle.sources.earthquake_archive import load_earthquakes
from oracle.sources.errors import SourcesDisagree
from oracle.sources.facts import Source
from oracle.sources.triggers import observe
from oracle.sources.weather_archive import load_stations, nearest
from scripts import ROOT

Sources = Sequence[Source[InsuredPeriod, int]]
SourcesOf = Callable[[Place], Sources]
CITIES = {
    "Kumamoto": Place(327_898, 1_307_417), "Sendai": Place(382_682, 1_408_694), "Tokyo": Place(356_762, 1_396_503),
    "Norcia": Place(427_920, 130_910), "Kathmandu": Place(277_172, 853_240), "Manta": Place(-9_676, -807_089),
    "Kaikoura": Place(-424_008, 1_736_814), "Wellington": Place(-412_866, 1_747_756),
    "Padang": Place(-9_471, 1_004_172), "Tainan": Place(229_997, 1_202_270), "Iquique": Place(-202_307, -701_357),
    "Port Vila": Place(-177_333, 1_683_273), "Los Angeles": Place(340_522, -1_182_437),
    "Anchorage": Place(612_181, -1_499_003), "Dushanbe": Place(385_598, 687_870), "Paris": Place(488_566, 23_522),
}  # fmt: skip
DISTRICTS = {
    "Queens": Place(407_282, -737_949), "Manhattan": Place(407_831, -739_712), "Bronx": Place(408_448, -738_648),
    "Brooklyn": Place(406_782, -739_442), "Jersey City": Place(407_178, -740_431),
}  # fmt: skip
SEASON_DAYS = 90
SEASONS = (1, 4, 7, 10)
FIRST_RECORD_YEAR = 1_970
"""Times on the ledger begin here; by then seismographs the world over missed no earthquake of magnitude six."""
LEAST_PERIODS = 100
FIRST_WEATHER_DAY = date(2013, 1, 2)
WEATHER_DAYS = 30


class OfferRefused(ValueError):
    """What was asked for cannot be insured here; says what can."""


@dataclass(frozen=True)
class Offer:
    """What is sold.

    Attributes:
        trigger: What is measured.
        product: The product file.
        opens_at: When the chain begins and the sale opens, unix seconds.
        periods: On sale, each with the name of its place.
        prices: Expected payout by name of the place.
        sources_of: The sources for a place; each call makes a node's own.
        history: How many earlier periods each price rests on.
    """

    trigger: Trigger
    product: Path
    opens_at: int
    periods: tuple[tuple[str, InsuredPeriod], ...]
    prices: dict[str, Ppb]
    sources_of: SourcesOf
    history: dict[str, int]


def earthquake_offer(archive: Path, year: int) -> Offer:
    """Sixteen cities in the four seasons of a year, priced from the seasons since 1970.

    Raises:
        OfferRefused, SourceMisconfigured, RecordTooShort
    """
    if not 1995 <= year <= 2023:
        raise OfferRefused(f"--year {year} cannot be insured from this archive: choose 1995 to 2023")
    catalogue = load_earthquakes(archive)
    opens_at = int(datetime(year - 1, 12, 1, tzinfo=UTC).timestamp())

    def seasons(place: Place, first: int, last: int) -> list[InsuredPeriod]:
        starts = [date(y, month, 1) for y in range(first, last + 1) for month in SEASONS]
        return [insured_period(Trigger.EARTHQUAKE, place, start, SEASON_DAYS) for start in starts]

    earlier = {name: seasons(place, FIRST_RECORD_YEAR, year - 1) for name, place in CITIES.items()}
    sold = tuple((name, each) for name, place in CITIES.items() for each in seasons(place, year, year))
    return _offer(Trigger.EARTHQUAKE, opens_at, sold, earlier, lambda _: [catalogue])


def weather_offer(trigger: Trigger, first_day: date) -> Offer:
    """Five districts of New York on thirty days, day by day, priced from the days of 2013 before.

    Raises:
        OfferRefused, SourceMisconfigured, RecordTooShort
    """
    if not date(2013, 5, 1) <= first_day <= date(2013, 12, 1):
        raise OfferRefused(f"--first-day {first_day} cannot be insured: choose 2013-05-01 to 2013-12-01")
    stations = load_stations()
    needed = TRIGGER_RULES[trigger].sources
    opens_at = int(datetime.combine(first_day - timedelta(days=3), datetime.min.time(), UTC).timestamp())

    def days(place: Place, start: date, count: int) -> list[InsuredPeriod]:
        return [insured_period(trigger, place, start + timedelta(days=n), 1) for n in range(count)]

    known = (first_day - FIRST_WEATHER_DAY).days
    earlier = {name: days(place, FIRST_WEATHER_DAY, known) for name, place in DISTRICTS.items()}
    sold = tuple((name, each) for name, place in DISTRICTS.items() for each in days(place, first_day, WEATHER_DAYS))
    return _offer(trigger, opens_at, sold, earlier, lambda place: nearest(stations, place, needed))


def _offer(
    trigger: Trigger,
    opens_at: int,
    sold: tuple[tuple[str, InsuredPeriod], ...],
    earlier: dict[str, list[InsuredPeriod]],
    sources_of: SourcesOf,
) -> Offer:
    """Priced by what was final when the sale opened, and by nothing that came later."""
    product = ROOT / "products" / f"{trigger}.yaml"
    terms = load_product(product).parameters
    values = {
        name: [reading_at(each, sources_of(each.place), opens_at) for each in periods]
        for name, periods in earlier.items()
    }
    prices = burn_rates(values, PayoutCurve(terms.thresholds, terms.shares_bps), least_periods=LEAST_PERIODS)
    history = {name: sum(value is not None for value in record) for name, record in values.items()}
    return Offer(trigger, product, opens_at, sold, prices, sources_of, history)


def reading_at(insured: InsuredPeriod, sources: Sources, now: int) -> int | None:
    """What can be reported of a period at a time; None if nothing can, for whatever reason."""
    try:
        return observe(insured, sources, now).value
    except SourcesDisagree:
        return None
