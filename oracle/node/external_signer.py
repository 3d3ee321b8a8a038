"""A key that lives elsewhere: a signing service is asked for each digest, and what it answers is checked.

    POST {url}/v1/sign  {"address": "0x…", "digest": "0x…"}  →  200 {"signature": "0x…"}  (65 bytes, r ‖ s ‖ v)

The node's journal, not the service, keeps it from saying two things; the service may add rules of its own and refuse.
"""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import httpx

from ledger.typed_data import SignatureInvalid, recover
from oracle.node.signer import KeyUnusable, ReportSigner
from oracle.rounds.refusals import SigningFailed
from oracle.sources import http_deadline
from oracle.sources.addresses import AddressUnsafe, require_private

TIMEOUT = httpx.Timeout(2.0, connect=1.0)
TOTAL_SECONDS = 2.0
"""For one signature, however slowly the service answers: rounds wait meanwhile."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 4.0
"""After a failure the service is left alone so long, and every request refused at once; doubled each time."""
MOST_BYTES = 4_096


def external_signer(
    url: str,
    address: str,
    key_file: Path | None = None,
    *,
    client: httpx.Client | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ReportSigner:
    """A signer whose key a service holds.

    Args:
        url: Where it listens: TLS, or this machine.
        address: Whose signatures are expected; checksummed.
        key_file: Holds a bearer key, mode 600.
    Raises:
        KeyUnusable: The address cannot be used, or the key file.
    """
    try:
        require_private("--signer-url", url, key="--signer-key-file")
    except AddressUnsafe as error:
        raise KeyUnusable(str(error)) from None
    headers = {"Accept-Encoding": "identity"}
    if key_file is not None:
        headers["Authorization"] = f"Bearer {_read_key(key_file)}"
    made = client or httpx.Client(timeout=TIMEOUT, transport=http_deadline.DeadlineTransport(), trust_env=False)
    return ReportSigner(address, _Service(made, url.rstrip("/"), address, headers, clock).sign)


class _Service:
    """Safe to share between threads: one digest is asked for at a time."""

    def __init__(
        self, client: httpx.Client, url: str, address: str, headers: dict[str, str], clock: Callable[[], float]
    ) -> None:
        self._client, self._url, self._address, self._headers = client, url, address, headers
        self._clock, self._lock = clock, Lock()
        self._quiet_until, self._pause = 0.0, 0.0

    def sign(self, digest: bytes) -> bytes:
        """65 bytes. Raises `SigningFailed`."""
        with self._lock:
            if self._clock() < self._quiet_until:
                raise self._failed("failed a moment ago and is left alone for a while")
            try:
                signature = self._signed(digest)
            except SigningFailed:
                self._pause = min(2 * self._pause or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
                self._quiet_until = self._clock() + self._pause
                raise
            self._pause = 0.0
            return signature

    def _signed(self, digest: bytes) -> bytes:
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
            with http_deadline.until(time.monotonic() + TOTAL_SECONDS):
                status, raw = self._post(body)
        except httpx.HTTPError as error:
            raise self._failed(f"gave no answer ({type(error).__name__})") from error
        if status != httpx.codes.OK:
            raise self._failed(f"refused with HTTP {status}")
        try:
            return bytes.fromhex(json.loads(raw)["signature"].removeprefix("0x"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._failed("answered no signature") from None

    def _post(self, body: dict[str, str]) -> tuple[int, bytes]:
        with self._client.stream("POST", f"{self._url}/v1/sign", json=body, headers=self._headers) as answer:
            raw = b""
            for piece in answer.iter_raw():
                raw += piece
                if len(raw) > MOST_BYTES:
                    raise self._failed(f"answered more than {MOST_BYTES} bytes")
            return answer.status_code, raw

    def _failed(self, problem: str) -> SigningFailed:
        return SigningFailed(f"the signing service at {self._url} {problem}: check the service and --signer-address")


def _read_key(path: Path) -> str:
    remedy = "write the service's key into it, and nothing else"
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnusable(f"key file {path} can be read by others: run `chmod 600 {path}`")
        key = path.read_text("utf-8").strip()
    except UnicodeDecodeError:
        raise KeyUnusable(f"key file {path} is not UTF-8: {remedy}") from None
    except OSError as error:
        raise KeyUnusable(f"key file {path} cannot be read ({error.strerror}): name a file with the key") from error
    if not key or not all("!" <= sign <= "~" for sign in key):
        raise KeyUnusable(f"key file {path} holds no key of visible ASCII signs: {remedy}")
    return key
