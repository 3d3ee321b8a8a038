"""The sender against a real node: nothing is lost, nothing goes out twice, what cannot be mined is said."""

import itertools
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from ledger.bindings import ParametricProduct, TestStablecoin
from ledger.codec import encode_constructor
from ledger.journal import SenderJournal, SqliteJournal
from ledger.rpc import Rpc, RpcError
from ledger.sender import (
    BroadcastRefused,
    FeePolicy,
    FeeTooHigh,
    GasTooHigh,
    NonceDisplaced,
    NotMined,
    Sender,
)
from scripts.anvil import give_gas_money, running_anvil
from scripts.rehearsal import account
from tests.ledger.journal_worker import submit_many

SOMEBODY = account("somebody").address
GWEI = 10**9
_names = itertools.count()


class Clock:
    """A wall clock the test turns."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def rpc() -> Iterator[Rpc]:
    with running_anvil() as chain:
        yield chain


@pytest.fixture(scope="module")
def still_rpc() -> Iterator[Rpc]:
    """A chain that mines only when told to."""
    with running_anvil(extra=["--no-mining"]) as chain:
        yield chain


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    kept = SqliteJournal(tmp_path / "journal.sqlite")
    yield kept
    kept.close()


def fresh_account(rpc: Rpc, ether: int = 1_000) -> LocalAccount:
    """An account no other test has used."""
    found = account(f"sender {next(_names)}")
    give_gas_money(rpc, found.address, ether)
    return found


def sender_of(
    rpc: Rpc, journal: SenderJournal, key: LocalAccount | None = None, *,
    fees: FeePolicy | None = None, clock: Callable[[], float] | None = None,
) -> Sender:  # fmt: skip
    owner = key or fresh_account(rpc)
    chosen = {} if clock is None else {"clock": clock}
    return Sender(rpc, owner, journal, chain_id=31337, fees=fees, **chosen)


def nonce_of(rpc: Rpc, address: str) -> int:
    return int(rpc.call("eth_getTransactionCount", address, "latest"), 16)


def in_pool(rpc: Rpc, transaction_hash: bytes) -> bool:
    found = rpc.call("eth_getTransactionByHash", "0x" + transaction_hash.hex())
    return found is not None and found["blockNumber"] is None


def test_submit__same_key_twice__is_one_transaction_mined_once(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal)

    first = sender.submit("pay", SOMEBODY, b"")
    again = sender.submit("pay", SOMEBODY, b"")
    (receipt,) = sender.wait(["pay"])
    after = sender.submit("pay", SOMEBODY, b"")

    assert first == again == after
    assert receipt.hash == first.hash
    assert nonce_of(rpc, sender.address) == 1


def test_poll__crash_between_journal_and_broadcast__sends_the_same_bytes(
    rpc: Rpc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, path = fresh_account(rpc), tmp_path / "journal.sqlite"
    before = SqliteJournal(path)
    crashing = sender_of(rpc, before, owner)

    def crash(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(crashing, "_broadcast", crash)
    with pytest.raises(KeyboardInterrupt):
        crashing.submit("pay", SOMEBODY, b"")
    before.close()
    after = SqliteJournal(path)
    kept = after.find(31337, "pay")
    assert kept is not None
    assert nonce_of(rpc, owner.address) == 0

    (receipt,) = sender_of(rpc, after, owner).wait(["pay"])

    assert receipt.hash == kept.hash
    assert nonce_of(rpc, owner.address) == 1
    after.close()


def test_submit__crash_inside_the_lane__leaves_no_trace(
    rpc: Rpc, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = sender_of(rpc, journal)
    with monkeypatch.context() as patched:
        patched.setattr(sender, "_sign", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sender.submit("pay", SOMEBODY, b"")

    assert journal.find(31337, "pay") is None
    assert sender.send("pay", SOMEBODY, b"").succeeded


@pytest.mark.parametrize("shared", [True, False], ids=["one connection", "a connection each"])
def test_submit__two_senders_on_one_file__leave_no_gap_and_no_double(rpc: Rpc, tmp_path: Path, shared: bool) -> None:
    owner = fresh_account(rpc)
    first = SqliteJournal(tmp_path / "journal.sqlite")
    journals = [first, first if shared else SqliteJournal(tmp_path / "journal.sqlite")]
    senders = [sender_of(rpc, journal, owner) for journal in journals]
    keys = [[f"{name}/{n}" for n in range(50)] for name in ("left", "right")]
    failed: list[BaseException] = []

    def run(sender: Sender, mine: list[str]) -> None:
        try:
            for key in [*mine, "both want this"]:
                sender.submit(key, SOMEBODY, b"", gas=30_000)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(senders, keys, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    receipts = senders[0].wait([*itertools.chain(*keys), "both want this"])

    assert failed == []
    assert len({receipt.hash for receipt in receipts}) == 101
    assert nonce_of(rpc, owner.address) == 101
    for journal in set(journals):
        journal.close()


def test_submit__two_processes_on_one_file__leave_no_gap_and_no_double(rpc: Rpc, tmp_path: Path) -> None:
    owner, path = fresh_account(rpc), tmp_path / "journal.sqlite"
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=submit_many, args=(rpc.url, str(path), bytes(owner.key), name, 50))
        for name in ("left", "right")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    journal = SqliteJournal(path)
    keys = [f"{name}/{n}" for name in ("left", "right") for n in range(50)]

    receipts = sender_of(rpc, journal, owner).wait(keys)

    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len({receipt.hash for receipt in receipts}) == nonce_of(rpc, owner.address) == 100
    journal.close()


def test_poll__base_fee_rose_above_the_fee__replaces_at_the_same_nonce(still_rpc: Rpc, journal: SqliteJournal) -> None:
    clock = Clock()
    sender = sender_of(still_rpc, journal, clock=clock)
    first = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    still_rpc.call("anvil_setNextBlockBaseFeePerGas", hex(first.max_fee * 2))
    still_rpc.call("evm_mine")
    assert sender.poll() == []
    clock.now += 46

    sender.poll()
    second = journal.find(31337, "pay")
    still_rpc.call("evm_mine")
    (receipt,) = sender.wait(["pay"], timeout_seconds=5)

    assert second is not None
    assert (second.nonce, second.attempt) == (first.nonce, 1)
    assert second.max_fee > first.max_fee * 2
    assert receipt.hash == second.hash
    assert nonce_of(still_rpc, sender.address) == 1


def test_poll__stuck_for_ever__stops_at_cap_and_attempts(still_rpc: Rpc, journal: SqliteJournal) -> None:
    clock = Clock()
    still_rpc.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    still_rpc.call("evm_mine")
    capped = sender_of(still_rpc, journal, fees=FeePolicy(cap=4 * GWEI, max_attempts=50), clock=clock)
    counted = sender_of(still_rpc, journal, fees=FeePolicy(max_attempts=3), clock=clock)
    capped.submit("capped", SOMEBODY, b"", gas=30_000)
    counted.submit("counted", SOMEBODY, b"", gas=30_000)

    for _ in range(20):
        clock.now += 46
        capped.poll()
        counted.poll()
    last_capped, last_counted = journal.find(31337, "capped"), journal.find(31337, "counted")
    still_rpc.call("evm_mine")
    receipts = [*capped.wait(["capped"], timeout_seconds=5), *counted.wait(["counted"], timeout_seconds=5)]

    assert last_capped is not None
    assert last_counted is not None
    assert 3.6 * GWEI < last_capped.max_fee <= 4 * GWEI
    assert last_counted.attempt == 2
    assert all(receipt.succeeded for receipt in receipts)
    assert capped.refusals == counted.refusals == ()
    assert (nonce_of(still_rpc, capped.address), nonce_of(still_rpc, counted.address)) == (1, 1)


def test_poll__first_attempt_is_mined_after_all__counts_as_the_intent(still_rpc: Rpc, journal: SqliteJournal) -> None:
    """The replacement was signed and kept, but the node mined the first bytes."""
    clock = Clock()
    sender = sender_of(still_rpc, journal, clock=clock)
    first = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    still_rpc.call("evm_mine")
    body = replace(first, attempt=1, raw=b"\x02never sent", hash=b"\x01" * 32)
    journal.add(body)

    (receipt,) = sender.poll()

    assert receipt.hash == first.hash
    assert sender.displaced == ()


def test_poll__reorganised_out_of_the_chain__sends_the_same_bytes_again(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal, fees=FeePolicy(confirmations=20))
    rpc.call("anvil_mine", "0x2")  # a reorganisation takes back what the account was given, too
    keys = ["a", "b", "c"]
    sent = [sender.submit(key, SOMEBODY, b"", gas=30_000) for key in keys]
    before = sender.wait(keys)
    rpc.call("anvil_reorg", 4, [])
    assert nonce_of(rpc, sender.address) == 0

    sender.poll()
    after = sender.wait(keys)

    assert [receipt.hash for receipt in after] == [t.hash for t in sent]
    assert [receipt.block_hash for receipt in after] != [receipt.block_hash for receipt in before]
    assert nonce_of(rpc, sender.address) == 3


def test_poll__moved_to_another_block__gives_the_receipt_again(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal, fees=FeePolicy(confirmations=20))
    sent = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    (before,) = sender.wait(["pay"])
    rpc.call("anvil_mine", "0x1")
    assert sender.poll() == []
    rpc.call("anvil_reorg", 2, [["0x" + sent.raw.hex(), 1]])

    (after,) = sender.poll()

    assert (after.hash, after.block_number) == (before.hash, before.block_number + 1)


def test_poll__deep_enough__stops_watching(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal, fees=FeePolicy(confirmations=3))
    sender.send("pay", SOMEBODY, b"")
    assert len(journal.unfinal(31337, sender.address)) == 1

    rpc.call("anvil_mine", "0x2")
    sender.poll()

    assert journal.unfinal(31337, sender.address) == []


def test_submit__fee_above_the_cap__keeps_nothing(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal, fees=FeePolicy(cap=10))

    with pytest.raises(FeeTooHigh, match="cap of 10 wei"):
        sender.submit("pay", SOMEBODY, b"", gas=30_000)

    assert journal.find(31337, "pay") is None


def test_submit__more_than_two_to_the_24_gas__keeps_nothing(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal)
    count_to_a_million = bytes.fromhex("620f42405b6001900380600457")  # PUSH3 n, then: n -= 1, jump back unless 0

    with pytest.raises(GasTooHigh, match="16,777,216"):
        sender.submit("told", SOMEBODY, b"", gas=(1 << 24) + 1)
    with pytest.raises(GasTooHigh, match="16,777,216"):
        sender.submit("estimated", None, count_to_a_million)

    assert journal.find(31337, "told") is None
    assert journal.find(31337, "estimated") is None


def test_submit__simulation_reverts__keeps_nothing_and_names_the_error(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal)
    token = sender.send("token", None, encode_constructor("TestStablecoin", sender.address)).contract
    assert token is not None

    with pytest.raises(RpcError) as caught:
        sender.submit("pay", token, TestStablecoin.transfer(SOMEBODY, 7).data)

    assert str(caught.value) == f"ERC20InsufficientBalance(sender={sender.address}, balance=0, needed=7)"
    assert journal.find(31337, "pay") is None
    assert nonce_of(rpc, sender.address) == 1


def test_wait__reverts_on_chain__says_so_in_the_receipt(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal)
    token = sender.send("token", None, encode_constructor("TestStablecoin", sender.address)).contract

    receipt = sender.send("pay", token, TestStablecoin.transfer(SOMEBODY, 7).data, gas=100_000)

    assert not receipt.succeeded
    assert receipt.gas_used < 100_000


def test_submit__no_ether_for_gas__is_refused_and_goes_out_once_there_is(rpc: Rpc, journal: SqliteJournal) -> None:
    owner = account("sender without ether")
    sender = sender_of(rpc, journal, owner)

    with pytest.raises(
        BroadcastRefused, match=r"pay \(nonce 0\) was refused: .*[Ii]nsufficient funds.*give the sender"
    ) as caught:
        sender.submit("pay", SOMEBODY, b"", gas=30_000)
    with pytest.raises(NotMined, match=r"pay; pay .* was refused"):
        sender.wait(["pay"], timeout_seconds=0.1)
    assert caught.value.key == "pay"
    give_gas_money(rpc, owner.address)
    again = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    (receipt,) = sender.wait(["pay"])

    assert (again.attempt, again.nonce) == (0, 0)
    assert receipt.hash == again.hash
    assert sender.refusals == ()


def test_poll__one_is_refused__still_looks_after_the_others(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal)
    sender.submit("good", SOMEBODY, b"", gas=30_000)
    with pytest.raises(BroadcastRefused):
        sender.submit("starved", SOMEBODY, b"", gas=20_999)

    fresh = sender.poll()

    assert [receipt.key for receipt in fresh] == ["good"]
    assert [refusal.key for refusal in sender.refusals] == ["starved"]


def test_wait__somebody_used_the_nonce_with_the_same_key__says_so(still_rpc: Rpc, tmp_path: Path) -> None:
    owner = fresh_account(still_rpc)
    ours, theirs = SqliteJournal(tmp_path / "ours.sqlite"), SqliteJournal(tmp_path / "theirs.sqlite")
    mine = sender_of(still_rpc, ours, owner)
    other = sender_of(still_rpc, theirs, owner, fees=FeePolicy(priority_fee=5 * GWEI))
    mine.submit("mine", SOMEBODY, b"", gas=30_000)
    other.submit("other", SOMEBODY, b"\x01", gas=40_000)
    still_rpc.call("evm_mine")

    with pytest.raises(NonceDisplaced, match=r"mine \(nonce 0\).*new key") as caught:
        mine.wait(["mine"], timeout_seconds=5)
    next_one = mine.submit("next", SOMEBODY, b"", gas=30_000)
    still_rpc.call("evm_mine")
    mine.wait(["next"], timeout_seconds=5)

    assert [t.key for t in caught.value.transactions] == [t.key for t in mine.displaced] == ["mine"]
    assert next_one.nonce == 1
    ours.close()
    theirs.close()


def test_poll__displacing_block_is_not_deep_enough__waits(still_rpc: Rpc, tmp_path: Path) -> None:
    owner = fresh_account(still_rpc)
    ours, theirs = SqliteJournal(tmp_path / "ours.sqlite"), SqliteJournal(tmp_path / "theirs.sqlite")
    mine = sender_of(still_rpc, ours, owner, fees=FeePolicy(confirmations=3))
    other = sender_of(still_rpc, theirs, owner, fees=FeePolicy(priority_fee=5 * GWEI))
    mine.submit("mine", SOMEBODY, b"", gas=30_000)
    other.submit("other", SOMEBODY, b"\x01", gas=40_000)
    still_rpc.call("evm_mine")

    mine.poll()
    shallow = mine.displaced
    still_rpc.call("anvil_mine", "0x2")
    mine.poll()

    assert shallow == ()
    assert [t.key for t in mine.displaced] == ["mine"]
    ours.close()
    theirs.close()


def test_wait__never_mined__names_what_is_missing_and_keeps_it(still_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(still_rpc, journal)
    sent = sender.submit("pay", SOMEBODY, b"", gas=30_000)

    with pytest.raises(NotMined, match="pay") as caught:
        sender.wait(["pay"], timeout_seconds=0.1)

    assert caught.value.keys == ("pay",)
    assert in_pool(still_rpc, sent.hash)
    still_rpc.call("evm_mine")
    assert sender.wait(["pay"])[0].hash == sent.hash


def test_poll__late__broadcasts_again_but_not_at_every_poll(
    still_rpc: Rpc, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    sender = sender_of(still_rpc, journal, clock=clock)
    sent = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    still_rpc.call("anvil_dropTransaction", "0x" + sent.hash.hex())
    sender.poll()
    assert not in_pool(still_rpc, sent.hash)

    clock.now += 6
    sender.poll()

    assert in_pool(still_rpc, sent.hash)
    broadcasts: list[object] = []
    monkeypatch.setattr(sender, "_broadcast", lambda transactions: broadcasts.extend(transactions))
    sender.poll()
    assert broadcasts == []
    still_rpc.call("evm_mine")


def test_send__creates_a_contract__gives_its_address(rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(rpc, journal)

    receipt = sender.send("product", None, encode_constructor("ParametricProduct"))

    assert receipt.contract is not None
    assert rpc.call("eth_getCode", receipt.contract, "latest") != "0x"
    assert rpc.eth_call(receipt.contract, ParametricProduct.sales_suspended()) is False
