"""When the contracts end that sealed records are about, whatever kind of policy they are: retention counts from there.

A record is about an application, or about a claim, which is kept as long as its policy's file. Manual R9.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from backend.chain.projections import policies_read
from backend.chain.projections.policies_read import Policy
from backend.claims import service as claims
from backend.policies import service as policies
from backend.underwriting import service as underwriting
from backend.vault.records import application_about
from backend.vault.retention import Term, house_rules, term_of


def contract_terms(session: Session, subjects: Collection[bytes]) -> Mapping[bytes, Term]:
    """See `ContractTerms`. Of an application that was corrected, the policy of either is the contract of both."""
    numbers = {number: subject for subject in subjects if (number := application_about(subject)) is not None}
    cases = {case_id: subject for subject in subjects if (case_id := claims.case_about(subject)) is not None}
    of_applications = _of_applications(session, list(numbers))
    found = {numbers[number]: term for number, term in of_applications.items() if number in numbers}
    return found | {cases[case_id]: term for case_id, term in _of_claims(session, list(cases)).items()}


def _of_applications(session: Session, numbers: Collection[int]) -> dict[int, Term]:
    families = _families(session, numbers)
    terms: dict[int, list[Term]] = {}
    for number, (bound_at, ends_at) in policies.covers(session, families).items():
        terms.setdefault(number, []).append(term_of(house_rules(), bound_at, ends_at, ends_at))
    for policy in policies_read.of_applications(session, families):
        terms.setdefault(policy.row.application_id, []).append(_term(policy))
    return {
        number: _longest(told)
        for number, family in families.items()
        if (told := [term for each in family for term in terms.get(each, ())])
    }


def _families(session: Session, numbers: Collection[int]) -> dict[int, set[int]]:
    """Each application with those it was corrected from and into."""
    of = {number: {number} for number in numbers}
    unseen = set(of)
    while unseen:
        found = underwriting.corrections(session, unseen)
        unseen = {number for pair in found for number in pair} - set(of)
        of |= {number: {number} for number in unseen}
        for earlier, later in found:
            together = of[earlier] | of[later]
            of |= dict.fromkeys(together, together)
    return of


def _of_claims(session: Session, case_ids: Collection[UUID]) -> dict[UUID, Term]:
    places = claims.policies_of(session, case_ids)
    found = {(each.row.product, each.row.policy_id): _term(each) for each in policies_read.at(session, places.values())}
    return {case_id: found[place] for case_id, place in places.items() if place in found}


def _term(policy: Policy) -> Term:
    return term_of(house_rules(), policy.row.starts_at, policy.row.ends_at, policy.ends_at)


def _longest(terms: Iterable[Term]) -> Term:
    return max(terms, key=lambda term: (term.ends_at or 0, term.long))
