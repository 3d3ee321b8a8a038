"""`quittance verify`: prove what happened on a ledger, from its chain or from one file, or say what disagrees."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ledger.bundle import export_bundle, load_bundle, verify_bundle
from ledger.claim_file import ClaimVerification, export_claim, verify_claim
from ledger.claim_form import load_claim
from ledger.deployment import Deployment
from ledger.findings import Discrepancy, Verification
from ledger.rpc import Rpc
from ledger.verify import verify as verify_ledger
from scripts.machine import state_folder

_CLAIM = re.compile(r"0x[0-9a-fA-F]{1,64}")
COUNTED = {
    "products": "products", "policies": "policies", "reports": "reports by the quorum", "payments": "payments",
    "paid": "paid, token units", "held": "held for payees, token units", "chain_checks": "checks against the chain",
}  # fmt: skip
OF_CLAIMS = {
    "claims": "claims verified", "disputes": "disputes before the panel", "payouts": "payouts through institutions",
    "notified": "reserved at notice, token units", "reestimated": "re-estimated, token units",
    "settled": "paid on claims, token units", "reserved": "still reserved, token units",
}  # fmt: skip
"""Shown where there are claims: opening 0 + notified ± re-estimated − paid = closing."""


class DocumentUnreadable(ValueError):
    """A product document is there and is not JSON."""


def documents_of(deployment: Deployment, folder: Path) -> dict[str, dict[str, Any]]:
    """Product documents that are at hand, by terms hash. A missing one is left out, and the verification says so.

    Raises:
        DocumentUnreadable
    """
    found = {}
    for product in deployment.products:
        path = folder / product.document
        if not path.is_file():
            continue
        try:
            found[product.terms_hash] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise DocumentUnreadable(
                f"document {path} is not JSON ({error}): copy it again from the insurer"
            ) from error
    return found


def sentence(wrong: Discrepancy) -> str:
    """A discrepancy as a person reads it."""
    where = f", in transaction {wrong.transaction}" if wrong.transaction else ""
    return f"{wrong.rule}: {wrong.subject}: {wrong.detail}{where}."


def show(verification: Verification, console: Console) -> None:
    """A table of what was looked at, what could not be proved, what disagrees, and the result as the last line."""
    table = Table(show_header=False, box=None)
    table.add_column()
    table.add_column(justify="right")
    for name, text in (COUNTED | (OF_CLAIMS if verification.claims else {})).items():
        table.add_row(text, f"{getattr(verification, name):,}")
    console.print(table)
    lines = [f"not proved: {note}." for note in verification.unproven]
    lines += [sentence(wrong) for wrong in verification.discrepancies]
    for line in [*lines, verification.summary()]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def verify_command(
    deployment: Path | None,
    bundle: Path | None = None,
    export: Path | None = None,
    *,
    rpc_url: str = "",
    documents: Path | None = None,
    console: Console | None = None,
) -> int:
    """Verify a ledger and show the result.

    Args:
        deployment: deployment.json; may be left out with `bundle`, which is then held against no other.
        bundle: Verify this file, without a chain.
        export: Write the ledger as the chain has it into this file first.
        rpc_url: Any node of the chain; the deployment's own if left out.
        documents: Folder that holds `documents/`; the deployment's own if left out.
    Returns:
        Exit code: 1 when anything disagrees.
    Raises:
        DeploymentInvalid, DocumentUnreadable, BundleInvalid, RpcError, RpcUnavailable
    """
    known = Deployment.load(deployment) if deployment else None
    if bundle is not None:
        result = verify_bundle(bundle)
        result = replace(result, discrepancies=(*_other_house(bundle, known), *result.discrepancies))
    else:
        if deployment is None or known is None:
            raise ValueError("name a deployment file or a bundle to verify")
        words = documents_of(known, documents or deployment.parent)
        rpc = Rpc(rpc_url or known.rpc_url)
        try:
            if export is not None:
                export_bundle(rpc, known, words, export)
            result = verify_ledger(rpc, known, words)
        finally:
            rpc.close()
    show(result, console or Console())
    return 1 if result.discrepancies else 0


def claim_command(
    claim_file: Path,
    claim: str = "",
    deployment: Path | None = None,
    *,
    rpc_url: str = "",
    documents: Path | None = None,
    console: Console | None = None,
) -> int:
    """Verify a file that holds one claim, and show the result.

    Args:
        claim: 0x-hex; write this claim into the file first, as the chain of the deployment has it.
        deployment: The file's contracts are held against these; left out: against none.
        rpc_url: Node that is asked whether the chain has the file's blocks; left out: none is asked.
    Returns:
        Exit code: 1 when anything disagrees.
    Raises:
        ClaimFileInvalid, ClaimNotOnChain, DeploymentInvalid, DocumentUnreadable, RpcError, RpcUnavailable
    """
    known = Deployment.load(deployment) if deployment else None
    asked = rpc_url or (known.rpc_url if claim and known else "")
    rpc = Rpc(asked) if asked else None
    try:
        if claim:
            if known is None or deployment is None or rpc is None:
                raise ValueError("name the deployment file whose chain has the claim")
            words = documents_of(known, documents or deployment.parent)
            export_claim(rpc, known, words, _claim_number(claim), claim_file)
        result = verify_claim(claim_file, rpc)
    finally:
        if rpc is not None:
            rpc.close()
    wrong = (*_other_contracts(claim_file, known), *result.discrepancies)
    show_claim(replace(result, discrepancies=wrong), console or Console())
    return 1 if wrong else 0


def _claim_number(text: str) -> int:
    if not _CLAIM.fullmatch(text):
        raise typer.BadParameter(
            f"{text!r} is not 0x and 1 to 64 hex digits: take the claim's number from its status", param_hint="--claim"
        )
    return int(text, 16)


def show_claim(verification: ClaimVerification, console: Console) -> None:
    """What the claim came to, what is not proved, what disagrees, and the result as the last line."""
    lines = [
        f"claim 0x{verification.claim_id:064x}",
        f"state {verification.state or 'unknown'}, outcome {verification.outcome or 'unknown'}",
        f"paid, token units, interest included: {verification.paid:,}",
        *([f"held for payees of the policy, token units: {verification.held:,}"] if verification.held else []),
        f"{verification.transactions} transactions in {verification.blocks} blocks",
        *(f"not proved: {note}." for note in verification.unproven),
        *(sentence(wrong) for wrong in verification.discrepancies),
        verification.summary(),
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _other_contracts(claim_file: Path, known: Deployment | None) -> list[Discrepancy]:
    """Contracts of a claim file that are not those of a deployment file."""
    if known is None:
        return []
    found, kinds = load_claim(claim_file), known.contract_kinds()
    wrong = [
        Discrepancy("I14", "claim file", f"its {kind} is {address}, which the deployment file does not have")
        for address, kind in found.contracts.items()
        if kinds.get(address) != kind
    ]
    if found.chain_id != known.chain_id:
        detail = f"its chain is {found.chain_id}, the deployment file's is {known.chain_id}"
        wrong.append(Discrepancy("I14", "claim file", detail))
    return wrong


def _other_house(bundle: Path, known: Deployment | None) -> list[Discrepancy]:
    """Contracts of a bundle that are not those of a deployment file: a true ledger, but somebody else's."""
    if known is None:
        return []
    found = load_bundle(bundle).deployment
    pairs = {"chain": (str(found.chain_id), str(known.chain_id))}
    pairs |= {name: (found.contracts.get(name, "missing"), address) for name, address in known.contracts.items()}
    return [
        Discrepancy("I14", "bundle", f"its {name} is {theirs}, the deployment file's is {ours}")
        for name, (theirs, ours) in pairs.items()
        if theirs != ours
    ]


