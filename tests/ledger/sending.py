"""What tests of the sender start from."""

import itertools
from collections.abc import Callable

from eth_account.signers.local import LocalAccount

from ledger.journal import SenderJournal
from ledger.rpc import Rpc
from ledger.sender import FeePolicy, Sender
from scripts.anvil import give_gas_money
from scripts.rehearsal import account

SOMEBODY = account("somebody").address
GWEI = 10**9
_names = itertools.count()


class Clock:
    """A wall clock the test turns."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


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
