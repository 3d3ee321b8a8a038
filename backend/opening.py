"""Opens what one process of the backend works with, as its settings say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from eth_account.signers.local import LocalAccount

from backend.access.operator_keys import OperatorKeys, OperatorKeysInvalid
from backend.access.rates import Rate, RateLimits
from backend.audit.checkpoints import AuditKeyInvalid
from backend.backups.errors import BackupKeyInvalid
from backend.chain.endpoints import FailoverRpc
from backend.chain.identity import WrongChain, require_same_chain
from backend.chain.nodes import HttpNodes
from backend.claims.authorities import RecordedAuthorities
from backend.claims.casebook import ClaimCases
from backend.claims.opening import open_claims
from backend.config import Settings
from backend.custody.opening import open_custody
from backend.database import Database, DatabaseUnavailable, database_url, migrate
from backend.dependencies import ServiceSet, wall_clock
from backend.evidence.opening import open_evidence
from backend.http.server_key import ServerKey, ServerKeyInvalid
from backend.identity.opening import Doorkeeper, open_desk
from backend.identity.personal_data import IdentityKeyInvalid
from backend.observability.server import MetricsPortTaken
from backend.products.service import Documents
from backend.security_mail.alerts import SecurityMail
from backend.transport import TransportUnsafe, require_tls
from backend.underwriting.staffing import open_underwriting
from backend.vault.keys import VaultKeyInvalid
from backend.vault.opening import open_vault
from ledger.deployment import Deployment, DeploymentInvalid
from ledger.rpc import Rpc
from ledger.sender import load_account


class KeyUnusable(Exception):
    """A keystore cannot be opened. The text says what to do."""


FORESEEN = (
    AuditKeyInvalid, BackupKeyInvalid, DatabaseUnavailable, DeploymentInvalid, IdentityKeyInvalid, KeyUnusable,
    MetricsPortTaken, OperatorKeysInvalid, ServerKeyInvalid, TransportUnsafe, VaultKeyInvalid, WrongChain,
)  # fmt: skip
"""What keeps a backend from starting. Each text says what to do."""


def open_services(settings: Settings) -> tuple[ServiceSet, LocalAccount | None]:
    """Open everything the backend works with, and the account that pays.

    Raises:
        DatabaseUnavailable, DeploymentInvalid, WrongChain, RpcUnavailable, KeyUnusable, OperatorKeysInvalid,
            ServerKeyInvalid, TransportUnsafe, VaultKeyInvalid: Each says what to do.
    """
    deployment = Deployment.load(settings.deployment)
    require_tls(settings, deployment.rpc_url)
    underwriter = _account(settings.underwriter_keystore, settings.underwriter_password_file)
    payer = _account(settings.relayer_keystore, settings.relayer_password_file)
    authenticator = OperatorKeys.load(settings.operator_key_file) if settings.operator_key_file else OperatorKeys()
    vault = open_vault(settings)
    server_key = ServerKey.load(settings.server_key_file or settings.home / "server.key")
    rpc = open_rpc(settings, deployment)
    database = Database(database_url(settings))
    migrate(database)
    with database.transaction() as session:
        require_same_chain(session, rpc, deployment)
    nodes = HttpNodes(settings.node_urls, timeout_seconds=settings.node_timeout_seconds)
    documents = Documents(settings.deployment.parent / "documents", database)
    desk = open_desk(settings, database, rpc, deployment.chain_id, wall_clock)
    keeper = authenticator if desk is None else Doorkeeper(desk, authenticator)
    services = ServiceSet(
        settings, database, deployment, rpc, nodes, documents, underwriter, vault, server_key=server_key,
        limits=make_limits(settings, database), authenticator=keeper,
        identity=desk, sender=payer.address if payer else None,
        custody=open_custody(vault, database, deployment, rpc, wall_clock, RecordedAuthorities()),
        evidence=open_evidence(vault, server_key, ClaimCases(), wall_clock, scanner=settings.virus_scanner),
    )  # fmt: skip
    underwriting = open_underwriting(services)
    if desk is not None and underwriting is not None:
        desk = replace(desk, tell=SecurityMail(underwriting.notices))
    services = replace(services, underwriting=underwriting, identity=desk)
    return replace(services, claims=open_claims(services)), payer


def open_rpc(settings: Settings, deployment: Deployment) -> Rpc:
    """The way to the chain, with the second endpoint behind the first where there is one."""
    if not settings.second_rpc_url:
        return Rpc(deployment.rpc_url)
    return FailoverRpc(deployment.rpc_url, settings.second_rpc_url)


def make_limits(settings: Settings, database: Database) -> RateLimits:
    """How often one address and one principal may ask, as configured."""
    return RateLimits(
        database,
        per_address=Rate(settings.address_requests_per_second, settings.address_request_burst),
        per_principal=Rate(settings.principal_requests_per_second, settings.principal_request_burst),
    )


def _account(keystore: Path | None, password: Path | None) -> LocalAccount | None:
    if keystore is None:
        return None
    if password is None:
        raise KeyUnusable(f"{keystore} has no password file. Set the variable that ends in _PASSWORD_FILE.")
    try:
        return load_account(json.loads(keystore.read_text("utf-8")), password.read_text("utf-8").strip())
    except OSError as error:
        raise KeyUnusable(f"{error.filename} cannot be read ({error.strerror}). Check path and owner.") from error
    except ValueError as error:
        raise KeyUnusable(f"{keystore} does not open with {password} ({error}). Do they belong together?") from error
