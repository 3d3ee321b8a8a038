"""The network file: what is wrong is named by field, with a remedy."""

from pathlib import Path

import pytest

from oracle.network.config import NetworkConfigInvalid, load_config

PEER, PRODUCT = "0x" + "1a" * 20, "0x" + "2b" * 20
OTHERWISE = PRODUCT.upper().replace("X", "x")
GOOD = f'peers: {{"{PEER}": "http://127.0.0.1:8702/"}}\nnullifier_keys: keys.json\n'


STORE = f'stores: {{{{"{PRODUCT}": {{{{url: "{{}}", key_file: store.key}}}}}}}}\n'
EVENTS = f'events: {{{{"{PRODUCT}": [{{{{source: usgs, url: "{{}}"}}}}]}}}}\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "network.yaml"
    path.write_text(text, "utf-8")
    return path


def test_load_config__least_of_fields__paths_from_its_folder_and_documented_defaults(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, GOOD))

    assert list(config.peers.values()) == ["http://127.0.0.1:8702"]
    assert config.nullifier_keys == tmp_path / "keys.json"
    assert (config.confirmations, config.poll_ms, config.valid_seconds, config.hands_in) == (1, 250, 600, False)
    assert (config.looks_at_once, config.places) == (3, {})


def test_load_config__all_fields__read_with_checksummed_addresses(tmp_path: Path) -> None:
    more = f'stores: {{"{PRODUCT}": {{url: "https://a.example/e", key_file: store.key}}}}\n'
    more += "gas_keystore: gas.json\ngas_password_file: /etc/gas.password\nconfirmations: 3\n"
    config = load_config(written(tmp_path, GOOD + more))

    (product, store), *rest = config.stores.items()
    assert (product.lower(), store.url, store.key_file, rest) == (
        PRODUCT, "https://a.example/e", tmp_path / "store.key", [],
    )  # fmt: skip
    assert product != PRODUCT, "checksummed"
    assert (config.gas_password_file, config.hands_in, config.confirmations) == (Path("/etc/gas.password"), True, 3)


def test_places__stores_of_one_server_and_all_events__are_each_one_place(tmp_path: Path) -> None:
    products = [f"0x{number:040x}" for number in range(1, 7)]
    urls = ["https://a.example/one", "https://A.example:443/two", "https://b.example", "http://127.0.0.1:9001"]
    stores = ", ".join(
        f'"{product}": {{url: "{url}", key_file: k}}' for product, url in zip(products, urls, strict=False)
    )
    events = ", ".join(f'"{product}": [{{source: usgs}}]' for product in products[4:])
    config = load_config(written(tmp_path, GOOD + f"stores: {{{stores}}}\nevents: {{{events}}}\n"))

    assert list(config.places) == products
    places = list(config.places.values())
    assert places == ["a.example:443", "a.example:443", "b.example:443", "127.0.0.1:9001", "events", "events"]


@pytest.mark.parametrize(
    "url", ["https://store.example/e", "http://127.0.0.1:9000", "http://[::1]:9", "http://localhost"]
)
def test_load_config__store_and_source_by_tls_or_on_this_machine__taken(tmp_path: Path, url: str) -> None:
    config = load_config(written(tmp_path, GOOD + STORE.format(url) + EVENTS.format(url)))

    assert [store.url for store in config.stores.values()] == [url]
    assert [source.url for sources in config.events.values() for source in sources] == [url]


@pytest.mark.parametrize(
    ("text", "field", "remedy"),
    [
        ("", "holds no fields", "docs/operations.md"),
        ("- a\n", "holds no fields", "docs/operations.md"),
        ("peers: [\n", "is not YAML", "mend it"),
        ("nullifier_keys: k\n", "peers", "add it"),
        ("peers: {}\n", "nullifier_keys", "add it"),
        (GOOD + "confirmation: 2\n", "confirmation", "mend its name"),
        (GOOD + "confirmations: 0\n", "confirmations", "give a larger one"),
        (GOOD + "poll_ms: 100000\n", "poll_ms", "give a smaller one"),
        (GOOD + "looks_at_once: 0\n", "looks_at_once", "give a larger one"),
        (GOOD + "looks_at_once: 9\n", "looks_at_once", "give a smaller one"),
        (GOOD + "valid_seconds: soon\n", "valid_seconds", "docs/operations.md"),
        (GOOD + "gas_keystore: gas.json\n", "gas_password_file", "give both, or neither"),
        (f"peers: {{{PEER}: 'http://a'}}\nnullifier_keys: k\n", "peers", "put it in quotes"),
        (GOOD.replace("1a", "zz"), "peers", "0x"),
        (GOOD.replace("http:", "ftp:"), "peers", "write it as in http://"),
        (GOOD.replace(":8702", ":99999"), "peers", "write it as in http://"),
        (GOOD.replace("127.0.0.1:8702", ""), "peers", "write it as in http://"),
        (GOOD.replace("127.0.0.1", "[::1"), "peers", "write it as in http://"),
        (GOOD.replace("127.0.0.1", "me:word@127.0.0.1"), "peers", "leave the rest out"),
        (GOOD + STORE.format("http://store.example/e"), "stores", "begin it with https://"),
        (GOOD + STORE.format("http://127.0.0.1.example"), "stores", "begin it with https://"),
        (GOOD + EVENTS.format("http://weather.example"), "events", "begin it with https://"),
        (GOOD + "poll_ms: 100\npoll_ms: 200\n", "poll_ms stands there twice", "mend it"),
        (f'peers: {{"{PEER}": "http://a", "{PEER.upper().replace("X", "x")}": "http://b"}}\nnullifier_keys: k\n',
         "peers", "leave one"),
        (GOOD + f'events: {{"{PRODUCT}": [{{source: usgs}}], "{OTHERWISE}": [{{source: usgs}}]}}\n',
         "events", "leave one"),
        (GOOD + f'stores: {{"{PRODUCT}": {{url: "https://a.example"}}}}\n', "key_file", "add it"),
    ],
)  # fmt: skip
def test_load_config__a_mistake__field_and_remedy_named(tmp_path: Path, text: str, field: str, remedy: str) -> None:
    with pytest.raises(NetworkConfigInvalid) as refused:
        load_config(written(tmp_path, text))

    told = str(refused.value)
    assert "network.yaml" in told
    assert field in told
    assert remedy in told


def test_load_config__no_such_file_or_a_huge_one__told(tmp_path: Path) -> None:
    with pytest.raises(NetworkConfigInvalid, match="does not exist"):
        load_config(tmp_path / "none.yaml")
    with pytest.raises(NetworkConfigInvalid, match="cannot be read"):
        load_config(tmp_path)
    with pytest.raises(NetworkConfigInvalid, match="keep it below"):
        load_config(written(tmp_path, "#" * 1_000_001))
