"""Every query about what a person agreed to, what is restricted, who may open a file, and what was erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from backend.vault.models import ConsentRow, ErasureRow, RestrictionRow
from backend.vault.records import Certificate, CitedNotice, Consent


def add_consent(session: Session, tenant_id: UUID, consent: Consent) -> None:
    """Keep a consent."""
    session.execute(
        insert(ConsentRow).values(
            consent_id=consent.consent_id, tenant_id=tenant_id, person_id=consent.person_id,
            category=consent.category, purpose=consent.purpose, evidence_hash=consent.evidence_hash,
            given_at=consent.given_at, notice_version=consent.notice.version if consent.notice else None,
            notice_hash=consent.notice.hash if consent.notice else None,
        )
    )  # fmt: skip


def withdraw_consents(session: Session, tenant_id: UUID, person_id: UUID, category: str, purpose: str, now: int) -> int:
    """Withdraw what was agreed to. Returns how many consents that ended."""
    statement = update(ConsentRow).where(
        ConsentRow.tenant_id == tenant_id, ConsentRow.person_id == person_id, ConsentRow.category == category,
        ConsentRow.purpose == purpose, ConsentRow.withdrawn_at.is_(None),
    )  # fmt: skip
    return len(session.scalars(statement.values(withdrawn_at=now).returning(ConsentRow.consent_id)).all())


def consents(session: Session, tenant_id: UUID, person_id: UUID) -> Sequence[Consent]:
    """A person's consents, withdrawn ones too, oldest first."""
    query = select(ConsentRow).where(ConsentRow.tenant_id == tenant_id, ConsentRow.person_id == person_id)
    return [_consent(row) for row in session.scalars(query.order_by(ConsentRow.given_at, ConsentRow.consent_id))]


def consent(session: Session, consent_id: UUID) -> Consent | None:
    """One consent."""
    row = session.get(ConsentRow, consent_id, populate_existing=True)
    return _consent(row) if row else None


def has_consent(session: Session, tenant_id: UUID, person_id: UUID, category: str, purpose: str) -> bool:
    """Whether a consent holds."""
    query = select(func.count()).where(
        ConsentRow.tenant_id == tenant_id, ConsentRow.person_id == person_id, ConsentRow.category == category,
        ConsentRow.purpose == purpose, ConsentRow.withdrawn_at.is_(None),
    )  # fmt: skip
    return bool(session.scalar(query))


def restrict(session: Session, tenant_id: UUID, person_id: UUID, reason: str, now: int) -> None:
    """Restrict processing of a person's data."""
    session.execute(
        insert(RestrictionRow).values(
            restriction_id=uuid4(), tenant_id=tenant_id, person_id=person_id, reason=reason, restricted_at=now
        )
    )


def lift(session: Session, tenant_id: UUID, person_id: UUID, now: int) -> int:
    """Lift a person's restrictions. Returns how many there were."""
    statement = update(RestrictionRow).where(
        RestrictionRow.tenant_id == tenant_id, RestrictionRow.person_id == person_id,
        RestrictionRow.lifted_at.is_(None),
    )  # fmt: skip
    return len(session.scalars(statement.values(lifted_at=now).returning(RestrictionRow.restriction_id)).all())


def is_restricted(session: Session, tenant_id: UUID, person_id: UUID) -> bool:
    """Whether processing of a person's data is restricted."""
    query = select(func.count()).where(
        RestrictionRow.tenant_id == tenant_id, RestrictionRow.person_id == person_id,
        RestrictionRow.lifted_at.is_(None),
    )  # fmt: skip
    return bool(session.scalar(query))


def newest_restriction(session: Session, person_id: UUID) -> RestrictionRow:
    """The restriction of a person's that was imposed last."""
    query = select(RestrictionRow).where(RestrictionRow.person_id == person_id, RestrictionRow.lifted_at.is_(None))
    return session.scalars(query.order_by(RestrictionRow.restricted_at.desc()).limit(1)).one()


def restrictions(
    session: Session, *, after: UUID | None, limit: int, only_of: UUID | None = None
) -> Sequence[RestrictionRow]:
    """Restrictions that hold, as far as the asker sees them, by id; `after` is the keyset cursor."""
    query = select(RestrictionRow).where(RestrictionRow.lifted_at.is_(None))
    if only_of is not None:
        query = query.where(RestrictionRow.person_id == only_of)
    if after is not None:
        query = query.where(RestrictionRow.restriction_id > after)
    return session.scalars(query.order_by(RestrictionRow.restriction_id).limit(limit)).all()


def restricted(session: Session) -> set[tuple[UUID, UUID]]:
    """Tenant and person of everybody whose data is restricted."""
    query = select(RestrictionRow.tenant_id, RestrictionRow.person_id).where(RestrictionRow.lifted_at.is_(None))
    return {(tenant_id, person_id) for tenant_id, person_id in session.execute(query)}


def add_certificate(session: Session, certificate: Certificate) -> None:
    """Keep a certificate."""
    c = certificate
    session.execute(
        insert(ErasureRow).values(
            certificate_id=c.certificate_id, tenant_id=c.tenant_id, person_id=c.person_id,
            record_ids=list(c.record_ids), commitments=list(c.commitments), reason=c.reason,
            destroyed_at=c.destroyed_at, destroyed_by=c.destroyed_by, key_ids=list(c.key_ids),
        )
    )  # fmt: skip


def certificate(session: Session, certificate_id: UUID) -> Certificate | None:
    """One certificate."""
    row = session.get(ErasureRow, certificate_id, populate_existing=True)
    return None if row is None else _certificate(row)


def certificates(
    session: Session, *, after: UUID | None, limit: int, only_of: UUID | None = None
) -> Sequence[Certificate]:
    """Certificates, as far as the asker sees them, by id; `after` is the keyset cursor."""
    query = select(ErasureRow)
    if only_of is not None:
        query = query.where(ErasureRow.person_id == only_of)
    if after is not None:
        query = query.where(ErasureRow.certificate_id > after)
    return [_certificate(row) for row in session.scalars(query.order_by(ErasureRow.certificate_id).limit(limit))]


def open_certificates(session: Session) -> Sequence[Certificate]:
    """Certificates whose keys are not all destroyed yet: back-ups from before them can still be opened."""
    query = select(ErasureRow).where(ErasureRow.keys_destroyed_at.is_(None)).order_by(ErasureRow.destroyed_at)
    return [_certificate(row) for row in session.scalars(query)]


def note_keys_destroyed(session: Session, certificate_ids: Collection[UUID], now: int) -> None:
    """The keys those certificates name are gone."""
    session.execute(
        update(ErasureRow).where(ErasureRow.certificate_id.in_(certificate_ids)).values(keys_destroyed_at=now)
    )


def _consent(r: ConsentRow) -> Consent:
    notice = CitedNotice(r.notice_version, bytes(r.notice_hash)) if r.notice_version and r.notice_hash else None
    return Consent(
        r.consent_id, r.person_id, r.category, r.purpose, r.evidence_hash, r.given_at, r.withdrawn_at, notice
    )


def _certificate(row: ErasureRow) -> Certificate:
    return Certificate(
        row.certificate_id, row.tenant_id, row.person_id, tuple(row.record_ids), tuple(row.commitments), row.reason,
        row.destroyed_at, row.destroyed_by, tuple(row.key_ids), row.keys_destroyed_at,
    )  # fmt: skip
