"""What claims show."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import Field

from backend.fields import NextCursor, TypedData, View

Hex = Annotated[str, Field(description="0x-hex.")]
InWords = Annotated[dict[str, str], Field(description="By language: en, zh.")]


class CaseView(View):
    """A case. Amounts in token units; times in unix seconds, of the chain, but for `created_at` and `stuck_since`."""

    case_id: uuid.UUID
    product: str
    policy_id: int
    claimant: str
    coverage: int
    peril: int
    occurred_at: int
    claimed: int
    state: str
    channel: str
    claim_id: Hex | None
    evidence_root: Hex | None
    sign_until: int | None
    failure_code: str | None
    failure_detail: str | None
    adjuster: Annotated[uuid.UUID | None, Field(description="Shown to staff only.")]
    stuck_code: Annotated[str | None, Field(description="Why the backend does not get on. Shown to staff only.")]
    stuck_since: int | None
    version: int
    created_at: int


class CasePage(View):
    """Cases, newest first."""

    cases: list[CaseView]
    next_cursor: NextCursor


class CallView(View):
    """A transaction for somebody's own wallet. `value` in wei."""

    to: str
    data: Hex
    value: int = 0
    sender: Annotated[str, Field(description="Whose wallet has to send it.")]


class NoticeView(View):
    """A notice to be signed."""

    case: CaseView
    digest: Hex
    typed_data: TypedData


class DepositView(View):
    """What a dispute takes: by allowance to the panel. `permit`: to be signed; null: it is allowed already."""

    token: str
    amount: int
    disputed: int
    allowance: int
    balance: int
    spender: str
    permit: TypedData | None
    approve: CallView | None


class OrderView(View):
    """An order of the claimant's. `call`: the same as a transaction of their own."""

    order_id: uuid.UUID
    case_id: uuid.UUID
    action: str
    state: str
    amount: int
    institution: int
    sign_until: int
    digest: Hex
    failure_code: str | None
    failure_detail: str | None
    typed_data: TypedData
    call: CallView
    deposit: DepositView | None = None


class OrderList(View):
    """A case's orders, oldest first."""

    orders: list[OrderView]


class PushView(View):
    """What was asked to be sent; look the claim's status up."""

    intent: str


class QueueEntry(View):
    """A claim that waits for an adjuster. `due_at`: by the contract's clock, unix seconds."""

    case: CaseView
    state: str
    tier: str
    noticed_at: int
    due_at: int
    late: bool
    missing: Annotated[
        str | None, Field(description="What is not here and has to be before it can be decided: the product's words.")
    ]


class QueuePage(View):
    """Claims by tier, then by deadline."""

    entries: list[QueueEntry]
    next_cursor: NextCursor


class NoteView(View):
    """A note on a case."""

    note_id: uuid.UUID
    author: uuid.UUID
    written_at: int
    words: str


class NoteList(View):
    """Notes, oldest first."""

    notes: list[NoteView]


class DecisionView(View):
    """A decision. `call`: for the adjuster's wallet, once a second signature that is needed is there."""

    decision_id: uuid.UUID
    case_id: uuid.UUID
    adjuster: uuid.UUID
    adjuster_address: str
    loss: int
    granted: int
    reason_code: int
    clause_id: str
    clause: Hex
    proof: list[Hex]
    letter_hash: Hex
    instalments: int
    interval_seconds: int
    valid_until: int
    needs_second: bool
    second_address: str | None
    state: str
    failure_code: str | None
    transaction_hash: Hex | None
    digest: Hex
    typed_data: Annotated[TypedData, Field(description="For the second adjuster.")]
    call: CallView | None


class DecisionList(View):
    """Decisions on a case, oldest first."""

    decisions: list[DecisionView]


class AmountView(View):
    """Token units, and the same as people read it."""

    units: int
    text: str


class PaymentView(View):
    """A payment, and the transaction that proves it."""

    indemnity: AmountView
    interest: AmountView
    payee: str
    paid_at: int
    transaction_hash: Hex


class GroundView(View):
    """Why: reason and clause in both languages."""

    reason_code: int
    reason: InWords
    clause_id: str
    clause: InWords
    letter: str | None


class ClauseView(View):
    """A clause of the terms, in both languages."""

    clause_id: str
    text: InWords


class MeasuredView(View):
    """Why the machine paid: what the oracle nodes' report said, the clauses it rests on, and where to check it.

    `fraud_score`: hundredths of a point, 0 to 10,000; `confidence_bps`: 0 to 10,000; `observed_at`: unix seconds.
    """

    words: InWords
    loss: AmountView
    fraud_score: int
    confidence_bps: int
    observed_at: int
    clauses: list[ClauseView]
    report_digest: Hex
    transaction_hash: Hex


class StatusView(View):
    """Where a claim stands. `until`: unix seconds of the chain; 0: no time runs."""

    case: CaseView
    owner: Annotated[str, Field(description="insurer, claimant, panel, anyone or nobody.")]
    step: str
    until: int
    words: InWords
    outcome: InWords | None
    claimed: AmountView
    reserve: AmountView | None
    paid: AmountView | None
    held: AmountView | None
    payments: list[PaymentView]
    ground: Annotated[GroundView | None, Field(description="Why a person, or the panel, decided so.")]
    measured: Annotated[MeasuredView | None, Field(description="Where nobody decided: why the machine paid.")]
    proof: Annotated[str | None, Field(description="Where this claim's transactions and reports are, to be checked.")]
    claim_file: Annotated[str | None, Field(description="Where this claim is as one file that proves itself offline.")]


class TransactionView(View):
    """A step of a claim on the chain."""

    what: str
    block_number: int
    transaction_hash: Hex


class ProvedEntryView(View):
    """A transaction that concerns the claim, its receipt, and the nodes that lead to both from the block's roots."""

    index: int
    receipt: dict[str, Any]
    receipt_proof: list[Hex]
    transaction: Annotated[str, Field(description="Its signed bytes, 0x-hex; empty where the node keeps none.")]
    transaction_proof: list[Hex]


class ProvedBlockView(View):
    """A block of the chain: its hash, and the fields the hash commits to."""

    hash: Hex
    header: dict[str, str]
    entries: list[ProvedEntryView]


class ClaimFileView(View):
    """One claim, to be kept as a file and verified offline. Of other people's claims nothing is in it."""

    format: str
    claim_id: Hex
    chain_id: int
    contracts: dict[str, str]
    documents: dict[str, dict[str, Any]]
    blocks: list[ProvedBlockView]


class ProofView(View):
    """What a claim can be checked by, without believing this server."""

    claim_id: Hex
    chain_id: int
    desk: str
    transactions: list[TransactionView]
    report_digests: list[Hex]
    claim_file: Annotated[str, Field(description="Where the claim is as one file that proves itself offline.")]
    verify_claim: Annotated[str, Field(description="Command that verifies that file.")]
    verify: Annotated[str, Field(description="Commands that check the whole ledger, this claim in it, with any node.")]
