"""`quittance deploy` and `quittance verify`: put an insurer's contracts on a chain; prove what happened there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ledger.deployment import Deployment
from ledger.findings import Verification
from ledger.journal import SqliteJournal
from ledger.product_file import load_product
from ledger.rpc import Rpc
from ledger.sender import Sender, load_account
from ledger.verify import verify as verify_ledger
from scripts.deploy import Deployer, Parties
from scripts.machine import state_folder

SHOWN_DISCREPANCIES = 50


def documents_of(deployment: Deployment, folder: Path) -> dict[str, dict[str, Any]]:
    """Product documents that are at hand, by terms hash. A missing one is left out, and the verification says so."""
    found = {}
    for product in deployment.products:
        path = folder / product.document
        if path.is_file():
            found[product.terms_hash] = json.loads(path.read_text("utf-8"))
    return found


def show(verification: Verification, console: Console) -> None:
    """What was proved, what was not, and what disagrees."""
    table = Table(show_header=False, box=None)
    for name in ("products", "policies", "reports", "payments", "chain_checks"):
        table.add_row(name.replace("_", " "), f"{getattr(verification, name):,}")
    console.print(table)
    for text in verification.unproven:
        console.print(f"[yellow]not proved:[/] {text}", highlight=False)
    for wrong in verification.discrepancies[:SHOWN_DISCREPANCIES]:
        where = f" (transaction {wrong.transaction})" if wrong.transaction else ""
        console.print(f"[bold red]{wrong.rule}[/] {wrong.subject}: {wrong.detail}{where}", highlight=False)
    left = len(verification.discrepancies) - SHOWN_DISCREPANCIES
    if left > 0:
        console.print(f"and {left:,} more")
    console.print(verification.summary(), highlight=False)


def verify(
    deployment: Annotated[
        Path | None, typer.Option(help="deployment.json of the ledger; the demo's if left out.")
    ] = None,
    rpc_url: Annotated[str, typer.Option(help="Any node of that chain; the deployment's own if left out.")] = "",
    documents: Annotated[
        Path | None, typer.Option(help="Folder that holds `documents/`; the deployment's own if left out.")
    ] = None,
) -> None:
    """Recompute every policy and payment from terms, reports and signatures, and hold the books against the chain.

    Asks one node of the chain, and neither the backend nor the insurer. Exit code 1 when anything disagrees.
    """
    path = deployment or state_folder() / "demo" / "deployment.json"
    known = Deployment.load(path)
    rpc = Rpc(rpc_url or known.rpc_url)
    verification = verify_ledger(rpc, known, documents_of(known, documents or path.parent))
    show(verification, Console())
    raise typer.Exit(1 if verification.discrepancies else 0)


def deploy(
    rpc_url: Annotated[str, typer.Option(help="JSON-RPC address of the chain.")],
    keystore: Annotated[Path, typer.Option(help="Keystore V3 of the administrator, who pays the gas.")],
    password_file: Annotated[Path, typer.Option(help="File with the keystore's password.")],
    underwriter: Annotated[str, typer.Option(help="Address that signs quotes.")],
    guardian: Annotated[str, typer.Option(help="Address that may suspend sales.")],
    signer: Annotated[list[str], typer.Option(help="Address of an oracle node; four or more.")],
    product: Annotated[Path, typer.Option(help="Product file.")] = Path("products/flight-delay.yaml"),
    capital: Annotated[int, typer.Option(help="Capital to deposit, token units.", min=0)] = 0,
    faults: Annotated[int, typer.Option(help="Oracle nodes that may fail or lie.", min=1)] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Where deployment.json and the documents go; QUITTANCE_HOME if left out.")
    ] = None,
) -> None:
    """Deploy token, roles, quorum, treasury, factory and a product with a test token. Goes on where it was stopped.

    Every step is kept before it is sent, so that running the same command again after an interruption repeats none.
    """
    file = load_product(product)
    account = load_account(json.loads(keystore.read_text("utf-8")), password_file.read_text("utf-8").strip())
    rpc = Rpc(rpc_url)
    folder = folder or state_folder() / "deployment"
    folder.mkdir(parents=True, exist_ok=True)
    journal = SqliteJournal(folder / "deploy.sqlite")
    try:
        deployer = Deployer(rpc, Sender(rpc, account, journal, chain_id=rpc.chain_id()))
        made = deployer.house(Parties(underwriter, guardian, signer, faults))
        made = deployer.product(made, file, folder)
        if capital:
            deployer.capital(made, capital)
    finally:
        journal.close()
        rpc.close()
    made.save(folder / "deployment.json")
    console = Console()
    for name, address in made.contracts.items():
        console.print(f"{name:<18} {address}", highlight=False)
    console.print(f"{'product':<18} {made.products[0].address}  {file.product_id}", highlight=False)
    console.print(f"Kept in {folder / 'deployment.json'}.", highlight=False)
