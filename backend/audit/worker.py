"""The thread that places entries, signs heads and has them anchored."""

from __future__ import annotations

import time

from eth_account.signers.local import LocalAccount

from backend.audit.anchoring import Anchorer, OutboxAnchors
from backend.audit.checkpoints import HeadSigner
from backend.audit.sequencer import Sequencer
from backend.chain.workers import Worker
from backend.dependencies import ServiceSet
from backend.locks import Lock

POLL_SECONDS = 0.5


def make_worker(services: ServiceSet, relayer_account: LocalAccount | None) -> Worker:
    """Entries always get their places. Heads need the log's key, anchoring an account that pays.

    Raises:
        AuditKeyInvalid
    """
    settings, deployment = services.settings, services.deployment
    sequencer = Sequencer(services.database)
    anchor = deployment.contracts.get("TransparencyAnchor")
    if settings.audit_key_file is None or anchor is None:
        return Worker(
            "audit", services.database, Lock.AUDIT, lambda: sequencer.step() == 0, poll_seconds=POLL_SECONDS
        )  # fmt: skip
    port = OutboxAnchors(services.database, services.rpc, relayer_account.address) if relayer_account else None
    anchorer = Anchorer(
        services.database, services.rpc, port, HeadSigner.load(settings.audit_key_file),
        chain_id=deployment.chain_id, anchor=anchor, clock=lambda: int(time.time()),
        interval_seconds=settings.audit_interval_seconds,
    )  # fmt: skip
    return Worker("audit", services.database, Lock.AUDIT, lambda: not anchorer.step(), poll_seconds=POLL_SECONDS)
