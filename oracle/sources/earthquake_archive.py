"""A catalogue of earthquakes in a Parquet file as a source: columns as the USGS names them, magnitude six and more."""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from domain.errors import EventTextInvalid
from domain.hashing import canonical_json, keccak256
from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import LEAST_MAGNITUDE, Earthquake, hundredths, strongest
from domain.sphere import place_from_decimals
from oracle.sources.errors import SourceMisconfigured
from oracle.sources.facts import FREE, Fact
from oracle.sources.triggers import check_trigger, due_at

LICENCE = "public domain (USGS)"
COLUMNS = ("time", "latitude", "longitude", "mag", "type", "status")


class EarthquakeArchive:
    """Replays a catalogue against the time it is asked for. Safe to share between threads.

    Args:
        earthquakes: In any order.
        data_hash: 32 bytes, of the file they were read from.
    """

    name = "archive:usgs-catalogue"
    licence = LICENCE
    cost = FREE

    def __init__(self, earthquakes: Sequence[Earthquake], data_hash: bytes) -> None:
        self._quakes = sorted(earthquakes)
        self._times = [quake.at for quake in self._quakes]
        self.source_hash = keccak256(canonical_json({"source": self.name, "data": f"0x{data_hash.hex()}"}))
        self._data_hash = data_hash

    def __len__(self) -> int:
        return len(self._quakes)

    def fetch(self, question: InsuredPeriod, now: int) -> Fact[int]:
        """Greatest estimated intensity, tenths; no value for days outside the catalogue, or not final at `now`."""
        check_trigger(question, Trigger.EARTHQUAKE, self.name)
        value, why = self._reading(question, now)
        return Fact(value, why, now, 0, self._data_hash, LICENCE, FREE)

    def _reading(self, insured: InsuredPeriod, now: int) -> tuple[int | None, str]:
        if now < due_at(insured):
            return None, f"final from {due_at(insured)} on"
        if not self._times or insured.occurs_at < self._times[0] or insured.ends_at > self._times[-1]:
            return None, "the catalogue does not reach these days"
        first, end = bisect_left(self._times, insured.occurs_at), bisect_left(self._times, insured.ends_at)
        return strongest(insured, self._quakes[first:end]), ""


def load_earthquakes(path: Path) -> EarthquakeArchive:
    """The catalogue in a file.

    Raises:
        SourceMisconfigured: It is missing, or not such a catalogue.
    """
    import pyarrow.parquet as parquet  # half a second, and only demonstrations need it

    try:
        data = path.read_bytes()
        table = parquet.read_table(path, columns=list(COLUMNS))
    except (OSError, ValueError) as error:
        told = f"{path} is no catalogue of earthquakes ({' '.join(str(error).split())[:120]})"
        raise SourceMisconfigured(f"{told}: name a Parquet file with the columns {', '.join(COLUMNS)}") from error
    rows = table.to_pylist()
    quakes = [_earthquake(row, path) for row in rows if row["type"] == "earthquake" and row["status"] == "reviewed"]
    counted = [quake for quake in quakes if quake.magnitude >= LEAST_MAGNITUDE]
    return EarthquakeArchive(counted, hashlib.sha256(data).digest())


def _earthquake(row: dict[str, object], path: Path) -> Earthquake:
    """One row. A row that cannot be read makes the file unusable: leaving it out would be a guess."""
    try:
        at = datetime.strptime(str(row["time"]), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        place = place_from_decimals(_decimal(row["latitude"]), _decimal(row["longitude"]))
        return Earthquake(int(at.timestamp() // 1), place, hundredths(_decimal(row["mag"])))
    except (ValueError, EventTextInvalid) as error:
        raise SourceMisconfigured(f"{path} has a row that cannot be read ({error}): mend or replace it") from error


def _decimal(value: object) -> Decimal:
    if not isinstance(value, float):
        raise ValueError(f"{value!r} is no decimal number")
    return Decimal(repr(value))
