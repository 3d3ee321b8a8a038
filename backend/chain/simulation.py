"""Asks the chain what a call would do before paying for it, and puts a refusal into words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.chain.refusal_words import words_of
from ledger.rpc import Rpc, RpcError


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call would revert. `code` is stable, `detail` a sentence, `detail_zh` the same in Chinese."""

    code: str
    detail: str
    detail_zh: str = ""


def simulate(rpc: Rpc, sender: str, to: str, data: bytes, *, block: int | str = "latest") -> Refusal | None:
    """Run a call without sending it. None when it would succeed.

    Raises:
        RpcUnavailable: The node did not answer.
    """
    return simulate_each(rpc, sender, to, [data], block=block)[0]


def simulate_each(
    rpc: Rpc, sender: str, to: str, calls: Sequence[bytes], *, block: int | str = "latest"
) -> list[Refusal | None]:
    """Run several calls to one contract, each for itself, in one request."""
    tag = hex(block) if isinstance(block, int) else block
    requests = [("eth_call", ({"from": sender, "to": to, "data": "0x" + data.hex()}, tag)) for data in calls]
    return [refusal_of(result) if isinstance(result, RpcError) else None for result in rpc.batch(requests)]


def refusal_of(error: RpcError) -> Refusal:
    """A refusal by the name of the contract's error, in words."""
    found = error.contract_error
    if found is None:
        said = f"The chain refused the call: {error.message}."
        return Refusal("call_refused", said, f"链拒绝调用：{error.message}。")
    return named(found.name, found.arguments)


def named(name: str, arguments: Sequence[tuple[str, object]]) -> Refusal:
    """A refusal by a contract's error of this name, with the error's arguments."""
    en, zh = words_of(name)
    values = ", ".join(f"{argument} {value}" for argument, value in arguments)
    said = f"({name}{': ' + values if values else ''})"
    return Refusal(snake_case(name), f"{en} {said}", f"{zh}{said}")


def snake_case(name: str) -> str:
    """`SaleClosed` as `sale_closed`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
