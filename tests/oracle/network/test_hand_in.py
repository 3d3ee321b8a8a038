"""Handing in, with a chain and a sender the test plays: mined, taken by another, reverted, late, in trouble."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ledger.codec import ContractError
from ledger.journal import Receipt, SignedTransaction
from ledger.rpc import RpcError, RpcUnavailable
from ledger.send_errors import BroadcastRefused, FeeTooHigh
from oracle.network.hand_in import HandInWorker
from oracle.network.memory import HandIn, Memory
from tests.oracle.serving import until

DESK = "0x" + "de" * 20


def reverts(name: str) -> RpcError:
    error = RpcError(3, "execution reverted")
    error.contract_error = ContractError(name, ())
    return error


def transaction(key: str) -> SignedTransaction:
    return SignedTransaction(key, 1, "0xgas", 0, 0, DESK, b"", key.encode(), 1, 1, 1, 0.0)


@dataclass
class Sender:
    """Sends to nobody; the test says what becomes of it."""

    address: str = "0x" + "9a" * 20
    submitted: list[str] = field(default_factory=list)
    refuses: list[Exception] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    displaced: tuple[SignedTransaction, ...] = ()
    away: bool = False

    def submit(self, key: str, to: str, data: bytes) -> SignedTransaction:
        assert (to, data[:1]) == (DESK, b"\xda")
        self.submitted.append(key)
        if self.refuses:
            raise self.refuses.pop(0)
        return transaction(key)

    def poll(self) -> list[Receipt]:
        if self.away:
            raise RpcUnavailable("nobody")
        return []

    def receipt(self, key: str) -> Receipt | None:
        return self.receipts.get(key)

    def mine(self, key: str, *, block: int = 10, succeeded: bool = True) -> None:
        self.receipts[key] = Receipt(key, b"h", block, b"b", succeeded, 1, None)


@dataclass
class Chain:
    """What a simulation says, by block tag."""

    says: dict[str, Exception] = field(default_factory=dict)

    def call(self, method: str, *params: Any) -> str:
        assert method == "eth_call"
        if params[1] in self.says:
            raise self.says[params[1]]
        return "0x"


class World:
    """A worker with its memory, and clocks the test turns."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.time, self.final = folder, 1_000, 500, 10
        self.sender: Sender | None = Sender()
        self.chain, self.results = Chain(), Counter[str]()
        self.memory = Memory(folder / "memory.sqlite", "1:0x")
        self.worker = self.started()

    def started(self) -> HandInWorker:
        """As after a restart: over the same file, with nothing in memory."""
        return HandInWorker(
            self.memory, self.chain, self.sender, self,  # type: ignore[arg-type]
            chain_time=lambda: self.time, final_block=lambda: self.final, clock_ms=lambda: self.now,
        )  # fmt: skip

    def handed_in(self, result: str) -> None:
        self.results[result] += 1

    def keep(self, number: int = 1, *, not_before_ms: int = 0, valid_until: int = 900) -> HandIn:
        kept = HandIn(bytes([number]) * 32, 1, DESK, b"\xda\x7a", valid_until, not_before_ms)
        self.memory.keep_hand_in(kept)
        return kept

    def work(self, times: int = 1, *, ms: int = 200) -> None:
        for _ in range(times):
            self.worker.work_once()
            self.now += ms

    @property
    def sent(self) -> list[str]:
        assert self.sender is not None
        return self.sender.submitted


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_work_once__its_turn_has_come__sent_once_and_ended_when_mined(world: World) -> None:
    kept = world.keep(not_before_ms=1_500)
    world.work(2)
    assert world.sent == []
    world.work(4)
    assert world.sent == [kept.key]
    assert world.sender is not None
    world.sender.mine(kept.key)
    world.work()

    assert world.results == {"mined": 1}
    assert world.memory.due() == []


def test_work_once__mined_in_a_block_that_is_not_final__waits_until_it_is(world: World) -> None:
    kept = world.keep()
    assert world.sender is not None
    world.sender.mine(kept.key, block=12)
    world.work(3)
    assert world.results == {}
    del world.sender.receipts[kept.key]  # a reorganisation took it out; the sender sends it again by itself
    world.work(3)
    world.sender.mine(kept.key, block=13)
    world.final = 13
    world.work()

    assert world.results == {"mined": 1}
    assert world.sent == [kept.key]


def test_work_once__another_handed_it_in__costs_nothing_and_ends_once_final(world: World) -> None:
    world.keep()
    assert world.sender is not None
    world.sender.refuses = [reverts("ClaimNotInState"), reverts("ClaimNotInState")]
    world.work()
    assert world.results == {}, "seen in the newest block only"
    world.chain.says[hex(10)] = reverts("ClaimNotInState")
    world.work(3)

    assert world.results == {"by_another": 1}


