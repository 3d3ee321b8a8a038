"""The rules. Each looks at one thing and gives the clues it finds; none knows of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median_low
from typing import Final

from oracle.risk.fraud.facts import ClaimFacts
from oracle.risk.fraud.network import Network
from oracle.risk.fraud.rulebook import Clue, Rulebook

DAY_SECONDS: Final = 86_400
_NOBODY: Final = Network({}, {})


@dataclass(frozen=True)
class Known:
    """What other claims have shown: who handed in an invoice or document first, and who hangs together with whom.

    Attributes:
        invoices: Fingerprint → claim that handed it in first.
        documents: SHA-256 → claim that handed it in first.
    """

    invoices: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, int] = field(default_factory=dict)
    network: Network = _NOBODY


Rule = Callable[[ClaimFacts, Known, Rulebook], Iterator[Clue]]


def clues_of(facts: ClaimFacts, known: Known, rules: Rulebook) -> tuple[Clue, ...]:
    """All clues, the strongest first."""
    found = [clue for rule in RULES for clue in rule(facts, known, rules)]
    return tuple(sorted(found, key=lambda clue: (-clue.points, clue.code, clue.en)))


def duplicates(facts: ClaimFacts, known: Known, rules: Rulebook) -> Iterator[Clue]:
    """The same invoice or document in another claim, or an invoice twice in this one."""
    seen: set[str] = set()
    for invoice in facts.invoices:
        told = {"number": invoice.number, "issuer": invoice.issuer}
        first = known.invoices.get(invoice.fingerprint, facts.claim_id)
        if first != facts.claim_id:
            yield rules.clue("invoice-in-other-claim", claim=first, **told)
        if invoice.fingerprint in seen:
            yield rules.clue("invoice-twice", **told)
        seen.add(invoice.fingerprint)
    for document in sorted(set(facts.documents)):
        first = known.documents.get(document, facts.claim_id)
        if first != facts.claim_id:
            yield rules.clue("document-in-other-claim", claim=first)


def amounts(facts: ClaimFacts, _known: Known, rules: Rulebook) -> Iterator[Clue]:
    """The amount against invoices, sum insured and earlier claims."""
    limits, claimed = rules.limits, facts.claimed_minor
    bills: dict[str, int] = {}
    for invoice in facts.invoices:  # one handed in twice counts once, as its largest
        bills[invoice.fingerprint] = max(invoice.amount_minor, bills.get(invoice.fingerprint, 0))
    invoiced = sum(bills.values())
    if facts.invoices and facts.invoices_complete and claimed > invoiced:
        yield rules.clue("more-than-invoices", claimed=_shown(claimed), invoiced=_shown(invoiced))
    if claimed * 10_000 >= facts.sum_insured_minor * limits["share_of_sum_bps"]:
        yield rules.clue("near-sum-insured", percent=claimed * 100 // facts.sum_insured_minor)
    past = facts.past_amounts_minor
    if len(past) >= limits["least_history"] and claimed > limits["times_history"] * median_low(past):
        yield rules.clue("above-history", times=limits["times_history"], past=len(past))
    if len(past) >= limits["many_claims_36m"]:
        yield rules.clue("many-claims", past=len(past))


def timing(facts: ClaimFacts, _known: Known, rules: Rulebook) -> Iterator[Clue]:
    """The incident against the beginning of cover and its last rise; the notice against the incident."""
    limits = rules.limits
    if facts.incident_at < facts.cover_from:
        yield rules.clue("before-cover")
    else:
        days = (facts.incident_at - facts.cover_from) // DAY_SECONDS
        if days < limits["early_days"]:
            yield rules.clue("very-early" if days < limits["very_early_days"] else "early", days=days)
    if facts.sum_raised_at is not None and facts.incident_at >= facts.sum_raised_at:
        days = (facts.incident_at - facts.sum_raised_at) // DAY_SECONDS
        if days < limits["raised_days"]:
            yield rules.clue("raised-shortly-before", days=days)
    if facts.notified_at < facts.incident_at:
        yield rules.clue("notice-before-incident")
    elif facts.notified_at - facts.incident_at > limits["late_notice_days"] * DAY_SECONDS:
        yield rules.clue("late-notice", days=(facts.notified_at - facts.incident_at) // DAY_SECONDS)


def links(facts: ClaimFacts, known: Known, rules: Rulebook) -> Iterator[Clue]:
    """Phones and accounts shared with other policyholders' claims."""
    holders = known.network.holders_linked(facts.claim_id)
    if holders >= rules.limits["network_holders"]:
        yield rules.clue("shared-contacts", holders=holders)


def documents(facts: ClaimFacts, _known: Known, rules: Rulebook) -> Iterator[Clue]:
    """What the checks of documents found; a finding of several documents counts once."""
    for finding in sorted(set(facts.findings)):
        yield rules.clue(finding.value)


RULES: Final[tuple[Rule, ...]] = (duplicates, amounts, timing, links, documents)


def _shown(minor: int) -> str:
    return f"{minor // 100:,}.{minor % 100:02d}"