def verify(
    deployment: Annotated[
        Path | None, typer.Option(help="deployment.json of the ledger; the demo's if left out.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="Verify this exported file, without any chain.")] = None,
    export: Annotated[Path | None, typer.Option(help="Write the ledger into this file, for others to verify.")] = None,
    rpc_url: Annotated[str, typer.Option(help="Any node of that chain; the deployment's own if left out.")] = "",
    documents: Annotated[
        Path | None, typer.Option(help="Folder that holds `documents/`; the deployment's own if left out.")
    ] = None,
    claim_file: Annotated[
        Path | None, typer.Option(help="Verify this file of one claim; without --rpc-url, without any chain.")
    ] = None,
    claim: Annotated[str, typer.Option(help="Write this claim (0x…) into --claim-file first.")] = "",
) -> None:
    """Recompute every policy, claim and payment from terms, reports and signatures, and hold the books against the
    chain.

    Asks one node of the chain, or with --bundle nobody, and neither the backend nor the insurer. Exit code 1 when
    anything disagrees.
    """
    if bundle is not None and export is not None:
        raise typer.BadParameter("a bundle is verified as it is: leave out --export, or --bundle")
    if claim_file is not None:
        if bundle is not None or export is not None:
            raise typer.BadParameter("one claim or the whole ledger: leave out --claim-file, or --bundle and --export")
        home = deployment or (state_folder() / "demo" / "deployment.json" if claim else None)
        raise typer.Exit(claim_command(claim_file, claim, home, rpc_url=rpc_url, documents=documents))
    if claim:
        raise typer.BadParameter("name the file the claim is written to with --claim-file")
    path = deployment if deployment or bundle else state_folder() / "demo" / "deployment.json"
    raise typer.Exit(verify_command(path, bundle, export, rpc_url=rpc_url, documents=documents))
