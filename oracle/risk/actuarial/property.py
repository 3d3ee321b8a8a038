"""Yearly loss of a building as a share of the sum insured: perils added up, each with its own relativities."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from oracle.risk.actuarial.relativities import Chain, ChainTable, Coded, Currency, Number, Ppm, chain_of
from oracle.risk.indicators import Line
from oracle.risk.rounding import PPM_WHOLE, at_most, ppm_of
from oracle.risk.table_files import Strict, TableFile


class PerilTable(ChainTable):
    """One peril: the rate of the reference and its relativities."""

    rate_ppm: Ppm


class PropertyTable(Strict):
    """`tables/actuarial/property.yaml`."""

    table: Literal["property"]
    version: str
    currency: Currency
    perils: Annotated[dict[str, PerilTable], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True)
class Property:
    """Rate and relativities of each peril by its name."""

    perils: tuple[tuple[str, int, Chain], ...]

    def loss_rate_ppm(self, coded: Coded[Number]) -> Number:
        """Expected yearly loss in parts per million of the sum insured, at most the whole: 150_000 are 15 %."""
        (_, rate, chain), *others = self.perils
        total = chain.applied(rate, coded)
        for _, other_rate, other_chain in others:
            total = total + other_chain.applied(other_rate, coded)
        return at_most(total, PPM_WHOLE)

    def expected_loss_minor(self, coded: Coded[Number]) -> Number:
        """Expected indemnity a year, minor units, rounded up."""
        return ppm_of(coded["sum_insured_minor"], self.loss_rate_ppm(coded))


def property_of(table: TableFile) -> Property:
    """The table, checked.

    Raises:
        TableInvalid
    """
    written = table.parsed(PropertyTable)
    perils = []
    for name, peril in written.perils.items():
        chain = chain_of(f"property.{name}", peril, Line.PROPERTY)
        chain.most(peril.rate_ppm)
        perils.append((name, peril.rate_ppm, chain))
    return Property(tuple(perils))
