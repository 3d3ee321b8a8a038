"""One process to a state folder: two with one journal would each trust it to be the other's memory as well."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "in-use.lock"


class FolderUnusable(Exception):
    """The state folder cannot be used; the message says which, why, and what to do."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder for the length of a `with` block. The system lets go of it when this process ends, however it ends.

    Raises:
        FolderUnusable: Another process holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Not inherited by programs this process starts: a reader that outlives a killed node must not hold the folder.
        handle = os.open(folder / NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        problem = f"state folder {folder} cannot be written ({error.strerror})"
        raise FolderUnusable(f"{problem}: name another with --state, or mend its rights") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            problem = f"state folder {folder} is used by another process"
            raise FolderUnusable(f"{problem}: stop it, or name another folder with --state") from None
        yield
    finally:
        os.close(handle)
