"""A house that makes back-ups, and what its tests do to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage.x25519 import Identity

from backend.audit.anchoring import Anchorer
from backend.audit.checkpoints import HeadSigner
from backend.audit.sequencer import Sequencer
from backend.backups import restoring
from backend.backups.making import Maker
from backend.backups.manifest import SealedFile, read_manifest
from backend.backups.postgres import programs
from backend.backups.sealing import read_recipient
from backend.database import Database
from ledger.rpc import Rpc
from tests.backend.test_audit_log import TENANT
from tests.backend.vault_room import START

SIGNER = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
HOUR = 3_600


class Clock:
    """A wall clock."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def make_maker(database: Database, folder: Path, identity: Identity, clock: Callable[[], int]) -> Maker:
    deployment = folder / "house" / "deployment.json"
    (deployment.parent / "documents").mkdir(parents=True, exist_ok=True)
    deployment.write_text('{"chain_id": 1}')
    (deployment.parent / "documents" / "wording.md").write_text("Clause 1")
    recipient = read_recipient(str(identity.to_public()))
    return Maker(database, folder / "backups", recipient, deployment, programs(None), SIGNER, clock)


def sign_heads(database: Database) -> None:
    Sequencer(database).step()
    signing = Anchorer(
        database, Rpc("http://127.0.0.1:9"), None, SIGNER, chain_id=1, anchor="0x" + "11" * 20, clock=lambda: START
    )
    signing.sign_now(TENANT)


def rows(database: Database) -> dict[str, int]:
    with database.every_tenant() as session:
        return restoring.count_rows(session)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def own(folder: Path, name: str) -> None:
    """Make the manifest tell what lies there now."""
    content = (folder / name).read_bytes()
    manifest = read_manifest(folder)
    files = {**manifest.files, name: SealedFile(len(content), sha256(content).hexdigest())}
    replace(manifest, files=files).write(folder, None)
