"""Between Python values and ABI bytes: calls, structs, events and custom errors.

Addresses are EIP-55 checksummed strings, `bytes32` is `bytes`, integers are `int`, structs are frozen dataclasses,
enums are those of `domain/`. Source: Solidity ABI specification.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar

from faster_eth_abi.abi import decode, encode
from faster_eth_abi.exceptions import DecodingError

from domain.claim import ClaimOutcome, ClaimState
from domain.claim_reports import ClaimAction
from domain.hashing import checksum_address, keccak256
from domain.indemnity_reports import Measure
from domain.payouts import PayoutState
from domain.policy import Outcome
from domain.tiers import RiskTier
from ledger.calldata import read_calldata

T = TypeVar("T")
AbiItem: TypeAlias = dict[str, Any]
Abis: TypeAlias = Mapping[str, Sequence[AbiItem]]

ENUMS: dict[str, type[IntEnum]] = {
    f"enum {kind.__name__}": kind
    for kind in (ClaimAction, ClaimOutcome, ClaimState, Measure, Outcome, PayoutState, RiskTier)
}


@dataclass(frozen=True, slots=True)
class Struct:
    """A Solidity struct and the dataclass that stands for it; `fields` in the struct's order."""

    name: str
    python: type[Any]
    fields: tuple[str, ...]


_STRUCTS: dict[str, Struct] = {}


def register_struct(struct: Struct) -> None:
    """Make a struct known. Its dataclass must have the struct's fields."""
    missing = set(struct.fields) - set(struct.python.__dataclass_fields__)
    if missing:
        raise TypeError(f"{struct.python.__name__} lacks the fields {sorted(missing)} of struct {struct.name}")
    _STRUCTS[struct.name] = struct


def canonical(item: AbiItem) -> str:
    """ABI type with tuples written out, as in a signature."""
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(canonical(c) for c in item['components'])}){kind[5:]}"


def _struct_name(item: AbiItem) -> str:
    return str(item["internalType"]).removeprefix("struct ").split("[")[0].split(".")[-1]


