"""Files of secrets: the nodes' shared keys of nullifiers, and keys of evidence stores. Mode 600 or they are refused.

    {"schema": "quittance nullifier keys 1", "keys": {"1": "0x…64 hex digits…"}}

Every node of a network holds the same file; copy it over a channel you trust. Rotation adds a key under the next epoch
and keeps the one before, so that what was claimed under it is still found.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from pathlib import Path
from typing import Final, NoReturn

from ledger.atomic_file import write_atomically
from oracle.claims.errors import SecretUnsafe
from oracle.evidence.nullifiers import LEAST_KEY_BYTES, NullifierKeys
from oracle.evidence.refusals import NullifierKeyInvalid

SCHEMA: Final = "quittance nullifier keys 1"
LEAST_DISTINCT_BYTES: Final = 16
"""Of 32 random bytes fewer are distinct once in more than 10^14 draws; a word typed by hand has fewer."""
MOST_KEPT: Final = 2
"""The register takes 16 nullifiers of a claim, and each identity is named under every key kept."""
MOST_BYTES: Final = 65_536


def load_nullifier_keys(path: Path) -> NullifierKeys:
    """The nodes' keys.

    Raises:
        SecretUnsafe: The file is missing, malformed, weak, or can be read by others.
    """
    text = read_secret(path, "Make one with `quittance oracle nullifier-key`, or copy the network's")
    try:
        document = json.loads(text)
        if set(document) != {"schema", "keys"} or document["schema"] != SCHEMA:
            raise ValueError
        by_epoch = {int(epoch): _key(told) for epoch, told in document["keys"].items()}
        if len(by_epoch) != len(document["keys"]):
            raise ValueError
    except (ValueError, TypeError, AttributeError, KeyError):
        # The parser's own message could quote a key.
        _refuse("malformed", path, f"is not {SCHEMA!r} with keys by epoch, each 0x and 64 hex digits")
    for epoch, key in by_epoch.items():
        if len(set(key)) < LEAST_DISTINCT_BYTES:
            _refuse("weak", path, f"has a key for epoch {epoch} that no generator drew")
    try:
        return NullifierKeys(by_epoch)
    except NullifierKeyInvalid as error:
        raise SecretUnsafe("malformed", str(path), "keys", error.problem, error.remedy) from None


def make_nullifier_keys(path: Path) -> NullifierKeys:
    """A file with a first key, readable by this user only.

    Raises:
        SecretUnsafe: There is a file already: a key is never overwritten.
    """
    if path.exists():
        remedy = "Choose another name, or add a key with --rotate"
        raise SecretUnsafe("exists", "nullifier keys", str(path), "exists and is not overwritten", remedy)
    return _write(path, {1: secrets.token_bytes(LEAST_KEY_BYTES)})


def rotate_nullifier_keys(path: Path) -> NullifierKeys:
    """The same file with a new key under the next epoch; the latest one before is kept, older ones go.

    Raises:
        SecretUnsafe
    """
    known = load_nullifier_keys(path)
    kept = {epoch: known.by_epoch[epoch] for epoch in sorted(known.by_epoch)[-(MOST_KEPT - 1) :]}
    return _write(path, {**kept, known.current + 1: secrets.token_bytes(LEAST_KEY_BYTES)})


def read_secret(path: Path, remedy: str) -> str:
    """Text of a file that only this user can read.

    Raises:
        SecretUnsafe
    """
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno())
            if not stat.S_ISREG(mode.st_mode) or mode.st_size > MOST_BYTES:
                raise SecretUnsafe("malformed", "file", str(path), "is no small file", remedy)
            if stat.S_IMODE(mode.st_mode) & 0o077:
                problem = f"can be read by others (mode {stat.S_IMODE(mode.st_mode):o})"
                raise SecretUnsafe("readable", "file", str(path), problem, f"Run `chmod 600 {path}`")
            return file.read().decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SecretUnsafe("malformed", "file", str(path), "is not UTF-8", remedy) from None
    except OSError as error:
        raise SecretUnsafe("missing", "file", str(path), f"cannot be read ({error.strerror})", remedy) from None


def read_store_key(path: Path) -> str:
    """The key an evidence store knows this node by.

    Raises:
        SecretUnsafe
    """
    remedy = "Write the key the insurer gave you into it, and nothing else"
    key = read_secret(path, remedy)
    if not 16 <= len(key) <= 512 or not all("!" <= sign <= "~" for sign in key):
        problem = "holds no key of 16 to 512 visible ASCII signs"
        raise SecretUnsafe("malformed", "store key", str(path), problem, remedy)
    return key


def _key(told: object) -> bytes:
    if not isinstance(told, str) or len(told) != 2 + 2 * LEAST_KEY_BYTES or not told.startswith("0x"):
        raise ValueError
    return bytes.fromhex(told[2:])


def _write(path: Path, by_epoch: dict[int, bytes]) -> NullifierKeys:
    told = {str(epoch): f"0x{key.hex()}" for epoch, key in by_epoch.items()}
    write_atomically(path, json.dumps({"schema": SCHEMA, "keys": told}, indent=1) + "\n", mode=0o600)
    return load_nullifier_keys(path)


def _refuse(code: str, path: Path, problem: str) -> NoReturn:
    remedy = "Copy the network's file again, or make one with `quittance oracle nullifier-key`"
    raise SecretUnsafe(code, "nullifier keys", str(path), problem, remedy)
