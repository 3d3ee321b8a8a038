"""Prices flights for a node: from a flight and the time of asking to the expected payout."""

from collections.abc import Mapping, Sequence

import numpy as np

from domain.errors import CurveInvalid
from domain.flight import FlightKey
from domain.money import Ppb
from domain.parametric_terms import ParametricTerms
from oracle.node.refusals import Refusal
from oracle.risk.flights.features import FeatureReader
from oracle.risk.flights.pricing import CurveNotPriced, RiskTooHigh, class_shares, expected_share
from oracle.risk.flights.scorecard import Scorecard
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import FlightRecords


class FlightPricer:
    """The model over the archive's features. Safe to share between threads: it keeps nothing."""

    def __init__(self, records: FlightRecords, archive: ArchiveSource, scorecard: Scorecard) -> None:
        self._archive = archive
        self._reader = FeatureReader(records)
        self._scorecard = scorecard
        self.model_hash = scorecard.hash

    def price(
        self, flights: Sequence[FlightKey], terms: ParametricTerms, asked_at: int
    ) -> Mapping[FlightKey, Ppb | Refusal]:
        """Expected payout of each flight under the terms, or why there is none.

        Args:
            flights: Repeats are priced once.
            terms: Of the product.
            asked_at: Unix seconds; nothing known later enters.
        """
        rows = {flight: self._archive.row(flight) for flight in flights}
        known = [flight for flight, row in rows.items() if row is not None]
        priced: dict[FlightKey, Ppb | Refusal] = {
            flight: Refusal(
                "flight_unknown", f"insured_event is {flight.text()}: check carrier, number, route and time"
            )
            for flight, row in rows.items()
            if row is None
        }
        if not known:
            return priced
        try:
            shares = class_shares(terms)
        except (CurveNotPriced, CurveInvalid) as error:
            return priced | dict.fromkeys(known, Refusal("curve_not_priced", str(error)))
        features = self._reader.read(np.array([rows[flight] for flight in known], dtype=np.int64), asked_at)
        for flight, probabilities in zip(known, self._scorecard.probabilities(features), strict=True):
            try:
                priced[flight] = expected_share(probabilities, shares)
            except RiskTooHigh as error:
                priced[flight] = Refusal("risk_too_high", f"insured_event is {flight.text()}: {error}")
        return priced
