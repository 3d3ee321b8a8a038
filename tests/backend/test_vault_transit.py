"""The client of Transit against a local server that does what Vault documents: versions, associated data, refusals."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.vault.keys import KeyProvider, KeyUnfit, KeyUnknown, VaultKeyInvalid, WrappedKey
from backend.vault.transit import KeyServiceUnavailable, TransitKeys

DATA_KEY, LABEL, TOKEN = bytes(range(32)), b"record 1", "s.token"


class Transit:
    """State of one Transit key. `slow` seconds pass before each answer."""

    def __init__(self) -> None:
        self.versions: dict[int, bytes] = {1: AESGCM.generate_key(256)}
        self.oldest = 1
        self.slow = 0.0
        self.fails = 0

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.fails:
            return self.fails, {"errors": ["Vault is sealed"]}
        latest = max(self.versions)
        match path.removeprefix("/v1/transit/").split("/"):
            case ["keys", "house"] if method == "GET":
                return 200, {"data": {"latest_version": latest, "min_decryption_version": self.oldest}}
            case ["keys", "house", "rotate"]:
                self.versions[latest + 1] = AESGCM.generate_key(256)
                return 204, {}
            case ["keys", "house", "config"]:
                self.oldest = body["min_decryption_version"]
                return 204, {}
            case ["keys", "house", "trim"]:
                self.versions = {v: k for v, k in self.versions.items() if v >= body["min_available_version"]}
                return 204, {}
            case ["encrypt", "house"]:
                nonce = secrets.token_bytes(12)
                plain, about = (base64.b64decode(body[name]) for name in ("plaintext", "associated_data"))
                sealed = nonce + AESGCM(self.versions[latest]).encrypt(nonce, plain, about)
                return 200, {"data": {"ciphertext": f"vault:v{latest}:{base64.b64encode(sealed).decode()}"}}
            case ["decrypt", "house"]:
                return self.decrypt(body)
        return 404, {"errors": ["no handler for route"]}

    def decrypt(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        _, version, text = body["ciphertext"].split(":")
        sealed, about = base64.b64decode(text), base64.b64decode(body["associated_data"])
        if int(version[1:]) < self.oldest:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            plain = AESGCM(self.versions[int(version[1:])]).decrypt(sealed[:12], sealed[12:], about)
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@pytest.fixture
def transit() -> Iterator[tuple[Transit, str]]:
    state = Transit()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            time.sleep(state.slow)
            known = self.headers.get("X-Vault-Token") == TOKEN
            status, told = state.answer(self.command, self.path, body) if known else (403, {"errors": ["denied"]})
            self.send_response(status)
            self.end_headers()
            if status != 204:
                self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def token(folder: Path, text: str = TOKEN) -> Path:
    path = folder / "token"
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def test_wrap__rotated_and_trimmed__new_key_at_once_old_opens_until_destroyed(
    transit: tuple[Transit, str], tmp_path: Path
) -> None:
    keys: KeyProvider = TransitKeys(transit[1], "house", token(tmp_path))
    old = keys.wrap(DATA_KEY, LABEL)

    fresh = keys.rotate()
    new = keys.wrap(DATA_KEY, LABEL)

    assert (old.key_id, new.key_id, fresh) == ("transit/house/v1", "transit/house/v2", "transit/house/v2")
    assert keys.unwrap(old, LABEL) == keys.unwrap(new, LABEL) == DATA_KEY
    assert keys.ids() == {old.key_id, new.key_id}
    assert keys.destroy(0) == {old.key_id}
    assert keys.ids() == {new.key_id}
    with pytest.raises(KeyUnknown, match="transit/house/v1"):
        keys.unwrap(old, LABEL)


def test_unwrap__another_label_or_changed__refused(transit: tuple[Transit, str], tmp_path: Path) -> None:
    keys = TransitKeys(transit[1], "house", token(tmp_path))
    wrapped = keys.wrap(DATA_KEY, LABEL)

    with pytest.raises(KeyUnfit):
        keys.unwrap(wrapped, b"record 2")
    with pytest.raises(KeyUnknown):
        keys.unwrap(WrappedKey("transit/house/v7", wrapped.blob), LABEL)
    with pytest.raises(KeyUnknown):
        keys.unwrap(WrappedKey("0123456789abcdef", b"from a file"), LABEL)


def test_wrap__service_in_trouble__says_what_to_look_at(transit: tuple[Transit, str], tmp_path: Path) -> None:
    state, url = transit
    keys = TransitKeys(url, "house", token(tmp_path), timeout_seconds=0.2)

    state.fails = 503
    with pytest.raises(KeyServiceUnavailable, match="answered 503"):
        keys.wrap(DATA_KEY, LABEL)
    state.fails, state.slow = 0, 0.6
    with pytest.raises(KeyServiceUnavailable, match="did not answer in time"):
        keys.wrap(DATA_KEY, LABEL)
    with pytest.raises(KeyServiceUnavailable, match="refuses the token"):
        TransitKeys(url, "house", token(tmp_path, "wrong")).wrap(DATA_KEY, LABEL)
    with pytest.raises(KeyServiceUnavailable, match="cannot be reached"):
        TransitKeys("http://127.0.0.1:1", "house", token(tmp_path)).wrap(DATA_KEY, LABEL)


def test_transit_keys__no_tls_beyond_this_machine__refused(tmp_path: Path) -> None:
    with pytest.raises(VaultKeyInvalid, match="write https://"):
        TransitKeys("http://vault.example:8200", "house", token(tmp_path))


def test_transit_keys__token_readable_by_others__says_chmod(tmp_path: Path) -> None:
    path = token(tmp_path)
    path.chmod(0o644)

    with pytest.raises(VaultKeyInvalid, match=f"chmod 600 {path}"):
        TransitKeys("https://vault.example", "house", path)
