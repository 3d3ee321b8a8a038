"""Which reports of applications a node signs: its own figures or none, and one assessment while it counts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.hashing import keccak256
from domain.indemnity_reports import RiskAssessment, UnderwritingReport
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier
from ledger.typed_data import recover
from ledger.typed_indemnity import underwriting_report_digest
from oracle.node.refusals import Refusal
from oracle.node.report_head import MAX_REPORT_AGE_SECONDS, MAX_VALIDITY_SECONDS
from oracle.node.signer import ReportSigner
from oracle.node.underwriting import CODES, HandedIn, ProductView
from oracle.node.underwriting_journal import LATE_BLOCKS_SECONDS, UnderwritingJournal
from oracle.node.underwriting_node import UnderwritingNode
from oracle.rounds.refusals import SigningFailed
from tests.oracle.samples import SIGNERS, refused
from tests.oracle.underwriting_samples import (
    CONTRACTS,
    HOUR,
    PretendedUnderwritingChain,
    applied,
    composed,
    make_underwriter,
    other_engine,
    own_engine,
    product_view,
)

SECRET = "Ms Lin of 7 Garden Road"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> ProductView:
    return product_view(tmp_path_factory.mktemp("product"))


@pytest.fixture
def chain(view: ProductView) -> PretendedUnderwritingChain:
    return PretendedUnderwritingChain(view)


@pytest.fixture
def node(chain: PretendedUnderwritingChain, tmp_path: Path) -> UnderwritingNode:
    return make_underwriter(0, chain, tmp_path)


def test_sign__same_figures__is_a_signature_of_this_node(node: UnderwritingNode) -> None:
    batch = [applied(number) for number in (3, 1, 2)]
    report = composed(node, batch)

    signature = node.sign(report, batch)

    assert recover(underwriting_report_digest(report), signature) == node.signer == SIGNERS[0]


def false(field: str, value: object) -> Callable[[RiskAssessment], RiskAssessment]:
    return lambda honest: replace(honest, **{field: value})  # type: ignore[arg-type]  # by name


LIES: dict[str, Callable[[RiskAssessment], RiskAssessment]] = {
    "score": lambda honest: replace(honest, score=honest.score - 1),
    "loss_ratio_bps": lambda honest: replace(honest, loss_ratio_bps=Bps(honest.loss_ratio_bps - 1)),
    "tier": false("tier", RiskTier.MEDIUM),
    "rate_ppb": lambda honest: replace(honest, rate_ppb=Ppb(honest.rate_ppb - 1)),
    "sum_insured_cap": lambda honest: replace(honest, sum_insured_cap=TokenUnits(honest.sum_insured_cap + 1)),
    "exclusions": false("exclusions", 1),
    "commitment": false("commitment", keccak256(b"somebody else")),
}


@pytest.mark.parametrize("field", CODES)
def test_sign__one_figure_false__is_refused_by_field(node: UnderwritingNode, field: str) -> None:
    batch = [applied(1), applied(2)]
    report = composed(node, batch)
    first, second = report.assessments
    lie = replace(report, assessments=(first, LIES[field](second)))

    with pytest.raises(Refusal) as refusal:
        node.sign(lie, batch)

    assert refusal.value.code == CODES[field]
    assert refusal.value.detail.startswith(f"{field} of application 0x{second.application_id:064x} is ")
    assert recover(underwriting_report_digest(report), node.sign(report, batch)) == node.signer  # nothing was kept


HEADS: list[tuple[str, Callable[[UnderwritingReport], UnderwritingReport]]] = [
    ("report_for_other_chain", lambda r: replace(r, chain_id=1)),
    ("product_unknown", lambda r: replace(r, product=CONTRACTS["treasury"])),
    ("signer_epoch_invalid", lambda r: replace(r, signer_epoch=2)),
    ("report_from_future", lambda r: replace(r, observed_at=r.observed_at + 1)),
    ("report_too_old", lambda r: replace(r, observed_at=r.observed_at - MAX_REPORT_AGE_SECONDS - 1)),
    ("report_expired", lambda r: replace(r, valid_until=r.observed_at - 1)),
    ("validity_too_long", lambda r: replace(r, valid_until=r.observed_at + MAX_VALIDITY_SECONDS + 1)),
    ("model_hash_differs", lambda r: replace(r, model_hash=bytes(32))),
    ("subject_repeated", lambda r: replace(r, assessments=r.assessments * 2)),
    ("body_malformed", lambda r: replace(r, assessments=())),
]


@pytest.mark.parametrize(("code", "change"), HEADS)
def test_sign__head_false__is_refused_by_name(
    node: UnderwritingNode, code: str, change: Callable[[UnderwritingReport], UnderwritingReport]
) -> None:
    batch = [applied()]
    report = composed(node, batch)

    assert refused(lambda: node.sign(change(report), batch)) == code


def test_sign__node_that_is_no_signer__refuses(node: UnderwritingNode, chain: PretendedUnderwritingChain) -> None:
    batch = [applied()]
    report = composed(node, batch)
    chain.seen = replace(chain.seen, signers=SIGNERS[1:])

    assert refused(lambda: node.sign(report, batch)) == "signer_not_in_set"


def test_sign__other_applications_than_reported__is_refused(node: UnderwritingNode) -> None:
    batch = [applied(1), applied(2)]
    report, unsalted = composed(node, batch), [batch[0], HandedIn(batch[1].document, bytes(32))]

    assert refused(lambda: node.sign(report, batch[:1])) == "application_missing"
    assert refused(lambda: node.sign(report, [*batch, applied(3)])) == "application_unreported"
    assert refused(lambda: node.sign(report, [batch[0], applied(2, smoking=SECRET)])) == "application_invalid"
    assert refused(lambda: node.sign(report, unsalted)) == "commitment_differs"


def test_sign__node_with_other_tables__refuses_by_name(chain: PretendedUnderwritingChain, tmp_path: Path) -> None:
    usual = make_underwriter(0, chain, tmp_path)
    other = make_underwriter(1, chain, tmp_path, engine=other_engine())
    batch = [applied()]

    with pytest.raises(Refusal, match=f"model_hash is 0x{usual.engine.hash.hex()}, this node runs") as refusal:
        other.sign(composed(usual, batch), batch)

    assert refusal.value.code == "model_hash_differs"


def test_sign__another_assessment_while_the_first_counts__is_refused_until_it_has_expired(
    node: UnderwritingNode, chain: PretendedUnderwritingChain
) -> None:
    first, second = [applied(1)], [applied(1, age_years=31)]
    report = composed(node, first)
    node.sign(report, first)

    with pytest.raises(Refusal, match=f"counts until {report.valid_until}, chain time is .*: take the one signed"):
        node.sign(composed(node, second), second)
    chain.later(HOUR + LATE_BLOCKS_SECONDS)
    assert refused(lambda: node.sign(composed(node, second), second)) == "already_assessed_otherwise"
    chain.later(1)
    again = composed(node, second)

    assert recover(underwriting_report_digest(again), node.sign(again, second)) == node.signer


def test_sign__same_assessment_in_a_later_report__binds_until_the_later_expires(
    node: UnderwritingNode, chain: PretendedUnderwritingChain
) -> None:
    one, other = [applied(1), applied(2)], [applied(1, age_years=31)]
    node.sign(composed(node, one), one)
    chain.later(HOUR // 2)
    node.sign(composed(node, one[:1]), one[:1])
    chain.later(HOUR // 2 + LATE_BLOCKS_SECONDS + 1)

    assert refused(lambda: node.sign(composed(node, other), other)) == "already_assessed_otherwise"


def test_sign__signing_service_is_down__is_told_and_binds_all_the_same(
    chain: PretendedUnderwritingChain, tmp_path: Path
) -> None:
    def fail(_: bytes) -> bytes:
        raise SigningFailed("the signing service gave no answer: check the service")

    journal = UnderwritingJournal(tmp_path / "j.sqlite", "31337:0x00")
    node = UnderwritingNode(
        chain=chain, engine=own_engine(), signer=ReportSigner(SIGNERS[0], fail), journal=journal
    )  # fmt: skip
    first, second = [applied(1)], [applied(1, age_years=31)]

    assert refused(lambda: node.sign(composed(node, first), first)) == "signer_unavailable"
    assert journal.count() == 1  # kept before the signature was asked for: it may have left
    assert refused(lambda: node.sign(composed(node, second), second)) == "already_assessed_otherwise"
