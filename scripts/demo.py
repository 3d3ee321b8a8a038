"""`quittance demo`: a real day of New York flights, insured, flown, paid and proved."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain.flight import FlightKey, parse_flight_key
from ledger.rpc import Rpc
from ledger.verify import verify
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import FlightRecords, load_records
from scripts import demo_report
from scripts.demo_day import Follower, gas_per_payout, pass_day, product_address
from scripts.demo_report import DemoResult, Timing
from scripts.demo_sale import SaleFailed, Shop, Wish, draw_wishes, fund, replaced, sell
from scripts.machine import state_folder
from scripts.model_store import trained_model
from scripts.stack import Stack, StackOptions, derived_key, stop

NEW_YORK = ZoneInfo("America/New_York")
FIRST_DAY, LAST_DAY = date(2013, 7, 1), date(2013, 12, 31)
MOST_POLICIES = 20_000
SALE_OPENS_HOUR = 22
TOKEN = 1_000_000
PASSES = 3


class DemoRefused(ValueError):
    """An argument cannot be; names it, its value and what to do."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What was asked for."""

    day: date
    policies: int
    seed: int
    port: int
    chain_port: int


def demo(
    day: Annotated[str, typer.Option(help="Day to insure, July to December 2013.")] = "2013-09-12",
    policies: Annotated[int, typer.Option(help="How many policies to sell, 1 to 20,000.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Draws flights and sums insured; the same seed, the same policies.")] = 1,
    exit_: Annotated[bool, typer.Option("--exit", help="Stop everything at the end instead of staying up.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the result as JSON to this file.")] = None,
    port: Annotated[int, typer.Option(help="Port of page and API; 0 takes any free one.")] = 0,
    chain_port: Annotated[int, typer.Option(help="Port of the chain; 0 takes any free one.")] = 0,
) -> None:
    """Sell policies on a real day's flights, let the day pass, settle as flights land, and verify the ledger."""
    console = Console()
    options = check_options(day, policies, seed, port, chain_port, report)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _as_interrupt)
    try:
        stack, result = run(options, console)
        console.print(demo_report.table(result))
        for discrepancy in result.verification.discrepancies:
            console.print(f"[red]{discrepancy.rule}[/red] {discrepancy.subject}: {discrepancy.detail}")
        if report is not None:
            demo_report.write(result, report)
            console.print(f"report written to {report}")
        console.print(f"[bold]{result.verification.summary()}[/bold]")
        if result.verification.discrepancies:
            raise typer.Exit(1)
        if not exit_:
            stay(stack, console)
    except KeyboardInterrupt:
        console.print("\nstopping")
    finally:
        stop(demo_home())


def check_options(day: str, policies: int, seed: int, port: int, chain_port: int, report: Path | None) -> DemoOptions:
    """Refuse what cannot be, before anything is started.

    Raises:
        DemoRefused
    """
    remedy = f"choose one from {FIRST_DAY} to {LAST_DAY}, as in --day 2013-09-12"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise DemoRefused(f"--day {day!r} is not a date: {remedy}")
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise DemoRefused(f"--day {day} is not in the calendar: {remedy}") from None
    if not FIRST_DAY <= when <= LAST_DAY:
        raise DemoRefused(f"--day {day} is outside the days the model was not trained on: {remedy}")
    if not 1 <= policies <= MOST_POLICIES:
        raise DemoRefused(f"--policies {policies} is out of range: choose 1 to {MOST_POLICIES:,}")
    for name, value in (("--port", port), ("--chain-port", chain_port)):
        if not 0 <= value <= 65_535:
            raise DemoRefused(f"{name} {value} is no port: choose 1024 to 65535, or 0 for any free one")
    if report is not None and (report.is_dir() or not report.absolute().parent.is_dir()):
        raise DemoRefused(f"--report {report} cannot be written: name a file in a folder that exists")
    if shutil.which("node") is None:
        raise DemoRefused("Node.js is not installed, and the chain's tools come with it: install Node.js 20 or later")
    return DemoOptions(when, policies, seed, port, chain_port)


def demo_home() -> Path:
    """Where the demonstration keeps its state."""
    return state_folder() / "demo"


def run(options: DemoOptions, console: Console) -> tuple[Stack, DemoResult]:
    """The demonstration itself; the stack is left running. Whatever was started is stopped if it fails."""
    base = demo_home().parent
    records = load_records(base / "cache")
    archive = ArchiveSource(records)
    flights = archive.flights_on(options.day.isoformat())
    model = trained_model(base, console)
    stack = Stack(_stack_options(options, model))
    try:
        with console.status("starting") as status:
            stack.start(status.update)
        console.print(f"page and API at [link]{stack.page}[/link], chain at {stack.rpc.url}")
        with _progress(console) as progress:
            follower = _sell(stack, options, flights, progress)
            took = _fly(follower, _visible_at(follower, archive, records), progress)
        with console.status("verifying the ledger"):
            result = _prove(stack, options, follower, took)
        return stack, result
    except BaseException:
        stack.stop()
        raise


