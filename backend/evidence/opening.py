"""Where evidence is kept and who reads it, as the settings say."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import structlog

from backend.config import Settings
from backend.evidence.desk import EvidenceDesk
from backend.evidence.ports import CaseBook
from backend.evidence.reading import DossierReader, default_command
from backend.evidence.scanning import open_scanner
from backend.http.server_key import ServerKey
from backend.vault.service import Vault

log = structlog.get_logger()


def open_evidence(
    vault: Vault | None, server_key: ServerKey, cases: CaseBook, clock: Callable[[], int], *, scanner: str = ""
) -> EvidenceDesk | None:
    """The desk of a process; None without a key for records.

    Args:
        scanner: Address of a clamd; empty: none.
    """
    if vault is None:
        return None
    if not scanner:
        log.warning("evidence.not_scanned")
    return EvidenceDesk(vault, server_key, cases, clock, scanner=open_scanner(scanner))


def dossier_reader(settings: Settings) -> DossierReader:
    """The program that reads dossiers."""
    return DossierReader(shlex.split(settings.evidence_reader) or default_command())
