"""What must hold of every report a node signs, whatever it speaks of: chain, signer set, times, and nothing twice."""

from collections.abc import Sequence
from typing import Protocol

from domain.reports import MAX_REPORT_SIZE
from oracle.node.refusals import Refusal

MAX_REPORT_AGE_SECONDS = 6 * 3_600
MAX_VALIDITY_SECONDS = 3 * 86_400


class ReportHead(Protocol):
    """What reports of all kinds begin with. Times in unix seconds."""

    @property
    def chain_id(self) -> int:
        """Chain it is for."""
        ...

    @property
    def signer_epoch(self) -> int:
        """Signer set that speaks."""
        ...

    @property
    def observed_at(self) -> int:
        """When it was so."""
        ...

    @property
    def valid_until(self) -> int:
        """How long the contract takes it."""
        ...


class SeenSet(Protocol):
    """The signer set as one block has it, and that block's time."""

    @property
    def time(self) -> int:
        """What "now" means to a node, unix seconds."""
        ...

    @property
    def epoch(self) -> int:
        """The set that speaks."""
        ...

    @property
    def signers(self) -> tuple[str, ...]:
        """Its members."""
        ...


def check_head(report: ReportHead, chain_id: int, view: SeenSet, signer: str) -> None:
    """Refuse a report for another chain or set, out of time, or of which this node is no signer.

    Raises:
        Refusal
    """
    now, observed_at, valid_until = view.time, report.observed_at, report.valid_until
    if report.chain_id != chain_id:
        raise Refusal("report_for_other_chain", f"chain_id is {report.chain_id}, this node serves {chain_id}")
    if report.signer_epoch != view.epoch:
        detail = f"signer_epoch is {report.signer_epoch}, the set that speaks is {view.epoch}"
        raise Refusal("signer_epoch_invalid", f"{detail}: make the report for that set")
    if signer not in view.signers:
        detail = f"{signer} is not in signer set {view.epoch}"
        raise Refusal("signer_not_in_set", f"{detail}: rotate it in, or start the node with the right keystore")
    if observed_at > now:
        raise Refusal("report_from_future", f"observed_at is {observed_at}, chain time is {now}: use chain time")
    if observed_at < now - MAX_REPORT_AGE_SECONDS:
        raise Refusal("report_too_old", f"observed_at is {observed_at}, chain time is {now}: observe again")
    if valid_until < now:
        raise Refusal("report_expired", f"valid_until is {valid_until}, chain time is {now}: make it anew")
    if valid_until > observed_at + MAX_VALIDITY_SECONDS:
        most = observed_at + MAX_VALIDITY_SECONDS
        raise Refusal("validity_too_long", f"valid_until is {valid_until}, at most {most} is signed: shorten it")


def check_subjects(field: str, ids: Sequence[int]) -> None:
    """Refuse a report of nothing, of too much, or of something twice.

    Raises:
        Refusal: `body_malformed`, `subject_repeated`.
    """
    if not 1 <= len(ids) <= MAX_REPORT_SIZE:
        raise Refusal("body_malformed", f"the report has {len(ids)} subjects: give 1 to {MAX_REPORT_SIZE}")
    if len(set(ids)) != len(ids):
        repeated = next(each for each in ids if ids.count(each) > 1)
        raise Refusal("subject_repeated", f"{field} 0x{repeated:064x} stands in the report twice: leave one out")
