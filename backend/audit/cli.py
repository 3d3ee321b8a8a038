"""`quittance audit …`: key, head, export, prove, heads, verify, readers. `verify` needs no database."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from backend.audit import exports, proofs, service
from backend.audit.anchoring import Anchorer, anchored_heads
from backend.audit.checkpoints import AuditKeyInvalid, HeadSigner, make_audit_key
from backend.audit.entries import HOUSE_TENANT
from backend.audit.reading import readers
from backend.audit.sequencer import Sequencer
from backend.audit.verify import TamperingFound, TrustedHead, read_kept, verify_export, write_kept
from backend.config import Settings
from backend.database import Database, database_url
from domain.hashing import canonical_json
from ledger.deployment import Deployment
from ledger.rpc import Rpc

app = typer.Typer(help="Audit log: sign, export, prove, verify.", no_args_is_help=True)
Tenant = Annotated[UUID, typer.Option(help="Whose log; without it, the operator's own.")]
PublicKey = Annotated[str, typer.Option(help="The log's public key as you know it, 64 hex digits.")]
Kept = Annotated[list[Path] | None, typer.Option("--head", help="Heads you kept: a signed head, or from `heads`.")]
Out = Annotated[Path, typer.Option(help="File to write.")]
_KEY_HEX = 64


@app.command()
def key(path: Path) -> None:
    """Make a key that signs heads. Prints the public key: auditors keep it."""
    typer.echo(f"{make_audit_key(path).hex()}\nPrivate key in {path}. Give auditors the line above.")


@app.command()
def head(tenant: Tenant = HOUSE_TENANT) -> None:
    """Sign a head of everything recorded so far, and print it."""
    settings = Settings()
    deployment = Deployment.load(settings.deployment)
    database = Database(database_url(settings))
    Sequencer(database).step()
    anchorer = Anchorer(
        database, Rpc(deployment.rpc_url), None, _signer(settings), chain_id=deployment.chain_id,
        anchor=deployment.contracts["TransparencyAnchor"], clock=lambda: int(time.time()),
    )  # fmt: skip
    anchorer.sign_now(tenant)
    with database.every_tenant() as session:
        typer.echo(service.newest_head(session, tenant).note, nl=False)


@app.command(name="readers")
def show_readers(
    hours: Annotated[int, typer.Option(min=1, max=8_784, help="How far back.")] = 1,
    most: Annotated[int, typer.Option(min=1, max=1_000, help="How many are shown.")] = 20,
) -> None:
    """Who of the staff opened records of most people: insurer, person, people, openings. Own records do not count."""
    database = Database(database_url(Settings()))
    Sequencer(database).step()
    with database.every_tenant() as session:
        found = readers(session, since=int(time.time()) - hours * 3_600, limit=most)
    typer.echo("insurer                               person                                people  openings")
    for each in found:
        typer.echo(f"{each.tenant_id}  {each.principal_id}  {each.persons:>6}  {each.openings:>8}")


@app.command()
def export(out: Out, tenant: Tenant = HOUSE_TENANT) -> None:
    """Write a log to a file that can be verified anywhere."""
    settings = Settings()
    signer, database = _signer(settings), Database(database_url(settings))
    with database.every_tenant() as session, out.open("wb") as file:
        covered = exports.extent(session, tenant)
        file.writelines(exports.lines(session, tenant, signer.public_key, covered.size))
    newer = f" {covered.newer} newer ones have no head yet: export again later." if covered.newer else ""
    typer.echo(f"{covered.size} entries written to {out}.{newer}")


@app.command()
def prove(
    out: Out,
    tenant: Tenant = HOUSE_TENANT,
    entry: Annotated[int | None, typer.Option(min=0, help="Prove that this entry is in the log.")] = None,
    first: Annotated[int | None, typer.Option(min=1, help="Prove that the log begins with its first N.")] = None,
) -> None:
    """Write a proof against the newest signed head: that an entry is in the log, or what the log begins with."""
    if (entry is None) == (first is None):
        raise typer.BadParameter("give either --entry or --first")
    with Database(database_url(Settings())).every_tenant() as session:
        document = _proof(session, tenant, entry, first)
    out.write_bytes(canonical_json(document) + b"\n")
    typer.echo(f"Proof written to {out}. Check it: quittance audit verify {out} --public-key KEY")


def _proof(session: Session, tenant: UUID, entry: int | None, first: int | None) -> dict[str, object]:
    newest = service.newest_head(session, tenant)
    if entry is not None:
        return proofs.inclusion_document(service.prove_inclusion(session, tenant, entry, newest.size), newest.note)
    return proofs.consistency_document(
        service.prove_consistency(session, tenant, first or 0, newest.size), newest.note
    )  # fmt: skip


@app.command()
def heads(
    out: Out,
    rpc_url: Annotated[str, typer.Option(help="A node of the chain that you trust.")],
    anchor: Annotated[str, typer.Option(help="Address of TransparencyAnchor.")],
    tenant: Tenant = HOUSE_TENANT,
) -> None:
    """Take a log's heads from the chain, to keep: what they cover cannot be taken back. Needs no backend."""
    found = anchored_heads(Rpc(rpc_url), anchor, tenant)
    out.write_bytes(write_kept(tenant, found))
    typer.echo(f"{len(found)} heads written to {out}, up to {found[-1].size if found else 0} entries.")


