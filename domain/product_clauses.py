"""Reading the clauses of a product file: every number by a placeholder, and the same in both languages."""

import re
from collections.abc import Collection, Mapping

from domain.clauses import EXCLUSION_BITS, LANGUAGES, Clause, ClauseKind, Exclusion, Template
from domain.diagnoses import check_diagnoses
from domain.errors import TermsInvalid
from domain.product_fields import read_integer, read_mapping, read_sequence, read_text
from domain.wording import fill, placeholders

EXCLUSION_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")
_DIGIT = re.compile(r"\d")
Words = Mapping[str, Mapping[str, str]]
"""Language → parameter → what a clause says for it."""


def read_clauses(
    value: object, words: Words, parameters: Collection[str], *, indemnity: bool = False
) -> tuple[Clause, ...]:
    """The clauses of a product file, their numbers filled in.

    Args:
        value: As the YAML was read.
        words: For the placeholders.
        parameters: Each must be said in some clause.
        indemnity: Clauses keep their templates, and may be exclusions that hold only for policies that name them.
    Raises:
        TermsInvalid: Names the field, its value and the remedy.
    """
    clauses: list[Clause] = []
    for index, item in enumerate(read_sequence(value, "clauses")):
        clause = _clause(item, f"clauses[{index}]", words, indemnity)
        _check_new(clause, clauses, f"clauses[{index}]")
        clauses.append(clause)
    said = {name for clause in clauses for name in clause.says}
    unsaid = [name for name in parameters if name not in said]
    if unsaid:
        problem = "is a parameter that no clause says"
        raise TermsInvalid("clauses", unsaid[0], problem, f"Write {{{unsaid[0]}}} into the clause it belongs to")
    return tuple(clauses)


def _clause(item: object, field: str, words: Words, indemnity: bool) -> Clause:
    entry = read_mapping(item, field, ("id", "kind", "text"), optional=("exclusion",) if indemnity else ())
    texts = read_mapping(entry["text"], f"{field}.text", LANGUAGES)
    en, zh = (read_text(texts[language], f"{field}.text.{language}") for language in LANGUAGES)
    template = Template(" ".join(en.split()), "".join(line.strip() for line in zh.splitlines()))
    check_template(template, f"{field}.text")
    kind = _kind(entry["kind"], f"{field}.kind")
    return Clause(
        id=read_text(entry["id"], f"{field}.id"),
        kind=kind,
        text_en=fill(template.en, words["en"], f"{field}.text.en"),
        text_zh=fill(template.zh, words["zh"], f"{field}.text.zh"),
        says=tuple(sorted(placeholders(template.en))),
        exclusion=_exclusion(entry["exclusion"], f"{field}.exclusion", kind) if "exclusion" in entry else None,
        template=template if indemnity else None,
    )


def _exclusion(value: object, field: str, kind: ClauseKind) -> Exclusion:
    entry = read_mapping(value, field, ("code", "bit"), optional=("diagnoses",))
    bit = read_integer(entry["bit"], f"{field}.bit")
    if not 0 <= bit < EXCLUSION_BITS:
        most = EXCLUSION_BITS - 1
        raise TermsInvalid(f"{field}.bit", bit, f"must be 0 to {most}", "Choose a place in the bitmap that is free")
    if kind is not ClauseKind.EXCLUSION:
        raise TermsInvalid(field, entry["code"], f"stands in a clause of kind {kind.value}", "Make it kind: exclusion")
    diagnoses: tuple[str, ...] = ()
    if "diagnoses" in entry:
        diagnoses = check_diagnoses(read_sequence(entry["diagnoses"], f"{field}.diagnoses"), f"{field}.diagnoses")
    return Exclusion(read_text(entry["code"], f"{field}.code", EXCLUSION_CODE), bit, diagnoses)


def _check_new(clause: Clause, others: list[Clause], field: str) -> None:
    """Ids, and codes and bits of exclusions, are used once."""
    if any(clause.id == other.id for other in others):
        raise TermsInvalid(f"{field}.id", clause.id, "is used twice", "Give every clause its own id")
    given = clause.exclusion
    taken = [other.exclusion for other in others if other.exclusion]
    if given and any(given.bit == other.bit for other in taken):
        raise TermsInvalid(f"{field}.exclusion.bit", given.bit, "is used twice", "Give every exclusion its own bit")
    if given and any(given.code == other.code for other in taken):
        raise TermsInvalid(f"{field}.exclusion.code", given.code, "is used twice", "Give every exclusion its own code")


def check_template(template: Template, field: str) -> None:
    """Refuse a template that says another number in one language than in the other, or types one.

    A number somebody typed can differ from what is paid; one from a parameter cannot.

    Raises:
        TermsInvalid
    """
    differing = sorted(placeholders(template.en) ^ placeholders(template.zh))
    if differing:
        problem = "is in one language only"
        raise TermsInvalid(field, f"{{{differing[0]}}}", problem, "Say the same in both languages")
    for language in LANGUAGES:
        text = template.text(language)
        typed = _DIGIT.search(text)
        if typed:
            around = text[max(typed.start() - 20, 0) : typed.end() + 20]
            remedy = "Take it from a parameter by its placeholder; a number that is no term, write in words"
            raise TermsInvalid(f"{field}.{language}", around, "has a number typed in", remedy)


def _kind(value: object, field: str) -> ClauseKind:
    kinds = [kind.value for kind in ClauseKind]
    if value not in kinds:
        raise TermsInvalid(field, value, "is no kind of clause", f"Choose one of {', '.join(kinds)}")
    return ClauseKind(value)
