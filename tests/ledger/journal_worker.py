"""What one of several processes does that share a journal file."""

from pathlib import Path

from eth_account import Account

from ledger.journal import SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import Sender


def submit_many(url: str, path: str, private_key: bytes, name: str, count: int) -> None:
    """Submit `count` transactions under keys of its own."""
    journal = SqliteJournal(Path(path))
    sender = Sender(Rpc(url), Account.from_key(private_key), journal, chain_id=31337)
    for number in range(count):
        sender.submit(f"{name}/{number}", sender.address, b"", gas=30_000)
    journal.close()
