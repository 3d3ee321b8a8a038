"""All actuarial models together: one expected loss by line, and the hash of the tables it comes from."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from domain.hashing import keccak256
from oracle.risk.actuarial.accident import Accident, accident_of
from oracle.risk.actuarial.illness import Illness, illness_of
from oracle.risk.actuarial.mortality import Mortality, mortality_of
from oracle.risk.actuarial.motor import Motor, motor_of
from oracle.risk.actuarial.property import Property, property_of
from oracle.risk.actuarial.relativities import Chain, Coded, Currency, Number
from oracle.risk.codes import CURRENCIES
from oracle.risk.indicators import ABSENT, IndicatorInvalid, Line
from oracle.risk.table_files import TABLES, check_locked, read_lock, read_table

FOLDER = TABLES / "actuarial"
NAMES = ("accident", "china-life", "hospital", "mortality", "motor", "property")
(CURRENCY,) = get_args(Currency)
_ALWAYS = ("sum_insured_minor", "currency")
_NEEDED = {
    Line.LIFE: (*_ALWAYS, "age_years", "sex", "term_years"),
    Line.HEALTH: _ALWAYS,
    Line.ACCIDENT: _ALWAYS,
    Line.MOTOR: _ALWAYS,
    Line.PROPERTY: _ALWAYS,
}


@dataclass(frozen=True, slots=True)
class Models:
    """The five models, ready to be asked.

    Attributes:
        versions: Version by table.
        hash: 32 bytes over the content of all tables; stands for what an expected loss was computed from.
    """

    mortality: Mortality
    illness: Illness
    accident: Accident
    motor: Motor
    property: Property
    versions: tuple[tuple[str, str], ...]
    hash: bytes

    def expected_loss_minor(self, line: Line, coded: Coded[Number]) -> Number:
        """Expected indemnity a year for the sum insured asked for, minor units, rounded up.

        Args:
            coded: Every indicator of the line, stated and derived, of one applicant or in columns.
        Raises:
            IndicatorInvalid: What the model cannot do without is absent, or the currency is not that of the tables.
        """
        _check(line, coded)
        match line:
            case Line.LIFE:
                return self.mortality.expected_loss_minor(coded)
            case Line.HEALTH:
                return self.illness.expected_loss_minor(coded)
            case Line.ACCIDENT:
                return self.accident.expected_loss_minor(coded)
            case Line.MOTOR:
                return self.motor.expected_loss_minor(coded)
            case Line.PROPERTY:
                return self.property.expected_loss_minor(coded)

    def chains(self, line: Line) -> dict[str, Chain]:
        """The relativities a line's expected loss is computed with, by name of the table, and of the peril if any."""
        match line:
            case Line.LIFE:
                return {"mortality": self.mortality.chain}
            case Line.HEALTH:
                return {"hospital": self.illness.chain}
            case Line.ACCIDENT:
                return {"accident": self.accident.chain}
            case Line.MOTOR:
                return {"motor": self.motor.chain}
            case Line.PROPERTY:
                return {f"property.{peril}": chain for peril, _, chain in self.property.perils}


def load_models(folder: Path = FOLDER, *, locked: bool = True) -> Models:
    """The models of a folder of tables.

    Args:
        locked: Refuse tables that are not in the folder's lock; off only for trying tables out.
    Raises:
        TableInvalid
    """
    tables = {name: read_table(folder / f"{name}.yaml") for name in NAMES}
    lock = read_lock(folder) if locked else {}
    for table in tables.values():
        if locked:
            check_locked(table, lock)
    return Models(
        mortality=mortality_of(tables["china-life"], tables["mortality"]),
        illness=illness_of(tables["hospital"]),
        accident=accident_of(tables["accident"]),
        motor=motor_of(tables["motor"]),
        property=property_of(tables["property"]),
        versions=tuple((name, table.version) for name, table in tables.items()),
        hash=keccak256(b"".join(table.hash for table in tables.values())),
    )


def _check(line: Line, coded: Coded[Number]) -> None:
    for name in _NEEDED[line]:
        if np.any(coded[name] == ABSENT):
            raise IndicatorInvalid(name, None, "is missing", "Give it; no loss can be expected without it")
    wrong = coded["currency"] != CURRENCIES.index(CURRENCY)
    if np.any(wrong):
        given = int(np.asarray(coded["currency"])[wrong].flat[0])
        remedy = f"Ask for a quote in {CURRENCY}"
        raise IndicatorInvalid("currency", CURRENCIES[given], f"is not the currency of the {line} tables", remedy)
