"""Notices on chain, kept as they come: which claims there are, in their order, and which still wait for a report.

The cursor is the block read last, by number and hash. Where that block is gone, the chain was reorganised: what came
after the newest block both chains share is forgotten and read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any, Final

from domain.claim_ids import split_claim_id
from domain.money import TokenUnits
from ledger.bindings import (
    ClaimClosed,
    ClaimDecided,
    ClaimDisputed,
    ClaimNoticed,
    ClaimReferred,
    ClaimReopened,
    LossReported,
    ProductFactory,
)
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder, fetch_logs
from ledger.rpc import Rpc, RpcError
from oracle.claims.book import ClaimsBook, Writer, id_text
from oracle.claims.errors import ChainUnread, ClaimUnfit
from oracle.claims.facts import Block, NoticedAt

CHECKPOINTS_KEPT: Final = 512
"""A reorganisation deeper than this many reads makes the node read all notices again."""
_LEAVING: Final = (LossReported, ClaimReferred, ClaimDecided, ClaimDisputed, ClaimClosed)
"""Events with which a claim stops waiting, for good."""
_COLUMNS: Final = "claim_id, block_number, log_index, noticed_at, claimant, peril, occurred_at, claimed, root"


class NoticeIndex:
    """Notices of one desk, for products of its factory only: anybody can notify claims on a product of his own."""

    def __init__(self, rpc: Rpc, deployment: Deployment, book: ClaimsBook) -> None:
        self._rpc, self._book = rpc, book
        self._first_block = deployment.block_number
        self._desk = deployment.contracts.get("ClaimsDesk", "")
        self._factory = deployment.contracts["ProductFactory"]
        if not self._desk:
            remedy = "Deploy again with this version of the program"
            raise ClaimUnfit("no_desk", "deployment", None, "names no ClaimsDesk", remedy)
        self._decoder = LogDecoder({self._desk: "ClaimsDesk"})
        self._vouched: dict[str, bool] = {}
        self._reading = Lock()

    @property
    def desk(self) -> str:
        """Address of the desk."""
        return self._desk

    def catch_up(self, block: Block) -> None:
        """Read on to a block. Does nothing where that was done.

        Raises:
            ChainUnread: `chain_moved`: the block is not on the chain any more.
            RpcError, RpcUnavailable
        """
        with self._reading:
            last = self._last_checkpoint()
            if last == (block.number, block.hash):
                return
            agreed = self._go_back()
            logs = list(fetch_logs(self._rpc, [self._desk], agreed + 1, block.number))
            if self._hash_at(block.number) != block.hash:
                raise ChainUnread(
                    "chain_moved", "block", block.number, "is another one now", "Ask for the newest block"
                )
            events = [event for event in map(self._decoder.decode, logs) if event is not None]
            self._vouch(events, block)
            times = self._times(events)
            with self._book.writing() as writer:
                for event in events:
                    self._keep(writer, event, times)
                self._checkpoint(writer, block)

    def open_claims(self, block: Block) -> tuple[NoticedAt, ...]:
        """Claims that wait for a report at a block, in the order of their notices.

        Raises:
            ChainUnread, RpcError, RpcUnavailable
        """
        self.catch_up(block)
        found = self._book.rows(
            f"SELECT {_COLUMNS} FROM notice WHERE block_number <= ? AND (left_block IS NULL OR left_block > ?) "  # nosec B608  # constants only
            "ORDER BY block_number, log_index",
            (block.number, block.number),
        )
        return tuple(map(_notice, found))

    def notice(self, claim_id: int, block: Block) -> NoticedAt:
        """One claim's notice.

        Raises:
            ClaimUnfit: `claim_unknown`.
            ChainUnread, RpcError, RpcUnavailable
        """
        self.catch_up(block)
        found = self._book.rows(
            f"SELECT {_COLUMNS} FROM notice WHERE claim_id = ? AND block_number <= ?",  # nosec B608  # constants only
            (id_text(claim_id), block.number),
        )
        if not found:
            problem = f"was not noticed at {self._desk} by block {block.number}, or its product is not the factory's"
            raise ClaimUnfit("claim_unknown", "claim", f"0x{claim_id:064x}", problem, "Copy the id from the notice")
        return _notice(found[0])

    def superseded_by(self, claim_id: int) -> frozenset[int]:
        """Claims this one took the place of, one after the other: their evidence is its own."""
        found: list[int] = []
        current = id_text(claim_id)
        while rows := self._book.rows("SELECT superseded FROM reopened WHERE successor = ?", (current,)):
            current = str(rows[0][0])
            found.append(int(current, 16))
        return frozenset(found)

    def _go_back(self) -> int:
        """Newest block read that is still on the chain; what came after it is forgotten."""
        agreed = self._first_block - 1
        for number, known in self._book.rows("SELECT number, hash FROM checkpoint ORDER BY number DESC"):
            if self._hash_at(number) == known:
                agreed = number
                break
        with self._book.writing() as writer:
            for table, column in (("notice", "block_number"), ("reopened", "block_number"), ("checkpoint", "number")):
                writer.write(f"DELETE FROM {table} WHERE {column} > ?", (agreed,))  # nosec B608  # constants only
            writer.write("UPDATE notice SET left_block = NULL WHERE left_block > ?", (agreed,))
        return agreed

    def _hash_at(self, number: int) -> str | None:
        try:
            return str(self._rpc.block(number)["hash"])
        except RpcError:  # there is none: the chain is shorter now
            return None

    def _last_checkpoint(self) -> tuple[int, str] | None:
        rows = self._book.rows("SELECT number, hash FROM checkpoint ORDER BY number DESC LIMIT 1")
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def _vouch(self, events: Iterable[ChainEvent], block: Block) -> None:
        """Ask the factory about products not met before. What it made stays its own for good."""
        met = {split_claim_id(event.claim_id)[0] for event in events if isinstance(event, ClaimNoticed)}
        new = sorted(met - set(self._vouched))
        calls = [(self._factory, ProductFactory.is_product(product)) for product in new]
        self._vouched |= dict(zip(new, map(bool, self._rpc.eth_calls(calls, block.hash)), strict=True)) if new else {}

    def _times(self, events: Sequence[ChainEvent]) -> dict[int, int]:
        """Block times of notices, asked for where the node does not put them into logs."""
        noticed = [event.log for event in events if isinstance(event, ClaimNoticed)]
        lacking = {log.block_number for log in noticed if log.block_time == 0}
        asked = {number: int(self._rpc.block(number)["timestamp"], 16) for number in sorted(lacking)}
        return {log.block_number: log.block_time for log in noticed} | asked

    def _keep(self, writer: Writer, event: ChainEvent, times: dict[int, int]) -> None:
        at = event.log
        if isinstance(event, ClaimNoticed):
            if self._vouched[split_claim_id(event.claim_id)[0]]:
                row = (id_text(event.claim_id), at.block_number, at.log_index, times[at.block_number], event.claimant)
                told = (event.peril, event.occurred_at, str(event.claimed), event.evidence_root)  # may exceed 63 bits
                is_read = "(SELECT count(*) FROM dossier WHERE root = ? AND is_read = 1)"
                statement = (
                    f"INSERT OR REPLACE INTO notice ({_COLUMNS}, is_read) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {is_read})"
                )
                writer.write(statement, (*row, *told, event.evidence_root))
        elif isinstance(event, ClaimReopened):
            row_ = (id_text(event.claim_id), id_text(event.superseded), at.block_number)
            writer.write("INSERT OR REPLACE INTO reopened VALUES (?, ?, ?)", row_)
        elif isinstance(event, _LEAVING):
            statement = "UPDATE notice SET left_block = ? WHERE claim_id = ? AND left_block IS NULL"
            writer.write(statement, (at.block_number, id_text(event.claim_id)))

    def _checkpoint(self, writer: Writer, block: Block) -> None:
        writer.write("INSERT OR REPLACE INTO checkpoint VALUES (?, ?)", (block.number, block.hash))
        oldest = "SELECT number FROM checkpoint ORDER BY number DESC LIMIT 1 OFFSET ?"
        writer.write(f"DELETE FROM checkpoint WHERE number < ({oldest})", (CHECKPOINTS_KEPT - 1,))  # nosec B608  # constants only


def notices_of(rows: Iterable[tuple[Any, ...]]) -> tuple[NoticedAt, ...]:
    """Notices from rows of `NOTICE_COLUMNS`."""
    return tuple(map(_notice, rows))


NOTICE_COLUMNS: Final = ", ".join(f"notice.{name}" for name in _COLUMNS.split(", "))


def _notice(row: tuple[Any, ...]) -> NoticedAt:
    claim_id, block_number, log_index, noticed_at, claimant, peril, occurred_at, claimed, root = row
    return NoticedAt(
        claim_id=int(claim_id, 16),
        block_number=block_number,
        log_index=log_index,
        noticed_at=noticed_at,
        claimant=claimant,
        peril=peril,
        occurred_at=occurred_at,
        claimed=TokenUnits(int(claimed)),
        evidence_root=bytes(root),
    )
