"""`quittance demo-trigger`: earthquakes, rain or wind on real records, insured, settled on a local chain and proved."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from domain.insured_period import Trigger, parse_insured_period
from domain.policy import Outcome
from ledger.atomic_file import write_atomically
from scripts.anvil import running_anvil
from scripts.trigger_offer import Offer, OfferRefused, earthquake_offer, weather_offer
from scripts.trigger_recheck import Recheck
from scripts.trigger_run import TOKEN, Outcomes, play

MOST_POLICIES = 400


def demo_trigger(
    trigger: Annotated[Trigger, typer.Argument(help="What is insured.")],
    archive: Annotated[Path | None, typer.Option(help="Catalogue of earthquakes as a Parquet file.")] = None,
    year: Annotated[int, typer.Option(help="Earthquakes: year to insure, 1995 to 2023.")] = 2016,
    first_day: Annotated[str, typer.Option(help="Rain and wind: first of thirty days of 2013.")] = "2013-06-01",
    policies: Annotated[int, typer.Option(help="How many policies to sell, 1 to 400.")] = 200,
    seed: Annotated[int, typer.Option(help="Draws places, days and sums insured.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write the result as JSON to this file.")] = None,
) -> None:
    """Price from the archive, sell, let the days pass, settle what was measured, and verify the ledger."""
    console = Console()
    if not 1 <= policies <= MOST_POLICIES:
        raise OfferRefused(f"--policies {policies} is out of range: choose 1 to {MOST_POLICIES}")
    with console.status("pricing from the archive"):
        offer = _offer(trigger, archive, year, first_day)
    with console.status("starting a chain") as status, running_anvil(timestamp=offer.opens_at) as rpc:
        outcomes = play(offer, rpc, policies=policies, seed=seed, progress=status.update)
    with console.status("working the values out again"):
        result = summary(offer, outcomes, Recheck(trigger, archive))
    console.print(_table(result))
    if report is not None:
        write_atomically(report, json.dumps(result, indent=1, ensure_ascii=False) + "\n")
        console.print(f"report written to {report}")
    console.print(f"[bold]{outcomes.verification.summary()}[/bold]")
    if outcomes.verification.discrepancies or result["differing"]:
        raise typer.Exit(1)


def _offer(trigger: Trigger, archive: Path | None, year: int, first_day: str) -> Offer:
    if trigger is Trigger.EARTHQUAKE:
        if archive is None:
            raise OfferRefused("--archive is missing: name a catalogue of the USGS as a Parquet file")
        return earthquake_offer(archive, year)
    try:
        return weather_offer(trigger, date.fromisoformat(first_day))
    except ValueError as error:
        if isinstance(error, OfferRefused):
            raise
        raise OfferRefused(f"--first-day {first_day!r} is no day: write it as in 2013-06-01") from None


def summary(offer: Offer, outcomes: Outcomes, recheck: Recheck) -> dict[str, Any]:
    """The result as programs read it, amounts in token units; `differing` are events the second reading denies."""
    state = outcomes.state
    policies = list(state.policies.values())
    curve = state.products[policies[0].product].terms.curve
    names = {insured.text(): name for name, insured in offer.periods}
    events, differing = [], []
    for event in state.insured_events.values():
        again = recheck.value(parse_insured_period(event.insured_event))
        measured = event.value if event.outcome is Outcome.MEASURED else None
        if not _same(measured, again) or (measured is not None and event.share_bps != curve.share_bps(measured)):
            differing.append(event.insured_event)
        if measured is None or event.share_bps:
            share = event.share_bps if measured is not None else None
            place = names[event.insured_event]
            events.append({"event": event.insured_event, "place": place, "value": measured, "share_bps": share})
    premiums = sum(policy.quote.premium for policy in policies)
    silent = {key for key, event in state.insured_events.items() if event.outcome is Outcome.NOT_REPORTED}
    returned = [policy for policy in policies if (policy.product, policy.event_id) in silent]
    insured = [policy for policy in policies if (policy.product, policy.event_id) not in silent]
    paid = sum(policy.indemnity or 0 for policy in insured)
    return {
        "trigger": str(offer.trigger), "policies": len(policies), "premium": premiums, "paid": paid,
        "policies_paid": sum(bool(policy.indemnity) for policy in insured),
        "premiums_returned": sum(policy.quote.premium for policy in returned),
        "events": len(state.insured_events), "not_reported": len(outcomes.unreported), "differing": differing,
        "prices_ppb": offer.prices, "periods_known": offer.history, "events_told": events,
        "verified": {
            "events": outcomes.verification.events, "discrepancies": len(outcomes.verification.discrepancies)
        },
    }  # fmt: skip


def _same(measured: int | None, again: int | None) -> bool:
    """Floating point may fall on the other side of a whole number."""
    return measured == again or (measured is not None and again is not None and abs(measured - again) <= 1)


def _table(result: dict[str, Any]) -> Table:
    found = Table(title=f"{result['trigger']} insurance on real records", show_header=False)
    found.add_column("what")
    found.add_column("how much", justify="right")
    found.add_row("policies", f"{result['policies']:,} on {result['events']:,} events")
    found.add_row("premium", f"{result['premium'] / TOKEN:,.2f} TUSD")
    found.add_row("policies paid", f"{result['policies_paid']:,}")
    found.add_row("paid", f"{result['paid'] / TOKEN:,.2f} TUSD")
    found.add_row("events not reported", f"{result['not_reported']:,}")
    found.add_row("premiums returned", f"{result['premiums_returned'] / TOKEN:,.2f} TUSD")
    found.add_row("worked out again otherwise", f"{len(result['differing']):,} differ")
    for event in result["events_told"]:
        told = "not reported" if event["value"] is None else f"{event['value']}, pays {event['share_bps'] / 100:.0f} %"
        days = event["event"].split("/", 3)[3].replace("/", " to ")
        found.add_row(f"{event['place']}, {days}", told)
    return found
