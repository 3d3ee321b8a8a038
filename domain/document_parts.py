"""Reading the parts of a product document, whatever its kind."""

from collections.abc import Mapping
from typing import cast

from domain.clauses import Clause, ClauseKind, Exclusion, Template
from domain.diagnoses import check_diagnoses
from domain.errors import DocumentAltered


def clause_from_json(item: Mapping[str, object]) -> Clause:
    """A clause as `Clause.as_json` wrote it.

    Raises:
        KeyError, TypeError, ValueError: A part is missing or malformed.
    """
    text = cast("Mapping[str, str]", item["text"])
    exclusion = cast("Mapping[str, object] | None", item.get("exclusion"))
    template = cast("Mapping[str, str] | None", item.get("template"))
    return Clause(
        id=cast(str, item["id"]),
        kind=ClauseKind(cast(str, item["kind"])),
        text_en=text["en"],
        text_zh=text["zh"],
        says=tuple(cast("list[str]", item["says"])),
        exclusion=_exclusion(exclusion) if exclusion else None,
        template=Template(template["en"], template["zh"]) if template else None,
    )


def _exclusion(item: Mapping[str, object]) -> Exclusion:
    diagnoses = cast("list[object]", item["diagnoses"]) if "diagnoses" in item else None
    checked = () if diagnoses is None else check_diagnoses(diagnoses, "exclusion.diagnoses")
    return Exclusion(cast(str, item["code"]), whole(item["bit"]), checked)


def whole(value: object) -> int:
    """A whole number; `true` is none.

    Raises:
        TypeError
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def check_equal(field: str, value: object, expected: object) -> None:
    """Refuse a part that is not what follows from the others.

    Raises:
        DocumentAltered
    """
    if value != expected:
        raise DocumentAltered(field, value, f"should be {expected}", "Fetch the document again, or do not trust it")
