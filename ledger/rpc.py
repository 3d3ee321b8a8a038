"""JSON-RPC to an EVM node, over one kept HTTP connection, with batches.

web3.py refuses raw transactions in batches and decodes logs at a twentieth of this pace, so the hot paths speak
JSON-RPC themselves; web3.py deploys and serves whoever wants a contract object.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, TypeVar

import httpx

from ledger.codec import Call, ContractError, decode_error

T = TypeVar("T")
MAX_BATCH = 500


class RpcError(Exception):
    """The node answered with an error.

    Attributes:
        code: JSON-RPC error code.
        message: What the node said.
        contract_error: The custom error, where a call reverted with one of ours.
    """

    def __init__(self, code: int, message: str, data: bytes = b"") -> None:
        self.code = code
        self.message = message
        self.data = data
        self.contract_error: ContractError | None = decode_error(data) if data else None
        super().__init__(str(self.contract_error) if self.contract_error else f"{message} (code {code})")


class RpcUnavailable(Exception):
    """No answer from the node: refused, timed out, or not JSON."""


def to_hex(value: int) -> str:
    """Quantity as JSON-RPC writes it."""
    return hex(value)


def from_hex(value: str) -> bytes:
    """Bytes of 0x-hex data."""
    return bytes.fromhex(value.removeprefix("0x"))


class Rpc:
    """One node. Safe to share between threads.

    Args:
        url: HTTP address.
        timeout_seconds: For one request.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 60.0) -> None:
        self.url = url
        self._client = httpx.Client(timeout=timeout_seconds, trust_env=False)
        self._ids = count(1)

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def call(self, method: str, *params: Any) -> Any:
        """One request.

        Raises:
            RpcError: The node refused it.
            RpcUnavailable: The node did not answer.
        """
        return self._result(self._post(self._request(method, params)))

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in the order of the requests; an `RpcError` stands where one failed, and is not raised."""
        results: list[Any] = []
        for start in range(0, len(requests), MAX_BATCH):
            page = [self._request(method, params) for method, params in requests[start : start + MAX_BATCH]]
            answers = {answer["id"]: answer for answer in self._post(page)}
            for request in page:
                try:
                    results.append(self._result(answers[request["id"]]))
                except RpcError as error:
                    results.append(error)
        return results

    def eth_call(self, to: str, call: Call[T], block: int | str = "latest") -> T:
        """Run a view at a block (number or tag) and decode what it returns."""
        return call.decode(from_hex(self.call("eth_call", {"to": to, "data": "0x" + call.data.hex()}, _tag(block))))

    def eth_calls(self, calls: Sequence[tuple[str, Call[Any]]], block: int | str = "latest") -> list[Any]:
        """Run many views at one block. Raises the first error."""
        requests = [("eth_call", ({"to": to, "data": "0x" + c.data.hex()}, _tag(block))) for to, c in calls]
        values = []
        for (_, call), result in zip(calls, self.batch(requests), strict=True):
            if isinstance(result, RpcError):
                raise result
            values.append(call.decode(from_hex(result)))
        return values

    def block(self, block: int | str = "latest") -> dict[str, Any]:
        """A block's header (transactions as hashes). Raises `RpcError` where there is none."""
        found = self.call("eth_getBlockByNumber", _tag(block), False)
        if found is None:
            raise RpcError(-32001, f"block {block} not found")
        header: dict[str, Any] = found
        return header

    def block_number(self) -> int:
        """Height of the chain."""
        return int(self.call("eth_blockNumber"), 16)

    def chain_id(self) -> int:
        """Number of the chain."""
        return int(self.call("eth_chainId"), 16)

    def _request(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: Any) -> Any:
        try:
            return self._client.post(self.url, json=body).json()
        except (httpx.HTTPError, ValueError) as error:
            raise RpcUnavailable(f"no answer from {self.url}: {error}") from error

    @staticmethod
    def _result(answer: dict[str, Any]) -> Any:
        if "error" not in answer:
            return answer["result"]
        error = answer["error"]
        data = error.get("data")
        raw = from_hex(data) if isinstance(data, str) and data.startswith("0x") else b""
        raise RpcError(int(error.get("code", 0)), str(error.get("message", "")), raw)


def _tag(block: int | str) -> str | dict[str, str]:
    """Block parameter: a number, a tag, or a 32-byte hash (EIP-1898)."""
    if isinstance(block, int):
        return hex(block)
    return {"blockHash": block} if len(block) == 66 else block
