"""Where people's keys are kept, as a process has it."""

from __future__ import annotations

from collections.abc import Callable

from backend.custody.ports import Authorities, DeployedContracts
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.vault.service import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc


def open_custody(
    vault: Vault | None, database: Database, deployment: Deployment, rpc: Rpc, clock: Callable[[], int],
    authorities: Authorities | None = None,
) -> CustodyDesk | None:  # fmt: skip
    """The desk of a process; None without a key for records. Without `authorities` nobody has anything signed for
    somebody else."""
    if vault is None:
        return None
    return CustodyDesk(vault, DeployedContracts(deployment, rpc), database, clock, authorities)
