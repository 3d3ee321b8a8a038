"""What makes back-ups in this process, as the settings say."""

from __future__ import annotations

from pathlib import Path

import structlog

from backend.audit.checkpoints import HeadSigner
from backend.backups.errors import BackupKeyInvalid
from backend.backups.keeper import POLL_SECONDS, Keeper
from backend.backups.making import Maker
from backend.backups.postgres import programs
from backend.backups.sealing import read_recipient
from backend.chain.workers import Background, Worker
from backend.config import Settings
from backend.database import Database
from backend.dependencies import wall_clock
from backend.locks import Lock

log = structlog.get_logger()


def open_maker(settings: Settings, database: Database, folder: Path) -> Maker:
    """Makes back-ups in a folder.

    Raises:
        BackupKeyInvalid, AuditKeyInvalid
    """
    if not settings.backup_recipient:
        raise BackupKeyInvalid(
            "QUITTANCE_BACKUP_RECIPIENT is not set, and back-ups are never left in the clear. Run `quittance backup "
            "key PATH`, keep the file elsewhere, and set the line it prints."
        )
    signer = HeadSigner.load(settings.audit_key_file) if settings.audit_key_file else None
    return Maker(
        database, folder, read_recipient(settings.backup_recipient), settings.deployment,
        programs(settings.postgres_programs), signer, wall_clock,
    )  # fmt: skip


def backup_workers(settings: Settings, database: Database) -> list[Background]:
    """Who makes back-ups on their schedule; nobody where no folder is set, and the log says so.

    Raises:
        BackupKeyInvalid, AuditKeyInvalid
    """
    folder = settings.backup_folder
    if folder is None:
        log.warning("backup.none", remedy="set QUITTANCE_BACKUP_FOLDER and QUITTANCE_BACKUP_RECIPIENT")
        return []
    keeper = Keeper(
        open_maker(settings, database, folder), hours=settings.backup_hours, keep_days=settings.backup_keep_days
    )
    return [Worker("backups", database, Lock.BACKUPS, keeper.step, poll_seconds=POLL_SECONDS)]
