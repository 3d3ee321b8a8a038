"""Events into rows: each log makes its own, none changes another's, so a block is undone by deleting it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from backend.chain.models import ChainEventRow, SignerSetRow
from backend.chain.projections import claims, disputes, policies
from backend.chain.projections.makers import MAKERS, Made, Row, makes
from backend.policies.models import InsuredEventRow, PolicyRow
from backend.products.models import ProductRow, SalesSuspensionRow
from backend.settlements.models import EventClosureRow, HeldPayoutRow, PaymentRow, ReportRow, SettlementStepRow
from backend.tables import Base, copy_rows
from backend.treasury.models import (
    CapitalMoveRow,
    EarnedPremiumRow,
    ExposureChangeRow,
    HeldPaymentRow,
    PremiumRow,
    RequiredRatioRow,
)
from domain.policy import split_policy_id
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.typed_data import recover

_WORD_FIELDS = frozenset(
    {"policy_id", "event_id", "application_id", "claim_id", "dispute_id", "instruction_id", "superseded", "successor",
     "first_claim_id", "insurer_id"}
)  # fmt: skip
NOISE = frozenset({"Transfer", "Approval", "ApprovalForAll", "Locked", "EIP712DomainChanged", "AuthorityUpdated"})
"""Events of standards that say nothing the contracts' own do not."""
SUBJECTS = (claims, disputes, policies)
"""Files whose makers are registered by importing them."""


def project(session: Session, events: Iterable[ChainEvent]) -> int:
    """Write what events say, in bulk. Their blocks must be there. Returns how many were written."""
    tables: dict[Table, list[Row]] = {}
    count = 0
    for event in events:
        if event.SPEC.name in NOISE:
            continue
        count += 1
        for model, values in rows_of(event):
            tables.setdefault(_table(model), []).append(values)
    for table, rows in tables.items():
        columns = list(rows[0])
        copy_rows(session, table, columns, ([row[name] for name in columns] for row in rows))
    return count


def rows_of(event: ChainEvent) -> Made:
    """Every row an event makes, whole."""
    log = event.log
    place = {"block_number": log.block_number, "log_index": log.log_index, "transaction_hash": log.transaction_hash}
    raw = {"address": log.address, "name": type(event).__name__, "body": event_body(event)}
    maker = MAKERS.get(type(event))
    made: Made = [(ChainEventRow, raw), *(maker(event) if maker else ())]
    return [(model, place | values) for model, values in made]


def event_body(event: ChainEvent) -> dict[str, Any]:
    """An event's arguments as JSON has them: ids and bytes in hex, amounts as integers."""
    return {name: _json(name, getattr(event, name)) for name in _field_names(type(event)) if name != "log"}


def _json(name: str, value: Any) -> Any:
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int):
        return f"0x{value:064x}" if name in _WORD_FIELDS else value
    if isinstance(value, tuple | list):
        return [_json(name, item) for item in value]
    if is_dataclass(value):
        return {field: _json(field, getattr(value, field)) for field in _field_names(type(value))}
    return value


_names: dict[type[Any], tuple[str, ...]] = {}


def _field_names(kind: type[Any]) -> tuple[str, ...]:
    if kind not in _names:
        _names[kind] = tuple(field.name for field in fields(kind))
    return _names[kind]


def _table(model: type[Base]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} has no table")
    return table


@makes(b.ProductCreated)
def _product(e: b.ProductCreated) -> Made:
    values = {"address": e.product, "treasury": e.treasury, "terms_hash": e.terms_hash, "terms": e.terms.as_json()}
    return [(ProductRow, values)]


@makes(b.ParametricProductSalesSuspended)
def _suspension(e: b.ParametricProductSalesSuspended) -> Made:
    return [(SalesSuspensionRow, {"product": e.log.address, "suspended": e.suspended})]


@makes(b.SignerSetRotated)
def _signers(e: b.SignerSetRotated) -> Made:
    values = {
        "quorum": e.log.address, "epoch": e.epoch, "signers": list(e.signers), "faults": e.faults,
        "threshold": e.threshold, "previous_retires_at": e.previous_retires_at,
    }  # fmt: skip
    return [(SignerSetRow, values)]


@makes(b.RisksReported)
def _risks(e: b.RisksReported) -> Made:
    return [(ReportRow, _report(e, "risk", e.report.model_hash, len(e.report.assessments)))]


@makes(b.EventsReported)
def _events(e: b.EventsReported) -> Made:
    return [(ReportRow, _report(e, "event", e.report.source_hash, len(e.report.measurements)))]


