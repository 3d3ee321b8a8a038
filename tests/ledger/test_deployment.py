"""Deployment files: round trip, sentences for bad ones, and never half a file."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from domain.hashing import checksum_address
from ledger.atomic_file import write_atomically
from ledger.deployment import DeployedProduct, Deployment, DeploymentInvalid

NAMES = ("AccessManager", "OracleQuorum", "ProductFactory", "TestStablecoin", "Treasury", "ParametricProduct")
CONTRACTS = {name: checksum_address(f"0x{n:02x}" + "ab" * 19) for n, name in enumerate(NAMES, start=1)}
PRODUCT = DeployedProduct(checksum_address("0x" + "cd" * 20), "0x" + "11" * 32, "flight-delay", "documents/0x11.json")
DEPLOYMENT = Deployment(31337, 7, "0x" + "22" * 32, "http://127.0.0.1:8545", CONTRACTS).with_product(PRODUCT)


def test_load__what_was_saved__is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "deployment.json"

    DEPLOYMENT.save(path)

    assert Deployment.load(path) == DEPLOYMENT


def test_load__lower_case_addresses__are_checksummed(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    raw = asdict(DEPLOYMENT)
    raw["contracts"] = {name: address.lower() for name, address in CONTRACTS.items()}
    path.write_text(json.dumps(raw))

    assert Deployment.load(path) == DEPLOYMENT


def test_contract_kinds__products_and_contracts__without_the_implementation() -> None:
    kinds = DEPLOYMENT.contract_kinds()

    assert kinds[PRODUCT.address] == "ParametricProduct"
    assert CONTRACTS["ParametricProduct"] not in kinds
    assert kinds[CONTRACTS["Treasury"]] == "Treasury"


def test_contract_kinds__indemnity_product__is_known_as_one() -> None:
    care = DeployedProduct(CONTRACTS["Treasury"], "0x" + "33" * 32, "care", "documents/0x33.json", "indemnity")

    assert Deployment.from_json(json.loads(json.dumps(asdict(DEPLOYMENT.with_product(care))))).products[1] == care
    assert DEPLOYMENT.with_product(care).contract_kinds()[care.address] == "IndemnityProduct"


def test_load__product_without_a_kind__is_parametric() -> None:
    raw = json.loads(json.dumps(asdict(DEPLOYMENT)))
    del raw["products"][0]["kind"]

    assert Deployment.from_json(raw) == DEPLOYMENT


def test_with_product__the_same_again__takes_its_own_place() -> None:
    assert DEPLOYMENT.with_product(PRODUCT) == DEPLOYMENT


def test_load__no_such_file__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeploymentInvalid, match=r"does not exist: run `quittance deploy` first"):
        Deployment.load(tmp_path / "deployment.json")


def test_load__a_folder__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeploymentInvalid, match=r"cannot be read .*: name another"):
        Deployment.load(tmp_path)


def _without(field: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(DEPLOYMENT).items() if name != field}


BAD = [
    ("", "Expecting value"),
    ("{", "Expecting property name"),
    ("[]", "the deployment is not a JSON object"),
    ("{}", "fields missing or unknown: block_hash, block_number, chain_id, contracts, products, rpc_url"),
    (json.dumps(_without("chain_id")), "missing or unknown: chain_id"),
    (json.dumps(asdict(DEPLOYMENT) | {"colour": "red"}), "missing or unknown: colour"),
    (json.dumps(asdict(DEPLOYMENT) | {"chain_id": "31337"}), "chain_id is '31337', which is not int"),
    (json.dumps(asdict(DEPLOYMENT) | {"chain_id": True}), "chain_id is True, which is not int"),
    (json.dumps(asdict(DEPLOYMENT) | {"contracts": {}}), "contracts lack AccessManager, OracleQuorum"),
    (json.dumps(asdict(DEPLOYMENT) | {"contracts": CONTRACTS | {"Treasury": "0x12"}}), "Treasury: address is '0x12'"),
    (json.dumps(asdict(DEPLOYMENT) | {"contracts": CONTRACTS | {"Treasury": None}}), "Treasury is None"),
    (json.dumps(asdict(DEPLOYMENT) | {"products": {}}), "products is {}, which is not list"),
    (json.dumps(asdict(DEPLOYMENT) | {"products": ["x"]}), "a product is not a JSON object"),
    (json.dumps(asdict(DEPLOYMENT) | {"products": [{"address": "0x"}]}), "a product has fields missing or unknown"),
    (json.dumps(asdict(DEPLOYMENT) | {"products": [asdict(PRODUCT) | {"kind": "life"}]}), "a product's kind is 'life'"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD, ids=[sentence[:30] for _, sentence in BAD])
def test_load__bad_file__names_file_fault_and_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(text)

    with pytest.raises(DeploymentInvalid) as caught:
        Deployment.load(path)

    assert str(caught.value).startswith(f"deployment file {path} is not one (")
    assert sentence in str(caught.value)
    assert str(caught.value).endswith("deploy again")


def test_load__not_text__says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(DeploymentInvalid, match="cannot be read"):
        Deployment.load(path)


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_write_atomically__fails_midway__leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "deployment.json"
    write_atomically(path, "old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, no_space)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(path, "new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_write_atomically__mode__is_the_files(tmp_path: Path) -> None:
    path = tmp_path / "password"

    write_atomically(path, "秘密", mode=0o600)

    assert path.read_text("utf-8") == "秘密"
    assert path.stat().st_mode & 0o777 == 0o600


def test_write_atomically__text_that_is_no_utf8__leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "file", "whole \ud800 half")

    assert list(tmp_path.iterdir()) == []
