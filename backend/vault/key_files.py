"""The file of a vault's keys: several keys with their ids, one of them current, shared by processes."""

from __future__ import annotations

import json
import os
import secrets
import stat
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from backend.vault.keys import KEY_BYTES, HeldKeys, VaultKeyInvalid, WrappedKey, key_name
from ledger.atomic_file import write_atomically


@dataclass(frozen=True, slots=True)
class FileKey:
    """A key; `retired_at` is the unix second since which it wraps nothing new."""

    key: bytes
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file holds."""

    current: str
    keys: Mapping[str, FileKey]


class FileKeys:
    """Implements `KeyProvider` with a file that several processes share: a change is seen at the next use.

    The file is JSON, `{"current": id, "keys": {id: {"key": hex, "retired_at": unix seconds or null}}}`, or the 64 hex
    digits of one key, as the first version wrote it.

    Args:
        clock: Wall clock, unix seconds.
    Raises:
        VaultKeyInvalid
    """

    def __init__(self, path: Path, *, clock: Callable[[], int] = lambda: int(time.time())) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._held = HeldKeys({}, "")
        self._load()

    def current_id(self) -> str:
        """See `KeyProvider`."""
        return self._load().current_id()

    def ids(self) -> frozenset[str]:
        """See `KeyProvider`."""
        return self._load().ids()

    def wrap(self, data_key: bytes, label: bytes) -> WrappedKey:
        """See `KeyProvider`."""
        return self._load().wrap(data_key, label)

    def unwrap(self, wrapped: WrappedKey, label: bytes) -> bytes:
        """See `KeyProvider`."""
        return self._load().unwrap(wrapped, label)

    def unwrap_legacy(self, wrapped: WrappedKey) -> bytes:
        """See `KeyProvider`."""
        return self._load().unwrap_legacy(wrapped)

    def rotate(self) -> str:
        """See `KeyProvider`. The file is replaced in one move."""
        kept = read_key_file(self._path)
        key = secrets.token_bytes(KEY_BYTES)
        retired = replace(kept.keys[kept.current], retired_at=self._clock())
        keys = {**kept.keys, kept.current: retired, key_name(key): FileKey(key)}
        _write(self._path, KeyFile(key_name(key), keys))
        return key_name(key)

    def destroy(self, retired_before: int) -> frozenset[str]:
        """See `KeyProvider`."""
        kept = read_key_file(self._path)
        gone = {
            key_id
            for key_id, held in kept.keys.items()
            if key_id != kept.current and held.retired_at is not None and held.retired_at < retired_before
        }
        if gone:
            left = {key_id: held for key_id, held in kept.keys.items() if key_id not in gone}
            _write(self._path, KeyFile(kept.current, left))
        return frozenset(gone)

    def _load(self) -> HeldKeys:
        """The keys as the file has them now."""
        with self._lock:
            found = self._path.stat() if self._path.exists() else None
            version = (found.st_mtime_ns, found.st_ino) if found else None
            if version is None or version != self._seen:
                kept = read_key_file(self._path)
                keys = {key_id: held.key for key_id, held in kept.keys.items()}
                self._held, self._seen = HeldKeys(keys, kept.current), version
            return self._held


def make_key_file(path: Path) -> None:
    """Write a new key, readable by its owner only. Never over one that is there.

    Raises:
        VaultKeyInvalid: The file exists or cannot be written.
    """
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise VaultKeyInvalid(f"{path} exists already, and records may depend on it. Choose another name.") from None
    except OSError as error:
        raise VaultKeyInvalid(f"{path} cannot be written ({error.strerror}). Choose another folder.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_text(KeyFile(key_name(key), {key_name(key): FileKey(key)})))


def read_key_file(path: Path) -> KeyFile:
    """What a key file holds.

    Raises:
        VaultKeyInvalid
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
        kept = _kept(json.loads(text)) if text.startswith("{") else _single(bytes.fromhex(text))
    except FileNotFoundError:
        raise VaultKeyInvalid(f"{path} does not exist. Make it: quittance backend vault-key {path}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise VaultKeyInvalid(f"{path} does not hold a vault's keys ({error}). Restore it from backup.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
    return kept


def _single(key: bytes) -> KeyFile:
    return KeyFile(key_name(key), {key_name(key): FileKey(key)})


def _kept(found: dict[str, object]) -> KeyFile:
    held = found["keys"]
    if not isinstance(held, dict) or found["current"] not in held:
        raise ValueError("its current key is not among its keys")
    keys = {str(name): FileKey(bytes.fromhex(each["key"]), each["retired_at"]) for name, each in held.items()}
    wrong = [name for name, each in keys.items() if key_name(each.key) != name]
    if wrong:
        raise ValueError(f"key {wrong[0]} is not the one of that id")
    return KeyFile(str(found["current"]), keys)


def _write(path: Path, kept: KeyFile) -> None:
    try:
        write_atomically(path, _text(kept), mode=0o600)
    except OSError as error:
        raise VaultKeyInvalid(f"{path} cannot be written ({error.strerror}). Nothing was changed.") from error


def _text(kept: KeyFile) -> str:
    keys = {name: {"key": held.key.hex(), "retired_at": held.retired_at} for name, held in kept.keys.items()}
    return json.dumps({"current": kept.current, "keys": keys}, indent=1) + "\n"
