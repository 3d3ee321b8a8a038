"""Files that people hand in: JSON or YAML, bounded before they are parsed."""

import json
from collections.abc import Hashable
from pathlib import Path

import yaml

from oracle.risk.indicators import RiskError

MAX_FILE_BYTES = 1_000_000
MAX_YAML_BYTES = 65_536
"""YAML takes a second for every hundred kilobytes, JSON next to nothing."""


class DocumentInvalid(RiskError):
    """A file cannot be read: absent, too large, or neither JSON nor YAML."""


class _Plain(yaml.SafeLoader):
    """YAML without repeated keys (the last would win, unsaid) and without aliases (a few make a flood)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias, which is not needed here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        keys = [str(self.construct_object(key, deep=True)) for key, _ in node.value]
        _refuse_repeated(keys)
        return super().construct_mapping(node, deep)


def read_document(path: Path) -> object:
    """What a file says, as plain values.

    Raises:
        DocumentInvalid
    """
    if path.is_dir():
        raise DocumentInvalid("file", str(path), "is a folder", "Name a file in it")
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise DocumentInvalid(
                path.name, f"{size} bytes", f"exceeds {MAX_FILE_BYTES} bytes", "Leave attachments out"
            )
        content = path.read_bytes()
    except OSError as error:
        problem = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DocumentInvalid("file", str(path), problem, "Name a file you may read") from error
    return parsed_document(content, path.name)


def parsed_document(content: bytes, name: str = "document") -> object:
    """The same from bytes.

    Raises:
        DocumentInvalid
    """
    if len(content) > MAX_FILE_BYTES:
        raise DocumentInvalid(name, f"{len(content)} bytes", f"exceeds {MAX_FILE_BYTES} bytes", "Leave attachments out")
    try:
        text = content.decode("utf-8")
        if text.lstrip().startswith("{"):
            return json.loads(text, object_pairs_hook=_unrepeated)
        if len(content) > MAX_YAML_BYTES:
            problem = f"exceeds {MAX_YAML_BYTES} bytes, the most of a YAML file"
            raise DocumentInvalid(name, f"{len(content)} bytes", problem, "Write it as JSON, or leave attachments out")
        return _Plain(text).get_single_data()
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise DocumentInvalid(
            name, str(error), "is neither JSON nor YAML of plain values", "Correct the file"
        ) from error


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    _refuse_repeated([key for key, _ in pairs])
    return dict(pairs)


def _refuse_repeated(keys: list[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise DocumentInvalid(key, key, "stands twice", "Keep one of them")
        seen.add(key)
