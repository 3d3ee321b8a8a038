"""Codes an application may use. The order of a tuple numbers its codes in columns, so only append.

Occupations and illnesses are those of their tables: `tables/occupations.yaml`, `tables/illnesses.yaml`.
"""

from pathlib import Path

import yaml

TABLES = Path(__file__).parent / "tables"


def _listed(table: str) -> list[dict[str, object]]:
    document: dict[str, list[dict[str, object]]] = yaml.safe_load((TABLES / f"{table}.yaml").read_text("utf-8"))
    return document[table]


def _illnesses() -> tuple[str, ...]:
    by_bit = {int(str(entry["bit"])): str(entry["code"]) for entry in _listed("illnesses")}
    return tuple(by_bit[bit] for bit in range(len(by_bit)))


OCCUPATIONS = tuple(str(entry["code"]) for entry in _listed("occupations"))
ILLNESSES = _illnesses()
"""Bit n of `history_mask` is the n-th code; a gap among the bits of the table is an error."""
_PROVINCES = "BJ TJ HE SX NM LN JL HL SH JS ZJ AH FJ JX SD HA HB HN GD GX HI CQ SC GZ YN XZ SN GS QH NX XJ HK MO TW"
REGIONS = (*(f"CN-{code}" for code in _PROVINCES.split()), "other")
"""ISO 3166-2:CN, in the order of GB/T 2260."""
SEXES = ("female", "male")
MARITAL_STATUSES = ("single", "married", "divorced", "widowed")
SMOKING = ("never", "former", "current")
VEHICLE_TYPES = ("car", "electric-car", "suv", "van", "light-truck", "bus", "heavy-truck", "motorcycle")
VEHICLE_USES = ("private", "commercial")
STRUCTURES = ("reinforced-concrete", "steel", "brick-concrete", "brick-timber", "timber")
FIRE_EQUIPMENT = ("sprinklers", "alarm", "extinguishers", "none")
OCCUPANCIES = ("dwelling", "office", "shop", "restaurant", "warehouse", "factory")
CURRENCIES = ("CNY", "HKD", "USD", "EUR")
