"""Use cases of product files. The caller owns the transaction."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain.intents import service as intents
from backend.chain.intents.models import IntentStatus
from backend.chain.projections.policies_read import treasury_of
from backend.chain.simulation import simulate
from backend.problems import Problem
from backend.product_files import repository
from backend.product_files.kind import KIND, key_of
from backend.product_files.models import ProductFileRow
from backend.products import service as products
from backend.tenants import service as tenants
from domain.errors import DomainError, TermsInvalid
from domain.product_fields import INDEMNITY, PARAMETRIC
from domain.terms import IndemnityFile, ProductFile
from ledger.bindings import TestStablecoin, Treasury
from ledger.deployment import Deployment
from ledger.product_creation import Creation, creation_of
from ledger.product_file import read_product_file
from ledger.rpc import Rpc

log = structlog.get_logger()

UPLOADED, DEPLOYING, DEPLOYED, FAILED = "uploaded", "deploying", "deployed", "failed"
MAX_VERSION = 64
_GAS = 1_500_000
"""A clone, its terms in its code, and its entry with the treasury: 405,000 were measured of either kind."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a file."""

    state: str
    product: str | None = None
    failure_code: str | None = None
    failure_detail: str | None = None


@dataclass(frozen=True, slots=True)
class Yard:
    """Where products are made.

    Attributes:
        sender: Address of the key that pays; None: this process has none, and nothing is tried beforehand.
        now: Unix seconds of the wall clock.
    """

    rpc: Rpc
    deployment: Deployment
    sender: str | None
    now: int


def upload(session: Session, principal: Principal, content: str, now: int) -> ProductFileRow:
    """Check a file and keep it. The same file again is the file that is there.

    Raises:
        Problem: `product_file_invalid`, `product_version_taken`.
    """
    file = parsed(content)
    if principal.tenant_id is None:
        raise Problem("unauthenticated", "Sign in to hand in a product file.")
    digest = hashlib.sha256(content.encode()).digest()
    for other in repository.of_version(session, file.product_id, file.version):
        if other.content_hash != digest and standing(session, other).state in (DEPLOYING, DEPLOYED):
            raise _taken(file)
    row = repository.add(
        session,
        ProductFileRow(
            file_id=uuid.uuid4(), tenant_id=principal.tenant_id, product_id=file.product_id, version=file.version,
            kind=INDEMNITY if isinstance(file, IndemnityFile) else PARAMETRIC, title_en=file.title_en,
            title_zh=file.title_zh, content=content, content_hash=digest, document_hash=file.document_hash,
            clause_root=file.clause_root, uploaded_by=principal.principal_id, uploaded_at=now,
        ),
    )  # fmt: skip
    audit.record(
        session, principal, operation="product_files.upload", subject=f"product_files/{row.file_id}",
        facts={"sha256": digest.hex()},
    )  # fmt: skip
    return row


def parsed(content: str) -> ProductFile | IndemnityFile:
    """A file that is a product.

    Raises:
        Problem: `product_file_invalid`, with field, value and remedy.
    """
    try:
        file = read_product_file(content.encode())
    except DomainError as error:
        raise _invalid(error) from error
    if len(file.version) > MAX_VERSION:
        remedy = f"Write at most {MAX_VERSION} characters"
        raise _invalid(TermsInvalid("version", file.version, f"has {len(file.version)} characters", remedy))
    return file


def get(session: Session, file_id: uuid.UUID) -> ProductFileRow:
    """One file.

    Raises:
        Problem: `product_file_unknown`.
    """
    row = repository.get(session, file_id)
    if row is None:
        raise Problem("product_file_unknown", f"product file {file_id} is not known. See GET /v1/product-files.")
    return row


def page(
    session: Session, *, product_id: str | None, after: tuple[int, uuid.UUID] | None, limit: int
) -> Sequence[ProductFileRow]:
    """Files, the latest first."""
    return repository.page(session, product_id=product_id, after=after, limit=limit)


def standing(session: Session, row: ProductFileRow) -> Standing:
    """What became of a file, as far as blocks are taken in."""
    if row.terms_hash is None or row.intent_key is None:
        return Standing(UPLOADED)
    made = products.find_made(session, row.terms_hash)
    if made is not None:
        return Standing(DEPLOYED, made.address)
    intent = intents.find(session, row.intent_key)
    if intent is not None and intent.status == IntentStatus.FAILED:
        return Standing(FAILED, None, intent.failure_code, intent.failure_detail)
    return Standing(DEPLOYING)


