"""The evidence store over HTTP: an honest one gives the dossier, one that lies gives none."""

import time
from collections.abc import Iterator

import pytest

from domain.evidence.dossier import Dossier, Entry, EvidenceFile, manifest_bytes, seal_dossier
from domain.hashing import keccak256
from oracle.claims.errors import DossierUnavailable
from oracle.claims.store import PARALLEL, EvidenceStore
from tests.oracle.claims.evidence_server import KEY, Lie, StoreServer, serving

CLAIM = 2**250 + 7
NAMES = ("bill 1.txt", "100% #2?.txt", "发票&a=b;.txt", "scan+3.txt", "last'.txt", "a%20b.txt")
ALTERED = "dossier_altered"


def sealed(names: tuple[str, ...] = NAMES) -> Dossier:
    files = [EvidenceFile(name, "text/plain", f"content of {name} ".encode().ljust(60_000, b".")) for name in names]
    return seal_dossier(files, [keccak256(name.encode()) for name in names])


@pytest.fixture
def server() -> Iterator[StoreServer]:
    with serving() as started:
        started.put(CLAIM, sealed())
        yield started


def fetch(server: StoreServer, root: bytes | None = None, *, key: str = KEY, seconds: float = 20.0) -> Dossier:
    store = EvidenceStore(server.url, key, total_seconds=seconds, sleep=lambda _: None)
    try:
        return store.dossier(CLAIM, sealed().root if root is None else root)
    finally:
        store.close()


def test_dossier__honest_store__is_what_was_sealed(server: StoreServer) -> None:
    assert fetch(server) == sealed()
    assert len(server.asked) == 1 + len(NAMES)


def test_dossier__many_files__come_in_parallel_within_a_bound(server: StoreServer) -> None:
    server.put(CLAIM, sealed(tuple(f"{number}.txt" for number in range(12))))
    server.pause_seconds = 0.1

    started = time.monotonic()
    fetch(server, server.dossiers[f"0x{CLAIM:064x}"].root)

    assert 1 < server.most_at_once <= PARALLEL
    assert time.monotonic() - started < 0.1 * 13


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (Lie.ALTERED_BYTE, ALTERED),
        (Lie.OTHER_MANIFEST, ALTERED),
        (Lie.OTHER_SALT, ALTERED),
        (Lie.EXTRA_FILE, ALTERED),
        (Lie.FILE_LEFT_OUT, ALTERED),
        (Lie.FILES_SWAPPED, ALTERED),
        (Lie.NOT_CANONICAL, ALTERED),
        (Lie.NO_MANIFEST, ALTERED),
        (Lie.FILE_CUT_SHORT, ALTERED),
        (Lie.HUGE_MANIFEST, "store_answer_invalid"),
        (Lie.HUGE_FILE, "store_answer_invalid"),
        (Lie.REDIRECTS_AWAY, "store_answer_invalid"),
        (Lie.FILE_GONE, "dossier_missing"),
        (Lie.SERVER_ERROR, "store_unavailable"),
    ],
)
def test_dossier__store_lies__gives_none(server: StoreServer, lie: Lie, code: str) -> None:
    server.lie = lie

    with pytest.raises(DossierUnavailable) as refused:
        fetch(server)

    assert (refused.value.code, refused.value.passing) == (code, True)
    assert not any(name in str(refused.value) for name in NAMES)


@pytest.mark.parametrize("lie", [Lie.OTHER_MANIFEST, Lie.EXTRA_FILE, Lie.OTHER_SALT])
def test_dossier__manifest_of_another_root__no_file_is_asked_for(server: StoreServer, lie: Lie) -> None:
    server.lie = lie

    with pytest.raises(DossierUnavailable):
        fetch(server)

    assert len(server.asked) == 1


@pytest.mark.parametrize("lie", [Lie.DRIPS, Lie.HANGS])
def test_dossier__store_is_slow__given_up_at_the_deadline_of_all_files(server: StoreServer, lie: Lie) -> None:
    server.lie = lie
    started = time.monotonic()

    with pytest.raises(DossierUnavailable, match="gave no whole answer in time"):
        fetch(server, seconds=0.6)

    assert 0.5 < time.monotonic() - started < 2.0


def test_dossier__another_root_on_chain__is_none(server: StoreServer) -> None:
    with pytest.raises(DossierUnavailable, match="is not what the root on chain binds"):
        fetch(server, bytes(31) + b"\x01")


def test_dossier__wrong_key_or_unknown_claim__says_what_to_do(server: StoreServer) -> None:
    with pytest.raises(DossierUnavailable, match="key file"):
        fetch(server, key="another key of some length")
    server.dossiers.clear()
    with pytest.raises(DossierUnavailable, match="Let the insurer put the claim's files into its store"):
        fetch(server)


def test_dossier__nobody_listens__says_so() -> None:
    with pytest.raises(DossierUnavailable, match="gave no whole answer"):
        fetch(StoreServer(url="http://127.0.0.1:9"))


def odd(entries: list[Entry]) -> tuple[bytes, bytes]:
    dossier = Dossier(tuple(entries), ())
    return manifest_bytes(entries), dossier.root


@pytest.mark.parametrize(
    "entries",
    [
        [Entry("../../v1/other", "text/plain", 5, bytes(32), bytes(32))],
        [Entry("a.txt", "text/plain", 2**40, bytes(32), bytes(32))],
        [Entry(f"{number:02d}.txt", "text/plain", 20 << 20, bytes(32), bytes([number]) * 32) for number in range(9)],
        [Entry(f"{number:02d}.txt", "text/plain", 1, bytes(32), bytes([number]) * 32) for number in range(33)],
    ],
)
def test_dossier__claimant_sealed_what_is_too_much__no_file_is_asked_for(
    server: StoreServer, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, root = odd(entries)
    monkeypatch.setattr(server, "_manifest", lambda _: manifest)

    with pytest.raises(DossierUnavailable, match="breaks the limit"):
        fetch(server, root)

    assert len(server.asked) == 1
