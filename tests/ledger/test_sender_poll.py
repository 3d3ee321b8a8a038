"""Looking after what was sent: stuck, reorganised, displaced, late."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.journal import SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import FeePolicy, NonceDisplaced, NotMined
from tests.ledger.sending import GWEI, SOMEBODY, Clock, fresh_account, in_pool, nonce_of, sender_of


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


def test_poll__reorganised_out_of_the_chain__sends_the_same_bytes_again(
    mining_rpc: Rpc, journal: SqliteJournal
) -> None:
    sender = sender_of(mining_rpc, journal, fees=FeePolicy(confirmations=20))
    mining_rpc.call("anvil_mine", "0x2")  # a reorganisation takes back what the account was given, too
    keys = ["a", "b", "c"]
    sent = [sender.submit(key, SOMEBODY, b"", gas=30_000) for key in keys]
    before = sender.wait(keys)
    mining_rpc.call("anvil_reorg", 4, [])
    assert nonce_of(mining_rpc, sender.address) == 0

    sender.poll()
    after = sender.wait(keys)

    assert [receipt.hash for receipt in after] == [t.hash for t in sent]
    assert [receipt.block_hash for receipt in after] != [receipt.block_hash for receipt in before]
    assert nonce_of(mining_rpc, sender.address) == 3


def test_poll__moved_to_another_block__gives_the_receipt_again(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal, fees=FeePolicy(confirmations=20))
    sent = sender.submit("pay", SOMEBODY, b"", gas=30_000)
    (before,) = sender.wait(["pay"])
    mining_rpc.call("anvil_mine", "0x1")
    assert sender.poll() == []
    mining_rpc.call("anvil_reorg", 2, [["0x" + sent.raw.hex(), 1]])

    (after,) = sender.poll()

    assert (after.hash, after.block_number) == (before.hash, before.block_number + 1)


def test_poll__deep_enough__stops_watching(mining_rpc: Rpc, journal: SqliteJournal) -> None:
    sender = sender_of(mining_rpc, journal, fees=FeePolicy(confirmations=3))
    sender.send("pay", SOMEBODY, b"")
    assert len(journal.unfinal(31337, sender.address)) == 1

    mining_rpc.call("anvil_mine", "0x2")
    sender.poll()

    assert journal.unfinal(31337, sender.address) == []


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
