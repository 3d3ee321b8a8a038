"""A signing service that does what it should, and ones that do not."""

import json
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.typed_data import address_of, recover, sign_digest
from oracle.node import external_signer as room
from oracle.node.external_signer import external_signer
from oracle.node.signer import KeyUnusable
from oracle.rounds.refusals import SigningFailed
from tests.oracle.serving import Answer, Asked, serving

KEY, OTHER = b"\x11" * 32, b"\x22" * 32
ADDRESS = address_of(PrivateKey(KEY).public_key)
DIGEST = bytes(range(32))
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def signed(asked: Asked, key: bytes = KEY) -> Answer:
    digest = bytes.fromhex(json.loads(asked.body)["digest"][2:])
    return Answer(body=json.dumps({"signature": f"0x{sign_digest(key, digest).hex()}"}).encode())


def high_s(asked: Asked) -> Answer:
    """The same signature's twin, which the contract refuses."""
    low = sign_digest(KEY, bytes.fromhex(json.loads(asked.body)["digest"][2:]))
    s = (ORDER - int.from_bytes(low[32:64], "big")).to_bytes(32, "big")
    return Answer(body=json.dumps({"signature": f"0x{(low[:32] + s + bytes([55 - low[64]])).hex()}"}).encode())


def key_file(folder: Path, text: str = "a bearer key".replace(" ", "-"), mode: int = 0o600) -> Path:
    path = folder / "signer.key"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_sign__a_service_that_has_the_key__its_signature_and_the_documented_question(tmp_path: Path) -> None:
    with serving(signed) as served:
        signature = external_signer(served.url + "/", ADDRESS, key_file(tmp_path)).sign(DIGEST)

    assert recover(DIGEST, signature) == ADDRESS
    asked = served.asked[0]
    assert (asked.method, asked.path) == ("POST", "/v1/sign")
    assert json.loads(asked.body) == {"address": ADDRESS, "digest": f"0x{DIGEST.hex()}"}
    assert asked.headers["Authorization"] == "Bearer a-bearer-key"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda asked: signed(asked, OTHER), "signed as 0x"),
        (lambda _: Answer(body=json.dumps({"signature": f"0x{sign_digest(KEY, bytes(32)).hex()}"}).encode()),
         "signed as 0x"),
        (high_s, "no signature"),
        (lambda _: Answer(body=b'{"signature": "0x1234"}'), "no signature"),
        (lambda _: Answer(body=b'{"signature": "0x' + b"00" * 65 + b'"}'), "no signature"),
        (lambda _: Answer(body=b'{"signature": 5}'), "answered no signature"),
        (lambda _: Answer(body=b"[]"), "answered no signature"),
        (lambda _: Answer(body=b"<html>"), "answered no signature"),
        (lambda _: Answer(body=b"\xff\xfe"), "answered no signature"),
        (lambda _: Answer(body=b"[" * 4_000), "answered no signature"),
        (lambda _: Answer(body=b" " * 5_000), "more than 4096 bytes"),
        (lambda _: Answer(endless=True), "more than 4096 bytes"),
        (lambda _: Answer(status=403, body=b"{}"), "refused with HTTP 403"),
        (lambda _: Answer(status=302, body=b"{}"), "refused with HTTP 302"),
    ],
)  # fmt: skip
def test_sign__a_service_that_lies__refused_in_words(answer: object, told: str) -> None:
    with serving(answer) as served, pytest.raises(SigningFailed, match=told) as failed:  # type: ignore[arg-type]
        external_signer(served.url, ADDRESS).sign(DIGEST)

    assert "check the service" in str(failed.value)


@pytest.mark.parametrize("drip", [Answer(body=b" " * 4_000, drip_seconds=0.05), Answer(drip_seconds=5.0)])
def test_sign__a_service_that_drips__given_up(drip: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TOTAL_SECONDS", 0.5)
    with serving(lambda _: drip) as served, pytest.raises(SigningFailed, match="gave no answer"):
        external_signer(served.url, ADDRESS).sign(DIGEST)


def test_sign__nobody_there__refused() -> None:
    with pytest.raises(SigningFailed, match="gave no answer"):
        external_signer("http://127.0.0.1:9", ADDRESS).sign(DIGEST)


def test_sign__after_a_failure__left_alone_for_a_while_and_then_asked_again() -> None:
    clock, broken = Clock(), True
    with serving(lambda asked: Answer(status=500) if broken else signed(asked)) as served:
        signer = external_signer(served.url, ADDRESS, clock=clock)
        with pytest.raises(SigningFailed, match="HTTP 500"):
            signer.sign(DIGEST)
        with pytest.raises(SigningFailed, match="left alone"):
            signer.sign(DIGEST)
        assert len(served.asked) == 1, "rounds do not wait for a service that is away"

        broken = False
        clock.now += room.LONGEST_PAUSE_SECONDS
        assert recover(DIGEST, signer.sign(DIGEST)) == ADDRESS
        assert recover(DIGEST, signer.sign(DIGEST)) == ADDRESS


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("signer.example", "https://"),
        ("ftp://signer.example", "https://"),
        ("http://[::1", "https://"),
        ("http://signer.example:9443", "begin it with https://"),
        ("https://user:secret@signer.example", "--signer-key-file"),  # not a secret: an address that is refused
    ],
)
def test_external_signer__an_address_that_cannot_be_used__named_with_remedy(url: str, remedy: str) -> None:
    with pytest.raises(KeyUnusable, match=remedy) as refused:
        external_signer(url, ADDRESS)

    assert "--signer-url" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_external_signer__key_files_that_cannot_be_used__named_with_remedy(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="chmod 600"):
        external_signer("https://signer.example", ADDRESS, key_file(tmp_path, mode=0o644))
    for text in ("", "two words", "line\nline", "schlüssel"):
        with pytest.raises(KeyUnusable, match="visible ASCII signs"):
            external_signer("https://signer.example", ADDRESS, key_file(tmp_path, text))
    with pytest.raises(KeyUnusable, match="name a file with the key"):
        external_signer("https://signer.example", ADDRESS, tmp_path / "none")
