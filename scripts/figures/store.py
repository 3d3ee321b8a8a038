"""Where measured figures are kept (docs/figures.json), and the pages made from them.

The JSON is the source; docs/figures.md and the table in the README are written from it and checked against it, so a
figure that falls short stays visible until it is measured again and holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from scripts.figures.figure import Comparison, Figure

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SOURCE: Final = "docs/figures.json"
PAGE: Final = "docs/figures.md"
README: Final = "README.md"
README_SET: Final = "gas"
BEGIN: Final = "<!-- gas:begin -->"
END: Final = "<!-- gas:end -->"
SIGNS: Final[dict[Comparison, str]] = {"<=": "at most", ">=": "at least", "==": "exactly"}

HEAD: Final = """# Figures

Measured on the machine named with each set, never typed by hand: `quittance figures NAME` measures a set again and \
rewrites this page from `docs/figures.json`. A figure that falls short of its limit stays here as **missed**.
"""


class FiguresUnreadable(ValueError):
    """docs/figures.json is not what this program writes."""


def number(value: float, unit: str = "") -> str:
    """A value as a person reads it: thousands apart, no more digits than the measurement carries."""
    if float(value).is_integer() and abs(value) >= 1 and unit != "x":
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def shown_value(figure: Figure) -> str:
    """The measured value with its unit."""
    return f"{number(figure.value, figure.unit)} {figure.unit}".strip()


def shown_limit(figure: Figure) -> str:
    """What it is held against, in words; empty for a figure that is only told."""
    if figure.limit is None:
        return ""
    return f"{SIGNS[figure.comparison]} {number(figure.limit, figure.unit)}"


def verdict(figure: Figure) -> str:
    """`holds`, `missed`, or nothing where there is no limit."""
    if figure.limit is None:
        return ""
    return "holds" if figure.holds else "missed"


def as_json(figures: Sequence[Figure], *, machine: str, full: bool) -> dict[str, Any]:
    """One set, as it is kept."""
    rows = [
        {
            "name": figure.name, "value": figure.value, "unit": figure.unit, "limit": figure.limit,
            "comparison": figure.comparison, "command": figure.command, "note": figure.note, "holds": figure.holds,
        }
        for figure in figures
    ]  # fmt: skip
    return {"figures": rows, "full": full, "machine": machine}


def from_json(rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """The figures of one set.

    Raises:
        FiguresUnreadable: A field is missing.
    """
    try:
        return [
            Figure(
                name=row["name"], value=row["value"], unit=row["unit"], limit=row["limit"],
                comparison=cast(Comparison, row["comparison"]), command=row["command"], note=row["note"],
            )
            for row in rows
        ]  # fmt: skip
    except (KeyError, TypeError) as error:
        remedy = "delete it and run `quittance figures all`"
        raise FiguresUnreadable(f"{SOURCE} lacks {error} in a figure: {remedy}") from error


def load(root: Path = ROOT) -> dict[str, Any]:
    """Set name -> set; empty when nothing was measured yet.

    Raises:
        FiguresUnreadable
    """
    path = root / SOURCE
    if not path.exists():
        return {}
    try:
        loaded = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise FiguresUnreadable(f"{SOURCE} is not JSON ({error}): restore it, or measure again") from error
    return cast(dict[str, Any], loaded)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(figures: Sequence[Figure], *, with_notes: bool) -> str:
    """A Markdown table, one figure a row."""
    head = ["figure", "measured", "limit", ""] + (["note"] if with_notes else [])
    rows = [head, ["---", "---:", "---", "---"] + (["---"] if with_notes else [])]
    for figure in figures:
        mark = "**missed**" if verdict(figure) == "missed" else verdict(figure)
        row = [figure.name, shown_value(figure), shown_limit(figure), mark]
        rows.append([*row, figure.note] if with_notes else row)
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def page(kept: Mapping[str, Any]) -> str:
    """The text of docs/figures.md."""
    parts = [HEAD]
    for name in sorted(kept):
        figures = from_json(kept[name]["figures"])
        missed = sum(not figure.holds for figure in figures)
        size = "full size" if kept[name]["full"] else "everyday size; `--full` measures at full size"
        parts.append(
            f"## {name}\n\n{table(figures, with_notes=any(figure.note for figure in figures))}\n\n"
            f"{f'{missed} of {len(figures)} missed. ' if missed else ''}"
            f"Measured with `quittance figures {name}{' --full' if kept[name]['full'] else ''}` "
            f"({size}) on {kept[name]['machine']}.\n"
        )
    return "\n".join(parts)


def readme_with(text: str, kept: Mapping[str, Any]) -> str:
    """The README with its gas table renewed; unchanged when it has no place for one."""
    if BEGIN not in text or END not in text or README_SET not in kept:
        return text
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    figures = from_json(kept[README_SET]["figures"])
    return f"{before}{BEGIN}\n\n{table(figures, with_notes=False)}\n\n{END}{after}"


def rendered_files(kept: Mapping[str, Any], root: Path = ROOT) -> dict[Path, str]:
    """Every page made from the figures, and the text it should have."""
    files = {root / PAGE: page(kept)}
    readme = root / README
    if readme.exists():
        files[readme] = readme_with(readme.read_text("utf-8"), kept)
    return files


def save(kept: Mapping[str, Any], root: Path = ROOT) -> None:
    """Keep the figures and write the pages made from them."""
    path = root / SOURCE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    for rendered, text in rendered_files(kept, root).items():
        rendered.write_text(text, "utf-8")
