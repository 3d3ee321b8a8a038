"""Options of `quittance up`, without starting anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from scripts.stack import Stack, StackOptions
from scripts.stack_commands import up


@pytest.mark.parametrize("port", [0, 9464])
def test_start_backend__metrics_port_of_the_options__is_the_backends(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = StackOptions(tmp_path / "home", tmp_path / "model", 1_700_000_000, 1, metrics_port=port)
    started: dict[str, Mapping[str, str]] = {}
    stack = Stack(options)

    def note(name: str, _command: Sequence[str], environment: Mapping[str, str]) -> None:
        started[name] = environment

    monkeypatch.setattr(stack.processes, "start", note)

    stack.start_backend()

    assert started["backend"]["QUITTANCE_METRICS_PORT"] == str(port)


def test_up__metrics_port_that_cannot_be__refused() -> None:
    assert CliRunner().invoke(typer_of(up), ["--metrics-port", "70000"]).exit_code == 2


def typer_of(command: Callable[..., None]) -> typer.Typer:
    app = typer.Typer()
    app.command()(command)
    return app
