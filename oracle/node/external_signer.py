"""A key that lives elsewhere: a signing service is asked for each digest, and what it answers is checked.

    POST {url}/v1/sign  {"address": "0x…", "digest": "0x…"}  →  200 {"signature": "0x…"}  (65 bytes, r ‖ s ‖ v)

The node's journal, not the service, keeps it from saying two things; the service may add rules of its own and refuse.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path

import httpx

from ledger.typed_data import SignatureInvalid, recover
from oracle.node.signer import KeyUnusable, ReportSigner
from oracle.rounds.refusals import SigningFailed

TIMEOUT = httpx.Timeout(2.0, connect=1.0)
MOST_BYTES = 4_096


def external_signer(
    url: str, address: str, key_file: Path | None = None, *, client: httpx.Client | None = None
) -> ReportSigner:
    """A signer whose key a service holds.

    Args:
        url: Where it listens; use TLS or this machine.
        address: Whose signatures are expected; checksummed.
        key_file: Holds a bearer key, mode 600.
    Raises:
        KeyUnusable: The key file cannot be used.
    """
    headers = {} if key_file is None else {"Authorization": f"Bearer {_read_key(key_file)}"}
    service = _Service(client or httpx.Client(timeout=TIMEOUT, trust_env=False), url.rstrip("/"), address, headers)
    return ReportSigner(address, service.sign)


class _Service:
    def __init__(self, client: httpx.Client, url: str, address: str, headers: dict[str, str]) -> None:
        self._client, self._url, self._address, self._headers = client, url, address, headers

    def sign(self, digest: bytes) -> bytes:
        """65 bytes. Raises `SigningFailed`."""
        signature = self._ask({"address": self._address, "digest": f"0x{digest.hex()}"})
        try:
            signed_by = recover(digest, signature)
        except SignatureInvalid as error:
            raise self._failed(f"gave bytes that are no signature ({error})") from None
        if signed_by != self._address:
            raise self._failed(f"signed as {signed_by}, not as {self._address}")
        return signature

    def _ask(self, body: dict[str, str]) -> bytes:
        try:
            with self._client.stream("POST", f"{self._url}/v1/sign", json=body, headers=self._headers) as answer:
                raw = b""
                for piece in answer.iter_bytes():
                    raw += piece
                    if len(raw) > MOST_BYTES:
                        raise self._failed(f"answered more than {MOST_BYTES} bytes")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise self._failed(f"gave no answer ({type(error).__name__})") from error
        if status != httpx.codes.OK:
            raise self._failed(f"refused with HTTP {status}")
        try:
            return bytes.fromhex(json.loads(raw)["signature"].removeprefix("0x"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._failed("answered no signature") from None

    def _failed(self, problem: str) -> SigningFailed:
        return SigningFailed(f"the signing service at {self._url} {problem}: check the service and --signer-address")


def _read_key(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnusable(f"key file {path} can be read by others: run `chmod 600 {path}`")
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise KeyUnusable(f"key file {path} cannot be read ({error.strerror}): name a file with the key") from error
