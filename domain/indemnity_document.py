"""The document of an indemnity product: its terms read back from JSON, and its words held against them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import cast

from domain.clauses import EXCLUSION_BITS, LANGUAGES, Clause, ClauseKind
from domain.document_parts import check_equal, whole
from domain.errors import DocumentAltered
from domain.indemnity_terms import ClaimRules, Coverage, IndemnityTerms, TierTable
from domain.indemnity_wording import IndemnityLanguage, Named
from domain.product_clauses import check_template
from domain.tiers import RiskTier, TierBounds
from domain.wording import fill, placeholders

Json = Mapping[str, object]
_DO_NOT_TRUST = "Do not trust it"


def indemnity_terms_from_json(values: Json) -> IndemnityTerms:
    """Terms as `IndemnityTerms.as_json` wrote them.

    Raises:
        KeyError, TypeError, ValueError: A field is missing or malformed.
        AddressInvalid, AmountInvalid
    """
    tiers, claims = cast(Json, values["tiers"]), cast(Json, values["claims"])
    read: dict[str, object] = {field.name: values[field.name] for field in fields(IndemnityTerms)}
    for name in ("clause_root", "document_hash"):
        read[name] = bytes.fromhex(cast(str, values[name]).removeprefix("0x"))
    for name in ("min_sum_insured", "max_sum_insured", "min_premium", "period_seconds", "max_lead_seconds"):
        whole(values[name])
    whole(values["min_signatures"])
    if not isinstance(tiers["high_accepted"], bool):
        raise TypeError(f"high_accepted is {tiers['high_accepted']!r}, not true or false")
    read["tiers"] = _numbers(
        TierTable, tiers, bounds=_numbers(TierBounds, cast(Json, tiers["bounds"])), high_accepted=tiers["high_accepted"]
    )
    read["claims"] = _numbers(ClaimRules, claims, auto_tier=RiskTier(whole(claims["auto_tier"])))
    read["coverages"] = tuple(_numbers(Coverage, item) for item in cast("list[Json]", values["coverages"]))
    read["waiting_seconds"] = tuple(whole(item) for item in cast("list[object]", values["waiting_seconds"]))
    return IndemnityTerms(**read)  # type: ignore[arg-type]  # each field was checked above, by name


def check_indemnity_words(document: Json, terms: IndemnityTerms, clauses: Sequence[Clause]) -> None:
    """Hold the words of a document against its terms: they must be the clauses' templates, filled in.

    Raises:
        DocumentAltered
        KeyError, TypeError, ValueError: A part is missing or malformed.
    """
    perils, coverages = (_named(cast("list[Json]", document[part])) for part in ("perils", "coverages"))
    _check_count("perils", perils, len(terms.waiting_seconds))
    _check_count("coverages", coverages, len(terms.coverages))
    token = cast(Json, document["settlement_token"])
    for language in LANGUAGES:
        speech = IndemnityLanguage(language, cast(str, token["symbol"]), whole(token["decimals"]))
        _check_said(clauses, dict(speech.words(terms, perils, coverages)), language)
    _check_exclusions(clauses)
    _check_reasons(cast("list[Json]", document["reasons"]), {clause.id for clause in clauses})


def _check_said(clauses: Sequence[Clause], words: Mapping[str, str], language: str) -> None:
    """The words are the templates filled in with the parameters, and leave no parameter out."""
    left = dict(words)
    for clause in clauses:
        field = f"clauses.{clause.id}"
        if clause.template is None:
            raise DocumentAltered(f"{field}.template", None, "is missing", _DO_NOT_TRUST)
        check_template(clause.template, f"{field}.template")
        check_equal(f"{field}.says", clause.says, tuple(sorted(placeholders(clause.template.en))))
        said = fill(clause.template.text(language), words, f"{field}.template.{language}")
        check_equal(f"{field}.text.{language}", clause.text(language), said)
        left = {name: word for name, word in left.items() if name not in clause.says}
    for name, word in left.items():
        raise DocumentAltered(f"parameters.{name}", word, f"is in no clause ({language})", _DO_NOT_TRUST)


def _check_exclusions(clauses: Sequence[Clause]) -> None:
    """Bits of a policy's bitmap mean one clause each, and that clause excludes."""
    named = [clause for clause in clauses if clause.exclusion]
    bits = [clause.exclusion.bit for clause in named if clause.exclusion]
    for clause in named:
        bit = clause.exclusion.bit if clause.exclusion else -1
        if clause.kind is not ClauseKind.EXCLUSION or not 0 <= bit < EXCLUSION_BITS or bits.count(bit) > 1:
            raise DocumentAltered(f"clauses.{clause.id}.exclusion", bit, "is no bit of its own", _DO_NOT_TRUST)


def _check_reasons(reasons: Sequence[Json], clause_ids: set[str]) -> None:
    for reason in reasons:
        unknown = [clause for clause in cast("list[str]", reason["clauses"]) if clause not in clause_ids]
        if unknown:
            field = f"reasons.{whole(reason['code'])}.clauses"
            raise DocumentAltered(field, unknown[0], "is no clause of these terms", _DO_NOT_TRUST)


def _check_count(field: str, named: Sequence[Named], count: int) -> None:
    if len(named) != count:
        raise DocumentAltered(field, len(named), f"are {count} in the terms", _DO_NOT_TRUST)


def _named(items: Sequence[Json]) -> list[Named]:
    names = [(cast(str, item["id"]), cast("Mapping[str, str]", item["name"])) for item in items]
    return [Named(id_, name["en"], name["zh"]) for id_, name in names]


def _numbers(kind: type, values: Json, **known: object) -> object:
    """A dataclass of whole numbers, but for what is known."""
    left = [field.name for field in fields(kind) if field.name not in known]
    return kind(**{name: whole(values[name]) for name in left}, **known)
