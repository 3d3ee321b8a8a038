"""Where people's keys are kept, as a process has it."""

from __future__ import annotations

from collections.abc import Callable

from backend.custody.ports import DeployedContracts
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.vault.service import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc


def open_custody(
    vault: Vault | None, database: Database, deployment: Deployment, rpc: Rpc, clock: Callable[[], int]
) -> CustodyDesk | None:
    """The desk of a process; None without a key for records."""
    return None if vault is None else CustodyDesk(vault, DeployedContracts(deployment, rpc), database, clock)
