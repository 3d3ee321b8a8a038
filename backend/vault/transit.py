"""Keys that never leave a HashiCorp Vault (or OpenBao): its Transit engine wraps and unwraps over HTTP.

Uses key type aes256-gcm96 with `associated_data`, so the label of a record is authenticated there as well. Key ids are
`transit/<name>/v<version>`. Time-outs bound every call; what fails says what to look at.
Source: Vault's Transit HTTP API: encrypt, decrypt, keys, keys/rotate, keys/config, trim.
"""

from __future__ import annotations

import base64
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from backend.vault.keys import KeyUnfit, KeyUnknown, VaultKeyInvalid, WrappedKey

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CIPHERTEXT: Final = re.compile(rb"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/=]+")
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class KeyServiceUnavailable(Exception):
    """The key service does not answer or refuses. The text says what to look at."""


class TransitKeys:
    """Implements `KeyProvider` with a key of a Transit engine.

    Args:
        url: Address of the service; https, or this machine.
        name: The key's name there, type aes256-gcm96.
        token_file: File of mode 600 with a token that may encrypt and decrypt; rotating and trimming need more.
        mount: Where the engine is mounted.
        timeout_seconds: Longest wait for one answer.
    Raises:
        VaultKeyInvalid
    """

    def __init__(
        self, url: str, name: str, token_file: Path, *, mount: str = "transit", timeout_seconds: float = 3.0
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise VaultKeyInvalid(f"QUITTANCE_VAULT_TRANSIT_URL is {url!r}: write https://, or a port of this machine.")
        if not _NAME.fullmatch(name) or not _NAME.fullmatch(mount):
            raise VaultKeyInvalid(f"QUITTANCE_VAULT_TRANSIT_KEY is {name!r}: use letters, digits, - and _.")
        self._name = name
        self._mount = mount
        self._client = httpx.Client(
            base_url=url.rstrip("/"), timeout=timeout_seconds, trust_env=False,
            headers={"X-Vault-Token": _token(token_file)},
        )  # fmt: skip

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def current_id(self) -> str:
        """See `KeyProvider`."""
        return self._id(self._versions()[1])

    def ids(self) -> frozenset[str]:
        """See `KeyProvider`."""
        oldest, latest = self._versions()
        return frozenset(self._id(version) for version in range(oldest, latest + 1))

    def wrap(self, data_key: bytes, label: bytes) -> WrappedKey:
        """See `KeyProvider`."""
        answer = self._ask(
            "POST", f"encrypt/{self._name}", {"plaintext": _b64(data_key), "associated_data": _b64(label)}
        )
        blob = str(answer.get("ciphertext", "")).encode()
        found = _CIPHERTEXT.fullmatch(blob)
        if found is None:
            raise KeyServiceUnavailable(
                "The key service's answer to encrypt has no ciphertext. Is it a Transit engine?"
            )
        return WrappedKey(self._id(int(found[1])), blob)

    def unwrap(self, wrapped: WrappedKey, label: bytes) -> bytes:
        """See `KeyProvider`."""
        found = _CIPHERTEXT.fullmatch(wrapped.blob)
        if found is None or wrapped.key_id != self._id(int(found[1])):
            raise KeyUnknown(f"key {wrapped.key_id} is not one of {self._mount}/{self._name}")
        body = {"ciphertext": wrapped.blob.decode(), "associated_data": _b64(label)}
        try:
            return base64.b64decode(str(self._ask("POST", f"decrypt/{self._name}", body)["plaintext"]), validate=True)
        except _Refused as refusal:
            if "version" in refusal.said or "too old" in refusal.said:
                raise KeyUnknown(f"key {wrapped.key_id} is not held any more") from refusal
            raise KeyUnfit(f"key {wrapped.key_id} does not open this") from refusal
        except (KeyError, ValueError) as error:
            raise KeyServiceUnavailable("The key service's answer to decrypt has no plaintext.") from error

    def unwrap_legacy(self, wrapped: WrappedKey) -> bytes:
        """See `KeyProvider`."""
        raise KeyUnknown(f"key {wrapped.key_id} is one of a file: rotate to Transit with the file still configured")

    def rotate(self) -> str:
        """See `KeyProvider`."""
        self._ask("POST", f"keys/{self._name}/rotate", {})
        return self.current_id()

    def destroy(self, retired_before: int) -> frozenset[str]:  # noqa: ARG002 the service keeps no time of retirement
        """See `KeyProvider`. Every version but the newest: the caller has seen to it that none is in use."""
        before, latest = self.ids(), self._versions()[1]
        self._ask(
            "POST", f"keys/{self._name}/config", {"min_decryption_version": latest, "min_encryption_version": latest}
        )
        self._ask("POST", f"keys/{self._name}/trim", {"min_available_version": latest})
        return before - self.ids()

    def _versions(self) -> tuple[int, int]:
        answer = self._ask("GET", f"keys/{self._name}", None)
        try:
            return int(str(answer["min_decryption_version"])), int(str(answer["latest_version"]))
        except (KeyError, ValueError) as error:
            raise KeyServiceUnavailable("The key service does not say which versions its key has.") from error

    def _id(self, version: int) -> str:
        return f"{self._mount}/{self._name}/v{version}"

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None) -> dict[str, object]:
        where = f"{self._client.base_url}/v1/{self._mount}/{path}"
        try:
            response = self._client.request(method, f"/v1/{self._mount}/{path}", json=body)
        except httpx.TimeoutException as error:
            raise KeyServiceUnavailable(f"{where} did not answer in time. Is the key service up?") from error
        except httpx.HTTPError as error:
            raise KeyServiceUnavailable(
                f"{where} cannot be reached ({type(error).__name__}). Check the address."
            ) from error
        if response.status_code == httpx.codes.BAD_REQUEST and path.startswith("decrypt/"):
            raise _Refused(response.text[:200])
        if response.status_code in (httpx.codes.FORBIDDEN, httpx.codes.UNAUTHORIZED):
            raise KeyServiceUnavailable(f"{where} refuses the token. Renew it, or give it the policy for this key.")
        if not response.is_success:
            raise KeyServiceUnavailable(
                f"{where} answered {response.status_code}. Is it sealed, or the key's name wrong?"
            )
        found = response.json().get("data") if response.content else {}
        return found if isinstance(found, dict) else {}


class _Refused(Exception):
    """The service will not decrypt; `said` is its reason, which holds no secret."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


def _token(path: Path) -> str:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise VaultKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VaultKeyInvalid(
            f"The token file {path} cannot be read ({type(error).__name__}). Check path and owner."
        ) from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
