"""Heads signed and anchored on a real chain, and what becomes of them when the chain or somebody else interferes."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.access.principal import Principal
from backend.audit import service
from backend.audit.anchoring import Anchorer, AnchorRefused, OutboxAnchors, anchored_heads, anchored_size
from backend.audit.checkpoints import (
    AuditKeyInvalid,
    CheckpointInvalid,
    Head,
    HeadSigner,
    log_id,
    make_audit_key,
    read_note,
)
from backend.database import Database
from ledger.bindings import AccessManager, TransparencyAnchor
from scripts.deploy import LOG_WRITER
from scripts.rehearsal import account
from tests.backend.conftest import Backend, pending
from tests.backend.test_audit_log import TENANT, tell

SIGNER = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
HEAD = Head(TENANT, 3, bytes(range(32)), 1_700_000_000, 31_337, "0x" + "11" * 20)


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000

    def __call__(self) -> int:
        return self.now


class Sent:
    """Implements `AnchorPort` by remembering, and by refusing what begins so."""

    def __init__(self, refusing: str = "none") -> None:
        self.keys: list[str] = []
        self.refusing = refusing

    def submit(self, key: str, to: str, calldata: bytes) -> None:
        if key.startswith(self.refusing):
            raise AnchorRefused("not this one")
        self.keys.append(f"{key} {to} {len(calldata)}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def anchorer(backend: Backend, clock: Clock, sender: str | None = None) -> Anchorer:
    rehearsal = backend.rehearsal
    port = OutboxAnchors(backend.database, rehearsal.rpc, sender or account("relayer").address)
    return Anchorer(
        backend.database, rehearsal.rpc, port, SIGNER, chain_id=rehearsal.chain_id, anchor=place(backend), clock=clock
    )


def place(backend: Backend) -> str:
    return backend.rehearsal.deployment.contracts["TransparencyAnchor"]


def let_write(backend: Backend) -> None:
    manager = backend.rehearsal.deployment.contracts["PlatformManager"]
    backend.rehearsal.send(manager, AccessManager.grant_role(LOG_WRITER, account("relayer").address, 0).data)


def head_of(database: Database, tenant: UUID = TENANT) -> Head:
    with database.transaction() as session:
        return read_note(service.newest_head(session, tenant).note, SIGNER.public_key)


def test_step__entries_recorded__head_signed_and_on_the_chain_with_the_same_root(
    backend: Backend, clock: Clock
) -> None:
    let_write(backend)
    tell(backend.database, 5)
    writer = anchorer(backend, clock)

    worked = [writer.step() for _ in range(2)]
    backend.settle_down()
    idle = [writer.step() for _ in range(2)]

    head = head_of(backend.database)
    assert worked[0]
    assert not any(idle)
    assert (head.size, head.at, head.anchor) == (5, clock.now, place(backend))
    assert [(h.size, h.root) for h in anchored_heads(backend.rehearsal.rpc, place(backend), TENANT)] == [(5, head.root)]


def test_step__log_grows__next_head_only_after_the_interval_and_one_transaction_each(
    backend: Backend, clock: Clock
) -> None:
    let_write(backend)
    writer = anchorer(backend, clock)
    sizes = []
    for wait in (0, 299, 1, 300):
        clock.now += wait
        tell(backend.database, 1)
        for _ in range(3):
            writer.step()
        backend.settle_down()
        sizes.append(anchored_size(backend.rehearsal.rpc, place(backend), log_id(TENANT)))

    assert sizes == [1, 1, 3, 4]
    assert [h.size for h in anchored_heads(backend.rehearsal.rpc, place(backend), TENANT)] == [1, 3, 4]


def test_step__relayer_may_not_write__says_which_role_to_grant_and_sends_nothing(
    backend: Backend, clock: Clock
) -> None:
    tell(backend.database, 1)
    writer = anchorer(backend, clock)

    with pytest.raises(AnchorRefused, match=f"Grant LOG_WRITER .* to {account('relayer').address}"):
        writer.step()

    assert backend.relayer.delivery.turn() == 0
    assert head_of(backend.database).size == 1


def test_step__head_waits_for_the_chain__is_asked_for_under_one_key(backend: Backend, clock: Clock) -> None:
    tell(backend.database, 2)
    sent = Sent()
    rehearsal = backend.rehearsal
    writer = Anchorer(
        backend.database, rehearsal.rpc, sent, SIGNER, chain_id=rehearsal.chain_id, anchor=place(backend), clock=clock
    )

    for _ in range(3):
        writer.step()

    assert set(sent.keys) == {f"audit-head:{TENANT}:2 {place(backend)} 100"}


def test_submit__mined_since_somebody_looked__nothing_to_do(backend: Backend, clock: Clock) -> None:
    let_write(backend)
    tell(backend.database, 2)
    anchorer(backend, clock).step()
    backend.settle_down()
    head = head_of(backend.database)
    call = TransparencyAnchor.anchor(head.log_id, head.size, head.root)

    port = OutboxAnchors(backend.database, backend.rehearsal.rpc, account("relayer").address)
    port.submit("audit-head:late:2", place(backend), call.data)

    assert pending(backend.database) == 0


def test_step__key_changed_and_one_log_refused__every_other_log_goes_on(backend: Backend, clock: Clock) -> None:
    refused, quiet, busy = UUID(int=51), UUID(int=52), UUID(int=53)
    for tenant in (refused, quiet, busy):
        tell(backend.database, 2, Principal.worker(tenant))
    rehearsal, sent = backend.rehearsal, Sent(refusing=f"audit-head:{refused}")

    def writer(signer: HeadSigner, port: Sent | None) -> Anchorer:
        return Anchorer(
            backend.database, rehearsal.rpc, port, signer, chain_id=rehearsal.chain_id, anchor=place(backend),
            clock=clock,
        )  # fmt: skip

    writer(SIGNER, None).step()
    tell(backend.database, 1, Principal.worker(busy))
    clock.now += 300

    with pytest.raises(AnchorRefused, match="not this one"):
        writer(HeadSigner(Ed25519PrivateKey.generate()), sent).step()

    assert [key.split()[0] for key in sent.keys] == [f"audit-head:{quiet}:2", f"audit-head:{busy}:3"]


def test_read_note__signed__gives_the_head_back() -> None:
    note = SIGNER.sign(HEAD)

    assert read_note(note, SIGNER.public_key) == HEAD
    assert note.startswith(f"quittance/audit/{TENANT}\n3\n")


def test_read_note__any_character_changed__refused() -> None:
    note = SIGNER.sign(HEAD)

    for place_ in range(len(note)):
        changed = note[:place_] + chr(ord(note[place_]) ^ 1) + note[place_ + 1 :]
        with pytest.raises(CheckpointInvalid):
            read_note(changed, SIGNER.public_key)


def test_read_note__another_key__names_it() -> None:
    other = HeadSigner(Ed25519PrivateKey.generate())

    with pytest.raises(CheckpointInvalid, match=f"3 entries is not signed by key {SIGNER.public_key.hex()}"):
        read_note(other.sign(HEAD), SIGNER.public_key)


def test_make_audit_key__new__loads_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.key"

    public = make_audit_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert HeadSigner.load(path).public_key == public
    with pytest.raises(AuditKeyInvalid, match="exists already"):
        make_audit_key(path)
    path.chmod(0o640)
    with pytest.raises(AuditKeyInvalid, match=f"chmod 600 {path}"):
        HeadSigner.load(path)


def test_anchorer__interval_too_long_or_none__refused(backend: Backend, clock: Clock) -> None:
    for seconds in (0, 600):
        with pytest.raises(ValueError, match="choose 1 to 599"):
            Anchorer(
                backend.database, backend.rehearsal.rpc, None, SIGNER, chain_id=1, anchor=place(backend), clock=clock,
                interval_seconds=seconds,
            )  # fmt: skip
