"""One insurer on a private chain, with everything signed for real: the stage of the gas figures.

Typed data is hashed by eth-account from the field lists below, not by `ledger/typed_data.py`, so a digest both
libraries and the contracts agree on has three independent witnesses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from web3 import Web3

from scripts.figures.network import DAY, UNIT, Network

SUM_INSURED: Final = 100 * UNIT
EXPECTED_SHARE_PPB: Final = 50_000_000
LOADING_BPS: Final = 2_500
PREMIUM: Final = 6_250_000  # 100 TUSD × 5 % × 1.25
ZERO_PERMIT: Final = (0, 0, 0, bytes(32), bytes(32))

_QUOTE_FIELDS: Final = (
    ("applicationId", "uint256"),
    ("holder", "address"),
    ("underwriter", "address"),
    ("insuredEvent", "string"),
    ("occursAt", "uint40"),
    ("sumInsured", "uint96"),
    ("premium", "uint96"),
    ("validUntil", "uint40"),
)
_ASSESSMENT_FIELDS: Final = (
    ("applicationId", "uint256"),
    ("eventId", "uint256"),
    ("occursAt", "uint40"),
    ("expectedSharePpb", "uint32"),
    ("sumInsuredCap", "uint96"),
    ("commitment", "bytes32"),
)
_REPORT_HEAD: Final = (
    ("chainId", "uint256"),
    ("product", "address"),
    ("signerEpoch", "uint32"),
    ("observedAt", "uint40"),
    ("validUntil", "uint40"),
)
_MEASUREMENT_FIELDS: Final = (("eventId", "uint256"), ("outcome", "uint8"), ("value", "int32"))
_PERMIT_FIELDS: Final = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)

TYPES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Quote": _QUOTE_FIELDS,
    "Acceptance": _QUOTE_FIELDS,
    "Assessment": _ASSESSMENT_FIELDS,
    "RiskReport": (*_REPORT_HEAD, ("modelHash", "bytes32"), ("assessments", "Assessment[]")),
    "Measurement": _MEASUREMENT_FIELDS,
    "EventReport": (*_REPORT_HEAD, ("sourceHash", "bytes32"), ("measurements", "Measurement[]")),
    "Permit": _PERMIT_FIELDS,
}


class Domain(TypedDict):
    """EIP-712 domain."""

    name: str
    version: str
    chainId: int
    verifyingContract: str


def event_id(text: str) -> int:
    """Id of an event: the upper 224 bits of its text's keccak."""
    return int.from_bytes(Web3.keccak(text=text), "big") >> 32


def sign(account: LocalAccount, domain: Domain, primary: str, message: dict[str, Any]) -> bytes:
    """65-byte EIP-712 signature of a message of one of `TYPES`."""
    nested = {"RiskReport": "Assessment", "EventReport": "Measurement"}.get(primary)
    names = [primary, *([nested] if nested else [])]
    types = {name: [{"name": field, "type": kind} for field, kind in TYPES[name]] for name in names}
    signable = encode_typed_data(dict(domain), types, message)
    return bytes(account.sign_message(signable).signature)


@dataclass(frozen=True)
class Sale:
    """One policy to be bound.

    Args:
        holder: Who buys.
        insured_event: Canonical text of the event.
        permit: With an EIP-2612 permit; else the allowance is there already.
    """

    holder: LocalAccount
    insured_event: str
    permit: bool = False


