"""Stays in hospital and their cost."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from oracle.risk.actuarial.relativities import Chain, ChainTable, Coded, Currency, Number, Ppm, chain_of
from oracle.risk.indicators import Line
from oracle.risk.rounding import at_most, ppm_of
from oracle.risk.table_files import TableFile

MOST_STAYS_PPM = 12_000_000
"""One a month; more is not told apart."""


class HospitalTable(ChainTable):
    """`tables/actuarial/hospital.yaml`."""

    table: Literal["hospital"]
    version: str
    currency: Currency
    stays_ppm: Ppm
    mean_stay_minor: Annotated[int, Field(ge=1, le=1_000_000_000)]


@dataclass(frozen=True, slots=True)
class Illness:
    """Expected stays in hospital of one life and their cost."""

    stays_ppm: int
    mean_stay_minor: int
    chain: Chain

    def yearly_stays_ppm(self, coded: Coded[Number]) -> Number:
        """Expected stays a year in parts per million."""
        return at_most(self.chain.applied(self.stays_ppm, coded), MOST_STAYS_PPM)

    def expected_loss_minor(self, coded: Coded[Number]) -> Number:
        """Expected reimbursement a year, minor units, rounded up; no stay costs more than the sum insured."""
        cost = at_most(coded["sum_insured_minor"], self.mean_stay_minor)
        return ppm_of(cost, self.yearly_stays_ppm(coded))


def illness_of(table: TableFile) -> Illness:
    """The table, checked.

    Raises:
        TableInvalid
    """
    written = table.parsed(HospitalTable)
    chain = chain_of("hospital", written, Line.HEALTH)
    chain.most(written.stays_ppm)
    return Illness(written.stays_ppm, written.mean_stay_minor, chain)
