"""The worked examples of docs/settlement.md, read from its tables."""

import re
from pathlib import Path
from typing import Final

RULES: Final = Path(__file__).parents[2] / "docs" / "settlement.md"
ROW: Final = re.compile(r"^\| (S[0-9]+\.[0-9]+) \|(.*)\|$", re.MULTILINE)
EXAMPLES: Final = {
    number: [cell.strip() for cell in cells.split("|")] for number, cells in ROW.findall(RULES.read_text())
}
TABLES: Final = {
    **{"S1": 8, "S2": 6, "S3": 9, "S5": 6, "S6": 5, "S7": 3},
    **{"S11": 7, "S12": 4, "S13": 5, "S14": 6, "S15": 6, "S16": 8, "S17": 5, "S18": 8},
    **{"S19": 8, "S20": 8, "S22": 9, "S23": 7, "S24": 4, "S25": 5},
    "S30": 9,
    "S31": 9,
}
"""How many examples each rule has: a table that is lost or misread is noticed."""


def rows(*numbers: str) -> list[str]:
    """Numbers of the examples of a rule, as parameters with the same ids."""
    return [number for number in EXAMPLES if number in numbers or number.partition(".")[0] in numbers]
