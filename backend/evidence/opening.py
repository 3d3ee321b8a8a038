"""Where evidence is kept and who reads it, as the settings say."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from backend.config import Settings
from backend.evidence.desk import EvidenceDesk
from backend.evidence.ports import CaseBook
from backend.evidence.reading import DossierReader, default_command
from backend.http.server_key import ServerKey
from backend.vault.service import Vault


def open_evidence(
    vault: Vault | None, server_key: ServerKey, cases: CaseBook, clock: Callable[[], int]
) -> EvidenceDesk | None:
    """The desk of a process; None without a key for records."""
    return None if vault is None else EvidenceDesk(vault, server_key, cases, clock)


def dossier_reader(settings: Settings) -> DossierReader:
    """The program that reads dossiers."""
    return DossierReader(shlex.split(settings.evidence_reader) or default_command())
