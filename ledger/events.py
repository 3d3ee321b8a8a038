"""Logs into typed events, in the order the chain has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ledger.bindings import EVENTS, IndemnityProductCreated, ProductCreated
from ledger.codec import ChainEvent, LogRef, checksum
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError, RpcUnavailable, from_hex

BLOCKS_PER_REQUEST = 2_000
LONGER_WITH_TOPICS = 16
FEW_LOGS = 500
_BY_CONTRACT: dict[tuple[str, bytes], type[ChainEvent]] = {(e.SPEC.contract, e.SPEC.topic): e for e in EVENTS}


class LogDecoder:
    """Knows which contract stands at which address, and learns products as the factory makes them."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = {checksum(address): kind for address, kind in kinds.items()}

    @property
    def addresses(self) -> list[str]:
        """Addresses whose logs are understood."""
        return list(self._kinds)

    def learn(self, address: str, kind: str) -> None:
        """A contract of this kind stands at this address."""
        self._kinds[checksum(address)] = kind

    def decode(self, log: Mapping[str, Any], block_time: int | None = None) -> ChainEvent | None:
        """A log as `eth_getLogs` gives it, as a typed event; None where it is not ours or not known.

        Args:
            block_time: Unix seconds; needed where the node does not put `blockTimestamp` into logs.
        """
        kind = self._kinds.get(checksum(log["address"]))
        topics = [from_hex(topic) for topic in log["topics"]]
        event = _BY_CONTRACT.get((kind, topics[0])) if kind and topics else None
        if event is None:
            return None
        decoded = event(log_ref(log, block_time), *event.SPEC.decode(topics, from_hex(log["data"])))
        if isinstance(decoded, ProductCreated):
            self.learn(decoded.product, "ParametricProduct")
        elif isinstance(decoded, IndemnityProductCreated):
            self.learn(decoded.product, "IndemnityProduct")
        return decoded


def log_ref(log: Mapping[str, Any], block_time: int | None = None) -> LogRef:
    """Where a log stands."""
    stamp = log.get("blockTimestamp")
    return LogRef(
        address=checksum(log["address"]),
        block_number=int(log["blockNumber"], 16),
        block_hash=from_hex(log["blockHash"]),
        block_time=block_time if block_time is not None else int(stamp, 16) if stamp else 0,
        transaction_hash=from_hex(log["transactionHash"]),
        transaction_index=int(log["transactionIndex"], 16),
        log_index=int(log["logIndex"], 16),
    )


def fetch_logs(
    rpc: Rpc, addresses: Iterable[str], first: int, last: int, *, topics: Sequence[Sequence[bytes]] = ()
) -> Iterator[dict[str, Any]]:
    """Raw logs of some contracts, blocks `first` to `last` inclusive, in bounded requests.

    A node that refuses a range, as many do when it holds too many logs, is asked for its half, and for no longer one
    afterwards. Where topics are given and little was found, longer ones are tried, and no more once one was not
    answered.

    Args:
        topics: For each place, from topic 0, the words one of which must stand there; none: all logs.
    Raises:
        RpcError: The node refuses a single block.
        RpcUnavailable
    """
    wanted: dict[str, Any] = {"address": list(addresses)}
    if topics:
        wanted["topics"] = [[f"0x{topic.hex()}" for topic in place] for place in topics]
    blocks, most = BLOCKS_PER_REQUEST, BLOCKS_PER_REQUEST * (LONGER_WITH_TOPICS if topics else 1)
    while first <= last:
        end = min(first + blocks - 1, last)
        try:
            logs = rpc.call("eth_getLogs", {"fromBlock": hex(first), "toBlock": hex(end), **wanted})
        except RpcError:
            if first == end:
                raise
            blocks = most = (end - first + 1) // 2
            continue
        except RpcUnavailable:
            if end - first < BLOCKS_PER_REQUEST:
                raise
            blocks = most = BLOCKS_PER_REQUEST  # the node may only have been too slow for a longer one
            continue
        yield from logs
        first = end + 1
        if len(logs) <= FEW_LOGS:
            blocks = min(2 * blocks, most)


def fetch_events(rpc: Rpc, deployment: Deployment, first: int, last: int) -> list[ChainEvent]:
    """All events of a deployment in blocks `first` to `last` inclusive, in chain order.

    Products that the deployment file does not name are found by the factory's own events.
    """
    decoder = LogDecoder(deployment.contract_kinds())
    factory = deployment.contracts["ProductFactory"]
    for log in fetch_logs(rpc, [factory], deployment.block_number, last):
        decoder.decode(log)
    logs = list(fetch_logs(rpc, decoder.addresses, first, last))
    times = _block_times(rpc, {log["blockNumber"] for log in logs if "blockTimestamp" not in log})
    events = (decoder.decode(log, times.get(log["blockNumber"])) for log in logs)
    return [event for event in events if event is not None]


def _block_times(rpc: Rpc, blocks: set[str]) -> dict[str, int]:
    numbers = sorted(blocks)
    headers = rpc.batch([("eth_getBlockByNumber", (number, False)) for number in numbers])
    for header in headers:
        if isinstance(header, RpcError):
            raise header
    return {number: int(header["timestamp"], 16) for number, header in zip(numbers, headers, strict=True)}
