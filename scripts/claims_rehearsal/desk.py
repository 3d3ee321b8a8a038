"""A claimant's notice on chain, and what the desk did about it, read back from logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.claim_ids import claim_id
from domain.claim_reports import LossReport, Notice
from domain.money import TokenUnits
from ledger.bindings import ClaimNoticed, ClaimPaid, ClaimReferred, ClaimsDesk, LossReported
from ledger.codec import ChainEvent, decode_arguments
from ledger.events import fetch_events
from ledger.journal import SignedTransaction
from ledger.typed_claims import loss_report_digest
from ledger.typed_data import recover
from scripts.claims_rehearsal.evidence import ClaimCase
from scripts.claims_rehearsal.insurer import Insurer, StepFailed
from scripts.claims_rehearsal.sales import Policy
from scripts.claims_rehearsal.store import EvidenceStore

HOSPITAL, ACCIDENT = 0, 1  # places of coverage and peril in the product file
REPORT_LOSS: Final = (
    "reportLoss((uint256,address,uint32,uint40,uint40,uint256,uint64,uint16,uint16,uint32,bytes32,bytes32,bytes32[]),"
    "bytes[])"
)


@dataclass(frozen=True, slots=True)
class Notified:
    """A notice that was handed to the chain."""

    claim_id: int
    case: ClaimCase
    holder: str
    sent: SignedTransaction


@dataclass(frozen=True, slots=True)
class SignedLoss:
    """A loss report as the desk took it, with what is recovered from its signatures: signer → signature."""

    report: LossReport
    digest: bytes
    signatures: dict[str, bytes]
    block_number: int
    block_time: int


@dataclass(frozen=True, slots=True)
class Handled:
    """What the chain has of one claim. Times are those of blocks; `referred` is a bitmap of reasons."""

    noticed: ClaimNoticed | None
    reported: tuple[SignedLoss, ...]
    paid: TokenUnits
    referred: int


NOTHING: Final = Handled(None, (), TokenUnits(0), 0)


def notify(insurer: Insurer, store: EvidenceStore, policy: Policy, case: ClaimCase) -> Notified:
    """The holder notifies the first loss under a policy, by a transaction of their own. Does not wait for a block."""
    number = claim_id(insurer.product, policy.number, 0)
    store.put(number, case.dossier)
    notice = Notice(
        insurer.product, policy.number, HOSPITAL, ACCIDENT, case.occurred_at, case.claimed, case.dossier.root
    )
    sender = insurer.people.sender(policy.holder)
    sent = sender.submit(f"notice/{number:x}", insurer.contracts["ClaimsDesk"], ClaimsDesk.notify(notice).data)
    return Notified(number, case, policy.holder, sent)


def confirm(insurer: Insurer, notified: Notified) -> int:
    """Wait until a notice is mined; the block's number.

    Raises:
        StepFailed: It reverted.
    """
    receipt = insurer.people.sender(notified.holder).wait([notified.sent.key])[0]
    if not receipt.succeeded:
        raise StepFailed(f"the notice of claim 0x{notified.claim_id:064x} reverted")
    return receipt.block_number


def handled(insurer: Insurer) -> dict[int, Handled]:
    """What the chain has of every claim, by its id."""
    last = insurer.rpc.block_number()
    events = fetch_events(insurer.rpc, insurer.deployment, insurer.deployment.block_number, last)
    kinds = (ClaimNoticed, LossReported, ClaimPaid, ClaimReferred)
    by_claim: dict[int, list[ChainEvent]] = {}
    for event in events:
        if isinstance(event, kinds):
            by_claim.setdefault(event.claim_id, []).append(event)
    return {number: _handled(found) for number, found in by_claim.items()}


def _handled(events: Sequence[ChainEvent]) -> Handled:
    noticed = [event for event in events if isinstance(event, ClaimNoticed)]
    return Handled(
        noticed=noticed[0] if noticed else None,
        reported=tuple(signed_loss(event) for event in events if isinstance(event, LossReported)),
        paid=TokenUnits(sum(event.indemnity for event in events if isinstance(event, ClaimPaid))),
        referred=sum({event.reasons for event in events if isinstance(event, ClaimReferred)}),
    )


def signed_loss(event: LossReported) -> SignedLoss:
    """The report in an event, which keeps the call's own bytes, and who signed it."""
    report, signatures = decode_arguments("ClaimsDesk", REPORT_LOSS, event.report)
    digest = loss_report_digest(report)
    signers = {recover(digest, signature): signature for signature in signatures}
    return SignedLoss(report, digest, signers, event.log.block_number, event.log.block_time)


def outcomes(found: dict[int, Handled]) -> Counter[str]:
    """How many claims were paid at once, referred, or only noticed."""
    return Counter(
        "paid" if each.paid else "referred" if each.referred else "reported" if each.reported else "noticed"
        for each in found.values()
    )
