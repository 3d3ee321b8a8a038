"""`quittance risk audit-sample` and `mismatches`: the checks of data that R17 asks for."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oracle.risk.documents import DocumentInvalid
from oracle.risk.refusals import told_refusals
from oracle.risk.spoken import AsJson, counted, print_json, print_plain

_MOST_SECRET_BYTES = 4_096


def audit_sample_command(
    applications: Annotated[Path, typer.Option("--in", help="Applications, Parquet: one row each.")],
    secret_file: Annotated[Path, typer.Option(help="File with the secret of the draw, 16 bytes or more.")],
    as_json: AsJson = False,
) -> None:
    """Draw the applications whose authenticity is checked; the same secret always draws the same."""
    from oracle.risk.portfolio.source import open_portfolio
    from oracle.risk.quality import quality_table, sample

    with told_refusals():
        key, table = _secret(secret_file), quality_table()
        portfolio = open_portfolio(applications)
        found = [each for ids in portfolio.ids() for each in sample(ids, key, table)]
    if as_json:
        content = {"rows": portfolio.rows, "sample_bps": table.sample_bps, "application_ids": [str(n) for n in found]}
        print_json(content)
        return
    console = Console()
    for each in found:
        print_plain(console, str(each))
    are, share = "is" if len(found) == 1 else "are", f"share {table.sample_bps / 100:g} %"
    told = f"{len(found):,} of {counted(portfolio.rows, 'application')} {are} to be checked ({share})"
    print_plain(Console(stderr=True), told)


def mismatches_command(
    files: Annotated[list[Path], typer.Argument(help="Applications, YAML or JSON.")], as_json: AsJson = False
) -> None:
    """List where third parties differ from the customer beyond the tolerance; what favours the customer comes first."""
    from oracle.risk.application import load_application
    from oracle.risk.quality import mismatches, quality_table

    with told_refusals():
        table = quality_table()
        read = [load_application(file) for file in files]
    found = [(each.application_id, one) for each in read for one in mismatches(each, table)]
    found.sort(key=lambda pair: pair[1].favours.value != "customer")
    rows = [
        (str(number), one.indicator, one.source.value, one.stated, one.reported, one.favours.value)
        for number, one in found
    ]
    names = ("application_id", "indicator", "source", "stated", "reported", "favours")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    console, shown = Console(), Table()
    for name in names:
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    if rows:
        console.print(shown, markup=False)
    print_plain(console, f"{counted(len(rows), 'mismatch', 'mismatches')} in {counted(len(read), 'application')}")


def _secret(path: Path) -> bytes:
    from oracle.risk.quality import LEAST_KEY_BYTES

    with path.open("rb") as file:
        key = file.read(_MOST_SECRET_BYTES + 1).strip()
    if not LEAST_KEY_BYTES <= len(key) <= _MOST_SECRET_BYTES:
        problem = f"is not from {LEAST_KEY_BYTES} to {_MOST_SECRET_BYTES} bytes"
        raise DocumentInvalid("--secret-file", f"{len(key)} bytes", problem, "Draw 32 random bytes and keep them")
    return key
