"""A finding stands only with a reason of its own, and a reason only with its finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts import slither
from scripts.slither import Finding, compare, findings_of, read_triage

CONTRACT = {"type": "contract", "name": "Treasury", "type_specific_fields": {"parent": {"type": "file", "name": ""}}}


def function(signature: str) -> dict[str, Any]:
    fields = {"parent": CONTRACT, "signature": signature}
    return {"type": "function", "name": signature.split("(")[0], "type_specific_fields": fields}


def node(words: str) -> dict[str, Any]:
    return {"type": "node", "name": words, "type_specific_fields": {"parent": function("pay(uint256)")}}


def report(*expressions: str) -> dict[str, Any]:
    elements = [function("pay(uint256)"), *(node(words) for words in expressions)]
    return {"results": {"detectors": [{"check": "timestamp", "impact": "Low", "elements": elements}]}}


def test_findings_of__a_report__named_without_lines_whatever_their_order() -> None:
    expected = [Finding("timestamp", "Low", "Treasury.pay(uint256)", ("a < b", "c > d"))]

    assert findings_of(report("a < b", "c > d")) == expected
    assert findings_of(report("c > d", "a  <\n b")) == expected
    assert str(expected[0]) == "Low: timestamp: Treasury.pay(uint256): a < b; c > d"
    assert findings_of({"results": {}}) == []


def test_compare__new_finding_in_a_function_with_a_reason__is_untriaged() -> None:
    reasons = {"Low: timestamp: Treasury.pay(uint256): a < b": "why"}

    old = compare(findings_of(report("a < b")), reasons)
    new = compare(findings_of(report("a < b", "e == f")), reasons)

    assert (old.untriaged, old.stale) == ((), ())
    assert new.untriaged == ("Low: timestamp: Treasury.pay(uint256): a < b; e == f",)
    assert new.stale == ("Low: timestamp: Treasury.pay(uint256): a < b",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- findings: ['x']", "entry 1 of triage.yaml lacks 'reason'"),
        ("- reason: short\n  findings: ['x']", "entry 1 of triage.yaml gives no reason"),
        (f"- reason: {'why ' * 10}\n  findings: ['x', 'x']", "entry 1 of triage.yaml repeats: x"),
    ],
)
def test_read_triage__not_as_it_should_be__refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "triage.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(slither.TriageUnreadable, match=problem):
        read_triage(path)


def test_read_triage__as_committed__can_be_read() -> None:
    assert all(len(reason) >= slither.SHORTEST_REASON for reason in read_triage().values())
