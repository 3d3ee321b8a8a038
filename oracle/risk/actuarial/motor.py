"""Motor claims a year in the form of a Poisson GLM with logarithmic link: a base times relativities."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from oracle.risk.actuarial.relativities import Chain, ChainTable, Coded, Currency, Number, Ppm, Text, chain_of
from oracle.risk.codes import VEHICLE_TYPES
from oracle.risk.indicators import ABSENT, Line
from oracle.risk.rounding import at_most, ppm_of
from oracle.risk.steps import Steps
from oracle.risk.table_files import Strict, TableFile, TableInvalid

MOST_CLAIMS_PPM = 12_000_000
"""One a month; more is not told apart."""


class MeanClaim(Strict):
    """What a claim costs on average, minor units, by vehicle type."""

    source: Text
    minor: dict[str, Annotated[int, Field(ge=1, le=100_000_000)]]


class MotorTable(ChainTable):
    """`tables/actuarial/motor.yaml`."""

    table: Literal["motor"]
    version: str
    currency: Currency
    claims_ppm: Ppm
    mean_claim: MeanClaim


@dataclass(frozen=True, slots=True)
class Motor:
    """Expected claims of one vehicle and their cost."""

    claims_ppm: int
    mean_claim_minor: Steps
    chain: Chain

    def yearly_claims_ppm(self, coded: Coded[Number]) -> Number:
        """Expected claims a year in parts per million: 800_000 are 0.8 claims."""
        return at_most(self.chain.applied(self.claims_ppm, coded), MOST_CLAIMS_PPM)

    def expected_loss_minor(self, coded: Coded[Number]) -> Number:
        """Expected indemnity a year, minor units, rounded up; no claim costs more than the sum insured."""
        cost = at_most(self.mean_claim_minor.of(coded["vehicle_type"]), coded["sum_insured_minor"])
        return ppm_of(cost, self.yearly_claims_ppm(coded))


def motor_of(table: TableFile) -> Motor:
    """The table, checked.

    Raises:
        TableInvalid
    """
    written = table.parsed(MotorTable)
    costs = written.mean_claim.minor
    if set(costs) != set(VEHICLE_TYPES):
        differing = sorted(set(costs) ^ set(VEHICLE_TYPES))
        raise TableInvalid("motor.mean_claim", differing, "is unknown or left out", f"Name {', '.join(VEHICLE_TYPES)}")
    ordered = [costs[each] for each in VEHICLE_TYPES]
    chain = chain_of("motor", written, Line.MOTOR)
    chain.most(written.claims_ppm)
    return Motor(written.claims_ppm, Steps(range(ABSENT, len(ordered)), [max(ordered), *ordered]), chain)
