"""The rehearsal's chain without nodes: its own copies of their keys sign, so that what the desk does is known."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.claim_reports import LossReport
from domain.money import Bps, TokenUnits
from ledger.bindings import ClaimsDesk
from ledger.typed_claims import loss_report_digest
from ledger.typed_data import sign_digest, sort_signatures
from scripts.anvil import chain_time
from scripts.claims_rehearsal import findings
from scripts.claims_rehearsal.desk import Handled, Notified, confirm, handled, outcomes
from scripts.claims_rehearsal.evidence import Kind
from scripts.claims_rehearsal.play import latencies, reported_claims
from scripts.claims_rehearsal.stack import Stack, claims_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with claims_stack(policies=4) as made:
        yield made


def report_of(stack: Stack, notified: Notified) -> LossReport:
    """What honest nodes say."""
    now, case = chain_time(stack.rpc), notified.case
    confidence = Bps(10_000 if case.kind.automatic else 8_500)
    return LossReport(
        stack.insurer.people.chain_id, stack.insurer.contracts["ClaimsDesk"], 1, now, now + 600, notified.claim_id,
        case.loss, 0, confidence, 0, case.dossier.root, bytes(32), (random.randbytes(32),),
    )  # fmt: skip


def hand_in(stack: Stack, report: LossReport) -> None:
    digest = loss_report_digest(report)
    signatures = [sign_digest(bytes(signer.key), digest) for signer in stack.insurer.signers[:3]]
    call = ClaimsDesk.report_loss(report, sort_signatures(digest, signatures))
    stack.insurer.people.send("administrator", stack.insurer.contracts["ClaimsDesk"], call)


def dealt_with(stack: Stack, kind: Kind, **changes: object) -> tuple[Notified, Handled]:
    """A claim that is notified and reported."""
    notified = stack.notify(kind)
    confirm(stack.insurer, notified)
    hand_in(stack, replace(report_of(stack, notified), **changes))  # type: ignore[arg-type]  # fields by name
    return notified, handled(stack.insurer)[notified.claim_id]


def test_handled__an_honest_report__paid_what_is_owed_by_three_known_signers(stack: Stack) -> None:
    notified, done = dealt_with(stack, Kind.TWO_BILLS)

    assert done.paid == findings.owed(stack, notified) > 0
    assert set(done.reported[0].signatures) == {signer.address for signer in stack.insurer.signers[:3]}
    assert not findings.is_wrong(notified, done)
    assert done.noticed is not None
    assert done.noticed.evidence_root == notified.case.dossier.root
    assert done.reported[0].block_time >= done.noticed.log.block_time > 0


def test_handled__more_claimed_than_billed__referred_and_nothing_owed(stack: Stack) -> None:
    notified, done = dealt_with(stack, Kind.OVERSTATED)

    assert (done.paid, findings.owed(stack, notified)) == (0, 0)
    assert done.referred
    assert outcomes({notified.claim_id: done}) == {"referred": 1}


def test_look__a_false_loss_and_a_claim_without_report__both_are_counted(stack: Stack) -> None:
    before = findings.look(stack, [], ())
    dealt_with(stack, Kind.ENGLISH, loss=TokenUnits(2_000_000_000))
    confirm(stack.insurer, stack.notify(Kind.CHINESE))

    after = findings.look(stack, [], ())

    assert (after.wrong - before.wrong, after.paid_wrongly - before.paid_wrongly) == (1, 1)
    assert after.lost - before.lost == 1
    assert after.unkept == 3 * (len(stack.notified) - 1)  # the harness keeps no journal
    assert len(reported_claims(stack)) == len(stack.notified) - 1
    seen = {number: float(number) for number in range(stack.rpc.block_number() + 1)}
    assert len(latencies(stack, seen)) == len(stack.notified) - 1
    assert all(each.wall >= 0 for each in latencies(stack, seen))
