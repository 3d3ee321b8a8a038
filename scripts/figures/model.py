"""How good the delay model is on flights it has not seen, and how fast it is made and asked."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from ledger.product_file import load_product
from oracle.home import cache_folder
from oracle.node.pricer import FlightPricer
from oracle.risk.flights.judging import Judgement
from oracle.risk.flights.model_card import Made, make
from oracle.risk.flights.training import JUDGING_PERIOD, rows_between
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import FlightRecords, load_records
from scripts import ROOT
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures model"
JUDGED: Final = "trained on January-June 2013, judged on July-December"
MOST_ECE: Final = 0.02
LEAST_AUC: Final = 0.7
MOST_TRAINING_SECONDS: Final = 40.0
MOST_PRICING_SECONDS: Final = 0.5
BATCH: Final = 1_000


def measure(*, full: bool = False) -> list[Figure]:
    """Train, judge, and price a batch.

    Args:
        full: Price every flight of July-December instead of a thousand.
    """
    records = load_records(cache_folder())
    began = time.process_time()
    made = make(records)
    training = time.process_time() - began
    batch = len(rows_between(records, JUDGING_PERIOD)) if full else BATCH
    speed = [
        Figure("training and judging", training, "s", MOST_TRAINING_SECONDS, "<=", COMMAND, "processor time, one core"),
        Figure(
            "pricing a batch", _pricing_seconds(records, made, batch), "s", None if full else MOST_PRICING_SECONDS,
            "<=", COMMAND, f"processor time, {batch:,} flights in one call of a node's pricer",
        ),
    ]  # fmt: skip
    return [*_quality(made.judgement), *speed]


def _quality(judged: Judgement) -> list[Figure]:
    model, base = judged.model, judged.base_rates
    gain, ratio = judged.log_loss_gain_interval, judged.expected_payout_ratio_interval
    days = "days resampled"
    return [
        Figure(
            "log loss, six classes", model.log_loss, "nats", base.log_loss, "<=", COMMAND,
            f"{JUDGED}, {model.flights:,} flights; limit: base rates; "
            f"difference {gain.low:+.4f} to {gain.high:+.4f} (95 %, {days})",
        ),
        Figure("Brier score, 60 minutes late", model.brier_60, "", base.brier_60, "<=", COMMAND, "limit: base rates"),
        Figure("AUC, 60 minutes late", model.auc_60, "", LEAST_AUC, ">=", COMMAND, "base rates: 0.5"),
        Figure("calibration error (ECE), 60 minutes late", model.ece_60, "", MOST_ECE, "<=", COMMAND,
               f"deciles; base rates {base.ece_60:.4f}"),
        Figure(
            "predicted over realised payout", model.expected_payout_ratio, "x", None, "<=", COMMAND,
            f"95 %: {ratio.low:.2f} to {ratio.high:.2f} ({days}); above 1 favours the pool",
        ),
        Figure(
            "predicted over realised payout, base rates", base.expected_payout_ratio, "x", None, "<=", COMMAND,
            "January-June was worse than July-December",
        ),
    ]  # fmt: skip


def _pricing_seconds(records: FlightRecords, made: Made, batch: int) -> float:
    archive = ArchiveSource(records)
    pricer = FlightPricer(records, archive, made.trained.scorecard)
    product = load_product(ROOT / "products" / "flight-delay.yaml")
    terms = product.terms(treasury="0x" + "11" * 20, quorum="0x" + "22" * 20)
    rows = rows_between(records, JUDGING_PERIOD)
    chosen = np.linspace(0, len(rows) - 1, batch).astype(np.int64)
    flights = [archive.flight(int(row)) for row in rows[chosen]]
    began = time.process_time()
    pricer.price(flights, terms, int(records.departs_at[rows[-1]]))
    return time.process_time() - began
