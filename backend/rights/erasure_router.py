"""HTTP for restriction and erasure."""

from __future__ import annotations

from uuid import UUID

from backend.access.authoriser import Resource
from backend.access.permit import Allowed, Permit
from backend.dependencies import Asker, Transaction
from backend.fields import bytes_hex
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.identity.entrance import IdentityDesk
from backend.problems import Problem
from backend.rights import service
from backend.rights.router import VaultOpen, after_of
from backend.rights.schemas import (
    CertificatePage,
    CertificateView,
    ErasureIn,
    Lifted,
    RestrictionIn,
    RestrictionPage,
    RestrictionView,
)
from backend.vault import erasure, standing
from backend.vault import service as vault_service
from backend.vault.models import RestrictionRow
from backend.vault.records import Certificate

router = api_router("rights")


@router.get("/restrictions", operation_id="restrictions.list", dependencies=[Permit("restrictions.list")])
def list_restrictions(session: Transaction, page: PageAsked, access: Allowed) -> RestrictionPage:
    """Whose data is restricted, since when and why."""
    rows = standing.restrictions(session, after=after_of(page), limit=page.limit, only_of=access.only_of)
    cursor = page.next_cursor(len(rows), (str(rows[-1].restriction_id),) if rows else None)
    return RestrictionPage(restrictions=[_restriction(row) for row in rows], next_cursor=cursor)


@router.post(
    "/people/{person_id}/restriction", status_code=201, operation_id="restrictions.impose",
    dependencies=[Permit("restrictions.impose"), IdempotencyKey],
)  # fmt: skip
def restrict(
    person_id: UUID, body: RestrictionIn, session: Transaction, asker: Asker, vault: VaultOpen
) -> RestrictionView:
    """Restrict processing of a person's data: it is kept, and opened for legal claims only."""
    service.require_known(session, asker, person_id)
    vault_service.restrict(session, vault, asker, person_id=person_id, reason=body.reason)
    return _restriction(standing.newest_restriction(session, person_id))


@router.delete(
    "/people/{person_id}/restriction", operation_id="restrictions.lift",
    dependencies=[Permit("restrictions.lift"), IdempotencyKey],
)  # fmt: skip
def lift(person_id: UUID, session: Transaction, asker: Asker, vault: VaultOpen) -> Lifted:
    """Lift every restriction of a person's data."""
    service.require_known(session, asker, person_id)
    return Lifted(lifted=vault_service.lift_restriction(session, vault, asker, person_id=person_id))


@router.post(
    "/people/{person_id}/erasure", status_code=201, operation_id="erasures.make",
    dependencies=[Permit("erasures.make"), IdempotencyKey],
)  # fmt: skip
def erase(
    person_id: UUID, body: ErasureIn, session: Transaction, asker: Asker, vault: VaultOpen, desk: IdentityDesk
) -> CertificateView:
    """Destroy all that is kept of a person: sealed records, account, name, address and number. Answers the certificate.

    Refused with 409 `retention_running` and the day (`keep_until`) while the law keeps a file; nothing is done then.
    """
    certificate = service.erase(session, vault, desk, asker, person_id=person_id, reason=body.reason)
    return _certificate(certificate)


@router.get("/erasures", operation_id="erasures.list", dependencies=[Permit("erasures.list")])
def list_erasures(session: Transaction, page: PageAsked, access: Allowed) -> CertificatePage:
    """Certificates of erasures by id."""
    found = standing.certificates(session, after=after_of(page), limit=page.limit, only_of=access.only_of)
    cursor = page.next_cursor(len(found), (str(found[-1].certificate_id),) if found else None)
    return CertificatePage(certificates=[_certificate(one) for one in found], next_cursor=cursor)


@router.get("/erasures/{certificate_id}", operation_id="erasures.read", dependencies=[Permit("erasures.read")])
def read_erasure(certificate_id: UUID, session: Transaction, access: Allowed) -> CertificateView:
    """One certificate."""
    found = standing.certificate(session, certificate_id)
    if found is None:
        raise Problem("certificate_unknown")
    access.require(Resource(found.tenant_id, found.person_id), Problem("certificate_unknown"))
    return _certificate(found)


def _restriction(row: RestrictionRow) -> RestrictionView:
    return RestrictionView(
        restriction_id=row.restriction_id, person_id=row.person_id, reason=row.reason, restricted_at=row.restricted_at
    )


def _certificate(found: Certificate) -> CertificateView:
    return CertificateView(
        certificate_id=found.certificate_id, person_id=found.person_id, destroyed_records=list(found.record_ids),
        reason=found.reason, commitments_left_on_chain=[bytes_hex(c) for c in found.commitments],
        destroyed_at=found.destroyed_at, destroyed_by=found.destroyed_by,
        keys_that_open_older_backups=list(found.key_ids), keys_destroyed_at=found.keys_destroyed_at,
        certificate_hash=bytes_hex(erasure.certificate_hash(found)),
    )  # fmt: skip
