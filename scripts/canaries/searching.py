"""Searches for canaries in bytes, whatever form they took: as text, in hex or base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ledger.rpc import Rpc
from scripts.canaries.planting import DIGITS, STEM

_PAGE: Final = 1 << 24
_OVERLAP: Final = 256
_HEX_STEM: Final = STEM.encode().hex().encode()
# A text inside a longer one begins at any of three places of base64; what the stem surely leaves is searched for.
_BASE64: Final = tuple(
    base64.b64encode(b"\0" * shift + STEM.encode())[2 if shift == 1 else 3 if shift == 2 else 0 :].rstrip(b"=")[:-1]
    for shift in range(3)
)
_FORMS: Final = re.compile(
    b"(?i:%s[0-9a-f]{%d})|(?i:%s(?:3[0-9]|6[1-6]){%d})|%s"
    % (STEM.encode(), DIGITS, _HEX_STEM, DIGITS, b"|".join(re.escape(form) for form in _BASE64))
)


def found_in(parts: Iterable[bytes]) -> set[bytes]:
    """Canaries in these bytes."""
    return {match[0] for part in parts for match in _FORMS.finditer(part)}


def pieces(path: Path) -> Iterator[bytes]:
    """A file in pieces that overlap, so that nothing is cut in two."""
    with path.open("rb") as file:
        tail = b""
        while piece := file.read(_PAGE):
            yield tail + piece
            tail = piece[-_OVERLAP:]


def files_below(folder: Path) -> Iterator[bytes]:
    """Every file below a folder: of a database, its tables, indexes, write-ahead log and server log."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield from pieces(path)


def chain(rpc: Rpc) -> Iterator[bytes]:
    """Call data and events of every transaction, as bytes and as hex."""
    blocks = rpc.batch([("eth_getBlockByNumber", (hex(n), True)) for n in range(rpc.block_number() + 1)])
    for transaction in (t for block in blocks for t in block["transactions"]):
        yield bytes.fromhex(transaction["input"][2:])
    for log in rpc.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"}):
        yield bytes.fromhex(log["data"][2:]) + b"".join(bytes.fromhex(topic[2:]) for topic in log["topics"])
