"""Files that are no bundles are refused in a sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.bundle import BundleInvalid, load_bundle, verify_bundle

Json = dict[str, Any]


def _without(*path: str) -> Callable[[Json], None]:
    def alter(bundle: Any) -> None:
        *way, last = path
        for step in way:
            bundle = bundle[step] if isinstance(bundle, dict) else bundle[int(step)]
        del bundle[last]

    return alter


def _with(value: object, *path: str) -> Callable[[Json], None]:
    def alter(bundle: Any) -> None:
        *way, last = path
        for step in way:
            bundle = bundle[step] if isinstance(bundle, dict) else bundle[int(step)]
        bundle[last] = value

    return alter


MALFORMED = [
    (_without("headers"), "lacks 'headers'"),
    (_without("headers", "3", "number"), "lacks 'number'"),
    (_with("quittance-ledger-bundle/9", "format"), "this program reads quittance-ledger-bundle/1"),
    (_with("soon", "headers", "3", "timestamp"), "invalid literal"),
    (_with("0xzz", "headers", "3", "parentHash"), "non-hexadecimal"),
    (_with([], "deployment"), "the deployment is not a JSON object"),
    (_with({"0": None}, "receipts"), "not iterable"),
    (_with({"x": []}, "receipts"), "invalid literal"),
    (_with({"1": [{}]}, "receipts"), "lacks"),
    (_with({"1": [7]}, "receipts"), "not subscriptable"),
    (_with({"1": ["0xzz"]}, "transactions"), "non-hexadecimal"),
    (_with("x", "documents"), "is not one"),
]


@pytest.mark.parametrize(("alter", "sentence"), MALFORMED, ids=[m[1] for m in MALFORMED])
def test_verify_bundle__malformed__says_so_in_a_sentence(
    exported: Path, tmp_path: Path, alter: Callable[[Json], None], sentence: str
) -> None:
    bundle = json.loads(exported.read_text())
    alter(bundle)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))

    with pytest.raises(BundleInvalid) as caught:
        verify_bundle(path)

    assert str(caught.value).startswith(f"bundle {path} is not one (")
    assert sentence in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "7", '"x"', "[" * 100_000, "{}"])
def test_load_bundle__not_even_close__says_so_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(text)

    with pytest.raises(BundleInvalid, match=r"is not one .*: export it again"):
        load_bundle(path)


def test_load_bundle__no_such_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"cannot be read \(No such file"):
        load_bundle(tmp_path / "bundle.json")
