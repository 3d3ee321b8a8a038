"""Commands of `quittance oracle` about claims: the nodes' shared key of nullifiers, and sealing evidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from domain.errors import DomainError
from oracle.claims.folder import MANIFEST, open_folder, read_root, seal_folder
from oracle.claims.keys import make_nullifier_keys, rotate_nullifier_keys
from oracle.claims.statement import NAME, statement_in


def register(app: typer.Typer) -> None:
    """Put these commands among the others."""
    app.command("nullifier-key")(nullifier_key)
    app.command("seal")(seal)
    app.command("open")(open_sealed)


def nullifier_key(
    out: Annotated[Path, typer.Option(help="File of keys, shared by the nodes of one network.")],
    rotate: Annotated[bool, typer.Option("--rotate", help="Add a key to this file; the one before is kept.")] = False,
) -> None:
    """Make the nodes' shared key of nullifiers. Prints its fingerprint, by which nodes see that they hold the same."""
    with _told():
        keys = rotate_nullifier_keys(out) if rotate else make_nullifier_keys(out)
    _say(f"epoch {keys.current}, fingerprint 0x{keys.fingerprint().hex()}")


def seal(folder: Annotated[Path, typer.Argument(help="Folder with a claim's files and nothing else.")]) -> None:
    """Seal a claim's files: write manifest.json beside them and print the root that notice is given with."""
    with _told():
        dossier = seal_folder(folder)
    if all(file.name != NAME for file in dossier.files):
        _warn(f"There is no {NAME}: without it oracle nodes leave the claim to people. Seal again once it is there.")
    _say(f"0x{dossier.root.hex()}")


def open_sealed(
    folder: Annotated[Path, typer.Argument(help=f"Sealed folder, with its {MANIFEST}.")],
    root: Annotated[str | None, typer.Option(help="Root that was notified; left out: only files are checked.")] = None,
) -> None:
    """Check a sealed folder: every byte is as it was sealed, and the root is the one notified. Exit code 1 if not."""
    with _told():
        dossier = open_folder(folder, None if root is None else read_root(root))
        if any(file.name == NAME for file in dossier.files):
            statement_in(dossier)
    _say(f"0x{dossier.root.hex()}: {len(dossier.files)} files, unchanged")


@contextmanager
def _told() -> Iterator[None]:
    """Refusals in a sentence, and exit code 1."""
    try:
        yield
    except DomainError as error:
        _warn(str(error))
        raise typer.Exit(1) from None
    except OSError as error:
        _warn(f"{error.filename} cannot be written ({error.strerror}): name a place you may write to")
        raise typer.Exit(1) from None


def _say(sentence: str) -> None:
    Console().print(sentence, markup=False, highlight=False, soft_wrap=True)


def _warn(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
