"""Reading product files (YAML), from disk or as they were handed in."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from domain.errors import TermsInvalid
from domain.terms import IndemnityFile, ProductFile, parse_product, parse_product_file

MAX_FILE_BYTES: Final = 262_144
"""The largest product there is has 40,000: no honest one comes near."""
MAX_DEPTH: Final = 12
"""Mappings and lists inside each other; products have five."""
_WRITE_YAML: Final = "Write it as YAML in UTF-8"


class _PlainLoader(yaml.SafeLoader):
    """What a product file needs of YAML and no more: no tags, no aliases, no key twice, nothing deep."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """A node. Raises: TermsInvalid: It is an alias, or lies too deep."""
        if self.check_event(yaml.AliasEvent):
            line = self.get_mark().line + 1
            raise TermsInvalid(
                "file", f"an alias in line {line}", "says something by reference", "Write out what it stands for"
            )
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TermsInvalid(
                "file", f"{self._depth} levels", f"is nested deeper than {MAX_DEPTH}", "Write it as the others are"
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping. Raises: TermsInvalid: A key is there twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                continue
            if key.value in seen:
                line = key.start_mark.line + 1
                raise TermsInvalid(key.value[:80], f"line {line}", "is there twice", "Keep one of them")
            seen.add(key.value)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def load_product(path: Path) -> ProductFile:
    """Read and validate a product file of the parametric kind.

    Raises:
        TermsInvalid: The file is missing, is not YAML, is of another kind, or a term is wrong; names field, value and
            remedy.
    """
    return parse_product(_from_disk(path))


def load_product_file(path: Path) -> ProductFile | IndemnityFile:
    """Read and validate a product file of whichever kind it is.

    Raises:
        TermsInvalid: As `load_product`.
    """
    return parse_product_file(_from_disk(path))


def read_product_file(content: bytes) -> ProductFile | IndemnityFile:
    """Validate a product file as it was handed in.

    Raises:
        TermsInvalid: As `load_product`, or it is larger than `MAX_FILE_BYTES`.
    """
    return parse_product_file(_read(content, "what was handed in"))


def _from_disk(path: Path) -> Any:
    try:
        return _read(path.read_bytes(), str(path))
    except FileNotFoundError:
        remedy = "Name a product file that exists, such as products/flight-delay.yaml"
        raise TermsInvalid("file", str(path), "there is no such file", remedy) from None


def _read(content: bytes, name: str) -> Any:
    """What the YAML says; whether that is a product is the parser's to say."""
    if len(content) > MAX_FILE_BYTES:
        problem, remedy = f"is larger than {MAX_FILE_BYTES} bytes", "Hand in the product file alone, and shorten it"
        raise TermsInvalid("file", f"{len(content)} bytes", problem, remedy)
    try:
        return yaml.load(content.decode("utf-8"), _PlainLoader)  # nosec B506  # derived from the safe loader
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise TermsInvalid("file", name, f"not YAML ({error})", _WRITE_YAML) from None
