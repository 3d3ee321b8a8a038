"""Claims under the home insurance: notice, report, decision and orders, all right unless a test changes a field."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from brownie import chain
from chain_clock import DAY, HOUR, now
from eth_utils import keccak
from indemnity_market import IndemnityMarket
from indemnity_terms import BUILDING, FIRE, clause
from market import TUSD
from parties import Person
from typed_messages import digest, product_domain, values

EVIDENCE = keccak(text="evidence")
LOSS = 600 * TUSD
REASON = 12
_incidents = itertools.count(1)


def incident() -> bytes:
    """A nullifier nobody has seen."""
    return keccak(text=f"incident {next(_incidents)}")


def claim_id(product: object, policy_id: int, ordinal: int = 0) -> int:
    """Id of a claim."""
    return int(str(product), 16) << 96 | policy_id << 32 | ordinal


class Claims:
    """What happens to claims at the desk of a market."""

    def __init__(self, market: IndemnityMarket) -> None:
        self.market = market
        self.desk = market.desk

    @property
    def domain(self) -> dict[str, Any]:
        """The EIP-712 domain of notices, loss reports, orders and second signatures."""
        return product_domain(self.desk, chain.id)

    def claim(self, claim_id: int) -> dict[str, Any]:
        """A claim, field by field."""
        return dict(self.desk.claim(claim_id).dict())

    # Notice

    def notice(self, policy_id: int, **changes: Any) -> dict[str, Any]:
        """Right notice of a fire in the building that cost 600 TUSD, now, but for `changes`."""
        return {
            "product": self.market.product.address,
            "policyId": policy_id,
            "coverage": BUILDING,
            "peril": FIRE,
            "occurredAt": now(),
            "claimed": LOSS,
            "evidenceRoot": EVIDENCE,
            **changes,
        }

    def notify(self, policy_id: int, holder: Person, **changes: Any) -> int:
        """Give notice. Returns the claim's id."""
        receipt = self.desk.notify(values("Notice", self.notice(policy_id, **changes)), holder.sends)
        return int(receipt.events["ClaimNoticed"]["claimId"])

    def notify_for_arguments(
        self, notice: dict[str, Any], signer: Person, *, by: Person | None = None, **changes: Any
    ) -> tuple[Any, ...]:
        """Arguments of `notifyFor`. `changes`: nonce, deadline, address (of the signer, if a contract); all signed."""
        address = changes.get("address", signer.address)
        nonce = changes.get("nonce", self.desk.nonces(address))
        deadline = changes.get("deadline", now() + HOUR)
        message = {**notice, "signer": address, "nonce": nonce, "deadline": deadline}
        signature = (by or signer).sign(digest("LossNotice", message, self.domain))
        return values("Notice", notice), address, deadline, signature

    # The machine

    def loss_report(self, claim_id: int, **changes: Any) -> dict[str, Any]:
        """A right loss report that finds all that was claimed, but for `changes`."""
        return {
            "chainId": chain.id,
            "desk": self.desk.address,
            "signerEpoch": self.market.epoch,
            "observedAt": now(),
            "validUntil": now() + HOUR,
            "claimId": claim_id,
            "loss": self.claim(claim_id)["claimed"],
            "fraudScore": 500,
            "confidenceBps": 9_500,
            "exclusions": 0,
            "evidenceRoot": EVIDENCE,
            "modelHash": keccak(text="modelHash"),
            "nullifiers": [incident()],
            **changes,
        }

    def report_arguments(
        self, report: dict[str, Any], nodes: Sequence[Person] | None = None
    ) -> tuple[Any, list[bytes]]:
        """Arguments of `reportLoss`, signed by these nodes (default: the first three)."""
        return self.market.signed("LossReport", report, nodes, self.domain)

    def report(self, claim_id: int, **changes: Any) -> Any:
        """Hand in a loss report. Returns the receipt."""
        arguments = self.report_arguments(self.loss_report(claim_id, **changes))
        return self.desk.reportLoss(*arguments, self.market.relayer.sends)

    # People

    def decision(self, claim_id: int, **changes: Any) -> dict[str, Any]:
        """A decision to grant all that was claimed, at once, but for `changes`."""
        words, proof = clause(0)
        return {
            "claimId": claim_id,
            "loss": self.claim(claim_id)["claimed"],
            "reasonCode": REASON,
            "clause": words,
            "proof": proof,
            "letterHash": keccak(text="letter"),
            "instalments": 0,
            "intervalSeconds": 0,
            "validUntil": now() + DAY,
            **changes,
        }

    def second_signature(self, decision: dict[str, Any], adjuster: Person, second: Person) -> bytes:
        """Signature of another adjuster under a decision."""
        message = {name: value for name, value in decision.items() if name != "proof"}
        return second.sign(digest("Decision", {**message, "adjuster": adjuster.address}, self.domain))

    def decide_arguments(
        self, decision: dict[str, Any], *, adjuster: Person | None = None, second: Person | None = None
    ) -> tuple[Any, ...]:
        """Arguments of `decide`: with a second signature if there is a second."""
        zero = "0x" + "00" * 20
        if second is None:
            return tuple(decision.values()), zero, b""
        signature = self.second_signature(decision, adjuster or self.market.adjusters[0], second)
        return tuple(decision.values()), second.address, signature

    def decide(self, claim_id: int, *, second: bool = False, **changes: Any) -> Any:
        """The first adjuster decides; the second signs too if asked. Returns the receipt."""
        adjuster, other = self.market.adjusters
        decision = self.decision(claim_id, **changes)
        arguments = self.decide_arguments(decision, adjuster=adjuster, second=other if second else None)
        return self.desk.decide(*arguments, adjuster.sends)

    def order(self, claim_id: int, action: int, **changes: Any) -> dict[str, Any]:
        """A claimant's order, but for `changes`."""
        claimant = self.claim(claim_id)["claimant"]
        return {
            "claimId": claim_id,
            "action": action,
            "amount": 0,
            "evidenceRoot": bytes(32),
            "institution": 0,
            "nonce": self.desk.nonces(claimant),
            "deadline": now() + HOUR,
            **changes,
        }

    def order_arguments(self, order: dict[str, Any], signer: Person) -> tuple[Any, ...]:
        """Arguments of `orderFor`."""
        return values("ClaimOrder", order), signer.sign(digest("ClaimOrder", order, self.domain))

    def order_for(self, order: dict[str, Any], signer: Person) -> Any:
        """Hand in a claimant's order. Returns the receipt."""
        return self.desk.orderFor(*self.order_arguments(order, signer), self.market.relayer.sends)
