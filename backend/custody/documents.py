"""Reads an EIP-712 document that is to be signed, and refuses whatever is not wholly one of ours."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eth_account.messages import encode_typed_data
from sqlalchemy.orm import Session

from backend.custody.kinds import SIGNABLE, SPENDERS, TOKEN, KeyKind, Signable
from backend.custody.ports import Contracts
from backend.problems import Problem
from domain.errors import AddressInvalid
from domain.hashing import checksum_address, keccak256
from ledger.typed_data import DOMAIN_NAME, DOMAIN_VERSION

_PARTS: Final = frozenset({"types", "primaryType", "domain", "message"})
_DOMAIN: Final = (
    ("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"),
)  # fmt: skip
_DOMAIN_FIELDS: Final = [{"name": name, "type": kind} for name, kind in _DOMAIN]
_SPENDER: Final = "spender"
_INDEMNITY: Final = "IndemnityProduct"


@dataclass(frozen=True, slots=True)
class Readable:
    """A document that may be signed.

    Args:
        digest: What is signed.
        contract: Whose domain it is in.
    """

    signable: Signable
    digest: bytes
    contract: str


@dataclass(frozen=True, slots=True)
class _Ours:
    """Contracts as one insurer has them."""

    session: Session
    contracts: Contracts
    tenant_id: uuid.UUID

    def kind_of(self, address: str) -> str | None:
        return self.contracts.kind_of(self.session, self.tenant_id, address)


def read_document(
    session: Session, contracts: Contracts, kind: KeyKind, document: Mapping[str, Any], *, tenant_id: uuid.UUID,
    signer: str,
) -> Readable:  # fmt: skip
    """What a document says, when a key of this kind, kept by this insurer, may sign it as `signer`.

    Raises:
        Problem: `typed_data_refused`; the sentence names the field.
        RpcUnavailable, RpcError: The chain does not say what the token is called.
    """
    if set(document) != _PARTS:
        raise _refused("typed_data", f"has not exactly {', '.join(sorted(_PARTS))}")
    signable = SIGNABLE[kind].get(str(document["primaryType"]))
    if signable is None:
        allowed = ", ".join(SIGNABLE[kind])
        raise _refused("primaryType", f"{str(document['primaryType'])[:60]!r} is not signed here: only {allowed}")
    ours = _Ours(session, contracts, tenant_id)
    _check_types(signable, document["types"])
    contract = _check_domain(ours, signable, document["domain"])
    _check_message(ours, signable, signer, document["message"])
    try:
        message = encode_typed_data(full_message=dict(document))
    except Exception as error:  # the encoder raises many kinds for values that do not fit their type
        raise _refused("message", f"has a value that does not fit its type ({type(error).__name__})") from error
    return Readable(signable, keccak256(b"\x19" + message.version + message.header + message.body), contract)


def _check_types(signable: Signable, types: object) -> None:
    if not isinstance(types, Mapping) or set(types) - {"EIP712Domain"} != {signable.name}:
        raise _refused("types", f"has other structs than {signable.name} and EIP712Domain")
    if types[signable.name] != signable.fields():
        raise _refused(f"types.{signable.name}", f"is not {signable.type_string}")
    if types.get("EIP712Domain", _DOMAIN_FIELDS) != _DOMAIN_FIELDS:
        raise _refused("types.EIP712Domain", "is not name, version, chainId and verifyingContract")


def _check_domain(ours: _Ours, signable: Signable, domain: object) -> str:
    names = {name for name, _ in _DOMAIN}
    if not isinstance(domain, Mapping) or set(domain) != names:
        raise _refused("domain", f"has not exactly {', '.join(sorted(names))}")
    address = _address("domain.verifyingContract", domain["verifyingContract"])
    found = ours.kind_of(address)
    if found not in signable.contracts:
        wanted = " or ".join(sorted(signable.contracts))
        raise _refused("domain.verifyingContract", f"{address} is no {wanted} of ours")
    if domain["chainId"] != ours.contracts.chain_id or isinstance(domain["chainId"], bool):
        raise _refused("domain.chainId", f"is not {ours.contracts.chain_id}")
    name = ours.contracts.token_name() if found == TOKEN else DOMAIN_NAME
    if domain["name"] != name or domain["version"] != DOMAIN_VERSION:
        raise _refused("domain", f"is not called {name!r}, version {DOMAIN_VERSION!r}")
    return address


def _check_message(ours: _Ours, signable: Signable, signer: str, message: object) -> None:
    wanted = {field["name"] for field in signable.fields()}
    if not isinstance(message, Mapping) or set(message) != wanted:
        raise _refused("message", f"has not exactly {', '.join(sorted(wanted))}")
    own = signable.own_field
    if own and _address(f"message.{own}", message[own]) != signer:
        raise _refused(f"message.{own}", f"is not {signer}, whose key this is")
    if signable.product_field:
        product = _address(f"message.{signable.product_field}", message[signable.product_field])
        if ours.kind_of(product) != _INDEMNITY:
            raise _refused(f"message.{signable.product_field}", f"{product} is no {_INDEMNITY} of this insurer")
    if _SPENDER in wanted:
        spender = _address(f"message.{_SPENDER}", message[_SPENDER])
        if ours.kind_of(spender) not in SPENDERS:
            raise _refused(f"message.{_SPENDER}", f"{spender} is no {', '.join(sorted(SPENDERS))} of ours")


def _address(field: str, value: object) -> str:
    try:
        return checksum_address(value)
    except AddressInvalid as error:
        raise _refused(field, "is no address") from error


def _refused(field: str, problem: str) -> Problem:
    sentence = f"{field} {problem}. Take the document from the operation that prepared it, unchanged."
    return Problem("typed_data_refused", sentence, field=field)