def _report(e: b.RisksReported | b.EventsReported, kind: str, origin: bytes, subjects: int) -> Row:
    return {
        "product": e.log.address, "kind": kind, "digest": e.digest, "signer_epoch": e.report.signer_epoch,
        "observed_at": e.report.observed_at, "valid_until": e.report.valid_until, "origin_hash": origin,
        "subjects": subjects, "signers": [recover(e.digest, s) for s in e.signatures],
    }  # fmt: skip


@makes(b.PolicyBound)
def _policy(e: b.PolicyBound) -> Made:
    event_id, ordinal = split_policy_id(e.policy_id)
    values = {
        "product": e.log.address, "policy_id": e.policy_id, "event_id": event_id, "ordinal": ordinal,
        "application_id": e.application_id, "holder": e.holder, "underwriter": e.quote.underwriter,
        "sum_insured": e.quote.sum_insured, "premium": e.quote.premium, "bound_at": e.log.block_time,
    }  # fmt: skip
    if ordinal:
        return [(PolicyRow, values)]
    subject = {"insured_event": e.quote.insured_event, "occurs_at": e.quote.occurs_at}
    return [(PolicyRow, values), (InsuredEventRow, {"product": e.log.address, "event_id": event_id} | subject)]


@makes(b.EventClosed)
def _closure(e: b.EventClosed) -> Made:
    values = {
        "product": e.log.address, "event_id": e.event_id, "outcome": int(e.outcome), "value": e.value,
        "share_bps": e.share_bps, "closed_at": e.log.block_time,
    }  # fmt: skip
    return [(EventClosureRow, values)]


@makes(b.PolicySettled)
def _payment(e: b.PolicySettled) -> Made:
    values = {"product": e.log.address, "policy_id": e.policy_id, "payee": e.payee, "amount": e.amount}
    return [(PaymentRow, values | {"paid_at": e.log.block_time})]


@makes(b.PoliciesSettled)
def _step(e: b.PoliciesSettled) -> Made:
    values = {
        "product": e.log.address, "event_id": e.event_id, "first_ordinal": e.from_, "end_ordinal": e.to,
        "exposure": e.exposure, "paid": e.paid,
    }  # fmt: skip
    return [(SettlementStepRow, values)]


@makes(b.PayoutHeld)
def _held(e: b.PayoutHeld) -> Made:
    values = {"product": e.product, "policy_id": e.policy_id, "payee": e.payee, "amount": e.amount}
    return [(HeldPayoutRow, {"treasury": e.log.address} | values)]


@makes(b.HeldPayoutPaid)
def _held_paid(e: b.HeldPayoutPaid) -> Made:
    values = {"treasury": e.log.address, "payee": e.payee, "recipient": e.to, "amount": e.amount}
    return [(HeldPaymentRow, values)]


@makes(b.ExposureLocked)
def _locked(e: b.ExposureLocked) -> Made:
    whose = {"treasury": e.log.address, "product": e.product}
    locked = {"locked": e.exposure, "released": 0, "paid": 0, "held": 0}
    return [(PremiumRow, whose | {"premium": e.premiums}), (ExposureChangeRow, whose | locked)]


@makes(b.ExposureReleased)
def _released(e: b.ExposureReleased) -> Made:
    values = {"treasury": e.log.address, "product": e.product, "locked": 0, "released": e.exposure}
    return [(ExposureChangeRow, values | {"paid": e.paid, "held": e.held})]


@makes(b.PremiumEarned)
def _earned(e: b.PremiumEarned) -> Made:
    return [(EarnedPremiumRow, {"treasury": e.log.address, "product": e.product, "earned": e.earned})]


@makes(b.Deposit)
def _deposit(e: b.Deposit) -> Made:
    values = {"treasury": e.log.address, "owner": e.owner, "assets": e.assets, "shares": e.shares}
    return [(CapitalMoveRow, values | {"kind": "deposit"})]


@makes(b.Withdraw)
def _withdrawal(e: b.Withdraw) -> Made:
    values = {"treasury": e.log.address, "owner": e.owner, "assets": e.assets, "shares": e.shares}
    return [(CapitalMoveRow, values | {"kind": "withdrawal"})]


@makes(b.RequiredRatioChanged)
def _ratio(e: b.RequiredRatioChanged) -> Made:
    return [(RequiredRatioRow, {"treasury": e.log.address, "ratio_bps": e.ratio_bps})]
