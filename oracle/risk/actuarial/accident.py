"""Benefits for accidental death and disability."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from domain.money import PPB_WHOLE
from oracle.risk.actuarial.relativities import Chain, ChainTable, Coded, Currency, Number, chain_of
from oracle.risk.indicators import Line
from oracle.risk.rounding import at_most, ppb_of
from oracle.risk.table_files import TableFile


class AccidentTable(ChainTable):
    """`tables/actuarial/accident.yaml`."""

    table: Literal["accident"]
    version: str
    currency: Currency
    benefit_ppb: Annotated[int, Field(ge=1, le=PPB_WHOLE)]


@dataclass(frozen=True, slots=True)
class Accident:
    """Expected benefit of one life as a share of the sum insured."""

    benefit_ppb: int
    chain: Chain

    def yearly_benefit_ppb(self, coded: Coded[Number]) -> Number:
        """Expected benefit a year in parts per billion of the sum insured, at most the whole."""
        return at_most(self.chain.applied(self.benefit_ppb, coded), PPB_WHOLE)

    def expected_loss_minor(self, coded: Coded[Number]) -> Number:
        """Expected benefit a year, minor units, rounded up."""
        return ppb_of(coded["sum_insured_minor"], self.yearly_benefit_ppb(coded))


def accident_of(table: TableFile) -> Accident:
    """The table, checked.

    Raises:
        TableInvalid
    """
    written = table.parsed(AccidentTable)
    chain = chain_of("accident", written, Line.ACCIDENT)
    chain.most(written.benefit_ppb)
    return Accident(written.benefit_ppb, chain)