class Insurer:
    """The insurer's parametric product; sells and reports with real signatures. `applications` counts batches."""

    def __init__(self, network: Network) -> None:
        self.network, self.chain = network, network.chain
        self.underwriter, self.signers = network.underwriter, network.signers
        self.token, self.quorum, self.treasury = network.token, network.quorum, network.treasury
        self.opened_at = self.chain.now()
        self.occurs_at = self.opened_at + 10 * DAY
        self.creation_gas = self.chain.send(network.factory, "createParametricProduct", self.terms())
        count = network.factory.functions.productCount().call()
        address = network.factory.functions.products(count - 1, 1).call()[0]
        self.product = self.chain.at("ParametricProduct", address)
        self.applications = 0

    def terms(self) -> tuple[object, ...]:
        """`ParametricTerms` in field order: four delay classes, as the flight product has them."""
        limits = (10 * UNIT, 1_000 * UNIT, 10_000_000 * UNIT, 1 * UNIT)
        shares = (LOADING_BPS, 3, 10_000, 10_000)
        times = (3_600, 365 * DAY, 14 * DAY, self.opened_at, self.opened_at + 3_650 * DAY)
        curve = ([30, 60, 120, 180], [1_000, 2_500, 5_000, 10_000])
        clauses = (Web3.keccak(text="clauses"), Web3.keccak(text="document"))
        return (self.treasury.address, self.quorum.address, *clauses, *limits, *shares, *times, *curve)

    def bind(self, sales: Sequence[Sale], *, sender: str | None = None) -> int:
        """Binds policies in one transaction; returns its gas."""
        first = (int.from_bytes(Web3.keccak(text=f"batch {self.applications}"), "big") >> 8) << 8
        self.applications += 1
        ids = [first | i for i in range(len(sales))]
        report = self._risk_report([self._assessment(i, s.insured_event) for i, s in zip(ids, sales, strict=True)])
        bindings = [self._binding(n, i, s) for n, (i, s) in enumerate(zip(ids, sales, strict=True))]
        signatures = self._quorum_signatures("RiskReport", report)
        return self.chain.send(self.product, "bind", _row(report), signatures, bindings, sender=sender)

    def event_report(self, texts: Sequence[str], *, outcome: int = 1, value: int = 200) -> tuple[object, list[bytes]]:
        """A quorum's report of events that all ended alike, with its three signatures."""
        measured = [{"eventId": event_id(t), "outcome": outcome, "value": value} for t in texts]
        report = {**self._report_head(), "sourceHash": Web3.keccak(text="archive"), "measurements": measured}
        return _row(report), self._quorum_signatures("EventReport", report)

    def domain(self) -> Domain:
        """EIP-712 domain of the product."""
        chain_id = self.chain.w3.eth.chain_id
        return {"name": "Quittance", "version": "1", "chainId": chain_id, "verifyingContract": self.product.address}

    def _report_head(self) -> dict[str, Any]:
        now = self.chain.now()
        head = {"chainId": self.chain.w3.eth.chain_id, "product": self.product.address, "signerEpoch": 1}
        return {**head, "observedAt": now, "validUntil": now + DAY}

    def _risk_report(self, assessments: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._report_head(), "modelHash": Web3.keccak(text="model"), "assessments": assessments}

    def _assessment(self, application_id: int, text: str) -> dict[str, Any]:
        return {
            "applicationId": application_id,
            "eventId": event_id(text),
            "occursAt": self.occurs_at,
            "expectedSharePpb": EXPECTED_SHARE_PPB,
            "sumInsuredCap": 1_000 * UNIT,
            "commitment": Web3.keccak(text=f"applicant {application_id}"),
        }

    def _binding(self, number: int, application_id: int, sale: Sale) -> tuple[object, ...]:
        quote = {
            "applicationId": application_id,
            "holder": sale.holder.address,
            "underwriter": self.underwriter.address,
            "insuredEvent": sale.insured_event,
            "occursAt": self.occurs_at,
            "sumInsured": SUM_INSURED,
            "premium": PREMIUM,
            "validUntil": self.occurs_at,
        }
        offer = sign(self.underwriter, self.domain(), "Quote", quote)
        acceptance = sign(sale.holder, self.domain(), "Acceptance", quote)
        permit = self._permit(sale.holder) if sale.permit else ZERO_PERMIT
        return (number, tuple(quote.values()), offer, acceptance, permit)

    def _permit(self, holder: LocalAccount) -> tuple[object, ...]:
        message = {
            "owner": holder.address,
            "spender": self.treasury.address,
            "value": PREMIUM,
            "nonce": self.token.functions.nonces(holder.address).call(),
            "deadline": self.occurs_at,
        }
        domain = self.domain()
        token_domain: Domain = {**domain, "name": "Test Dollar", "verifyingContract": self.token.address}
        signature = sign(holder, token_domain, "Permit", message)
        return (PREMIUM, self.occurs_at, signature[64], signature[:32], signature[32:64])

    def _quorum_signatures(self, primary: str, report: dict[str, Any]) -> list[bytes]:
        return [sign(signer, self.domain(), primary, report) for signer in self.signers[:3]]


def _row(report: dict[str, Any]) -> tuple[object, ...]:
    return tuple(
        [tuple(row.values()) for row in field] if isinstance(field, list) else field for field in report.values()
    )