def to_abi(value: Any, item: AbiItem) -> Any:
    """A Python value as the ABI encoder wants it: dataclasses become tuples."""
    kind = str(item["type"])
    if kind.endswith("]"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        return [to_abi(element, inner) for element in value]
    if kind == "tuple":
        fields = _STRUCTS[_struct_name(item)].fields
        return tuple(to_abi(getattr(value, f), c) for f, c in zip(fields, item["components"], strict=True))
    return int(value) if kind.startswith(("uint", "int")) else value


def from_abi(value: Any, item: AbiItem) -> Any:
    """A decoded ABI value as Python wants it: tuples become dataclasses, addresses checksummed."""
    kind = str(item["type"])
    if kind.endswith("]"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        return tuple(from_abi(element, inner) for element in value)
    if kind == "tuple":
        struct = _STRUCTS[_struct_name(item)]
        parts = zip(struct.fields, value, item["components"], strict=True)
        return struct.python(**{field: from_abi(v, c) for field, v, c in parts})
    if kind == "address":
        return checksum(value)
    enum = ENUMS.get(item.get("internalType", ""))
    return value if enum is None else enum(value)


@lru_cache(maxsize=65_536)
def checksum(address: str) -> str:
    """EIP-55 form of a hex address, remembered: the same few thousand come again and again."""
    return checksum_address(address)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A contract call, encoded; `decode` reads what it returns."""

    data: bytes
    outputs: tuple[AbiItem, ...]

    def decode(self, returned: bytes) -> T:
        """What the call returned: one value, a tuple of several, or None."""
        values = decode([canonical(o) for o in self.outputs], returned)
        found = tuple(from_abi(v, o) for v, o in zip(values, self.outputs, strict=True))
        result: Any = None if not found else found[0] if len(found) == 1 else found
        return result  # type: ignore[no-any-return]  # the ABI, not mypy, knows T

    @staticmethod
    def load_abis(contracts: Sequence[str]) -> dict[str, list[AbiItem]]:
        """ABIs of the named contracts, from `ledger/abi/`."""
        return {name: load_artefact(name)["abi"] for name in contracts}


@cache
def load_artefact(contract: str) -> dict[str, Any]:
    """A contract's artefact: {contract, abi, bytecode, deployed_bytecode}."""
    text = resources.files("ledger").joinpath("abi", f"{contract}.json").read_text("utf-8")
    artefact: dict[str, Any] = json.loads(text)
    return artefact


def selector(signature: str) -> bytes:
    """First four bytes of a signature's hash."""
    return keccak256(signature.encode())[:4]


@cache
def _function(contract: str, signature: str) -> tuple[bytes, tuple[AbiItem, ...], tuple[AbiItem, ...]]:
    for entry in load_artefact(contract)["abi"]:
        inputs = entry.get("inputs", [])
        if entry["type"] == "function" and f"{entry['name']}({','.join(map(canonical, inputs))})" == signature:
            return selector(signature), tuple(inputs), tuple(entry["outputs"])
    raise KeyError(f"{contract} has no function {signature}")


def call(_abis: Abis, contract: str, signature: str, arguments: tuple[Any, ...]) -> Call[Any]:
    """Encode a call. Used by the generated bindings."""
    head, inputs, outputs = _function(contract, signature)
    values = [to_abi(v, i) for v, i in zip(arguments, inputs, strict=True)]
    return Call(head + encode([canonical(i) for i in inputs], values), outputs)


def decode_arguments(contract: str, signature: str, data: bytes) -> tuple[Any, ...]:
    """Arguments of a call, from its data behind the selector: as events keep them that must not lose a signature.

    Raises:
        DecodingError, ValueError: The bytes are no such arguments.
    """
    _, inputs, _ = _function(contract, signature)
    # A call may pad its bytes with anything and point anywhere: what the contracts took has to be readable.
    values = read_calldata([canonical(i) for i in inputs], data)
    return tuple(from_abi(v, i) for v, i in zip(values, inputs, strict=True))


def encode_constructor(contract: str, *arguments: Any) -> bytes:
    """Creation code of a contract with its constructor's arguments."""
    artefact = load_artefact(contract)
    inputs: list[AbiItem] = next((e["inputs"] for e in artefact["abi"] if e["type"] == "constructor"), [])
    values = [to_abi(v, i) for v, i in zip(arguments, inputs, strict=True)]
    return bytes.fromhex(artefact["bytecode"][2:]) + encode([canonical(i) for i in inputs], values)


@dataclass(frozen=True, slots=True)
class LogRef:
    """Where on the chain an event stands. `block_time` in unix seconds."""

    address: str
    block_number: int
    block_hash: bytes
    block_time: int
    transaction_hash: bytes
    transaction_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """A decoded event; subclasses are generated in `ledger/bindings.py`."""

    log: LogRef
    SPEC: ClassVar[EventSpec]


@dataclass(frozen=True, slots=True)
class EventSpec:
    """How to read one event: its contract, topic 0, and its inputs in order."""

    contract: str
    name: str
    topic: bytes
    inputs: tuple[AbiItem, ...]
    indexed_kinds: tuple[str, ...]
    plain_kinds: tuple[str, ...]

    @classmethod
    def of(cls, abis: Abis, contract: str, name: str) -> Self:
        """The spec of an event by its contract and name."""
        entry = next(e for e in abis[contract] if e["type"] == "event" and e["name"] == name)
        inputs = tuple(entry["inputs"])
        signature = f"{name}({','.join(map(canonical, inputs))})"
        indexed = tuple(canonical(i) for i in inputs if i["indexed"])
        plain = tuple(canonical(i) for i in inputs if not i["indexed"])
        return cls(contract, name, keccak256(signature.encode()), inputs, indexed, plain)

    def decode(self, topics: Sequence[bytes], data: bytes) -> list[Any]:
        """The event's arguments in order."""
        # Indexed values are one word each, so all of them decode as one tuple.
        indexed = iter(decode(self.indexed_kinds, b"".join(topics[1:])) if self.indexed_kinds else ())
        plain = iter(decode(self.plain_kinds, data) if self.plain_kinds else ())
        return [from_abi(next(indexed if item["indexed"] else plain), item) for item in self.inputs]


@dataclass(frozen=True, slots=True)
class ContractError:
    """A custom error as a contract reverted with it."""

    name: str
    arguments: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.arguments)})"


@cache
def _errors() -> dict[bytes, tuple[str, tuple[AbiItem, ...]]]:
    folder = resources.files("ledger").joinpath("abi")
    names = sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))
    found: dict[bytes, tuple[str, tuple[AbiItem, ...]]] = {
        selector("Error(string)"): ("Error", ({"type": "string", "name": "reason"},)),
        selector("Panic(uint256)"): ("Panic", ({"type": "uint256", "name": "code"},)),
    }
    for contract in names:
        for entry in load_artefact(contract)["abi"]:
            if entry["type"] == "error":
                signature = f"{entry['name']}({','.join(map(canonical, entry['inputs']))})"
                found[selector(signature)] = (entry["name"], tuple(entry["inputs"]))
    return found


def decode_error(data: bytes) -> ContractError | None:
    """The custom error in revert data, None when it is none of ours or cut short."""
    known = _errors().get(data[:4])
    if known is None:
        return None
    name, inputs = known
    try:
        values = decode([canonical(i) for i in inputs], data[4:]) if inputs else ()
        return ContractError(name, tuple((i["name"], from_abi(v, i)) for i, v in zip(inputs, values, strict=True)))
    except (DecodingError, ValueError, OverflowError):
        return None