@pytest.mark.parametrize(("why", "result"), [(reverts("ClaimNotInState"), "by_another"), (RpcError(3, "x"), "reverted"),
                                             (RpcUnavailable("away"), "reverted"), (None, "reverted")])  # fmt: skip
def test_work_once__mined_and_reverted__told_why(world: World, why: Exception | None, result: str) -> None:
    kept = world.keep()
    world.work()
    assert world.sender is not None
    world.sender.mine(kept.key, succeeded=False)
    world.chain.says = {} if why is None else {"latest": why}
    world.work()

    assert world.results == {result: 1}


def test_work_once__chain_or_fees_in_the_way__again_with_growing_pauses_until_it_goes(world: World) -> None:
    kept = world.keep()
    assert world.sender is not None
    world.sender.refuses = [
        RpcUnavailable("away"), FeeTooHigh("dear"), reverts("SignerEpochInvalid"), RpcError(-32000, "odd"),
        BroadcastRefused(transaction("k"), RpcError(-32000, "insufficient funds for gas")), KeyError("nobody's idea"),
    ]  # fmt: skip
    world.work(15)
    assert 3 <= len(world.sent) <= 5, "0, 0.2, 0.6, 1.4 seconds: each pause is twice the one before"
    world.work(100)
    world.sender.mine(kept.key)
    world.work()

    assert len(world.sent) == 7
    assert world.results == {"mined": 1}


def test_work_once__its_time_is_over__expired_and_never_sent(world: World) -> None:
    world.keep(valid_until=499)
    world.work()

    assert world.sent == []
    assert world.results == {"expired": 1}


def test_work_once__no_gas_key__kept_for_others_until_its_time_is_over(world: World) -> None:
    world.sender = None
    world.worker = world.started()
    world.keep()
    world.work(20)
    assert world.results == {}
    world.time = 901
    world.work(80)

    assert world.results == {"expired": 1}


def test_work_once__sent_and_never_mined__ended_with_its_time(world: World) -> None:
    world.keep()
    world.work(3)
    world.time = 901
    world.work()

    assert world.results == {"expired": 1}


def test_work_once__the_nonce_was_used_elsewhere__sent_under_another_key(world: World) -> None:
    kept = world.keep()
    assert world.sender is not None
    world.work()
    world.sender.displaced = (transaction(kept.key),)
    world.work(4)
    assert world.sent == [kept.key, f"{kept.key} 1"]
    world.sender.mine(f"{kept.key} 1")
    world.work()

    assert world.results == {"mined": 1}


def test_work_once__one_that_cannot_be_sent__holds_up_no_other(world: World) -> None:
    world.keep(1)
    second = world.keep(2)
    assert world.sender is not None
    world.sender.refuses = [ValueError("of the first")]
    world.work()
    world.sender.mine(second.key)
    world.work()

    assert world.results == {"mined": 1}


def test_started__killed_after_sending__goes_on_with_the_same_key(world: World) -> None:
    kept = world.keep()
    world.work()
    world.worker = world.started()
    world.work()
    assert world.sender is not None
    world.sender.mine(kept.key)
    world.work()

    assert set(world.sent) == {kept.key}
    assert world.results == {"mined": 1}


def test_started__killed_after_sending_and_back_too_late__what_was_mined_counts_as_mined(world: World) -> None:
    kept = world.keep()
    world.work()
    assert world.sender is not None
    world.sender.mine(kept.key)
    world.time = 2_000
    world.worker = world.started()
    world.work()

    assert world.results == {"mined": 1}


def test_started__the_clock_went_back_meanwhile__what_is_left_is_due_at_once(world: World) -> None:
    kept = world.keep(not_before_ms=86_400_000)
    world.worker = world.started()
    world.work()

    assert world.sent == [kept.key]


def test_work_once__the_chain_is_away_while_looking__nothing_is_lost(world: World) -> None:
    kept = world.keep()
    assert world.sender is not None
    world.sender.away = True
    world.sender.mine(kept.key)
    world.work(3)
    assert world.results == {}
    world.sender.away = False
    world.work()

    assert world.results == {"mined": 1}


def test_start__memory_that_cannot_be_read__the_thread_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, due, failures = world.keep(), world.memory.due, [OSError("disk")]
    worker = world.started()
    monkeypatch.setattr(world.memory, "due", lambda: due() if not failures else _raise(failures.pop()))
    worker.start()
    until(lambda: world.sent == [kept.key])

    assert worker.is_alive
    worker.stop()
    assert not worker.is_alive


def _raise(error: Exception) -> list[HandIn]:
    raise error
