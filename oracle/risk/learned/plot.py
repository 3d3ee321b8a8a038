"""The calibration plot of a card; the same figures give the same bytes."""

from __future__ import annotations

import io
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from oracle.risk.learned.metrics import Bin

INCHES: Final = 4.0
DOTS_PER_INCH: Final = 80


def calibration_png(bins: tuple[Bin, ...], title: str) -> bytes:
    """Predicted against observed, a point for each tenth of the rows; on the line is right."""
    figure = Figure(figsize=(INCHES, INCHES), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    most = max(max(each.predicted, each.observed) for each in bins) * 1.05 or 1.0
    axes.plot([0, most], [0, most], color="0.6", linewidth=1)
    axes.plot([each.predicted for each in bins], [each.observed for each in bins], marker="o", color="tab:blue")
    axes.set(xlim=(0, most), ylim=(0, most), xlabel="predicted", ylabel="observed", title=title)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(drawn, format="png", metadata={"Software": "quittance"})
    return drawn.getvalue()
