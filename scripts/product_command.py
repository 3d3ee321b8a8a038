"""`quittance product`: check a product file before it becomes a contract, and read what it says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from domain.product_words import REASONS_TITLE, VERSION_WORDS, nature
from domain.terms import IndemnityFile, ProductFile
from ledger.product_file import load_product_file

app = typer.Typer(
    help="Check and read product files.", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
File = Annotated[Path, typer.Argument(help="Product file, such as products/flight-delay.yaml.")]


class Language(StrEnum):
    """Languages every clause is written in."""

    EN = "en"
    ZH = "zh"


def hashes(product: ProductFile | IndemnityFile) -> dict[str, str]:
    """What the file's words are known by. The terms' own hash needs the contracts of a deployment."""
    return {"clause root": f"0x{product.clause_root.hex()}", "document hash": f"0x{product.document_hash.hex()}"}


@app.command()
def check(file: File) -> None:
    """Validate a product file: names the field, the value it has and what it should be."""
    product = load_product_file(file)
    console = Console()
    console.print(
        f"{file}: {product.product_id} version {product.version}, {len(product.clauses)} clauses in English and "
        f"Chinese, valid.",
        highlight=False,
        soft_wrap=True,
    )
    if isinstance(product, IndemnityFile):
        _print_contents(product, console)
    _print_hashes(product, console)


@app.command()
def show(
    file: File,
    language: Annotated[Language, typer.Option(help="Language of the clauses.")] = Language.EN,
) -> None:
    """Print a product's clauses as a person reads them, with every number filled in, and its hashes."""
    product = load_product_file(file)
    console = Console()
    title = product.title_zh if language is Language.ZH else product.title_en
    version = f"{product.product_id}, {VERSION_WORDS[language]} {product.version}"
    console.print(Panel(f"[bold]{title}[/]\n{version}", expand=False))
    for clause in product.clauses:
        console.print(f"\n[bold]{clause.id}[/]  [dim]{nature(clause, language)}[/]", highlight=False)
        console.print(clause.text(language), highlight=False, markup=False)
    if isinstance(product, IndemnityFile):
        _print_reasons(product, language, console)
    console.print()
    _print_hashes(product, console)


def _print_contents(product: IndemnityFile, console: Console) -> None:
    """Perils, coverages and exclusions with their numbers on chain."""
    lists = {
        "perils": [peril.id for peril in product.perils],
        "coverages": [coverage.id for coverage in product.coverages],
    }
    bits = {clause.exclusion.bit: clause.exclusion.code for clause in product.exclusions if clause.exclusion}
    lines = {name: [f"{number} {id_}" for number, id_ in enumerate(ids)] for name, ids in lists.items()}
    lines["exclusions"] = [f"{bit} {code}" for bit, code in bits.items()]
    lines["reasons"] = [str(each.reason.code) for each in product.reasons]
    for name, words in lines.items():
        console.print(f"{name:<14} {', '.join(words) or 'none'}", highlight=False, soft_wrap=True)


def _print_reasons(product: IndemnityFile, language: Language, console: Console) -> None:
    console.print(f"\n[bold]{REASONS_TITLE[language]}[/]")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for each in product.reasons:
        table.add_row(str(each.reason.code), each.reason.text(language), ", ".join(each.clauses))
    console.print(table, highlight=False)


def _print_hashes(product: ProductFile | IndemnityFile, console: Console) -> None:
    for name, value in hashes(product).items():
        console.print(f"{name:<14} {value}", highlight=False, soft_wrap=True)
