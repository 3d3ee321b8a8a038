"""What institutions' and payees' events have in common: steps of the disbursement's twin, and who signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from domain.hashing import ZERO_ADDRESS
from ledger.codec import ChainEvent
from ledger.indemnity.effects import claim_name
from ledger.indemnity.house import NO_RULES, House
from ledger.signature_check import SignatureCheck

Answer = TypeVar("Answer")
Given = ParamSpec("Given")
NOT_TWICE = {"PayoutNotInState": "I5", "PremiumNotCollected": "I5"}


class RailCheck:
    """Does steps of the disbursement, which serves all insurers."""

    def __init__(self, house: House, signatures: SignatureCheck) -> None:
        self._house, self._signatures = house, signatures

    def _step(
        self, event: ChainEvent, action: Callable[[], Answer], rules: Mapping[str, str] = NO_RULES
    ) -> Answer | None:
        return self._house.step(self._name(event), event.log, action, rules=rules)

    @staticmethod
    def _done(step: Callable[Given, None], *given: Given.args, **named: Given.kwargs) -> bool:
        """Do a step that gives nothing."""
        step(*given, **named)
        return True

    def _signer(self, event: ChainEvent, institution: int, digest: bytes, signature: bytes) -> str:
        """The institution's signer, if the signature is theirs; else nobody, which the twin refuses."""
        book = self._house.rail.book
        if not 1 <= institution <= len(book.institutions):
            return ZERO_ADDRESS
        signer = book.institutions[institution - 1].terms.signer
        good = self._signatures.signed_by(signer, digest, signature, self._name(event))
        return signer if good else ZERO_ADDRESS

    def _same(self, event: ChainEvent, what: str, found: object, due: object) -> None:
        self._expect(event, found == due, f"{what} {found}, due is {due}", "S31")

    def _expect(self, event: ChainEvent, holds: bool, detail: str, rule: str) -> bool:
        return self._house.findings.expect(holds, rule, self._name(event), detail, event.log.transaction_hash)

    def _name(self, event: ChainEvent) -> str:
        """Instruction, claim, premium or institution an event is about."""
        number = getattr(event, "instruction_id", 0)
        if number:
            kept = self._house.rail.instructions[number - 1 : number]
            claim_id = kept[0].order.claim_id if kept else getattr(event, "claim_id", 0)
            return f"payout {number}" + (f" of {claim_name(claim_id)}" if claim_id else "")
        application = getattr(event, "application_id", 0)
        return f"premium of application {application}" if application else f"institution {_institution(event)}"


def _institution(event: ChainEvent) -> int:
    return int(getattr(event, "institution", 0))
