"""JSON-RPC to an EVM node, over one kept HTTP connection, with batches.

web3.py refuses raw transactions in batches and decodes logs at a twentieth of this pace, so the hot paths speak
JSON-RPC themselves. It is the second client: gas and parity are measured through it (scripts/figures), and tests hold
every event decoded here against its decoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from faster_eth_abi.exceptions import DecodingError

from ledger.certificates import trusted_certificates
from ledger.codec import Call, ContractError, decode_error

T = TypeVar("T")
MAX_BATCH = 500
MAX_BATCH_CHARACTERS = 1_000_000
"""Nodes refuse bodies above a few megabytes; raw transactions may have a hundred kilobytes each."""


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
    """No answer from the node: refused, timed out, or not JSON-RPC. Whether it did what was asked is not known."""


def place_of(url: str) -> str:
    """An address fit to be told: scheme, host and port. In user, path and query providers have their keys."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "?", parts.port
    except ValueError:
        return "the endpoint"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{port}" if port is not None else f"{parts.scheme}://{host}"


def to_hex(value: int) -> str:
    """Quantity as JSON-RPC writes it."""
    return hex(value)


def from_hex(value: str) -> bytes:
    """Bytes of 0x-hex data."""
    return bytes.fromhex(value.removeprefix("0x"))


class Rpc:
    """One node. Safe to share between threads.

    Args:
        url: HTTP address. Errors tell its `place` alone.
        timeout_seconds: For one request.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 60.0) -> None:
        self.url = url
        self.place = place_of(url)
        self._client = httpx.Client(timeout=timeout_seconds, verify=trusted_certificates(), trust_env=False)
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
        """Results in the order of the requests; an `RpcError` stands where one failed, and is not raised.

        Raises:
            RpcError: The node refused the batch as a whole.
            RpcUnavailable: The node did not answer, or left a request out.
        """
        results: list[Any] = []
        for page in _pages([self._request(method, params) for method, params in requests]):
            answers = self._answers(self._post(page))
            for request in page:
                if request["id"] not in answers:
                    raise RpcUnavailable(f"{self.place} left {request['method']} out of its answer to a batch")
                try:
                    results.append(self._result(answers[request["id"]]))
                except RpcError as error:
                    results.append(error)
        return results

    def eth_call(self, to: str, call: Call[T], block: int | str = "latest") -> T:
        """Run a view at a block (number, tag or hash) and decode what it returns.

        Raises:
            RpcError: It reverted, or there is no such contract at the address.
        """
        return _decoded(to, call, self.call("eth_call", {"to": to, "data": "0x" + call.data.hex()}, _tag(block)))

    def eth_calls(self, calls: Sequence[tuple[str, Call[Any]]], block: int | str = "latest") -> list[Any]:
        """Run many views at one block. Raises the first error, as `eth_call`."""
        requests = [("eth_call", ({"to": to, "data": "0x" + c.data.hex()}, _tag(block))) for to, c in calls]
        values = []
        for (to, call), result in zip(calls, self.batch(requests), strict=True):
            if isinstance(result, RpcError):
                raise result
            values.append(_decoded(to, call, result))
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
            response = self._client.post(self.url, json=body)
        except httpx.TimeoutException as error:
            raise RpcUnavailable(f"no answer from {self.place} in time ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RpcUnavailable(f"no answer from {self.place}: {error}") from error
        try:
            return response.json()
        except ValueError as error:
            raise RpcUnavailable(f"{self.place} answered HTTP {response.status_code}, which is not JSON-RPC") from error

    def _answers(self, answer: Any) -> dict[Any, Any]:
        """Answers of a batch by request id. A node that refuses a batch answers with one error for all of it."""
        if isinstance(answer, list) and all(isinstance(one, dict) for one in answer):
            return {one.get("id"): one for one in answer}
        self._result(answer)
        raise RpcUnavailable(f"{self.place} answered a batch with something else than a list")

    def _result(self, answer: Any) -> Any:
        if not isinstance(answer, dict) or ("error" not in answer and "result" not in answer):
            raise RpcUnavailable(f"{self.place} answered with neither a result nor an error")
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        if not isinstance(error, dict):
            raise RpcError(0, str(error))
        raise RpcError(int(error.get("code", 0)), str(error.get("message", "")), _revert_data(error.get("data")))


def _decoded(to: str, call: Call[T], returned: str) -> T:
    try:
        return call.decode(from_hex(returned))
    except DecodingError as error:
        raise RpcError(
            -32000, f"{to} answers with {returned[:66]}: another contract than ours is there, or none"
        ) from error


def _revert_data(data: Any) -> bytes:
    """Revert data: most nodes put it into `data`, some one level deeper."""
    if isinstance(data, dict):
        data = data.get("data")
    if not (isinstance(data, str) and data.startswith("0x")):
        return b""
    try:
        return from_hex(data)
    except ValueError:
        return b""


def _tag(block: int | str) -> str | dict[str, str]:
    """Block parameter: a number, a tag, or a 32-byte hash (EIP-1898)."""
    if isinstance(block, int):
        return hex(block)
    return {"blockHash": block} if len(block) == 66 else block


def _pages(requests: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Requests in pages that a node takes: bounded in number and in size, at least one a page."""
    page: list[dict[str, Any]] = []
    size = 0
    for request in requests:
        length = sum(len(p) for p in request["params"] if isinstance(p, str))
        if page and (len(page) >= MAX_BATCH or size + length > MAX_BATCH_CHARACTERS):
            yield page
            page, size = [], 0
        page.append(request)
        size += length
    if page:
        yield page
