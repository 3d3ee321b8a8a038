"""The one file that touches the node's key."""

import json
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from coincurve import PrivateKey
from eth_account import Account

from domain.reports import EventReport, RiskReport
from ledger.typed_data import address_of, event_report_digest, risk_report_digest, sign_digest

SCRYPT_WORK = 2**14
"""Made passwords have 256 random bits, so the work factor guards nothing more; four nodes start at once."""


class KeyUnusable(Exception):
    """Keystore or password file cannot be used; the message says which, why, and what to do."""


class ReportSigner:
    """Signs digests. Whoever calls it has decided that they may be signed.

    Args:
        address: Whose signatures they are.
        sign: A 32-byte digest to 65 bytes, r ‖ s ‖ v with the low s. May raise `SigningFailed`.
    """

    def __init__(self, address: str, sign: Callable[[bytes], bytes]) -> None:
        self.address = address
        self.sign = sign

    @classmethod
    def of_key(cls, private_key: bytes) -> "ReportSigner":
        """The signer of a key in memory."""
        address = address_of(PrivateKey(private_key).public_key)
        return cls(address, lambda digest: sign_digest(private_key, digest))

    @classmethod
    def from_keystore(cls, keystore: Path, password_file: Path) -> "ReportSigner":
        """The signer whose key an encrypted keystore (V3) holds.

        Raises:
            KeyUnusable: A file is missing or malformed, others may read the password, or it does not fit.
        """
        return cls.of_key(open_keystore(keystore, password_file))

    def sign_risk_report(self, report: RiskReport) -> bytes:
        """65-byte EIP-712 signature, good for the chain, the product and the time the report names."""
        return self.sign(risk_report_digest(report))

    def sign_event_report(self, report: EventReport) -> bytes:
        """65-byte EIP-712 signature, good for the chain, the product and the time the report names."""
        return self.sign(event_report_digest(report))


def open_keystore(keystore: Path, password_file: Path) -> bytes:
    """The private key in an encrypted keystore (V3).

    Raises:
        KeyUnusable
    """
    password = _read_password(password_file)
    try:
        encrypted = json.loads(keystore.read_text("utf-8"))
        return bytes(Account.decrypt(encrypted, password))
    except FileNotFoundError:
        raise KeyUnusable(f"keystore {keystore} does not exist: make one with `quittance oracle keys`") from None
    except (ValueError, TypeError, KeyError, NotImplementedError, OSError) as error:
        # NotImplementedError is what eth_keyfile raises for a keystore of a version it does not know.
        # The library's message may quote the file, so only its kind is told.
        kind = type(error).__name__
        raise KeyUnusable(f"keystore {keystore} cannot be opened ({kind}): check it and {password_file}") from None


def create_keystore(keystore: Path, password_file: Path) -> str:
    """Make a key, keep it encrypted, and keep its password where only this user can read it.

    Returns:
        The signer's address.
    Raises:
        KeyUnusable: One of the files is there already, as a key is never overwritten; both are one; or one cannot be
            written. None of them is left then.
    """
    if keystore.resolve() == password_file.resolve():
        raise KeyUnusable(f"{keystore} would hold the key and its password: give --password-file another name")
    for path in (keystore, password_file):
        if os.path.lexists(path):
            raise KeyUnusable(f"{path} exists and is not overwritten: choose another name or remove it yourself")
    key, password = secrets.token_bytes(32), secrets.token_hex(32)
    encrypted = Account.encrypt(key, password, kdf="scrypt", iterations=SCRYPT_WORK)
    _write_private(password_file, password + "\n")
    try:
        _write_private(keystore, json.dumps(encrypted) + "\n")
    except KeyUnusable:
        password_file.unlink()
        raise
    return ReportSigner.of_key(key).address


def _read_password(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnusable(f"password file {path} can be read by others: run `chmod 600 {path}`")
        return path.read_text("utf-8").rstrip("\n")
    except FileNotFoundError:
        raise KeyUnusable(f"password file {path} does not exist: give the one made with the keystore") from None
    except (OSError, UnicodeDecodeError) as error:
        detail = f"password file {path} cannot be read ({type(error).__name__})"
        raise KeyUnusable(f"{detail}: give the one made with the keystore") from None


def _write_private(path: Path, text: str) -> None:
    """All of it or no file. Raises `KeyUnusable`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be written ({error.strerror}): name a place you may write to") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink()
        raise KeyUnusable(f"{path} cannot be written ({error.strerror}): make room, or name another place") from error
