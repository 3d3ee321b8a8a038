"""`quittance`: one command for everybody who runs a part of this.

Rooms are mounted by name and imported when they are asked for, so that `quittance doctor` works on a machine where
half of them cannot be imported, and no command waits for another's libraries.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

LAZY: Final = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
DEBUG: Final = "--debug"
ROOMS: Final = {"domain", "ledger", "oracle", "backend", "scripts", "__main__"}
SETUP_REMEDY: Final = "run `make setup`, then `quittance doctor`"

app = typer.Typer(
    name="quittance",
    help="Insurance claims that settle themselves on a blockchain, and prove it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog=f"Any command with {DEBUG} shows where an error arose.",
)


class CommandUnavailable(RuntimeError):
    """A command's code cannot be loaded here. Says what is missing and what to do."""


def load(module: str, attribute: str) -> Any:
    """A Typer app or a function from a room.

    Raises:
        CommandUnavailable: The room, or a library it needs, is not installed.
    """
    try:
        with _no_garbage():
            return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise CommandUnavailable(f"{error.name} is not installed, which `{module}` needs: {SETUP_REMEDY}") from error
    except AttributeError as error:
        raise CommandUnavailable(f"{module} has no {attribute}: {SETUP_REMEDY}") from error


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Look for garbage once at the end, and never again among what is there then.

    What modules make stays for as long as the process; going through all of it again and again while more of them load
    takes a fifth of the time a backend needs to start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def command_of(found: Any) -> Callable[..., Any]:
    """Make a command of what was mounted: a Typer app as it is, a function as an app's only command."""
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command()(found)
        found = alone
    return typer.main.get_command(found)


def mount(name: str, module: str, attribute: str, text: str) -> None:
    """Add a command that loads `module.attribute` when it is called and hands all arguments on."""

    def run(context: typer.Context) -> None:
        command_of(load(module, attribute))(args=context.args, prog_name=f"quittance {name}")

    run.__doc__ = text
    app.command(name, help=text, context_settings=dict(LAZY))(run)


mount("demo", "scripts.demo", "demo", "Sell a real day's flights, let it pass, settle and verify.")
mount("demo-trigger", "scripts.demo_trigger", "demo_trigger", "Insure earthquakes, rain or wind on real records.")
mount("up", "scripts.stack_commands", "up", "Start chain, database, oracle nodes and backend, and leave them running.")
mount("down", "scripts.stack_commands", "down", "Stop what `up` or `demo` started.")
mount("product", "scripts.product_command", "app", "Check and read product files.")
mount("deploy", "scripts.ledger_commands", "deploy", "Deploy an insurer's contracts and a product.")
mount("verify", "scripts.verify", "verify", "Prove a ledger from its chain or one file, or say what disagrees.")
mount("risk", "oracle.risk.cli", "app", "Assess applicants, score portfolios, train models.")
mount("oracle", "oracle.cli", "app", "Train the model, make keys, run a node.")
mount("audit", "backend.audit.cli", "app", "Sign, export, prove and verify the audit log.")
mount("underwriting", "backend.underwriting.cli", "app", "Quarterly figures, calendars, bounced mail.")
mount("chain", "backend.chain.cli", "app", "Alarms of the bridge: see them, clear them.")
mount("vault", "backend.vault.cli", "app", "Rotate keys, purge, erase, restrict, approve.")
mount("backup", "backend.backups.cli", "app", "Make, check and restore back-ups.")
mount("evidence", "backend.evidence.cli", "app", "See and read again evidence no machine could read.")
mount("custody", "backend.custody.cli", "app", "List and end custody of keys kept for people.")
mount("tenant", "backend.identity.cli", "tenant_app", "Add insurers, their providers and their machines' keys.")
mount("person", "backend.identity.cli", "person_app", "Add people, give roles, let somebody in again.")
mount("backend", "backend.cli", "app", "Migrate the database, run the backend.")


@app.command()
def doctor() -> None:
    """Name everything missing or unfit on this machine, and how to mend it."""
    from scripts.doctor import main as examine

    raise typer.Exit(examine([]))


@app.command()
def figures(
    name: Annotated[str, typer.Argument(help="Set of figures, or `all`.")],
    full: Annotated[bool, typer.Option("--full", help="At full size; takes long.")] = False,
) -> None:
    """Measure figures, hold them against their limits, and rewrite docs/figures.md."""
    from rich.console import Console

    from scripts.figures.runner import run

    raise typer.Exit(run(name, Console(), full=full))


def main() -> None:
    """Run the command line. A refusal is one sentence on standard error and exit code 1, never a traceback."""
    if DEBUG in sys.argv:
        sys.argv.remove(DEBUG)
        app()
        return
    try:
        app()
    except Exception as error:
        sys.stderr.write(f"quittance: {sentence(error)}\n")
        sys.exit(1)


def sentence(error: Exception) -> str:
    """What went wrong, in one sentence. Errors of our own say what to do; others say how to see where they arose."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{Path(str(error.filename))}: {error.strerror.lower()}"
    text = " ".join(str(error).split()) or type(error).__name__
    if type(error).__module__.split(".")[0] in ROOMS:
        return text
    return f"{text} ({type(error).__name__}; `{DEBUG}` shows where)"


if __name__ == "__main__":
    main()
