"""Lock files: the installer's own pin, and the platforms a mirror does not carry."""

from __future__ import annotations

import json
import re

import pytest

from scripts.lock import complete_platforms, pinned_block
from scripts.machine import ROOT

LOCK = """\
typing-extensions==4.15.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via x
uv==0.13.9 \\
    --hash=sha256:cc \\
    --hash=sha256:dd
    # via quittance (pyproject.toml)
uvicorn==0.54.0 \\
    --hash=sha256:ee
"""


def test_pinned_block__package_in_lock__pin_and_hashes_only() -> None:
    assert pinned_block(LOCK, "uv") == "uv==0.13.9 \\\n    --hash=sha256:cc \\\n    --hash=sha256:dd\n"


def test_pinned_block__package_not_in_lock__refused() -> None:
    with pytest.raises(KeyError):
        pinned_block(LOCK, "pip")


def test_uv_lock__committed__is_the_pin_of_dev() -> None:
    dev = (ROOT / "requirements/dev.txt").read_text("utf-8")

    assert (ROOT / "requirements/uv.txt").read_text("utf-8").endswith(pinned_block(dev, "uv"))


def test_runtime_lock__committed__same_versions_as_dev_and_no_test_tool() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==[^\s;\\]+", (ROOT / "requirements" / name).read_text("utf-8"), re.MULTILINE))

    runtime = pins("runtime.txt")

    assert runtime < pins("dev.txt")
    assert not {pin.split("==")[0] for pin in runtime} & {"pytest", "hypothesis", "eth-brownie", "mypy", "py-solc-x"}


def test_complete_platforms__mirror_with_one_platform__others_named_once() -> None:
    wanted = {"@foundry-rs/anvil-linux-amd64": "1.7.1", "@foundry-rs/anvil-darwin-arm64": "1.7.1"}
    lock = {
        "packages": {
            "node_modules/@foundry-rs/anvil": {"optionalDependencies": wanted},
            "node_modules/@foundry-rs/anvil-linux-amd64": {"version": "1.7.1", "integrity": "sha512-x"},
            "node_modules/@foundry-rs/cast": {},
            "node_modules/@foundry-rs/forge": {},
        }
    }

    assert complete_platforms(lock) == 1
    assert complete_platforms(lock) == 0
    added = lock["packages"]["node_modules/@foundry-rs/anvil-darwin-arm64"]
    assert (added["os"], added["cpu"], added["optional"]) == (["darwin"], ["arm64"], True)


def test_npm_lock__committed__names_every_platform_of_the_chain_tools() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))

    assert complete_platforms(lock) == 0
