"""What a demonstration ends with: a table for people and a file for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from domain.flight import parse_flight_key
from domain.policy import Outcome
from ledger.atomic_file import write_atomically
from ledger.findings import Verification
from ledger.replay import LedgerState, PolicyState

TOKEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from a report signed to its policies paid and indexed, and gas spent for each payout."""

    median_seconds: float
    worst_seconds: float
    gas_per_payout: int


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Everything that is told at the end. `payments` maps a policy id to the transaction that settled it."""

    day: str
    seed: int
    state: LedgerState
    settled_in: dict[int, str]
    timing: Timing
    verification: Verification


def totals(state: LedgerState) -> dict[str, int]:
    """Counts and amounts (token units) over all policies."""
    policies = list(state.policies.values())
    events = list(state.insured_events.values())
    paid = sum(policy.indemnity for policy in policies)
    premium = sum(policy.quote.premium for policy in policies)
    return {
        "policies": len(policies),
        "premium": premium,
        "sum_insured": sum(policy.quote.sum_insured for policy in policies),
        "flights": len(events),
        "flights_delayed": sum(e.outcome is Outcome.MEASURED and e.share_bps > 0 for e in events),
        "flights_cancelled": sum(e.outcome is Outcome.CANCELLED for e in events),
        "flights_diverted": sum(e.outcome is Outcome.DIVERTED for e in events),
        "policies_paid": sum(policy.indemnity > 0 for policy in policies),
        "paid": paid,
        "held": state.treasury.total_held,
        "loss_ratio_bps": paid * 10_000 // premium if premium else 0,
    }


def table(result: DemoResult) -> Table:
    """The result as people read it."""
    numbers = totals(result.state)
    found = Table(title=f"Flights of {result.day}, seed {result.seed}", show_header=False)
    found.add_column("what")
    found.add_column("how much", justify="right")
    for name in ("policies", "premium", "flights", "flights_delayed", "flights_cancelled", "flights_diverted"):
        value = numbers[name]
        found.add_row(name.replace("_", " "), f"{value / TOKEN:,.2f} TUSD" if name == "premium" else f"{value:,}")
    found.add_row("policies paid", f"{numbers['policies_paid']:,}")
    found.add_row("paid", f"{numbers['paid'] / TOKEN:,.2f} TUSD")
    found.add_row("loss ratio", f"{numbers['loss_ratio_bps'] / 100:.1f} %")
    timing = result.timing
    found.add_row(
        "report to paid and indexed", f"{timing.median_seconds:.2f} s median, {timing.worst_seconds:.2f} s worst"
    )
    found.add_row("gas per payout", f"{timing.gas_per_payout:,}")
    return found


def as_json(result: DemoResult) -> dict[str, Any]:
    """The result as programs read it. Amounts are token units."""
    policies = sorted(result.state.policies.values(), key=lambda policy: policy.log.block_number)
    verification = result.verification
    return {
        "day": result.day,
        "seed": result.seed,
        "policies": [_policy(result, policy) for policy in policies],
        "totals": totals(result.state),
        "verified": {"events": verification.events, "discrepancies": len(verification.discrepancies)},
    }


def _policy(result: DemoResult, policy: PolicyState) -> dict[str, Any]:
    insured = result.state.insured_events[(policy.product, policy.event_id)]
    flight = parse_flight_key(insured.insured_event)
    return {
        "policy_id": f"0x{policy.policy_id:064x}",
        "carrier": flight.carrier,
        "flight": flight.number,
        "origin": flight.origin,
        "scheduled_departure": flight.departs_at_utc.isoformat().replace("+00:00", "Z"),
        "sum_insured": policy.quote.sum_insured,
        "premium": policy.quote.premium,
        "arrival_delay_minutes": insured.value if insured.outcome is Outcome.MEASURED else None,
        "cancelled": insured.outcome is Outcome.CANCELLED,
        "diverted": insured.outcome is Outcome.DIVERTED,
        "paid": policy.indemnity,
        "transaction": result.settled_in.get(policy.policy_id),
    }


def write(result: DemoResult, path: Path) -> None:
    """Write the file, whole or not at all."""
    write_atomically(path, json.dumps(as_json(result), indent=1) + "\n")


def quantile(values: Sequence[float], share: float) -> float:
    """Value below which a share of the values lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
