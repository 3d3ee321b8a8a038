"""Documents of ours, as the operations that prepare them give them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.custody.kinds import SIGNABLE, TOKEN, KeyKind

DESK, TREASURY, TOKEN_AT, PRODUCT, PARAMETRIC, PAYOUTS = (f"0x{n:040x}" for n in (18, 22, 21, 99, 98, 97))
STRANGER = "0x" + "00" * 19 + "77"
KINDS = {
    DESK: "ClaimsDesk", TREASURY: "Treasury", TOKEN_AT: TOKEN, PRODUCT: "IndemnityProduct",
    PARAMETRIC: "ParametricProduct", PAYOUTS: "Disbursement",
}  # fmt: skip
CHAIN = 31337


@dataclass(frozen=True)
class OurContracts:
    """Implements `Contracts` with addresses in memory."""

    chain_id: int = CHAIN

    def kind_of(self, _session: Session, _tenant_id: uuid.UUID, address: str) -> str | None:
        return KINDS.get(address.lower())

    def token_name(self) -> str:
        return "Test Dollar"


@dataclass(frozen=True)
class OurAuthorities:
    """Implements `Authorities` with words in memory: authority -> person, address, digest."""

    known: dict[uuid.UUID, tuple[uuid.UUID, str, bytes]] = field(default_factory=dict)

    def covers(
        self, _session: Session, authority: uuid.UUID, *, tenant_id: uuid.UUID, person_id: uuid.UUID, signer: str,
        digest: bytes,
    ) -> bool:  # fmt: skip
        assert tenant_id != person_id
        return self.known.get(authority) == (person_id, signer, digest)


def document(name: str, message: dict[str, Any], contract: str = DESK, kind: KeyKind = KeyKind.HOLDER) -> Any:
    """A whole EIP-712 document; `message` says what differs from zeros."""
    signable = SIGNABLE[kind][name]
    zeros = {f["name"]: _zero(f["type"]) for f in signable.fields()}
    domain = {"name": "Quittance", "version": "1", "chainId": CHAIN, "verifyingContract": contract}
    if KINDS.get(contract) == TOKEN:
        domain["name"] = "Test Dollar"
    types = {
        "EIP712Domain": [
            {"name": "name", "type": "string"}, {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"},
        ],
        name: signable.fields(),
    }  # fmt: skip
    return {"types": types, "primaryType": name, "domain": domain, "message": zeros | message}


def _zero(kind: str) -> Any:
    if kind == "address":
        return "0x" + "00" * 20
    if kind == "string":
        return ""
    return "0x" + "00" * 32 if kind == "bytes32" else 0
