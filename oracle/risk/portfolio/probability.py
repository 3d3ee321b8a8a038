"""The learned probability of a claim within a year beside the assessment of each application of the model's line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oracle.risk.application import META
from oracle.risk.indicators import ABSENT, Case, Kind, Line
from oracle.risk.portfolio.table import STATED, PortfolioInvalid
from oracle.risk.rounding import Ints

if TYPE_CHECKING:
    from oracle.risk.learned.model import LearnedModel

LEARNED_NAME: Final = "claim"
"""What the engine calls the model among its learned ones."""
_SUFFIX: Final = "-claim"


@dataclass(frozen=True)
class Probability:
    """A learned model, ready for portfolios.

    Attributes:
        stored: The model as its file has it.
        extras: Columns the model asks for that no application has; the portfolio must have them.
    """

    model: LearnedModel
    line: Line
    stored: bytes
    extras: tuple[str, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the stored model, 32 bytes; the engine's hash is made with it."""
        return hashlib.sha256(self.stored).digest()

    def bps(self, table: pa.Table, form: Mapping[str, Ints], rows: Ints, case: Case) -> Ints:
        """Probabilities in basis points for some rows of a table; `ABSENT` for applications of another line.

        Args:
            form: Every indicator of the form for these rows, coded.
        Raises:
            DataUnusable: An extra column holds what it must not.
        """
        if case.line is not self.line:
            return np.full(len(rows), ABSENT, dtype=np.int64)
        import pandas as pd  # with scikit-learn, takes seconds to load; a portfolio without a model needs neither

        wanted = [name for name in (*self.model.numeric, *self.model.categorical) if name not in self.model.at_use]
        features = {
            name: self._feature(name, form, len(rows)) if name in STATED else table.column(name).take(rows).to_pandas()
            for name in wanted
        }
        found: Ints = self.model.probability_bps(pd.DataFrame(features))
        return found

    def _feature(self, name: str, form: Mapping[str, Ints], count: int) -> npt.NDArray[np.generic]:
        """An indicator as the model reads it: a number or NaN, a word or None."""
        about, coded = STATED[name], form.get(name, np.full(count, ABSENT, dtype=np.int64))
        if name in self.model.numeric and about.kind is not Kind.CHOICE:
            return np.where(coded == ABSENT, np.nan, coded.astype(np.float64))
        distinct, places = np.unique(coded, return_inverse=True)
        return np.array([about.decoded(int(each)) for each in distinct], dtype=np.object_)[places]


def load_probability(folder: Path) -> Probability:
    """The claim model of a folder `quittance risk train` filled.

    Raises:
        ModelUnusable: No such model, or not whole.
        PortfolioInvalid: It answers another question.
    """
    from oracle.risk.learned.store import MODEL_FILE, load_model

    load_model(folder)  # the file is the one its card names
    return probability_of((folder / MODEL_FILE).read_bytes())


def probability_of(stored: bytes) -> Probability:
    """A stored model as one for portfolios.

    Raises:
        ModelUnusable: It is no model of ours.
        PortfolioInvalid: It does not answer whether there will be a claim in one of the lines.
    """
    from oracle.risk.learned.store import from_bytes

    model = from_bytes(stored)
    line = model.name.removesuffix(_SUFFIX)
    if not model.name.endswith(_SUFFIX) or line not in tuple(Line):
        raise PortfolioInvalid("model", model.name, "does not foretell claims of a line", "Give one named LINE-claim")
    named = [*model.numeric, *model.categorical]
    extras = [name for name in named if name not in model.at_use and name not in STATED and name not in META]
    return Probability(model, Line(line), stored, tuple(extras))
