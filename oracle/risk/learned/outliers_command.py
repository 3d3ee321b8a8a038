"""`quittance risk outliers`: applications unlike the others of their form, for a person to look at (R6, R12)."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from oracle.risk.indicators import CASES, Case, Kind
from oracle.risk.refusals import told_refusals
from oracle.risk.spoken import AsJson, Language, Spoken, print_json, print_plain
from oracle.risk.vocabulary import asked

if TYPE_CHECKING:
    import pyarrow as pa

    from oracle.risk.learned.outliers import Outlier

LEAST_ROWS = 100
MOST_ROWS = 1_000_000
"""All rows are looked at together; more are to be given in several files."""

_RULED = ("age_years", "past_claims_36m")
"""What the rules look at."""


def outliers_command(
    applications: Annotated[Path, typer.Option("--in", help="Applications, Parquet: one row each.")],
    language: Spoken = Language.BOTH,
    as_json: AsJson = False,
) -> None:
    """List unusual applications with the reasons. Fewer than 100 of a form are looked at by rules alone."""
    with told_refusals():
        found = sorted(_found(applications), key=lambda each: (-each[1].unusual_bps, each[0]))
    if as_json:
        print_json([
            {"application_id": number, "unusual_bps": each.unusual_bps,
             "reasons": [{"code": one.code, "en": one.en, "zh": one.zh} for one in each.reasons]}
            for number, each in found
        ])  # fmt: skip
        return
    console = Console()
    shown = Table()
    for name in ("application_id", "unusual", "why"):
        shown.add_column(name, overflow="fold")
    for number, each in found:
        words = [one.en if spoken == "en" else one.zh for spoken in language.each for one in each.reasons]
        shown.add_row(number, f"{each.unusual_bps / 100:.2f} %", " ".join(words))
    if found:
        console.print(shown, markup=False)
    print_plain(console, f"{len(found)} applications for manual review; nobody is declined for being on this list")


def _found(path: Path) -> Iterator[tuple[str, "Outlier"]]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from oracle.risk.portfolio.source import open_portfolio
    from oracle.risk.portfolio.table import PortfolioInvalid, readable

    portfolio = open_portfolio(path)
    if portfolio.rows > MOST_ROWS:
        problem = f"are more than {MOST_ROWS:,} rows"
        raise PortfolioInvalid("--in", f"{portfolio.rows:,}", problem, "Split the file; each part is judged by itself")
    table = readable(pq.read_table(path))
    for case in CASES:
        same = pc.and_(pc.equal(table["line"], case.line.value), pc.equal(table["party"], case.party.value))
        rows = table.filter(same)
        if rows.num_rows:
            yield from _of_case(rows, case)


def _of_case(table: "pa.Table", case: Case) -> Iterator[tuple[str, "Outlier"]]:
    from oracle.risk.learned.outliers import fit_outliers, outliers

    wholes = [each.name for each in asked(*case) if each.kind is Kind.WHOLE and each.name in table.schema.names]
    columns = tuple(name for name in wholes if table[name].null_count < table.num_rows)
    frame = table.select(list(columns)).to_pandas()
    detector = fit_outliers(frame, columns) if table.num_rows >= LEAST_ROWS and columns else None
    rows = table.select([name for name in _RULED if name in table.schema.names]).to_pylist()
    for each in outliers(rows, frame, detector):
        yield str(table["application_id"][each.row].as_py()), each
