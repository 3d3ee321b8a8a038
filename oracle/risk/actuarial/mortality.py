"""Deaths a year of insured lives: published table, selection, and relativities. Calibration: ADR 0022."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from domain.money import PPB_WHOLE
from oracle.risk.actuarial.published import OLDEST
from oracle.risk.actuarial.relativities import Chain, ChainTable, Coded, Currency, Number, chain_of
from oracle.risk.codes import SEXES
from oracle.risk.indicators import Line
from oracle.risk.rounding import PPM_WHOLE, Ints, at_most, divided_up, ppb_of, ppm_of
from oracle.risk.table_files import Strict, TableFile, TableInvalid

PPB_OF_PPM = 1_000
LONGEST_TERM = 80
Sex = Literal["female", "male"]
Share = Annotated[int, Field(ge=1, le=PPM_WHOLE)]


class PublishedTable(Strict):
    """`tables/actuarial/china-life.yaml`."""

    table: Literal["china-life"]
    version: str
    deaths_ppm: dict[str, Annotated[tuple[Share, ...], Field(min_length=OLDEST + 1, max_length=OLDEST + 1)]]


class MortalityTable(ChainTable):
    """`tables/actuarial/mortality.yaml`."""

    table: Literal["mortality"]
    version: str
    currency: Currency
    base: dict[Sex, str]
    never_smoker_ppm: dict[Sex, Share]
    selection_ppm: dict[int, Share]


@dataclass(frozen=True, slots=True)
class Mortality:
    """Deaths by age, sex and term of standard lives, and the relativities of one who is not standard.

    Attributes:
        standard: Deaths a year in ppb of healthy lives who never smoked, by place: see `_place`.
        columns: The same for numpy.
    """

    standard: tuple[int, ...]
    columns: Ints
    chain: Chain

    def first_year_ppb(self, coded: Coded[Number]) -> Number:
        """Chance in parts per billion of dying within the first year, at most the whole.

        Args:
            coded: Age, sex, and the indicators of the relativities.
        """
        return self._ppb(coded, coded["term_years"] * 0 + 1)

    def term_ppb(self, coded: Coded[Number]) -> Number:
        """Deaths per billion years of premium over the term: those who die pay no longer, the others grow older.

        Relativities act on this mean as on one year. That overstates a raised risk a little: of worse lives fewer reach
        the expensive years.
        """
        return self._ppb(coded, coded["term_years"])

    def expected_loss_minor(self, coded: Coded[Number]) -> Number:
        """Expected benefit a year of premium, minor units, rounded up."""
        return ppb_of(coded["sum_insured_minor"], self.term_ppb(coded))

    def _ppb(self, coded: Coded[Number], term_years: Number) -> Number:
        place = _place(coded["sex"], coded["age_years"], term_years)
        return at_most(self.chain.applied(self._at(place), coded), PPB_WHOLE)

    def _at(self, place: Number) -> Number:
        if isinstance(place, np.ndarray):
            return self.columns[place]
        return self.standard[place]


def mortality_of(published: TableFile, mortality: TableFile) -> Mortality:
    """The two tables, checked and brought into one.

    Raises:
        TableInvalid
    """
    base, written = published.parsed(PublishedTable), mortality.parsed(MortalityTable)
    _check_years(written.selection_ppm)
    for field, of_sex in (("base", written.base), ("never_smoker_ppm", written.never_smoker_ppm)):
        if set(of_sex) != set(SEXES):
            raise TableInvalid(f"mortality.{field}", sorted(of_sex), "does not name both sexes", "Name female and male")
    selection = _by_year(written.selection_ppm)
    standard: list[int] = []
    sexes: tuple[Sex, Sex] = ("female", "male")
    for sex in sexes:
        if written.base[sex] not in base.deaths_ppm:
            known = ", ".join(base.deaths_ppm)
            raise TableInvalid("mortality.base", written.base[sex], "is not published", f"Use one of {known}")
        of_never_smokers = [
            ppm_of(deaths * PPB_OF_PPM, written.never_smoker_ppm[sex]) for deaths in base.deaths_ppm[written.base[sex]]
        ]
        for age in range(OLDEST + 1):
            standard.extend(_by_term(of_never_smokers, age, selection))
    chain = chain_of("mortality", written, Line.LIFE)
    chain.most(max(standard))
    return Mortality(tuple(standard), np.asarray(standard, dtype=np.int64), chain)


def _place(sex: Number, age_years: Number, term_years: Number) -> Number:
    """Where a life stands: by sex, then age (none above the oldest of the table), then term."""
    age = at_most(age_years, OLDEST)
    return (sex * (OLDEST + 1) + age) * LONGEST_TERM + at_most(term_years, LONGEST_TERM) - 1


def _by_year(selection_ppm: Mapping[int, int]) -> tuple[int, ...]:
    """Share of the base in each year of insurance from the first to the last."""
    return tuple(
        selection_ppm[max(start for start in selection_ppm if start <= year)] for year in range(1, LONGEST_TERM + 1)
    )


def _by_term(rates_ppb: list[int], age: int, selection: tuple[int, ...]) -> list[int]:
    """Deaths per billion years of premium, for terms of 1 to 80 years begun at an age."""
    alive, years, dead = PPB_WHOLE, 0, 0
    found = []
    for year, share_ppm in enumerate(selection):
        rate = ppm_of(rates_ppb[min(age + year, OLDEST)], share_ppm)
        deaths = divided_up(alive * rate, PPB_WHOLE)
        years, dead, alive = years + alive, dead + deaths, alive - deaths
        found.append(divided_up(dead * PPB_WHOLE, years))
    return found


def _check_years(selection_ppm: Mapping[int, int]) -> None:
    ordered = [selection_ppm[year] for year in sorted(selection_ppm)]
    if min(selection_ppm, default=0) != 1 or ordered != sorted(ordered):
        remedy = "Begin with year 1 and let the shares rise"
        raise TableInvalid("mortality.selection_ppm", selection_ppm, "does not fade from year 1 on", remedy)
