"""The sender against a real node: nothing is lost, nothing goes out twice, refusals leave no trace."""

import itertools
import multiprocessing
import threading
from pathlib import Path

import pytest

from ledger.bindings import ParametricProduct, TestStablecoin
from ledger.codec import encode_constructor
from ledger.journal import SqliteJournal
from ledger.rpc import Rpc, RpcError
from ledger.sender import BroadcastRefused, FeePolicy, FeeTooHigh, GasTooHigh, NotMined, Sender
from scripts.anvil import give_gas_money
from scripts.rehearsal import account
from tests.ledger.journal_worker import submit_many
from tests.ledger.sending import SOMEBODY, fresh_account, nonce_of, sender_of


def test_submit__same_key_twice__is_one_transaction_mined_once(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal)

    first = sender.submit("pay", SOMEBODY, b"")
    again = sender.submit("pay", SOMEBODY, b"")
    (receipt,) = sender.wait(["pay"])
    after = sender.submit("pay", SOMEBODY, b"")

    assert first == again == after
    assert receipt.hash == first.hash
    assert nonce_of(mining_rpc, sender.address) == 1


def test_poll__crash_between_journal_and_broadcast__sends_the_same_bytes(
    mining_rpc: Rpc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, path = fresh_account(mining_rpc), tmp_path / "journal.sqlite"
    before = SqliteJournal(path)
    crashing = sender_of(mining_rpc, before, owner)

    def crash(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(crashing, "_broadcast", crash)
    with pytest.raises(KeyboardInterrupt):
        crashing.submit("pay", SOMEBODY, b"")
    before.close()
    after = SqliteJournal(path)
    kept = after.find(31337, "pay")
    assert kept is not None
    assert nonce_of(mining_rpc, owner.address) == 0

    (receipt,) = sender_of(mining_rpc, after, owner).wait(["pay"])

    assert receipt.hash == kept.hash
    assert nonce_of(mining_rpc, owner.address) == 1
    after.close()


def test_submit__crash_inside_the_lane__leaves_no_trace(
    mining_rpc: Rpc, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = sender_of(mining_rpc, journal)
    with monkeypatch.context() as patched:
        patched.setattr(sender._signer, "sign", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sender.submit("pay", SOMEBODY, b"")

    assert journal.find(31337, "pay") is None
    assert sender.send("pay", SOMEBODY, b"").succeeded


@pytest.mark.parametrize("shared", [True, False], ids=["one connection", "a connection each"])
def test_submit__two_senders_on_one_file__leave_no_gap_and_no_double(
    mining_rpc: Rpc, tmp_path: Path, shared: bool
) -> None:
    owner = fresh_account(mining_rpc)
    first = SqliteJournal(tmp_path / "journal.sqlite")
    journals = [first, first if shared else SqliteJournal(tmp_path / "journal.sqlite")]
    senders = [sender_of(mining_rpc, journal, owner) for journal in journals]
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
    assert nonce_of(mining_rpc, owner.address) == 101
    for journal in set(journals):
        journal.close()


def test_submit__two_processes_on_one_file__leave_no_gap_and_no_double(mining_rpc: Rpc, tmp_path: Path) -> None:
    owner, path = fresh_account(mining_rpc), tmp_path / "journal.sqlite"
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=submit_many, args=(mining_rpc.url, str(path), bytes(owner.key), name, 50))
        for name in ("left", "right")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    journal = SqliteJournal(path)
    keys = [f"{name}/{n}" for name in ("left", "right") for n in range(50)]

    receipts = sender_of(mining_rpc, journal, owner).wait(keys)

    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len({receipt.hash for receipt in receipts}) == nonce_of(mining_rpc, owner.address) == 100
    journal.close()


def test_submit__fee_above_the_cap__keeps_nothing(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal, fees=FeePolicy(cap=10))

    with pytest.raises(FeeTooHigh, match="cap of 10 wei"):
        sender.submit("pay", SOMEBODY, b"", gas=30_000)

    assert journal.find(31337, "pay") is None


def test_submit__more_than_two_to_the_24_gas__keeps_nothing(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal)
    count_to_a_million = bytes.fromhex("620f42405b6001900380600457")  # PUSH3 n, then: n -= 1, jump back unless 0

    with pytest.raises(GasTooHigh, match="16,777,216"):
        sender.submit("told", SOMEBODY, b"", gas=(1 << 24) + 1)
    with pytest.raises(GasTooHigh, match="16,777,216"):
        sender.submit("estimated", None, count_to_a_million)

    assert journal.find(31337, "told") is None
    assert journal.find(31337, "estimated") is None


def test_submit__simulation_reverts__keeps_nothing_and_names_the_error(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal)
    token = sender.send("token", None, encode_constructor("TestStablecoin", sender.address)).contract
    assert token is not None

    with pytest.raises(RpcError) as caught:
        sender.submit("pay", token, TestStablecoin.transfer(SOMEBODY, 7).data)

    assert str(caught.value) == f"ERC20InsufficientBalance(sender={sender.address}, balance=0, needed=7)"
    assert journal.find(31337, "pay") is None
    assert nonce_of(mining_rpc, sender.address) == 1


def test_wait__reverts_on_chain__says_so_in_the_receipt(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal)
    token = sender.send("token", None, encode_constructor("TestStablecoin", sender.address)).contract

    receipt = sender.send("pay", token, TestStablecoin.transfer(SOMEBODY, 7).data, gas=100_000)

    assert not receipt.succeeded
    assert receipt.gas_used < 100_000


def test_submit__no_ether_for_gas__is_refused_and_goes_out_once_there_is(
    mining_rpc: Rpc, journal: SqliteJournal
) -> None:
    owner = account("sender without ether")
    sender = sender_of(mining_rpc, journal, owner)

    with pytest.raises(
        BroadcastRefused, match=r"pay \(nonce 0\) was refused: .*[Ii]nsufficient funds.*give the sender"
    ) as caught:
        sender.submit("pay", SOMEBODY, b"", gas=30_000)
    with pytest.raises(NotMined, match=r"pay; pay .* was refused"):
        sender.wait(["pay"], timeout_seconds=0.1)
    assert caught.value.key == "pay"
    give_gas_money(mining_rpc, owner.address)
    again = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    (receipt,) = sender.wait(["pay"])

    assert (again.attempt, again.nonce) == (0, 0)
    assert receipt.hash == again.hash
    assert sender.refusals == ()


def test_poll__one_is_refused__still_looks_after_the_others(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal)
    sender.submit("good", SOMEBODY, b"", gas=30_000)
    with pytest.raises(BroadcastRefused):
        sender.submit("starved", SOMEBODY, b"", gas=20_999)

    fresh = sender.poll()

    assert [receipt.key for receipt in fresh] == ["good"]
    assert [refusal.key for refusal in sender.refusals] == ["starved"]


def test_send__creates_a_contract__gives_its_address(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal)

    receipt = sender.send("product", None, encode_constructor("ParametricProduct"))

    assert receipt.contract is not None
    assert mining_rpc.call("eth_getCode", receipt.contract, "latest") != "0x"
    assert mining_rpc.eth_call(receipt.contract, ParametricProduct.sales_suspended()) is False
