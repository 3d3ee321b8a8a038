"""How good the model is on flights it has not seen, beside the base rates it has to beat."""

from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from oracle.risk.flights.scorecard import CLASSES
from oracle.sources.flight_records import Floats, Ints

REFERENCE_SHARES_BPS = (0, 2_000, 5_000, 10_000, 5_000, 5_000)
"""What each class pays in the expected-payout ratio: as in products/flight-delay.yaml, unless told otherwise."""
LATE_CLASSES = slice(1, 4)
DECILES = 10
RESAMPLES = 500
SEED = 20130701
LEAST_PROBABILITY = 1e-15


@dataclass(frozen=True, slots=True)
class Bin:
    """One decile of predictions: mean predicted and observed frequency of an arrival 60 minutes late or more."""

    predicted: float
    observed: float
    flights: int


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % interval over days resampled with replacement."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How probabilities fared.

    Attributes:
        log_loss: Mean over flights, six classes, natural logarithm.
        brier_60: Mean squared error of P(arrival 60 minutes late or more).
        auc_60: Chance that a late flight was ranked above one that was not.
        ece_60: Mean absolute gap of predicted and observed frequency over deciles, weighted by flights.
        expected_payout_ratio: Predicted over realised payout, equal sums insured.
        reliability: The deciles.
    """

    flights: int
    log_loss: float
    brier_60: float
    auc_60: float
    ece_60: float
    expected_payout_ratio: float
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Model and base rates on the same flights; intervals are of the model, and of model minus base rates."""

    model: Quality
    base_rates: Quality
    log_loss_interval: Interval
    log_loss_gain_interval: Interval
    brier_60_gain_interval: Interval
    expected_payout_ratio_interval: Interval

    def as_json(self) -> dict[str, object]:
        """Plain numbers, for the model card."""
        return asdict(self)


def base_rates(classes: Ints) -> Floats:
    """Frequency of each class."""
    rates: Floats = np.bincount(classes, minlength=len(CLASSES)) / len(classes)
    return rates


def judge(
    probabilities: Floats,
    baseline: Floats,
    classes: Ints,
    days: Ints,
    *,
    shares_bps: tuple[int, ...] = REFERENCE_SHARES_BPS,
) -> Judgement:
    """Judge probabilities beside the base rates of the training period.

    Args:
        probabilities: One row for each flight.
        baseline: The same probability of each class for every flight.
        classes: How the flights ended.
        days: The day of each flight; flights of a day share their weather, so days are what is resampled.
        shares_bps: What each class pays.
    """
    constant = np.tile(baseline, (len(classes), 1))
    model_sums = _daily_sums(probabilities, classes, days, shares_bps)
    base_sums = _daily_sums(constant, classes, days, shares_bps)
    count = len(model_sums)
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    model, base = drawn @ model_sums, drawn @ base_sums
    return Judgement(
        model=quality(probabilities, classes, shares_bps),
        base_rates=quality(constant, classes, shares_bps),
        log_loss_interval=_interval(model[:, 1] / model[:, 0]),
        log_loss_gain_interval=_interval((model[:, 1] - base[:, 1]) / model[:, 0]),
        brier_60_gain_interval=_interval((model[:, 2] - base[:, 2]) / model[:, 0]),
        expected_payout_ratio_interval=_interval(model[:, 3] / model[:, 4]),
    )


def quality(probabilities: Floats, classes: Ints, shares_bps: tuple[int, ...] = REFERENCE_SHARES_BPS) -> Quality:
    """How probabilities fared on flights that ended as `classes` says."""
    late, predicted = _late(probabilities, classes)
    sums = _daily_sums(probabilities, classes, np.zeros(len(classes), dtype=np.int64), shares_bps)[0]
    bins = _reliability(predicted, late)
    return Quality(
        flights=len(classes),
        log_loss=float(sums[1] / sums[0]),
        brier_60=float(sums[2] / sums[0]),
        auc_60=float(roc_auc_score(late, predicted)),
        ece_60=sum(abs(each.predicted - each.observed) * each.flights for each in bins) / len(classes),
        expected_payout_ratio=float(sums[3] / sums[4]),
        reliability=bins,
    )


def _late(probabilities: Floats, classes: Ints) -> tuple[Floats, Floats]:
    late = (classes >= LATE_CLASSES.start) & (classes < LATE_CLASSES.stop)
    return late.astype(np.float64), probabilities[:, LATE_CLASSES].sum(axis=1)


def _daily_sums(probabilities: Floats, classes: Ints, days: Ints, shares_bps: tuple[int, ...]) -> Floats:
    """For each day: flights, sum of log losses, of squared errors, of predicted and of realised shares."""
    late, predicted = _late(probabilities, classes)
    shares = np.array(shares_bps) / 10_000
    told = np.maximum(probabilities[np.arange(len(classes)), classes], LEAST_PROBABILITY)
    columns = (np.ones(len(classes)), -np.log(told), (predicted - late) ** 2, probabilities @ shares, shares[classes])
    _, position = np.unique(days, return_inverse=True)
    return np.column_stack([np.bincount(position, weights=column) for column in columns])


def _reliability(predicted: Floats, late: Floats) -> tuple[Bin, ...]:
    """Deciles of the predictions; equal predictions share a bin, so a constant has one."""
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, DECILES + 1)[1:-1]))
    position = np.searchsorted(edges, predicted, side="right") if predicted.min() < predicted.max() else None
    bins = np.zeros(len(predicted), dtype=np.int64) if position is None else position
    parts = [np.flatnonzero(bins == index) for index in range(DECILES)]
    return tuple(Bin(float(predicted[p].mean()), float(late[p].mean()), len(p)) for p in parts if len(p))


def _interval(values: Floats) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(low), float(high))
