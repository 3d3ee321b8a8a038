"""`quittance deploy`: put an insurer's contracts on a chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ledger.deployment import DeployedProduct, Deployment
from ledger.journal import SqliteJournal
from ledger.product_file import load_product_file
from ledger.rpc import Rpc
from ledger.sender import Sender, load_account
from scripts.deploy import Deployer, Parties
from scripts.machine import state_folder

DEFAULT = Path("products/flight-delay.yaml")


def deploy(
    rpc_url: Annotated[str, typer.Option(help="JSON-RPC address of the chain.")],
    keystore: Annotated[Path, typer.Option(help="Keystore V3 of the administrator, who pays the gas.")],
    password_file: Annotated[Path, typer.Option(help="File with the keystore's password.")],
    underwriter: Annotated[str, typer.Option(help="Address that signs quotes.")],
    guardian: Annotated[str, typer.Option(help="Address that may suspend sales.")],
    signer: Annotated[list[str], typer.Option(help="Address of an oracle node; four or more.")],
    product: Annotated[
        list[Path] | None, typer.Option(help=f"Product file, of either kind; may be repeated. {DEFAULT} if left out.")
    ] = None,
    capital: Annotated[int, typer.Option(help="Capital to deposit, token units.", min=0)] = 0,
    faults: Annotated[int, typer.Option(help="Oracle nodes that may fail or lie.", min=1)] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Where deployment.json and the documents go; QUITTANCE_HOME if left out.")
    ] = None,
) -> None:
    """Deploy token, roles, quorum, treasury, factory and products with a test token. Goes on where it was stopped.

    Every step is kept before it is sent, so that running the same command again after an interruption repeats none.
    Run again with another product file, it deploys that product beside the others.
    """
    files = [load_product_file(path) for path in product or [DEFAULT]]
    account = load_account(json.loads(keystore.read_text("utf-8")), password_file.read_text("utf-8").strip())
    rpc = Rpc(rpc_url)
    folder = folder or state_folder() / "deployment"
    folder.mkdir(parents=True, exist_ok=True)
    journal = SqliteJournal(folder / "deploy.sqlite")
    try:
        deployer = Deployer(rpc, Sender(rpc, account, journal, chain_id=rpc.chain_id()))
        made = deployer.house(Parties(underwriter, guardian, signer, faults))
        for deployed in _products_before(folder / "deployment.json", made):
            made = made.with_product(deployed)
        for file in files:
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
    for deployed in made.products:
        console.print(f"{'product':<18} {deployed.address}  {deployed.product_id}", highlight=False)
    console.print(f"Kept in {folder / 'deployment.json'}.", highlight=False)


def _products_before(path: Path, made: Deployment) -> tuple[DeployedProduct, ...]:
    """Products that were deployed with the same contracts before.

    Raises:
        DeploymentInvalid: The file is there and is no deployment.
    """
    known = Deployment.load(path) if path.exists() else made
    return known.products if known.contracts == made.contracts else ()
