"""The sender's journal on PostgreSQL: one lane however many senders."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from backend.chain.journal import PostgresJournal, pending_count, reopen_after
from backend.database import Database
from ledger.journal import Receipt
from ledger.rpc import Rpc
from ledger.sender import Sender
from scripts.anvil import give_gas_money
from scripts.rehearsal import account

SOMEBODY = "0x00000000000000000000000000000000000000AA"


def sender_on(database: Database, rpc: Rpc, name: str = "relayer") -> Sender:
    owner = account(name)
    give_gas_money(rpc, owner.address)
    return Sender(rpc, owner, PostgresJournal(database), chain_id=rpc.chain_id())


def used_nonces(rpc: Rpc, address: str) -> int:
    return int(rpc.call("eth_getTransactionCount", address, "latest"), 16)


def test_submit__same_key_twice__same_bytes_and_one_nonce(database: Database, rpc: Rpc) -> None:
    first, second = sender_on(database, rpc), sender_on(database, rpc)

    a = first.submit("pay/1", SOMEBODY, b"\x01", gas=50_000)
    b = second.submit("pay/1", SOMEBODY, b"\x01", gas=50_000)
    first.wait(["pay/1"])

    assert a.raw == b.raw
    assert used_nonces(rpc, first.address) == 1


def test_submit__many_senders_at_once__no_nonce_twice_and_none_left_out(database: Database, rpc: Rpc) -> None:
    senders = [sender_on(database, rpc) for _ in range(4)]
    start = threading.Barrier(4)

    def send(number: int) -> list[int]:
        start.wait()
        # Every key is sent by two of the four.
        return [senders[number].submit(f"pay/{k}", SOMEBODY, bytes([k]), gas=50_000).nonce for k in mine(number)]

    def mine(number: int) -> range:
        return range(0, 20) if number % 2 else range(10, 30)

    with ThreadPoolExecutor(4) as threads:
        nonces = set().union(*threads.map(send, range(4)))
    senders[0].wait([f"pay/{k}" for k in range(30)])

    assert nonces == set(range(30))
    assert used_nonces(rpc, senders[0].address) == 30


def test_lane__error_inside__nothing_is_kept(database: Database, rpc: Rpc) -> None:
    journal = PostgresJournal(database)
    sender = Sender(rpc, account("relayer"), journal, chain_id=rpc.chain_id())
    give_gas_money(rpc, sender.address)
    signed = sender.submit("pay/0", SOMEBODY, b"", gas=50_000)
    try:
        with journal.lane(signed.chain_id, signed.sender):
            journal.mark_mined(Receipt("pay/0", signed.hash, 1, bytes(32), True, 21_000, None))
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass

    assert journal.receipt(signed.chain_id, "pay/0") is None


def test_reopen_after__mined_above_the_ancestor__is_waited_for_again(database: Database, rpc: Rpc) -> None:
    sender = sender_on(database, rpc)
    for key in ("early", "late"):
        sender.submit(key, SOMEBODY, b"", gas=50_000)
        sender.wait([key])
    with database.transaction() as session:
        late = session.scalar(text("SELECT block_number FROM sender_intents WHERE key = 'late'"))
        reopen_after(session, late - 1)
        waiting = pending_count(session)

    (receipt,) = sender.poll()

    assert waiting == 1
    assert receipt.key == "late"


def test_poll__reorganised_out__sends_the_same_bytes_again_once_let_go(database: Database, rpc: Rpc) -> None:
    sender = sender_on(database, rpc)
    journal = PostgresJournal(database)
    rpc.call("anvil_mine", "0x3")  # a reorganisation takes back what the account was given, too
    sent = sender.submit("pay", SOMEBODY, b"", gas=50_000)
    sender.wait(["pay"])
    rpc.call("anvil_reorg", 2, [])
    with database.transaction() as session:
        reopen_after(session, rpc.block_number() - 2)

    for _ in range(3):
        sender.poll()
    held = sender.receipt("pay")
    journal.let_go(rpc.chain_id(), "pay")
    sender.poll()
    (again,) = sender.wait(["pay"])

    assert held is None
    assert again.hash == sent.hash
    assert used_nonces(rpc, sender.address) == 1
