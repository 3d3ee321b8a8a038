"""An assessment in words, in both languages: the notice to the customer (R8) and what the score is made of."""

from domain.clauses import LANGUAGES
from domain.indemnity_reports import Measure
from domain.money import format_amount
from domain.tiers import RiskTier
from oracle.risk.assessment import Assessment
from oracle.risk.decision import Decision
from oracle.risk.derived import definition
from oracle.risk.indicators import Kind, Source, Value
from oracle.risk.points import Contribution
from oracle.risk.rules import Rule
from oracle.risk.tables import RiskTables
from oracle.risk.texts import Texts, unit_of

MAIN_CONTRIBUTIONS = 5
Lines = tuple[str, ...]
_HUNDREDTHS = 2
_MILLIONTHS = 6


def notice(assessment: Assessment, tables: RiskTables) -> dict[str, Lines]:
    """What the customer is told, by language: tier, basis, measure, conditions, and how to object.

    A notice says what an assessment found. It is sent once a person or the contract has decided.
    """
    return {
        language: (
            *_basis(assessment, tables, language),
            *contribution_lines(assessment, tables.texts, language, most=MAIN_CONTRIBUTIONS),
            *measure_lines(assessment, tables.texts, language),
            *asked_lines(assessment, tables.texts, language),
            *change_lines(assessment, tables.texts, language),
            tables.texts.say("objection", language),
        )
        for language in LANGUAGES
    }


def contribution_lines(assessment: Assessment, texts: Texts, language: str, *, most: int) -> Lines:
    """The largest contributions to the score, largest first; those of nothing are left out."""
    ranked = sorted(assessment.measured.contributions, key=lambda each: (-each.millionths, each.indicator))
    told = [_contribution(each, texts, language) for each in ranked[:most] if each.millionths]
    return (texts.say("basis_parts", language), *told) if told else ()


def change_lines(assessment: Assessment, texts: Texts, language: str) -> Lines:
    """What would lower the tier, one sentence for each change; nothing for a low risk."""
    if assessment.tier is RiskTier.LOW:
        return ()
    told = tuple(
        texts.say(
            "change",
            language,
            indicator=_name(each.indicator, language),
            before=told_value(each.indicator, each.before, texts, language),
            after=told_value(each.indicator, each.after, texts, language),
            tier=texts.tiers[each.tier][language],
        )
        for each in assessment.changes
    )
    return told or (texts.say("no_change", language),)


def service_lines(assessment: Assessment, texts: Texts, language: str) -> Lines:
    """What the segment is given (R14)."""
    told = tuple(texts.services[code][language] for code in assessment.segment.services)
    return (texts.say("service", language), *told) if told else ()


def rule_words(assessment: Assessment, language: str) -> frozenset[str]:
    """Which lines are the words of rules, to be set as a list."""
    decided, seen = assessment.decided, assessment.qualitative
    rules = (*decided.exclusions, *decided.declines, *seen.findings, *seen.conditions, *assessment.review.reasons)
    return frozenset(_words(rules, language))


def told_value(indicator: str, value: Value, texts: Texts, language: str) -> str:
    """A value as people read it: with its unit, choices and flags in words."""
    about = definition(indicator)
    if value is None:
        return texts.say("absent", language)
    if about.kind is Kind.FLAG:
        return texts.flags[bool(value)][language]
    if about.kind is Kind.CHOICE:
        return texts.choices[indicator][str(value)][language]
    unit = unit_of(texts, indicator)
    number = format_decimals(int(value), unit.decimals)
    if language == "zh":
        return f"{number}{unit.zh}"
    return f"{number} {unit.one if unit.one and number == '1' else unit.en}"


