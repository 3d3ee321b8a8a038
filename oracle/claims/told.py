"""An observation in words and figures that anyone may see: nothing of it names a person, a bill or a diagnosis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from oracle.claims import words
from oracle.claims.facts import ChainClaim, ExclusionClause
from oracle.claims.words import Words
from oracle.evidence.loss import LossAssessment
from oracle.evidence.loss_explained import LANGUAGES
from oracle.evidence.loss_words import CAPPED, DEDUCTIONS, LINES, SUMMARY, LineOutcome

Told = dict[str, object]
_MINOR: Final = 100


def explain_seen(found: LossAssessment, claim: ChainClaim, files: Mapping[str, int], unread: int) -> Told:
    """What was found, for JSON.

    Args:
        files: Number of each file by its name.
        unread: Earlier claims that may show the same bills and whose dossiers this node has not read.
    """
    excluded = [each for each in claim.product.exclusions if found.report.exclusions >> each.bit & 1]
    clues = [{"code": each.code, "points": None, "file": files[each.file]} for each in found.clues]
    return {
        **_head(claim.notice.claim_id, claim.block.number),
        "observed": True,
        "loss_units": str(found.report.loss),
        "currency": claim.product.loss_terms.currency,
        "fraud_score": found.report.fraud_score,
        "confidence_bps": found.report.confidence_bps,
        "deductions": list(found.deductions),
        "clues": [*clues, *({"code": c.code, "points": c.points, "file": None} for c in found.fraud.clues)],
        "exclusions": [{"clause": each.clause_id, "code": each.code} for each in excluded],
        "earlier_claims_unread": unread,
        "words": {each: _sentences(found, claim, files, excluded, unread, at) for at, each in enumerate(LANGUAGES)},
    }


def explain_unseen(claim_id: int, block_number: int, field: str) -> Told:
    """Why nothing was observed, for JSON."""
    said = words.UNOBSERVED.get(field) or words.UNOBSERVED[field.split(".", 1)[0]]
    told = {language: [said[at]] for at, language in enumerate(LANGUAGES)}
    return {**_head(claim_id, block_number), "observed": False, "fields": [field], "words": told}


def _head(claim_id: int, block_number: int) -> Told:
    return {"claim": f"0x{claim_id:064x}", "block_number": block_number}


def _sentences(
    found: LossAssessment,
    claim: ChainClaim,
    files: Mapping[str, int],
    excluded: list[ExclusionClause],
    unread: int,
    at: int,
) -> list[str]:
    report, terms = found.report, claim.product.loss_terms
    summary = SUMMARY[at].format(
        loss=_money(report.loss // terms.units_per_minor),
        claimed=_money(claim.notice.claimed // terms.units_per_minor),
        currency=terms.currency,
        bills=len({line.file for line in found.lines}),
        fraud=f"{report.fraud_score / 100:.2f}",
        confidence=f"{report.confidence_bps / 100:.0f}",
    )
    counted = Counter(line.outcome for line in found.lines)
    capped = found.found_minor * terms.units_per_minor > claim.notice.claimed
    return [
        summary,
        *(words.LINES[at].format(count=counted[each], why=LINES[each][at]) for each in LineOutcome if counted[each]),
        *([CAPPED[at]] if capped else []),
        *(DEDUCTIONS[code][1:][at] for code in found.deductions),
        *(words.EXCLUSION[at].format(clause=each.clause_id) for each in excluded),
        *(words.CLUES[each.code][at].format(file=files[each.file]) for each in found.clues),
        *(_fraud(each.code, (each.en, each.zh))[at] for each in found.fraud.clues),
        *([words.EARLIER[at].format(count=unread)] if unread else []),
    ]


def _fraud(code: str, own: Words) -> Words:
    return words.FRAUD.get(code, own)


def _money(minor: int) -> str:
    return f"{minor // _MINOR:,}.{minor % _MINOR:02d}"
