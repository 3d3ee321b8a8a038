"""Disputes, the bench, payment institutions and payouts through them, from their events."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from backend.chain.projections.claim_models import (
    ArbitratorChangeRow,
    CollectionRow,
    DisbursementRow,
    DisbursementStepRow,
    DisputeRow,
    DisputeStepRow,
    InstitutionChangeRow,
)
from backend.chain.projections.makers import Made, Row, makes
from domain.payouts import PayoutState
from ledger import bindings as b

_DISPUTE_SAID_NOTHING = dict.fromkeys(("actor", "amount", "reason_code", "clause", "until"))
_PAYOUT_SAID_NOTHING = dict.fromkeys(
    ("institution", "actor", "amount", "currency", "rate", "reference_hash", "reason_code", "successor")
)
_OfDispute = (
    b.DrawPostponed | b.PanelDrawn | b.PanelSilent | b.RulingCommitted | b.RulingRevealed | b.ArbitratorSilent
    | b.DisputeDecided | b.AwardDelivered | b.AwardUndelivered | b.DepositPaid | b.DepositHeld
)  # fmt: skip
_OfPayout = b.PayoutConfirmed | b.PayoutRefused | b.PayoutRerouted | b.PayoutTaken
_OfInstitution = (
    b.InstitutionRegistered | b.InstitutionKeysRotated | b.InstitutionLimitsChanged | b.InstitutionSuspended
    | b.InstitutionResumed | b.InstitutionTokenChanged
)  # fmt: skip


@makes(b.DisputeOpened)
def _opened(e: b.DisputeOpened) -> Made:
    values = {
        "panel": e.log.address, "dispute_id": e.dispute_id, "claim_id": e.claim_id, "claimant": e.claimant,
        "court": e.court, "token": e.token, "disputed": e.disputed, "deposit": e.deposit, "deposit_to": e.deposit_to,
        "opened_at": e.log.block_time,
    }  # fmt: skip
    return [(DisputeRow, values)]


@makes(b.DrawPostponed)
def _postponed(e: b.DrawPostponed) -> Made:
    return [(DisputeStepRow, _step(e, "draw_postponed"))]


@makes(b.PanelDrawn)
def _drawn(e: b.PanelDrawn) -> Made:
    rows: Made = [(DisputeStepRow, _step(e, "panel_drawn", until=e.reveal_until))]
    return rows


@makes(b.PanelSilent)
def _silent(e: b.PanelSilent) -> Made:
    return [(DisputeStepRow, _step(e, "panel_silent"))]


@makes(b.RulingCommitted)
def _committed(e: b.RulingCommitted) -> Made:
    return [(DisputeStepRow, _step(e, "ruling_committed", actor=e.arbitrator))]


@makes(b.RulingRevealed)
def _revealed(e: b.RulingRevealed) -> Made:
    ground = {"reason_code": e.reason_code, "clause": e.clause}
    return [(DisputeStepRow, _step(e, "ruling_revealed", actor=e.arbitrator, amount=e.award, **ground))]


@makes(b.ArbitratorSilent)
def _absent(e: b.ArbitratorSilent) -> Made:
    return [(DisputeStepRow, _step(e, "arbitrator_silent", actor=e.arbitrator))]


@makes(b.DisputeDecided)
def _decided(e: b.DisputeDecided) -> Made:
    step = _step(e, "decided", amount=e.award, reason_code=e.reason_code, clause=e.clause)
    return [(DisputeStepRow, step)]


@makes(b.AwardDelivered)
def _delivered(e: b.AwardDelivered) -> Made:
    return [(DisputeStepRow, _step(e, "award_delivered"))]


@makes(b.AwardUndelivered)
def _undelivered(e: b.AwardUndelivered) -> Made:
    return [(DisputeStepRow, _step(e, "award_undelivered"))]


@makes(b.DepositPaid)
def _deposit_paid(e: b.DepositPaid) -> Made:
    return [(DisputeStepRow, _step(e, "deposit_paid", actor=e.to, amount=e.amount))]


@makes(b.DepositHeld)
def _deposit_held(e: b.DepositHeld) -> Made:
    return [(DisputeStepRow, _step(e, "deposit_held", actor=e.account, amount=e.amount))]


@makes(b.ArbitratorAdmitted)
def _admitted(e: b.ArbitratorAdmitted) -> Made:
    values = {"arbitrator": e.arbitrator, "kind": "admitted", "consumer_advocate": e.consumer_advocate}
    return [(ArbitratorChangeRow, values)]


@makes(b.ArbitratorRemoved)
def _removed(e: b.ArbitratorRemoved) -> Made:
    kind = "struck_off" if e.struck_off else "removed"
    return [(ArbitratorChangeRow, {"arbitrator": e.arbitrator, "kind": kind, "consumer_advocate": False})]


@makes(
    b.InstitutionRegistered, b.InstitutionKeysRotated, b.InstitutionLimitsChanged, b.InstitutionSuspended,
    b.InstitutionResumed, b.InstitutionTokenChanged,
)  # fmt: skip
def _institution(e: _OfInstitution) -> Made:
    body = {f.name: getattr(e, f.name) for f in fields(e) if f.name not in ("log", "institution")}
    kind = type(e).__name__.removeprefix("Institution").lower()
    return [(InstitutionChangeRow, {"institution": e.institution, "kind": kind, "body": body})]


@makes(b.PayoutOpened)
def _payout(e: b.PayoutOpened) -> Made:
    values = {
        "instruction_id": e.instruction_id, "claim_id": e.claim_id, "institution": e.institution, "payee": e.payee,
        "token": e.token, "amount": e.amount, "receipt_due": e.receipt_due, "opened_at": e.log.block_time,
    }  # fmt: skip
    return [(DisbursementRow, values)]


@makes(b.PayoutConfirmed)
def _confirmed(e: b.PayoutConfirmed) -> Made:
    said = {
        "institution": e.institution, "amount": e.amount, "currency": e.currency.decode("ascii", "replace"),
        "rate": e.rate, "reference_hash": e.reference_hash,
    }  # fmt: skip
    return [(DisbursementStepRow, _payout_step(e, "confirmed", PayoutState.CONFIRMED, **said))]


@makes(b.PayoutRefused)
def _refused(e: b.PayoutRefused) -> Made:
    said = {"institution": e.institution, "reason_code": e.reason_code}
    return [(DisbursementStepRow, _payout_step(e, "refused", PayoutState.REFUSED, **said))]


@makes(b.PayoutRerouted)
def _rerouted(e: b.PayoutRerouted) -> Made:
    said = {"institution": e.institution, "successor": e.successor}
    return [(DisbursementStepRow, _payout_step(e, "rerouted", PayoutState.REROUTED, **said))]


@makes(b.PayoutTaken)
def _taken(e: b.PayoutTaken) -> Made:
    return [(DisbursementStepRow, _payout_step(e, "taken", PayoutState.TAKEN, actor=e.to, amount=e.amount))]


@makes(b.PremiumCollected)
def _collected(e: b.PremiumCollected) -> Made:
    return [(CollectionRow, _collection(e, "collected", e.receipt.amount) | {"institution": e.institution})]


@makes(b.PremiumReleased)
def _released(e: b.PremiumReleased) -> Made:
    return [(CollectionRow, _collection(e, "released", e.premium))]


@makes(b.CollectionReturned)
def _returned(e: b.CollectionReturned) -> Made:
    return [(CollectionRow, _collection(e, "returned", e.amount) | {"institution": e.institution})]


def _collection(e: b.PremiumCollected | b.PremiumReleased | b.CollectionReturned, kind: str, amount: int) -> Row:
    whose = {"product": e.product, "application_id": e.application_id}
    return whose | {"kind": kind, "institution": None, "amount": amount}


def _step(e: _OfDispute, kind: str, **said: Any) -> Row:
    return {**_DISPUTE_SAID_NOTHING, "dispute_id": e.dispute_id, "kind": kind, "step_at": e.log.block_time, **said}


def _payout_step(e: _OfPayout, kind: str, state: PayoutState, **said: Any) -> Row:
    place = {"instruction_id": e.instruction_id, "kind": kind, "step_at": e.log.block_time, "state": int(state)}
    return {**_PAYOUT_SAID_NOTHING, **place, **said}