def format_decimals(value: int, decimals: int) -> str:
    """A whole number of the last decimal as a number with decimals, without zeros at the end: 5600, 3 is "5.6"."""
    text = format_amount(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _basis(assessment: Assessment, tables: RiskTables, language: str) -> Lines:
    texts, measured = tables.texts, assessment.measured
    bounds = tables.lines[assessment.case.line].bounds
    scores = [_hundredths(value) for value in (measured.score, bounds.medium_from_score, bounds.high_above_score)]
    ratios = [
        _hundredths(value)
        for value in (measured.loss_ratio_bps, bounds.medium_from_ratio_bps, bounds.high_above_ratio_bps)
    ]
    line, tier = texts.lines[assessment.case.line][language], texts.tiers[assessment.tier][language]
    lines = [
        texts.say("tier", language, line=line, tier=tier),
        texts.say("basis_score", language, score=scores[0], medium=scores[1], high=scores[2]),
        texts.say("basis_ratio", language, ratio=ratios[0], medium=ratios[1], high=ratios[2]),
    ]
    if measured.score != measured.scored:
        lines.append(texts.say("basis_floor", language, scored=_hundredths(measured.scored), score=scores[0]))
    return tuple(lines)


def measure_lines(assessment: Assessment, texts: Texts, language: str) -> Lines:
    """What is recommended, with measure, exclusions or reasons."""
    decided = assessment.decided
    head = texts.say(f"decision_{decided.decision.value.replace('-', '_')}", language)
    if decided.decision is Decision.REFER_DECLINE:
        return (head, *_reasons(assessment, texts, language), texts.say("person_decides", language))
    if decided.measure is Measure.LOADING:
        loading = format_decimals(decided.loading_bps, _HUNDREDTHS)
        return (head, texts.say("measure_loading", language, loading=loading))
    if decided.measure is Measure.CAP:
        return (head, _cap(assessment, texts, language))
    if decided.measure is Measure.EXCLUSION:
        most = (
            () if assessment.cap_minor == assessment.asked.sum_insured_minor else (_cap(assessment, texts, language),)
        )
        return (head, *most, texts.say("measure_exclusion", language), *_words(decided.exclusions, language))
    return (head, texts.say("measure_none", language))


def _cap(assessment: Assessment, texts: Texts, language: str) -> str:
    cap = format_amount(assessment.cap_minor, _HUNDREDTHS, grouped=True)
    return texts.say("measure_cap", language, cap=cap, currency=assessment.asked.currency)


def _reasons(assessment: Assessment, texts: Texts, language: str) -> Lines:
    """Why a refusal is recommended: named reasons, else what put the risk into the high tier."""
    head = texts.say("reason_decline", language)
    if assessment.decided.declines:
        return (head, *_words(assessment.decided.declines, language))
    measured, reasons = assessment.measured, []
    if measured.tiers.by_score is RiskTier.HIGH:
        reasons.append(texts.say("reason_score", language, score=_hundredths(measured.score)))
    if measured.tiers.by_ratio is RiskTier.HIGH:
        reasons.append(texts.say("reason_ratio", language, ratio=_hundredths(measured.loss_ratio_bps)))
    return (head, *reasons)


def asked_lines(assessment: Assessment, texts: Texts, language: str) -> Lines:
    """Conduct, conditions, reviews, speed, and what was not read."""
    lines: list[str] = []
    for phrase, rules in (
        ("finding", assessment.qualitative.findings),
        ("condition", assessment.qualitative.conditions),
        ("manual_review", assessment.review.reasons),
    ):
        if rules:
            lines += [texts.say(phrase, language), *_words(rules, language)]
    if assessment.review.committee:
        lines.append(texts.say("committee", language))
    if assessment.review.fast_lane:
        lines.append(texts.say("fast_lane", language))
    if assessment.review.lacking and assessment.tier is RiskTier.LOW:
        facts = (", " if language == "en" else "、").join(_name(each, language) for each in assessment.review.lacking)
        lines.append(texts.say("lacking", language, facts=facts))
    if assessment.review.unconfirmed:
        lines.append(
            texts.say("unconfirmed", language, sources=_sources(assessment.review.unconfirmed, texts, language))
        )
    if assessment.unread:
        lines.append(texts.say("unread", language, sources=_sources(assessment.unread, texts, language)))
    if assessment.outdated:
        lines.append(texts.say("outdated", language, sources=_sources(assessment.outdated, texts, language)))
    return tuple(lines)


def _contribution(each: Contribution, texts: Texts, language: str) -> str:
    value = told_value(each.indicator, definition(each.indicator).decoded(each.coded), texts, language)
    points = format_decimals(each.millionths, _MILLIONTHS)
    return texts.say(
        "basis_contribution", language, indicator=_name(each.indicator, language), value=value, points=points
    )


def _words(rules: tuple[Rule, ...], language: str) -> Lines:
    return tuple(rule.en if language == "en" else rule.zh for rule in rules)


def _sources(sources: tuple[Source, ...], texts: Texts, language: str) -> str:
    return (", " if language == "en" else "、").join(texts.sources[source][language] for source in sources)


def _name(indicator: str, language: str) -> str:
    about = definition(indicator)
    return about.en if language == "en" else about.zh


def _hundredths(value: int) -> str:
    return format_amount(value, _HUNDREDTHS)
