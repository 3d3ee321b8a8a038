"""Where on a chain a claim is told of, found in as few requests as a node allows.

Only what was decided for everybody is looked for from the deployment on, and the sale of the policy. All else began
with the sale. Premiums by institutions, disputes and held money are looked for where there were any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain.claim_ids import claim_id
from ledger import bindings as b
from ledger.claim_scope import OF_HOUSE, OF_PREMIUM, Scope
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder, fetch_logs
from ledger.rpc import Rpc, from_hex

Log = Mapping[str, Any]
_ANY: list[bytes] = []
_ORDINALS_A_REQUEST = 32


def logs_of_claim(rpc: Rpc, deployment: Deployment, claim: int, head: int) -> Iterator[Log]:
    """Logs that name the claim, its policy's other claims, the policy, its premium or what was held of it, or are of
    the house, up to block `head`; some of them twice. None where there is no such policy.

    Raises:
        RpcError, RpcUnavailable
    """
    return _Search(rpc, deployment, Scope(claim), head).run()


class _Search:
    def __init__(self, rpc: Rpc, deployment: Deployment, scope: Scope, head: int) -> None:
        self._rpc, self._scope, self._head, self._first = rpc, scope, head, deployment.block_number
        kinds = deployment.contract_kinds() | {scope.product: "IndemnityProduct"}
        self._addresses, self._decoder = list(kinds), LogDecoder(kinds)
        self._treasury, self._rail = deployment.contracts["Treasury"], deployment.contracts.get("Disbursement")

    def run(self) -> Iterator[Log]:
        """See `logs_of_claim`."""
        product, policy = self._scope.product, _word(self._scope.policy_id)
        bound = self._logs([product], self._first, [b.IndemnityPolicyBound.SPEC.topic], [policy])
        if not bound:
            return
        yield from self._logs(self._addresses, self._first, [kind.SPEC.topic for kind in OF_HOUSE])
        of_policy = list(bound)
        for place in _places("policyId", "tokenId", contract="IndemnityProduct"):
            of_policy += self._logs([product], _block(bound[0]), *[_ANY] * place, [policy])
        yield from of_policy
        of_claims = list(self._claims(_block(bound[0])))
        yield from of_claims
        beside = [event for log in of_policy for event in self._beside(log)]
        told = [*filter(None, map(self._decoder.decode, of_claims)), *beside]
        yield from self._disputes(told)
        yield from self._premiums(told)
        yield from self._held(told)

    def _claims(self, since: int) -> Iterator[Log]:
        """Logs that name a claim of the policy. Claims of a policy are numbered one after the other."""
        begin, last = 0, ""
        while True:
            ordinals = range(begin, begin + _ORDINALS_A_REQUEST)
            names = [_word(claim_id(self._scope.product, self._scope.policy_id, n)) for n in ordinals]
            last, found = f"0x{names[-1].hex()}", False
            for place in _places("claimId", "policyId"):
                for log in self._logs(self._addresses, since, *[_ANY] * place, names):
                    found |= last in log["topics"]
                    yield log
            if not found:
                return
            begin = ordinals.stop

    def _beside(self, log: Log) -> Iterator[ChainEvent]:
        """What else a sale, an endorsement or a cancellation led to: premium released, premium held."""
        changes = (b.IndemnityPolicyBound, b.PolicyEndorsed, b.PolicyCancelled)
        if from_hex(log["topics"][0]) not in {kind.SPEC.topic for kind in changes}:
            return
        receipt = self._rpc.call("eth_getTransactionReceipt", log["transactionHash"])
        yield from filter(None, map(self._decoder.decode, receipt["logs"] if receipt else ()))

    def _disputes(self, told: Sequence[ChainEvent]) -> Iterator[Log]:
        for opened in (event for event in told if isinstance(event, b.DisputeOpened)):
            yield from self._logs([opened.log.address], opened.log.block_number, _ANY, [_word(opened.dispute_id)])

    def _premiums(self, told: Sequence[ChainEvent]) -> Iterator[Log]:
        """Premiums that institutions collected for what was sold together with the policy."""
        sold = {e.application_id for e in told if isinstance(e, b.PremiumReleased) and e.product == self._scope.product}
        if sold and self._rail:
            kinds, names = [kind.SPEC.topic for kind in OF_PREMIUM], [_word(number) for number in sorted(sold)]
            yield from self._logs([self._rail], self._first, kinds, [_address(self._scope.product)], names)

    def _held(self, told: Sequence[ChainEvent]) -> Iterator[Log]:
        """All that was held for those whose money of this policy was, and when it left: it is one sum."""
        payees = [_address(payee) for payee in sorted(self._scope.payees(told))]
        if payees:
            held, paid = [b.PayoutHeld.SPEC.topic], [b.HeldPayoutPaid.SPEC.topic]
            yield from self._logs([self._treasury], self._first, held, _ANY, _ANY, payees)
            yield from self._logs([self._treasury], self._first, paid, payees)

    def _logs(self, addresses: Iterable[str], since: int, *topics: Sequence[bytes]) -> list[dict[str, Any]]:
        return list(fetch_logs(self._rpc, addresses, since, self._head, topics=topics))


def _places(*names: str, contract: str = "") -> list[int]:
    """At which topics events have one of these fields."""
    inputs = [kind.SPEC.inputs for kind in b.EVENTS if contract in ("", kind.SPEC.contract)]
    indexed = [[item["name"] for item in each if item["indexed"]] for each in inputs]
    return sorted({place for fields in indexed for place, name in enumerate(fields, start=1) if name in names})


def _block(log: Log) -> int:
    return int(log["blockNumber"], 16)


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address(address: str) -> bytes:
    return from_hex(address).rjust(32, b"\0")