@app.command()
def verify(file: Path, public_key: PublicKey = "", kept: Kept = None) -> None:
    """Verify an export or a proof, offline. Exit code 1 when it was tampered with."""
    pinned = bytes.fromhex(public_key) if len(public_key) == _KEY_HEX else None
    if public_key and pinned is None:
        raise AuditKeyInvalid(f"--public-key has {len(public_key)} characters. Give the 64 hex digits of `audit key`.")
    try:
        with file.open("rb") as lines:
            start = lines.readline()
            lines.seek(0)
            document = _document(start)
            if document is not None:
                _verify_proof(document, pinned, kept or [])
                return
            tenant, own = _named(start)
            verdict = verify_export(lines, public_key=pinned, trusted=_kept(kept or [], tenant, pinned or own))
    except TamperingFound as error:
        typer.echo(f"TAMPERED: {error}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{verdict.entries} entries in their places under {verdict.heads} signed heads.")
    if not verdict.pinned:
        typer.echo(f"Signed by {verdict.public_key.hex()}, by the export's own word: give --public-key.")
    typer.echo(
        f"Nothing is missing up to entry {verdict.proven_size}, which a kept head covers." if verdict.proven_size
        else "Nothing says that its end was not cut off: give --head with heads you kept or took from the chain."
    )  # fmt: skip


def _verify_proof(document: dict[str, object], pinned: bytes | None, kept: list[Path]) -> None:
    if pinned is None:
        raise AuditKeyInvalid("A proof is worth what its signer is: give --public-key.")
    tenant = proofs.verify_document(document, public_key=pinned).tenant_id
    known = _kept(kept, tenant, pinned)
    proved = proofs.verify_document(document, public_key=pinned, trusted=known)
    typer.echo(f"{proved.what} belongs to the log of {proved.size} entries, signed at {proved.signed_at}.")
    if proved.met:
        typer.echo("A kept head of it agrees.")
    elif known:
        newest = max(head.size for head in known)
        typer.echo(
            f"None of the kept heads was compared: the proof speaks of other sizes. Take one with --first {newest}.",
            err=True,
        )
        raise typer.Exit(2)


def _document(start: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(start)
    except ValueError:
        return None
    known = isinstance(found, dict) and found.get("format") in (proofs.INCLUSION, proofs.CONSISTENCY)
    return found if known else None


def _named(start: bytes) -> tuple[UUID, bytes]:
    """Log and key an export names; what they are worth is checked later."""
    try:
        header = json.loads(start)
        return UUID(header["origin"].rsplit("/", 1)[-1]), bytes.fromhex(header["public_key"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperingFound("line 1 is not the header of an export") from error


def _kept(files: list[Path], tenant: UUID, public_key: bytes) -> list[TrustedHead]:
    return [head for file in files for head in read_kept(file.read_text("utf-8"), tenant, public_key)]


def _signer(settings: Settings) -> HeadSigner:
    if settings.audit_key_file is None:
        raise AuditKeyInvalid("QUITTANCE_AUDIT_KEY_FILE is not set. Make a key with: quittance audit key PATH")
    return HeadSigner.load(settings.audit_key_file)
