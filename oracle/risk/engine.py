"""Tables and models together, and the quantitative analysis they give (R5)."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from domain.hashing import canonical_json, keccak256
from oracle.risk.actuarial.models import Models, load_models
from oracle.risk.actuarial.relativities import Chain
from oracle.risk.decision import Tiers, tiers, with_floor
from oracle.risk.indicators import ABSENT, Case
from oracle.risk.points import Contribution, Scorecard, score
from oracle.risk.rounding import ratio_bps
from oracle.risk.rules import fired
from oracle.risk.table_files import TABLES, TableInvalid
from oracle.risk.tables import RiskTables, load_tables
from oracle.risk.unconfirmed import EVERYTHING

ENGINE = "4"
"""Version of the arithmetic: another result from the same tables needs another number here."""


@dataclass(frozen=True)
class Engine:
    """Everything an assessment is computed from.

    Attributes:
        learned: Hashes of learned models in use, by name; they inform, and never move score or tier.
    """

    tables: RiskTables
    models: Models
    learned: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def hash(self) -> bytes:
        """32 bytes that name this engine: arithmetic, tables, actuarial models, learned models. Reports carry it."""
        learned = {name: digest.hex() for name, digest in self.learned.items()}
        parts = {"tables": self.tables.hash.hex(), "actuarial": self.models.hash.hex(), "learned": learned}
        return keccak256(canonical_json({"engine": ENGINE, **parts}))


@dataclass(frozen=True, slots=True)
class Measured:
    """The quantitative side of one application.

    Attributes:
        scored: Score of the card, hundredths of a point.
        score: The same, or the least score of the high tier where there is a reason to refuse.
        expected_loss_minor: A year, minor units, rounded up.
        loss_ratio_bps: Expected loss over premium offered, rounded up, at most uint32.
    """

    contributions: tuple[Contribution, ...]
    scored: int
    score: int
    expected_loss_minor: int
    loss_ratio_bps: int
    tiers: Tiers


def load_engine(folder: Path = TABLES, learned: Mapping[str, bytes] | None = None) -> Engine:
    """The engine from a folder of tables.

    Raises:
        TableInvalid
    """
    engine = Engine(load_tables(folder), load_models(folder / "actuarial"), learned or {})
    refuse_rewards(engine.tables, engine.models)
    return engine


def refuse_rewards(tables: RiskTables, models: Models) -> None:
    """Refuse actuarial tables in which an absent value costs less than the raised one its scorecard takes it for.

    Raises:
        TableInvalid
    """
    for line, table in tables.lines.items():
        for name, chain in models.chains(line).items():
            for card in table.scorecards.values():
                _refuse_rewards(name, chain, card)


def _refuse_rewards(name: str, chain: Chain, card: Scorecard) -> None:
    factors = chain.steps()
    for each in card.indicators:
        steps = factors.get(each.definition.name)
        if steps is None or each.raised is None:
            continue
        absent, raised = steps.at(ABSENT), steps.at(each.raised)
        if absent < raised:
            field = f"{name}.{each.definition.name}.missing"
            problem = f"rewards withholding: {each.definition.decoded(each.raised)} has {raised}"
            raise TableInvalid(field, absent, problem, f"Give at least {raised}")


def measure(coded: Mapping[str, int], case: Case, engine: Engine, confirmed: Set[str] = EVERYTHING) -> Measured:
    """Score, expected loss and tiers of one application.

    Args:
        coded: Every indicator of the form, from `coded_row`.
        confirmed: Indicators some report gave; others a source counted on can say count as at least raised.
    Raises:
        IndicatorInvalid: What an actuarial model cannot do without is absent.
    """
    table = engine.tables.lines[case.line]
    counted = table.readings[case.party].one(coded, confirmed)
    contributions = table.scorecards[case.party].contributions(coded, counted.coded)
    scored = score(contributions)
    final = with_floor(scored, refusable=bool(fired(table.declines, coded)), bounds=table.bounds)
    loss = engine.models.expected_loss_minor(case.line, counted.coded)
    ratio = ratio_bps(loss, coded["premium_minor"])
    return Measured(contributions, scored, final, loss, ratio, tiers(final, ratio, table.bounds))
