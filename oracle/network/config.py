"""What a node knows of the network it belongs to: one YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import AddressInvalid
from domain.hashing import checksum_address
from oracle.sources.addresses import require_private

MOST_BYTES = 1_000_000
EVENTS_PLACE = "events"
"""No server has this name: it has no port."""


class NetworkConfigInvalid(Exception):
    """The file is missing or not of the documented form; the message names field and remedy."""


def _address(value: str) -> str:
    try:
        return checksum_address(value)
    except AddressInvalid as error:
        raise ValueError(str(error)) from error


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or bracket that is none
        usable = False
    if not usable or not value.isascii() or any(sign.isspace() for sign in value):
        raise ValueError(f"{value} is no address: write it as in http://node-2.example:8701")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the address holds more than scheme, host, port and path: leave the rest out")
    return value.rstrip("/")


def _private(value: str) -> str:
    require_private("the address", value)
    return value


Address = Annotated[str, AfterValidator(_address)]
Url = Annotated[str, AfterValidator(_url)]
PrivateUrl = Annotated[Url, AfterValidator(_private)]
"""TLS, or this machine."""


REMEDIES = {
    "missing": "add it",
    "extra_forbidden": "there is no such field: mend its name, or remove it",
    "string_type": "put it in quotes: YAML reads 0x and digits as a number",
    "greater_than_equal": "give a larger one",
    "less_than_equal": "give a smaller one",
}
"""By pydantic's kind of error; others say what to do themselves, or are of the wrong type."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreConfig(_Strict):
    """An insurer's evidence store. `key_file` holds the bearer key, mode 600."""

    url: PrivateUrl
    key_file: Path


class SourceKind(StrEnum):
    """What insured periods can be looked up in."""

    USGS = "usgs"
    OPEN_METEO_ARCHIVE = "open-meteo-archive"
    OPEN_METEO_FORECAST = "open-meteo-forecast"
    EARTHQUAKE_ARCHIVE = "earthquake-archive"
    WEATHER_STATIONS = "weather-stations"


class SourceConfig(_Strict):
    """One source of readings. `url` in the place of the service's own; `file` for an archive on disk."""

    source: SourceKind
    url: PrivateUrl | None = None
    file: Path | None = None


class NetworkConfig(_Strict):
    """A node's part in the network; paths are absolute once loaded.

    Attributes:
        peers: Address of each other signer → where its node listens.
        stores: Address of a product → its insurer's evidence store.
        events: Address of a parametric product whose events are reported by rounds → the sources they are looked up in.
        nullifier_keys: File with the keys that the nodes share.
        gas_keystore, gas_password_file: Key that pays for handing reports in; without both, this node hands none in.
        confirmations: Depth at which a block counts as final; 1 is the newest.
        poll_ms: How often the chain is looked at, milliseconds.
        valid_seconds: How long a report counts from its time of observation.
        looks_at_once: How many claims and events are looked at at one time; each has a process that reads its files.
        hand_in_after_ms: How much longer each node waits than the one before it, so that one of them hands in.
    """

    peers: dict[Address, Url]
    stores: dict[Address, StoreConfig] = Field(default_factory=dict)
    events: dict[Address, Annotated[list[SourceConfig], Field(min_length=1)]] = Field(default_factory=dict)
    nullifier_keys: Path
    gas_keystore: Path | None = None
    gas_password_file: Path | None = None
    confirmations: Annotated[int, Field(ge=1, le=1_000)] = 1
    poll_ms: Annotated[int, Field(ge=50, le=60_000)] = 250
    valid_seconds: Annotated[int, Field(ge=300, le=86_400)] = 600
    hand_in_after_ms: Annotated[int, Field(ge=0, le=60_000)] = 1_500
    looks_at_once: Annotated[int, Field(ge=1, le=8)] = 3

    @property
    def places(self) -> dict[str, str]:
        """Product → with whom it shares trouble: the server of its store; all events, as they share sources."""
        stores = {product: _server_of(store.url) for product, store in self.stores.items()}
        return stores | dict.fromkeys(self.events, EVENTS_PLACE)

    @property
    def hands_in(self) -> bool:
        """Whether this node sends transactions."""
        return self.gas_keystore is not None and self.gas_password_file is not None


def _server_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def load_config(path: Path) -> NetworkConfig:
    """The file's contents; relative paths are taken from its folder.

    Raises:
        NetworkConfigInvalid
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise NetworkConfigInvalid(
            f"network file {path} does not exist: write one as docs/operations.md shows"
        ) from None
    except OSError as error:
        raise NetworkConfigInvalid(f"network file {path} cannot be read ({error.strerror}): mend its rights") from error
    if len(text) > MOST_BYTES:
        raise NetworkConfigInvalid(f"network file {path} has {len(text)} bytes: keep it below {MOST_BYTES}")
    try:
        given = _Reader(text).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NetworkConfigInvalid(f"network file {path} is not YAML ({error}): mend it") from error
    if not isinstance(given, Mapping):
        raise NetworkConfigInvalid(f"network file {path} holds no fields: write one as docs/operations.md shows")
    try:
        _refuse_twice(given)
        config = NetworkConfig.model_validate(dict(given))
    except ValidationError as error:
        raise NetworkConfigInvalid(f"network file {path}: {_told(error)}") from error
    except ValueError as error:
        raise NetworkConfigInvalid(f"network file {path}: {error}") from error
    if (config.gas_keystore is None) != (config.gas_password_file is None):
        detail = "gas_keystore and gas_password_file belong together: give both, or neither"
        raise NetworkConfigInvalid(f"network file {path}: {detail}")
    return _rooted(config, path.resolve().parent)


def _told(error: ValidationError) -> str:
    """The first thing wrong, by field and remedy."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
    if first["type"] == "value_error":
        return f"{where}: {first['msg'].removeprefix('Value error, ')}"
    remedy = REMEDIES.get(first["type"], "write it as docs/operations.md shows")
    return f"{where}: {first['msg']}: {remedy}"


def _refuse_twice(given: Mapping[object, object]) -> None:
    """One node, or one product, written in two ways: one of its addresses would be lost."""
    for name in ("peers", "stores", "events"):
        named = given.get(name)
        keys = [key.lower() for key in named if isinstance(key, str)] if isinstance(named, Mapping) else []
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"{name}: {key} stands there twice: leave one")


class _Reader(yaml.SafeLoader):
    """Refuses a name that stands twice in one mapping: YAML's own reader keeps the last and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """As the reader has it, each key once."""
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name} stands there twice", node.start_mark)
        return dict(super().construct_mapping(node, deep))


def _rooted(config: NetworkConfig, folder: Path) -> NetworkConfig:
    stores = {
        product: store.model_copy(update={"key_file": folder / store.key_file})
        for product, store in config.stores.items()
    }
    names = ("nullifier_keys", "gas_keystore", "gas_password_file")
    paths = {name: folder / given for name in names if (given := getattr(config, name)) is not None}
    events = {
        product: [
            each if each.file is None else each.model_copy(update={"file": folder / each.file}) for each in sources
        ]
        for product, sources in config.events.items()
    }
    return config.model_copy(update={**paths, "stores": stores, "events": events})
