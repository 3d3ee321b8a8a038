"""Puts underwriting and notices together for a process, from its settings and keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.chain.intents import service as intents
from backend.chain.nodes import OracleNodes
from backend.chain.simulation import Refusal, simulate
from backend.config import Settings
from backend.database import Database
from backend.identity.desk import Desk
from backend.identity.grants import service as grants
from backend.notices.channels.sms import Gateway, SmsChannel
from backend.notices.channels.smtp import MailServer, Security, SmtpChannel
from backend.notices.contacts import IdentityContacts
from backend.notices.kinds import NoticeKind
from backend.notices.ports import Channel
from backend.notices.sender import NoticeSender
from backend.notices.service import NoticeDesk
from backend.notices.vault_records import VaultRecords
from backend.products.service import Documents
from backend.security_mail import resets
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.kind import KIND
from backend.underwriting.shelf import ChainShelf
from backend.underwriting.sources import HttpThirdParties
from backend.underwriting.watch import Holders
from backend.vault.sealing import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc

NOTICE_POLL_SECONDS = 1.0
WATCH_POLL_SECONDS = 30.0


class Intents:
    """Implements `Transactions` by intents."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def foresee(self, sender: str, to: str, calldata: bytes) -> Refusal | None:
        """See `Transactions`."""
        return simulate(self._rpc, sender, to, calldata)

    def submit(self, session: Session, *, stem: str, tenant_id: uuid.UUID, to: str, calldata: bytes) -> str:
        """See `Transactions`."""
        key = intents.next_key(session, stem)
        intents.submit(session, key=key, tenant_id=tenant_id, kind=KIND, to=to, calldata=calldata)
        return key


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process has opened."""

    settings: Settings
    database: Database
    deployment: Deployment
    documents: Documents
    rpc: Rpc
    nodes: OracleNodes
    vault: Vault
    identity: Desk
    underwriter: LocalAccount | None
    clock: Callable[[], int]


def make_desk(parts: Parts) -> UnderwritingDesk:
    """Everything the use cases of underwriting need."""
    settings, records = parts.settings, VaultRecords(parts.vault)
    channels = frozenset(channel.name for channel in make_channels(settings, parts.clock))
    notices = NoticeDesk(
        IdentityContacts(parts.identity), records, channels, settings.public_origin.rstrip("/"), parts.clock
    )
    shelf = ChainShelf(parts.rpc, parts.deployment, parts.documents)
    sources = None
    if settings.sources_url:
        sources = HttpThirdParties(settings.sources_url, settings.sources_key.get_secret_value())
    return UnderwritingDesk(
        records, records, notices, parts.nodes, shelf, Intents(parts.rpc), parts.clock, parts.deployment.chain_id,
        sources, parts.underwriter,
    )  # fmt: skip


def make_channels(settings: Settings, clock: Callable[[], int]) -> Sequence[Channel]:
    """Carriers the settings name; without any, people carry every notice by hand."""
    channels: list[Channel] = []
    if settings.smtp_host:
        server = MailServer(
            settings.smtp_host, settings.smtp_port, settings.smtp_sender, settings.smtp_sender_name,
            Security(settings.smtp_security), settings.smtp_user, settings.smtp_password.get_secret_value(),
            str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
        )  # fmt: skip
        channels.append(SmtpChannel(server, clock))
    if settings.sms_url:
        gateway = Gateway(settings.sms_url, settings.sms_key.get_secret_value(), settings.sms_sender)
        channels.append(SmsChannel(gateway))
    return channels


def make_sender(parts: Parts) -> NoticeSender:
    """What sends queued notices."""
    channels = make_channels(parts.settings, parts.clock)
    secrets = {NoticeKind.PASSWORD_RESET: resets.links(parts.identity)}
    return NoticeSender(parts.database, channels, VaultRecords(parts.vault), parts.clock, secrets)


def make_holders(clock: Callable[[], int]) -> Holders:
    """Who has a role now."""

    def holders(session: Session, tenant_id: uuid.UUID, role: Role) -> Collection[uuid.UUID]:
        return grants.holders(session, tenant_id, role, now=clock())

    return holders
