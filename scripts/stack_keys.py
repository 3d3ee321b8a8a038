"""Keys of the parties of a stack on one machine."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger.atomic_file import write_atomically

KEYSTORE_ROUNDS = 4_096
"""The passwords are 256 random bits, which no amount of guessing finds: stretching them would only cost time."""


class Keys:
    """Encrypted keys of the parties, each with its password file that only the owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, name: str) -> LocalAccount:
        """A new key, kept as keystore V3."""
        account: LocalAccount = Account.create(secrets.token_hex(32))
        password = secrets.token_hex(32)
        sealed = Account.encrypt(account.key, password, kdf="pbkdf2", iterations=KEYSTORE_ROUNDS)
        write_atomically(self.keystore(name), json.dumps(sealed), mode=0o600)
        write_atomically(self.password(name), password, mode=0o600)
        return account

    def keystore(self, name: str) -> Path:
        """Where a key is."""
        return self._folder / f"{name}.json"

    def password(self, name: str) -> Path:
        """Where its password is."""
        return self._folder / f"{name}.password"
