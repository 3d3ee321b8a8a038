"""`quittance product`: check a product file before it becomes a contract, and read what it says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from domain.terms import ProductFile
from ledger.product_file import load_product

app = typer.Typer(
    help="Check and read product files.", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
File = Annotated[Path, typer.Argument(help="Product file, such as products/flight-delay.yaml.")]


class Language(StrEnum):
    """Languages every clause is written in."""

    EN = "en"
    ZH = "zh"


def hashes(product: ProductFile) -> dict[str, str]:
    """What the file's words are known by. The terms' own hash needs the treasury and quorum of a deployment."""
    return {"clause root": f"0x{product.clause_root.hex()}", "document hash": f"0x{product.document_hash.hex()}"}


@app.command()
def check(file: File) -> None:
    """Validate a product file: names the field, the value it has and what it should be."""
    product = load_product(file)
    console = Console()
    console.print(
        f"{file}: {product.product_id} version {product.version}, {len(product.clauses)} clauses in English and "
        f"Chinese, valid.",
        highlight=False,
    )
    for name, value in hashes(product).items():
        console.print(f"{name:<14} {value}", highlight=False, soft_wrap=True)


@app.command()
def show(
    file: File,
    language: Annotated[Language, typer.Option(help="Language of the clauses.")] = Language.EN,
) -> None:
    """Print a product's clauses as a person reads them, with every number filled in, and its hashes."""
    product = load_product(file)
    console = Console()
    title = product.title_zh if language is Language.ZH else product.title_en
    console.print(Panel(f"[bold]{title}[/]\n{product.product_id}, version {product.version}", expand=False))
    for clause in product.clauses:
        console.print(
            f"\n[bold]{clause.id}[/]  [dim]{clause.kind.value}[/]\n{clause.text(language.value)}", highlight=False
        )
    console.print()
    for name, value in hashes(product).items():
        console.print(f"{name:<14} {value}", highlight=False, soft_wrap=True)
