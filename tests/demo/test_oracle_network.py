"""Four oracle nodes as processes on a real chain: claims with real bills are assessed, reported and paid."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from oracle.claims.keys import make_nullifier_keys
from scripts.claims_rehearsal.desk import Handled, Notified, confirm, handled
from scripts.claims_rehearsal.evidence import HOSPITALS, HOSPITALS_ZH, Kind
from scripts.claims_rehearsal.findings import is_wrong, look, owed
from scripts.claims_rehearsal.nodes import prepare_nodes
from scripts.claims_rehearsal.play import wait_for_reports
from scripts.claims_rehearsal.stack import Stack, claims_stack
from scripts.claims_rehearsal.store import Faults
from scripts.oracle_nodes import OracleNode, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SETTLING_SECONDS = 3.0
WAIT_SECONDS = 60.0


@pytest.fixture
def stack() -> Iterator[Stack]:
    with claims_stack(policies=4) as made:
        yield made


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def reported(stack: Stack, *claims: Notified) -> list[Handled]:
    """The claims once the nodes have dealt with them."""
    for claim in claims:
        confirm(stack.insurer, claim)
    assert wait_for_reports(stack, WAIT_SECONDS), "a claim has no report"
    found = handled(stack.insurer)
    return [found[claim.claim_id] for claim in claims]


def logs_of(nodes: Sequence[OracleNode]) -> str:
    return "\n".join(node.processes.log_file(node.name).read_text("utf-8", "replace") for node in nodes)


def test_network__clean_claim_then_a_kill_in_mid_round__both_paid_once_as_their_bills_say(stack: Stack) -> None:
    nodes = prepare_nodes(stack)
    with running(nodes):
        clean = stack.notify(Kind.TWO_BILLS)
        (first,) = reported(stack, clean)

        struck = stack.notify(Kind.CHINESE)
        assert until(lambda: stack.store.asked.get(struck.claim_id, 0) > 0)  # a node has begun to look
        nodes[1].kill()
        time.sleep(1.0)
        nodes[1].start()
        (second,) = reported(stack, struck)
        nodes[1].wait_healthy()
        time.sleep(SETTLING_SECONDS)

    for claim, done in ((clean, first), (struck, second)):
        assert done.paid == owed(stack, claim) > 0
        assert not is_wrong(claim, done)
    found = look(stack, nodes, ())
    assert (found.claims, found.lost, found.twice, found.signed_twice, found.unkept) == (2, 0, 0, 0, 0)
    told = logs_of(nodes)
    assert not [name for name in ("E00000000", "E00000001", *HOSPITALS, *HOSPITALS_ZH) if name in told]


def test_network__a_node_with_another_nullifier_key__refuses_says_so_and_the_claim_is_paid(stack: Stack) -> None:
    """Two nodes hear it before the third is there, so that nobody can agree without having heard it."""
    nodes = prepare_nodes(stack)
    odd = nodes[3]
    (odd.folder / "nullifier-keys.json").unlink()
    make_nullifier_keys(odd.folder / "nullifier-keys.json")
    with running([*nodes[:2], odd]):
        claim = stack.notify()
        assert until(lambda: {node.signer.address for node in nodes[:2]} <= _that_heard(odd))
        with running([nodes[2]]):
            (done,) = reported(stack, claim)
            assert until(lambda: all(_rounds_told(node, claim) for node in nodes))
            told = [_rounds_told(node, claim) for node in nodes]

    assert done.paid == owed(stack, claim) > 0
    assert odd.signer.address not in done.reported[0].signatures
    assert "another version" in told[3]
    assert all(f"{odd.signer.address} works with another version" in each for each in told[:2])


def test_network__evidence_late_altered_or_slow__no_wrong_report_and_the_late_one_is_paid(stack: Stack) -> None:
    nodes = prepare_nodes(stack)
    with running(nodes):
        late = stack.notify(faults=Faults(missing_until=time.monotonic() + 4.0))
        slow = stack.notify(Kind.CHINESE, faults=Faults(slow_seconds=0.5))
        altered = stack.notify(faults=Faults(altered={"bill R000002.pdf"}))
        for claim in (late, slow, altered):
            confirm(stack.insurer, claim)
        assert until(lambda: {late.claim_id, slow.claim_id} <= _reported(stack))
        time.sleep(SETTLING_SECONDS)
        found = handled(stack.insurer)

    for claim in (late, slow):
        assert found[claim.claim_id].paid == owed(stack, claim) > 0
        assert not is_wrong(claim, found[claim.claim_id])
    assert found[altered.claim_id].reported == ()


def test_network__a_node_that_was_away_is_needed_at_once__reads_what_it_missed_first_and_the_claim_is_paid(
    stack: Stack,
) -> None:
    """Its store takes longer over one dossier than a look at another claim may wait for it."""
    nodes = prepare_nodes(stack)
    with running(nodes):
        nodes[0].kill()
        missed = [stack.notify(faults=Faults(slow_seconds=0.6)) for _ in range(3)]
        reported(stack, *missed)
        claim = stack.notify(Kind.TWO_BILLS)
        nodes[1].kill()
        nodes[0].start()
        (done,) = reported(stack, claim)
        nodes[0].wait_healthy()
        seen = nodes[0].get(f"/v1/claims/0x{claim.claim_id:064x}").json()["seen"]

    assert done.paid == owed(stack, claim) > 0
    assert [int(loss.report.confidence_bps) for loss in done.reported] == [10_000]
    assert (seen["earlier_claims_unread"], seen["deductions"]) == (0, [])


def _reported(stack: Stack) -> set[int]:
    return {number for number, done in handled(stack.insurer).items() if done.reported}


def _that_heard(node: OracleNode) -> set[str]:
    """Peers that took a statement of this node."""
    sent = r'^quittance_statements_sent_total\{peer="(0x\w+)",result="accepted"\}'
    return set(re.findall(sent, node.get("/metrics").text, re.MULTILINE))


def _rounds_told(node: OracleNode, claim: Notified) -> str:
    """How the rounds of a claim ended, as a node tells; empty while none has."""
    if not node.healthy():
        return ""
    rounds = node.get(f"/v1/claims/0x{claim.claim_id:064x}").json().get("rounds")
    return json.dumps(rounds) if rounds else ""