def deploy(session: Session, principal: Principal, yard: Yard, file_id: uuid.UUID) -> ProductFileRow:
    """Have the product made. Asking again while it is on its way, or when it is there, changes nothing.

    Raises:
        Problem: `product_file_unknown`, `product_file_invalid`, `product_version_taken`, `deployment_refused`.
    """
    row = get(session, file_id)
    # All at once and in one order: two files of a version that are deployed together do not wait for each other.
    rivals = repository.of_version(session, row.product_id, row.version)
    if standing(session, row).state in (DEPLOYING, DEPLOYED):
        return row
    file = parsed(row.content)
    for other in rivals:
        if other.file_id != row.file_id and standing(session, other).state in (DEPLOYING, DEPLOYED):
            raise _taken(file)
    made = creation_of(file, _contracts(session, principal, yard))
    _check_token(file, made, yard.rpc)
    factory = yard.deployment.contracts["ProductFactory"]
    _foresee(yard, factory, made)
    products.keep_document(
        session, made.terms_hash, made.kind, json.dumps(made.document, indent=1, ensure_ascii=False) + "\n", yard.now
    )
    key = intents.next_key(session, key_of(made.terms_hash))
    intents.submit(
        session, key=key, tenant_id=row.tenant_id, kind=KIND, to=factory, calldata=made.call.data, gas=_GAS,
        asked_by=str(principal.principal_id),
    )  # fmt: skip
    row.terms_hash, row.intent_key = made.terms_hash, key
    row.deployed_by, row.deployed_at = principal.principal_id, yard.now
    audit.record(
        session, principal, operation="product_files.deploy", subject=f"product_files/{file_id}",
        facts={"terms_hash": made.terms_hash.hex()},
    )  # fmt: skip
    log.info("product.asked_for", product_id=row.product_id, version=row.version)
    return row


def _contracts(session: Session, principal: Principal, yard: Yard) -> dict[str, str]:
    """The deployment's contracts, with the treasury of the insurer who asks."""
    contracts = dict(yard.deployment.contracts)
    if principal.tenant_id is None:
        return contracts
    insurer = tenants.get(session, principal.tenant_id).insurer_address
    if insurer is None:
        return contracts
    own = treasury_of(session, insurer, contracts["TestStablecoin"])
    if own is None:  # never sell from somebody else's capital
        raise Problem(
            "deployment_refused",
            f"Insurer {insurer} has no treasury for this token, as far as blocks are taken in. Register it, or wait.",
            detail_zh=f"截至已读取的区块，保险公司 {insurer} 没有该代币的资金库。请先登记，或稍后再试。",
            refusal="treasury_missing",
        )  # fmt: skip
    return contracts | {"Treasury": own}


def _check_token(file: ProductFile | IndemnityFile, made: Creation, rpc: Rpc) -> None:
    """Amounts of the file are token units of the treasury's own token: nothing on the chain would notice others."""
    token = rpc.eth_call(made.terms.treasury, Treasury.asset())
    found = {
        "decimals": rpc.eth_call(token, TestStablecoin.decimals()),
        "symbol": rpc.eth_call(token, TestStablecoin.symbol()),
    }
    for name, said in (("decimals", file.decimals), ("symbol", file.symbol)):
        if said != found[name]:
            field, remedy = f"settlement_token.{name}", f"Write {found[name]}, and check every amount"
            problem = f"is not the treasury's token, whose {name} is {found[name]}"
            raise Problem(
                "product_file_invalid", f"{field} is {said}: {problem}. {remedy}.", field=field, value=str(said),
                problem=problem, remedy=remedy,
            )  # fmt: skip


def _foresee(yard: Yard, factory: str, made: Creation) -> None:
    """Try it at the last block, where this process knows who will send it."""
    if yard.sender is None:
        return
    refusal = simulate(yard.rpc, yard.sender, factory, made.call.data)
    if refusal is not None:
        raise Problem("deployment_refused", refusal.detail, detail_zh=refusal.detail_zh, refusal=refusal.code)


def _invalid(error: DomainError) -> Problem:
    return Problem(
        "product_file_invalid", str(error), field=error.field, value=str(error.value)[:200], problem=error.problem,
        remedy=error.remedy,
    )  # fmt: skip


def _taken(file: ProductFile | IndemnityFile) -> Problem:
    detail = f"version {file.version} of {file.product_id} is a product with other words. Raise the version."
    return Problem("product_version_taken", detail, product_id=file.product_id, version=file.version)
