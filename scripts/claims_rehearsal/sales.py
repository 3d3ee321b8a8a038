"""Policies of the rehearsal: each with a risk report signed by the nodes' keys, an underwriter's quote, an acceptance,
and a premium the holder has allowed the treasury to take. A hundred are bound in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_account.signers.local import LocalAccount

from domain.hashing import ZERO_ADDRESS, keccak256
from domain.indemnity import premium_due
from domain.indemnity_reports import IndemnityBinding, IndemnityQuote, Measure, RiskAssessment, UnderwritingReport
from domain.indemnity_terms import IndemnityTerms
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier
from ledger.bindings import IndemnityProduct, TestStablecoin
from ledger.typed_data import sign_digest, sort_signatures
from ledger.typed_indemnity import indemnity_acceptance_digest, indemnity_quote_digest, underwriting_report_digest
from scripts.anvil import chain_time
from scripts.claims_rehearsal.insurer import UNIT, Insurer
from scripts.rehearsal import account

SUM_INSURED: Final = TokenUnits(50_000 * UNIT)
RATE_PPB: Final = Ppb(20_000_000)
SCORE, LOSS_RATIO_BPS = 2_000, Bps(3_000)
BINDINGS: Final = 50
MINTED: Final = 200
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in force and the name of who holds it."""

    number: int
    holder: str


def sell(insurer: Insurer, count: int, *, first: int = 0, sum_insured: TokenUnits = SUM_INSURED) -> list[Policy]:
    """Bind policies, one for each of `count` people who never bought before: numbers from `first`."""
    names = [f"insured {number}" for number in range(first, first + count)]
    terms = insurer.terms
    premium = premium_due(sum_insured, RATE_PPB, terms.tiers.low_factor_bps, terms.min_premium)
    _pay_in(insurer, names, premium)
    policies: list[Policy] = []
    for start in range(0, count, BINDINGS):
        policies += _bind(insurer, terms, names[start : start + BINDINGS], first + start, sum_insured)
    return policies


def _pay_in(insurer: Insurer, names: Sequence[str], premium: int) -> None:
    """Tokens for everybody, and everybody's allowance for the treasury."""
    token, treasury = insurer.contracts["TestStablecoin"], insurer.contracts["Treasury"]
    for start in range(0, len(names), MINTED):
        addresses = [account(name).address for name in names[start : start + MINTED]]
        insurer.people.send("administrator", token, TestStablecoin.mint_each(addresses, premium))
    insurer.people.send_each([(name, token, TestStablecoin.approve(treasury, premium)) for name in names])


def _bind(
    insurer: Insurer, terms: IndemnityTerms, names: Sequence[str], first: int, sum_insured: TokenUnits
) -> list[Policy]:
    now = chain_time(insurer.rpc)
    batch = int.from_bytes(keccak256(f"applications {first}".encode())[:30], "big") << 8
    assessments = tuple(_assessment(batch | index, sum_insured) for index in range(len(names)))
    report = UnderwritingReport(
        insurer.people.chain_id, insurer.product, 1, now, now + DAY, keccak256(b"rehearsal underwriting"), assessments
    )
    digest = underwriting_report_digest(report)
    quorum = insurer.signers[: terms.min_signatures]
    signatures = sort_signatures(digest, [sign_digest(bytes(signer.key), digest) for signer in quorum])
    bindings = [
        _binding(insurer, terms, assessment, index, account(name))
        for index, (assessment, name) in enumerate(zip(assessments, names, strict=True))
    ]
    before = insurer.rpc.eth_call(insurer.product, IndemnityProduct.policy_count())
    insurer.people.send("underwriter", insurer.product, IndemnityProduct.bind(report, signatures, bindings))
    return [Policy(before + 1 + index, name) for index, name in enumerate(names)]


def _assessment(application_id: int, sum_insured: TokenUnits) -> RiskAssessment:
    return RiskAssessment(
        application_id=application_id, score=SCORE, loss_ratio_bps=LOSS_RATIO_BPS, tier=RiskTier.LOW, rate_ppb=RATE_PPB,
        sum_insured_cap=sum_insured, exclusions=0, commitment=keccak256(f"applicant {application_id}".encode()),
    )  # fmt: skip


def _binding(
    insurer: Insurer, terms: IndemnityTerms, assessment: RiskAssessment, index: int, holder: LocalAccount
) -> IndemnityBinding:
    underwriter = account("underwriter")
    fields = {
        "application_id": assessment.application_id, "holder": holder.address, "beneficiary": ZERO_ADDRESS,
        "payer": holder.address, "underwriter": underwriter.address, "subject": keccak256(holder.address.encode()),
        "sum_insured": assessment.sum_insured_cap, "exclusions": 0, "measure": Measure.NONE, "starts_at": 0,
        "valid_until": chain_time(insurer.rpc) + DAY,
    }  # fmt: skip
    unpriced = IndemnityQuote(**fields, premium=TokenUnits(0))  # type: ignore[arg-type]  # fields by name
    factor = factor_of(terms.tiers, assessment, unpriced)
    premium = premium_due(assessment.sum_insured_cap, RATE_PPB, factor, terms.min_premium)
    quote = IndemnityQuote(**fields, premium=premium)  # type: ignore[arg-type]  # fields by name
    place = {"chain_id": insurer.people.chain_id, "product": insurer.product}
    offered = sign_digest(bytes(underwriter.key), indemnity_quote_digest(quote, **place))  # type: ignore[arg-type]  # fields by name
    accepted = sign_digest(bytes(holder.key), indemnity_acceptance_digest(quote, **place))  # type: ignore[arg-type]  # fields by name
    return IndemnityBinding(index, quote, offered, accepted)