def _stack_options(options: DemoOptions, model: Path) -> StackOptions:
    eve = datetime(options.day.year, options.day.month, options.day.day, SALE_OPENS_HOUR, tzinfo=NEW_YORK)
    genesis = int((eve - timedelta(days=1)).timestamp())
    return StackOptions(
        home=demo_home(), model=model, genesis=genesis, capital=options.policies * 1_000 * TOKEN + 100_000 * TOKEN,
        port=options.port, chain_port=options.chain_port,
    )  # fmt: skip


def _sell(stack: Stack, options: DemoOptions, flights: list[FlightKey], progress: Progress) -> Follower:
    deployment = stack.deployment
    assert deployment is not None
    holders = [derived_key(options.seed, number) for number in range(options.policies)]
    funding = progress.add_task("test dollars issued", total=len(holders))
    for done in fund(stack.administrator, deployment.contracts["TestStablecoin"], holders):
        progress.update(funding, completed=done)
    follower = Follower(stack.rpc, deployment, stack.api)
    shop = Shop(
        api=stack.api, key=stack.seller_key, chain_id=deployment.chain_id, product=product_address(deployment),
        token=deployment.contracts["TestStablecoin"], treasury=deployment.contracts["Treasury"],
    )  # fmt: skip
    wishes = draw_wishes(flights, holders, seed=options.seed, least=100 * TOKEN, most=1_000 * TOKEN)
    accepting = progress.add_task("policies quoted and accepted", total=len(wishes))
    binding = progress.add_task("policies bound", total=len(wishes))
    _sell_all(shop, wishes, flights, options.seed, lambda n: progress.advance(accepting, n))

    def all_bound() -> bool:
        progress.update(binding, completed=len(follower.state.policies))
        return len(follower.state.policies) == len(wishes)

    follower.wait_until(all_bound, "not every accepted policy is bound")
    return follower


def _sell_all(
    shop: Shop, wishes: list[Wish], flights: list[FlightKey], seed: int, progress: Callable[[int], None]
) -> None:
    for attempt in range(PASSES):
        sold = sell(shop, wishes, progress)
        if not sold.refusals:
            return
        wishes = replaced(wishes, flights, sold.refusals, seed + attempt)
    raise SaleFailed(f"{len(sold.refusals)} applications were refused, first: {sold.refusals[0]}")


def _visible_at(follower: Follower, archive: ArchiveSource, records: FlightRecords) -> dict[int, int]:
    """When the outcome of each insured flight can be known, unix seconds."""
    found = {}
    for insured in follower.state.insured_events.values():
        row = archive.row(parse_flight_key(insured.insured_event))
        assert row is not None, "the nodes priced a flight the archive does not have"
        found[insured.event_id] = int(records.visible_at[row])
    return found


def _fly(follower: Follower, visible: dict[int, int], progress: Progress) -> list[float]:
    task = progress.add_task("flights ended and settled", total=len(visible))

    def seen(now: int, settled: int) -> None:
        clock = datetime.fromtimestamp(now, NEW_YORK).strftime("%d %b %H:%M")
        progress.update(task, completed=settled, description=f"flights ended and settled, {clock}")

    return pass_day(follower, visible, seen)


def _prove(stack: Stack, options: DemoOptions, follower: Follower, took: list[float]) -> DemoResult:
    deployment = stack.deployment
    assert deployment is not None
    documents = {p.terms_hash: json.loads((stack.home / p.document).read_text("utf-8")) for p in deployment.products}
    verification = verify(Rpc(stack.rpc.url), deployment, documents)
    timing = Timing(demo_report.quantile(took, 0.5), max(took, default=0.0), gas_per_payout(follower))
    return DemoResult(options.day.isoformat(), options.seed, follower.state, follower.settled_in, timing, verification)


def stay(stack: Stack, console: Console) -> None:
    """Leave page and API up until Ctrl-C."""
    deployment = stack.deployment
    assert deployment is not None
    console.print(f"\npage      {stack.page}/\nAPI       {stack.page}/docs\nchain     {stack.rpc.url}")
    for name, address in deployment.contracts.items():
        console.print(f"{name:<18} {address}")
    for product in deployment.products:
        console.print(f"{product.product_id:<18} {product.address}")
    console.print(f"verify    quittance verify --deployment {stack.deployment_file}\n\nCtrl-C stops everything.")
    while stack.processes.running():
        time.sleep(0.5)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<45}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
