"""Tables as files: read, brought into one canonical form, hashed, and held against the lock.

The lock (`tables/lock.yaml`) names the hash of every version of every table there ever was. A table whose content
changed under an old version number is refused: reports name versions, and a version means one content for ever.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.hashing import canonical_json, keccak256
from oracle.risk.indicators import RiskError

TABLES = Path(__file__).parent / "tables"
LOCK = "lock.yaml"
MAX_TABLE_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


class TableInvalid(RiskError):
    """A table does not say what a table must say, or says something new under an old version."""


class Strict(BaseModel):
    """Part of a table: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Heading(BaseModel):
    """What every table begins with; the rest is read elsewhere."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    table: str
    version: str


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table as read.

    Attributes:
        content: Canonical JSON; comments, order of keys and layout leave no trace in it.
    """

    name: str
    version: str
    content: bytes

    @property
    def hash(self) -> bytes:
        """32 bytes: keccak of the canonical content."""
        return keccak256(self.content)

    def parsed(self, model: type[Model]) -> Model:
        """The content as a model.

        Raises:
            TableInvalid: Names the first field that is wrong.
        """
        return _validated(self.name, self.content, model)


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: plain YAML keeps the last one and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                line = node.start_mark.line + 1
                raise TableInvalid(str(key), f"line {line}", "stands twice in one mapping", "Keep one of them")
        return super().construct_mapping(node, deep)


def read_table(path: Path) -> TableFile:
    """A table from its YAML file.

    Raises:
        TableInvalid: No file, too large, not YAML, a number that is not whole, or no heading.
    """
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise TableInvalid(path.name, path.stat().st_size, f"exceeds {MAX_TABLE_BYTES} bytes", "Give a table")
        written = _UniqueKeys(path.read_text("utf-8")).get_single_data()
    except OSError as error:
        raise TableInvalid("table", path.name, "cannot be read", "Give the folder of the tables") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TableInvalid(path.name, str(error), "is not YAML", "Correct the file") from error
    content = canonical_json(_with_text_keys(written))
    heading = _validated(path.stem, content, Heading)
    if heading.table != path.stem:
        raise TableInvalid(f"{path.stem}.table", heading.table, "is not the name of its file", f"Write {path.stem}")
    return TableFile(heading.table, heading.version, content)


def read_lock(folder: Path) -> dict[str, dict[str, str]]:
    """Hash by version by table, as written in the lock; hashes are 0x and hex.

    Raises:
        TableInvalid
    """
    try:
        written = _UniqueKeys((folder / LOCK).read_text("utf-8")).get_single_data() or {}
    except (OSError, yaml.YAMLError) as error:
        raise TableInvalid("lock", LOCK, "cannot be read", "Write it with `lock_tables`") from error
    return {str(name): {str(version): str(digest) for version, digest in of.items()} for name, of in written.items()}


def check_locked(table: TableFile, lock: dict[str, dict[str, str]]) -> None:
    """Refuse a table whose content is not the one its version stands for.

    Raises:
        TableInvalid
    """
    field, digest = f"{table.name}.version", f"0x{table.hash.hex()}"
    locked = lock.get(table.name, {}).get(table.version)
    if locked is None:
        raise TableInvalid(field, table.version, "is not in the lock", "Review the table, then run `lock_tables`")
    if locked != digest:
        problem = f"stands for {locked}, and the file hashes to {digest}"
        raise TableInvalid(field, table.version, problem, "Give the changed table a new version")


def lock_tables(folder: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Add the tables' versions to the lock; a version already there is never given another hash.

    Returns:
        What was added, as in "life 2".
    Raises:
        TableInvalid: A table changed under an old version.
    """
    lock = read_lock(folder) if (folder / LOCK).exists() else {}
    added = []
    for table in (read_table(folder / f"{name}.yaml") for name in names):
        versions = lock.setdefault(table.name, {})
        if table.version not in versions:
            versions[table.version] = f"0x{table.hash.hex()}"
            added.append(f"{table.name} {table.version}")
        check_locked(table, lock)
    heading = "# Every version of every table and the hash of its content. Written by `lock_tables`; only ever grows.\n"
    (folder / LOCK).write_text(heading + yaml.safe_dump(lock, sort_keys=True), "utf-8")
    return tuple(added)


def _with_text_keys(value: object) -> object:
    """The same with every key as text; YAML reads `true:` and `1:` as other things."""
    if isinstance(value, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): _with_text_keys(v) for key, v in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value


def _validated(name: str, content: bytes, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join([name, *map(str, first["loc"])])
        raise TableInvalid(field, first["input"], first["msg"].lower(), "Correct the table") from error
