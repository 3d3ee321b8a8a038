"""Signed heads of a log: C2SP checkpoints (tlog-checkpoint, signed-note) with an Ed25519 signature.

    quittance/audit/<tenant>        origin, also the signer's name
    <size>
    <root, base64>
    at <unix seconds>               extension lines: signed with the rest
    log <32 bytes, hex>             name of the log on chain
    chain <id> anchor <address>

    — <origin> <base64 of 4 bytes of key id and the signature>

Source: c2sp.org/tlog-checkpoint, c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ORIGIN_STEM: Final = "quittance/audit/"
_ED25519: Final = b"\x01"
_NOTE: Final = re.compile(
    r"(?P<text>(?P<origin>quittance/audit/[0-9a-f-]{36})\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/=]{44})\n"
    r"at (?P<at>0|[1-9][0-9]{0,12})\nlog (?P<log>[0-9a-f]{64})\n"
    r"chain (?P<chain>[1-9][0-9]{0,18}) anchor (?P<anchor>0x[0-9a-fA-F]{40})\n)"
    r"\n\u2014 (?P<name>\S+) (?P<signature>[A-Za-z0-9+/=]+)\n"
)


class CheckpointInvalid(Exception):
    """A head is not as written, or not signed by this key. The text says which."""


class AuditKeyInvalid(Exception):
    """The key file is missing, readable by others or not a key. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Head:
    """A log as it was: `size` entries under `root`, at unix second `at`, to be anchored at `anchor` on `chain_id`."""

    tenant_id: UUID
    size: int
    root: bytes
    at: int
    chain_id: int
    anchor: str

    @property
    def log_id(self) -> bytes:
        """Name of the log on chain."""
        return log_id(self.tenant_id)

    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return (
            f"{ORIGIN_STEM}{self.tenant_id}\n{self.size}\n{root}\nat {self.at}\nlog {self.log_id.hex()}\n"
            f"chain {self.chain_id} anchor {self.anchor}\n"
        )


def log_id(tenant_id: UUID) -> bytes:
    """A tenant's log on chain, 32 bytes."""
    return hashlib.sha256(b"quittance audit log 1\n" + tenant_id.bytes).digest()


class HeadSigner:
    """Signs heads with the log's key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()

    @classmethod
    def load(cls, path: Path) -> HeadSigner:
        """The signer of a key file: 64 hex digits, readable by its owner only.

        Raises:
            AuditKeyInvalid
        """
        try:
            mode = path.stat().st_mode
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii").strip()))
        except FileNotFoundError:
            raise AuditKeyInvalid(f"{path} does not exist. Make it: quittance audit key {path}") from None
        except (ValueError, OSError) as error:
            raise AuditKeyInvalid(f"{path} does not hold 64 hex digits ({error}). Restore it from backup.") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AuditKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
        return cls(key)

    def sign_bytes(self, data: bytes) -> bytes:
        """The signature of other data of the house, 64 bytes. It begins with what it is: no head does so."""
        return self._key.sign(data)

    def sign(self, head: Head) -> str:
        """The head as a signed note."""
        text = head.text()
        name = f"{ORIGIN_STEM}{head.tenant_id}"
        blob = _key_hint(name, self.public_key) + self._key.sign(text.encode())
        return f"{text}\n\u2014 {name} {base64.b64encode(blob).decode()}\n"


def read_note(note: str, public_key: bytes) -> Head:
    """The head of a signed note.

    Args:
        public_key: 32 bytes of the log's Ed25519 key.
    Raises:
        CheckpointInvalid
    """
    found = _NOTE.fullmatch(note)
    if found is None:
        raise CheckpointInvalid("a head is not written as a checkpoint")
    try:
        tenant = UUID(found["origin"].removeprefix(ORIGIN_STEM))
        root = base64.b64decode(found["root"], validate=True)
        blob = base64.b64decode(found["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(blob[4:], found["text"].encode())
    except (ValueError, binascii.Error, InvalidSignature) as error:
        size = found["size"]
        raise CheckpointInvalid(f"the head of {size} entries is not signed by key {public_key.hex()}") from error
    head = Head(tenant, int(found["size"]), root, int(found["at"]), int(found["chain"]), found["anchor"])
    name = found["name"]
    if head.text() != found["text"] or name != found["origin"] or blob[:4] != _key_hint(name, public_key):
        raise CheckpointInvalid(f"the head of {head.size} entries contradicts itself")
    if base64.b64encode(blob).decode() != found["signature"]:
        raise CheckpointInvalid(f"the signature of the head of {head.size} entries has another spelling")
    return head


def make_audit_key(path: Path) -> bytes:
    """Write a new key, readable by its owner only, never over one that is there. Returns the public key.

    Raises:
        AuditKeyInvalid: The file exists or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AuditKeyInvalid(f"{path} exists already, and heads are signed with it. Choose another name.") from None
    except OSError as error:
        raise AuditKeyInvalid(f"{path} cannot be written ({error.strerror}). Choose another folder.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.private_bytes_raw().hex() + "\n")
    return key.public_key().public_bytes_raw()


def _key_hint(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]
