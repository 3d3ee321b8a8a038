"""Files that others hand in: whatever is wrong with their form becomes one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faster_eth_abi.exceptions import DecodingError

from domain.errors import DomainError


@contextmanager
def reading(what: str, path: Path, invalid: type[ValueError]) -> Iterator[None]:
    """Raise `invalid`, with what to do, for whatever a malformed file leads to."""
    try:
        yield
    except OSError as error:
        raise invalid(f"{what} {path} cannot be read ({error.strerror}): name another") from error
    except KeyError as error:
        raise invalid(f"{what} {path} is not one (it lacks {error}): export it again") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, DecodingError, DomainError) as error:
        raise invalid(f"{what} {path} is not one ({error}): export it again") from error
