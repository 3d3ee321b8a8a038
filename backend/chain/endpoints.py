"""Two ways to the chain: the second takes over when the first does not answer, and contradicts it when it lies.

A node that is away costs nothing but the witness. Two that say different things of the same height stop the intake:
which of them is right is not for us to guess.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

from backend.chain import metrics
from domain.hashing import keccak256
from ledger.events import fetch_logs
from ledger.rpc import Rpc, RpcError, RpcUnavailable, from_hex

log = structlog.get_logger()

STAY_SECONDS = 10.0
"""How long the second endpoint serves after the first was away, before the first is tried again."""


class EndpointsDisagree(Exception):
    """The endpoints say different things of one block. The text says which block, and what to do."""


class FailoverRpc(Rpc):
    """Asks the first endpoint, and the second when the first does not answer. Safe to share between threads.

    What is sent twice that way does no harm: raw transactions carry their nonce.
    """

    def __init__(
        self, first: str, second: str, *, timeout_seconds: float = 20.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(first, timeout_seconds=timeout_seconds)
        self._second = Rpc(second, timeout_seconds=timeout_seconds)
        self._clock = clock
        self._away_until = -1.0

    def close(self) -> None:
        """Give both connections back."""
        super().close()
        self._second.close()

    def _post(self, body: Any) -> Any:
        if self._clock() >= self._away_until:
            try:
                answer = super()._post(body)
            except RpcUnavailable as error:
                self._away_until = self._clock() + STAY_SECONDS
                log.warning("endpoint.away", url=self.url, reason=str(error)[:200])
            else:
                metrics.FIRST_ENDPOINT_UP.set(1)
                return answer
        metrics.FIRST_ENDPOINT_UP.set(0)
        return self._second._post(body)


class Witness:
    """A second endpoint that what is about to be taken in is held against."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def head(self) -> int | None:
        """Its height; None: it does not answer, and the intake goes on without it."""
        try:
            head = self._rpc.block_number()
        except (RpcUnavailable, RpcError) as error:
            metrics.WITNESS_UP.set(0)
            log.warning("witness.away", url=self._rpc.url, reason=str(error)[:200])
            return None
        metrics.WITNESS_UP.set(1)
        return head

    def check(self, number: int, block_hash: bytes, first: int, addresses: Iterable[str], digest: bytes) -> None:
        """Pass when it has this block, and the same logs from block `first` to it; or when it does not answer.

        Raises:
            EndpointsDisagree
        """
        try:
            theirs = self.hash_at(number)
            logs = digest_of(fetch_logs(self._rpc, addresses, first, number)) if theirs == block_hash else None
        except (RpcUnavailable, RpcError) as error:
            metrics.WITNESS_UP.set(0)
            log.warning("witness.away", url=self._rpc.url, reason=str(error)[:200])
            return
        if theirs != block_hash:
            said = "0x" + theirs.hex() if theirs else "nothing"
            self._differ(f"block {number} is 0x{block_hash.hex()} at the first and {said} at the second")
        if logs != digest:
            self._differ(f"the logs of blocks {first} to {number} are not the same at both")
        metrics.ENDPOINTS_AGREE.set(1)

    def still_has(self, number: int, block_hash: bytes) -> bool:
        """Whether it holds on to a block; False as well when it does not answer."""
        try:
            return self.hash_at(number) == block_hash
        except (RpcUnavailable, RpcError):
            return False

    def hash_at(self, number: int) -> bytes | None:
        """Hash of the block at a height, None where there is none."""
        found = self._rpc.call("eth_getBlockByNumber", hex(number), False)
        return from_hex(found["hash"]) if found else None

    def _differ(self, what: str) -> None:
        metrics.ENDPOINTS_AGREE.set(0)
        raise EndpointsDisagree(
            f"The two endpoints disagree: {what}. Nothing is taken in until they agree again. Find out which of them "
            f"follows the chain (the second is {self._rpc.place}), and take the other out of the settings."
        )


def digest_of(logs: Iterable[Mapping[str, Any]]) -> bytes:
    """One hash over logs: where each stands, who wrote it, and what it says."""
    lines = sorted(
        (
            int(one["blockNumber"], 16), int(one["logIndex"], 16), one["blockHash"].lower(),
            one["transactionHash"].lower(), one["address"].lower(), ",".join(one["topics"]).lower(),
            one["data"].lower(),
        )
        for one in logs
    )  # fmt: skip
    return keccak256("\n".join("|".join(map(str, line)) for line in lines).encode())
