"""A loss assessment in sentences, for the claimant, the adjuster and the panel, in both languages."""

from __future__ import annotations

from domain.money import BPS_WHOLE
from oracle.evidence.loss import LossAssessment, LossTerms, NoticedClaim
from oracle.evidence.loss_words import CAPPED, DEDUCTIONS, EXCLUSION, LINE, LINES, SUMMARY

LANGUAGES = ("en", "zh")


def explain(assessment: LossAssessment, claim: NoticedClaim, terms: LossTerms) -> dict[str, tuple[str, ...]]:
    """Sentences by language: the summary, each line, what took from the confidence, exclusions, clues, fraud clues."""
    return {language: _told(assessment, claim, terms, at) for at, language in enumerate(LANGUAGES)}


def _told(assessment: LossAssessment, claim: NoticedClaim, terms: LossTerms, at: int) -> tuple[str, ...]:
    report, currency = assessment.report, terms.currency
    summary = SUMMARY[at].format(
        loss=_money(report.loss // terms.units_per_minor),
        claimed=_money(claim.claimed // terms.units_per_minor),
        currency=currency,
        bills=len({line.file for line in assessment.lines}),
        fraud=f"{report.fraud_score / 100:.2f}",
        confidence=f"{report.confidence_bps * 100 / BPS_WHOLE:.0f}",
    )
    lines = (
        LINE[at].format(
            file=line.file,
            text=line.text,
            amount=_money(line.amount_minor),
            accepted=_money(line.accepted_minor),
            currency=currency,
            why=LINES[line.outcome][at],
        )
        for line in assessment.lines
    )
    capped = assessment.found_minor * terms.units_per_minor > claim.claimed
    return (
        summary,
        *lines,
        *((CAPPED[at],) if capped else ()),
        *(DEDUCTIONS[code][1 + at] for code in assessment.deductions),
        *(EXCLUSION[at].format(code=code) for code in assessment.excluded_codes),
        *((clue.en, clue.zh)[at] for clue in assessment.clues),
        *((clue.en, clue.zh)[at] for clue in assessment.fraud.clues),
    )


def _money(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
