"""What counts as said by a quorum of real underwriting nodes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.chain.nodes import Answer, OracleUnavailable
from backend.chain.quorum import SignerSet
from backend.chain.underwriting_quorum import HandedIn, Refused, Underwritten, assess, sign_report
from domain.indemnity_reports import UnderwritingReport
from domain.tiers import RiskTier
from ledger.typed_data import recover
from ledger.typed_indemnity import underwriting_report_digest
from tests.backend.underwriting.nodes import RealNodes
from tests.oracle.samples import CHAIN_ID, EPOCH, PRODUCT
from tests.oracle.samples import SIGNERS as ADDRESSES
from tests.oracle.underwriting_samples import NOW, applied

NEEDED = 3
SIGNERS = SignerSet(EPOCH, frozenset(ADDRESSES), NEEDED)


@pytest.fixture
def nodes(tmp_path: Path) -> RealNodes:
    return RealNodes.over_pretended_chain(tmp_path)[0]


def handed(number: int = 1, **changes: Any) -> HandedIn:
    found = applied(number, **changes)
    return HandedIn(found.document, found.salt)


def report(found: Underwritten) -> UnderwritingReport:
    return UnderwritingReport(CHAIN_ID, PRODUCT, EPOCH, NOW, NOW + 600, found.model_hash, (found.risk,))


def lying(field: str, value: object) -> Callable[[Answer], Answer]:
    def lie(answer: Answer) -> Answer:
        said = copy.deepcopy(answer)
        for each in said["assessments"]:
            each["risk"][field] = value
        return said

    return lie


def test_assess__healthy_clerk__all_nodes_say_the_same(nodes: RealNodes) -> None:
    found = assess(nodes, PRODUCT, handed(), NEEDED)

    assert isinstance(found, Underwritten)
    assert found.case.tier is found.risk.tier is RiskTier.LOW
    assert found.case.score == found.risk.score
    assert set(found.explanation) >= {"en", "zh"}


@pytest.mark.parametrize(("field", "value"), [("score", 1), ("rate_ppb", 1), ("score", -1), ("tier", "low")])
def test_assess__one_node_lies__the_others_decide(nodes: RealNodes, field: str, value: object) -> None:
    honest = assess(nodes, PRODUCT, handed(), NEEDED)
    nodes.altered[0] = lying(field, value)

    assert assess(nodes, PRODUCT, handed(), NEEDED) == honest


def test_assess__two_nodes_say_something_else__no_quorum(nodes: RealNodes) -> None:
    nodes.altered = {0: lying("score", 1), 1: lying("score", 1)}

    with pytest.raises(OracleUnavailable, match="4 oracle nodes answered and 3 must say the same"):
        assess(nodes, PRODUCT, handed(), NEEDED)


def test_assess__two_nodes_down__no_quorum(nodes: RealNodes) -> None:
    nodes.down = {0, 3}

    with pytest.raises(OracleUnavailable, match="2 oracle nodes answered"):
        assess(nodes, PRODUCT, handed(), NEEDED)


def test_assess__required_field_missing__refused_by_its_name(nodes: RealNodes) -> None:
    document = dict(handed().application)
    statements = document["statements"]
    assert isinstance(statements, dict)
    document["statements"] = {name: value for name, value in statements.items() if name != "occupation"}

    found = assess(nodes, PRODUCT, HandedIn(document, b"\x01" * 32), NEEDED)

    assert isinstance(found, Refused)
    assert found.code == "application_incomplete"
    assert "occupation is required and missing" in found.detail


def test_sign_report__all_agree__signatures_of_the_set_in_order(nodes: RealNodes) -> None:
    found = assess(nodes, PRODUCT, handed(), NEEDED)
    assert isinstance(found, Underwritten)

    signatures = sign_report(nodes, report(found), [handed()], SIGNERS)

    signers = [recover(underwriting_report_digest(report(found)), each) for each in signatures]
    assert len(set(signers)) == NEEDED
    assert signers == sorted(signers, key=lambda each: int(each, 16))
    assert set(signers) <= set(ADDRESSES)


def test_sign_report__not_what_the_nodes_say__nobody_signs(nodes: RealNodes) -> None:
    found = assess(nodes, PRODUCT, handed(), NEEDED)
    assert isinstance(found, Underwritten)

    with pytest.raises(OracleUnavailable, match="0 of 3 signatures"):
        sign_report(nodes, report(found), [handed(2)], SIGNERS)


def test_sign_report__garbage_for_a_signature__does_not_count(nodes: RealNodes) -> None:
    found = assess(nodes, PRODUCT, handed(), NEEDED)
    assert isinstance(found, Underwritten)
    for number, garbage in enumerate(({"signature": 5}, {"signature": "0x00"}, {})):
        nodes.altered[number] = lambda _answer, garbage=garbage: garbage  # type: ignore[misc]  # bound early

    with pytest.raises(OracleUnavailable, match="1 of 3 signatures were collected from 4 answers"):
        sign_report(nodes, report(found), [handed()], SIGNERS)


def test_handed_in__shown__tells_nothing_of_the_person() -> None:
    assert "occupation" not in repr(handed())
