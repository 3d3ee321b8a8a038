"""`quittance oracle check`: every thing that is missing is named, with what to do, and nothing breaks it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from domain.product_fields import INDEMNITY
from ledger.deployment import REQUIRED_CONTRACTS, DeployedProduct, Deployment
from ledger.rpc import Rpc, RpcUnavailable
from oracle.network.config import NetworkConfig, SourceConfig, SourceKind, StoreConfig
from oracle.node import check as room
from oracle.node.check import Checked, Finding, check
from oracle.node.signer import ReportSigner
from oracle.sources.http_deadline import DeadlineTransport
from tests.oracle.serving import Answer, Asked, Served, serving

SIGNER = ReportSigner.of_key(b"\x11" * 32)
PEER, PRODUCT = "0x" + "22" * 20, "0x" + "33" * 20
CONTRACTS = {name: "0x" + f"{number:02x}" * 20 for number, name in enumerate([*REQUIRED_CONTRACTS, "ClaimsDesk"], 1)}
KEY = "a-store-key-of-some-length"


class Chain:
    """A chain node with one quorum."""

    url = "http://chain.test"

    def __init__(self, signers: tuple[str, ...] = (SIGNER.address, PEER), away: bool = False) -> None:
        self.signers, self.away = signers, away

    def chain_id(self) -> int:
        if self.away:
            raise RpcUnavailable("no answer")
        return 31_337

    def eth_call(self, _to: str, call: Any) -> Any:
        return 1 if len(call.data) == 4 else (self.signers, 0, 0)


def answer(asked: Asked) -> Answer:
    """A peer and a store in one."""
    if asked.path == "/v1/node":
        return Answer(200, b'{"signer": "' + PEER.encode() + b'"}')
    return Answer(404 if asked.headers.get("Authorization") == f"Bearer {KEY}" else 401)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(answer) as server:
        yield server


@pytest.fixture
def given(tmp_path: Path, served: Served) -> Checked:
    key = tmp_path / "store.key"
    key.write_text(KEY, "utf-8")
    key.chmod(0o600)
    network = NetworkConfig(
        peers={PEER: served.url}, stores={PRODUCT: StoreConfig(url=served.url, key_file=key)},
        nullifier_keys=tmp_path / "keys.json",
    )  # fmt: skip
    deployment = Deployment(31_337, 0, "0x" + "00" * 32, "http://chain.test", CONTRACTS)
    return Checked(deployment, network, SIGNER, tmp_path / "state", lambda _: None, tmp_path)


def found(given: Checked, chain: Chain | None = None) -> dict[str, Finding]:
    with httpx.Client(transport=DeadlineTransport(), trust_env=False) as client:
        return {finding.name: finding for finding in check(given, cast("Rpc", chain or Chain()), client)}


def test_check__all_is_there__well(given: Checked) -> None:
    findings = found(given)

    assert [name for name, finding in findings.items() if not finding.well] == []
    assert {"state folder", "chain", "signer set", "seat", "peer", "nullifier keys", "evidence store", "gas"} <= set(
        findings
    )


def test_check__no_chain_and_no_seat__told_with_remedy(given: Checked) -> None:
    away = found(given, Chain(away=True))
    assert "start the chain" in away["chain"].told
    assert "seat" not in away  # nobody can tell, and to rotate it in would be wrong advice
    seat = found(given, Chain((PEER,)))["seat"]
    assert (seat.well, "rotate it in" in seat.told) == (False, True)


def test_check__a_signer_nobody_named__told(given: Checked) -> None:
    other = "0x" + "44" * 20
    with httpx.Client(transport=DeadlineTransport(), trust_env=False) as client:
        findings = list(check(given, cast("Rpc", Chain((SIGNER.address, PEER, other))), client))

    assert any(other in each.told and "add its address" in each.told for each in findings if not each.well)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Answer(200, b'{"signer": "0x99"}'), "mend peers"),
        (Answer(200, b"[]"), "is it running"),
        (Answer(500, b"<html>"), "is it running"),
        (Answer(200, b" " * 100, drip_seconds=1.0), "is it running"),
    ],
)
def test_check__a_peer_that_is_another_or_none__told(
    given: Checked, served: Served, monkeypatch: pytest.MonkeyPatch, reply: Answer, told: str
) -> None:
    monkeypatch.setattr(room, "TOTAL_SECONDS", 0.5)
    served.answer = lambda asked: reply if asked.path == "/v1/node" else answer(asked)
    peer = found(given)["peer"]

    assert (peer.well, told in peer.told) == (False, True)


def test_check__a_store_that_refuses_or_a_key_others_can_read__told(given: Checked, served: Served) -> None:
    store = next(iter(given.network.stores.values()))
    served.answer = lambda asked: Answer(403) if "claims" in asked.path else answer(asked)
    assert "ask the insurer" in found(given)["evidence store"].told
    served.answer = lambda asked: Answer(200) if "claims" in asked.path else answer(asked)
    assert "is it a store?" in found(given)["evidence store"].told
    store.key_file.chmod(0o644)
    assert "chmod 600" in found(given)["evidence store"].told


def test_check__no_desk_or_documents_left_behind__told(given: Checked) -> None:
    """A node without them starts, and follows no claim."""
    product = DeployedProduct(PRODUCT, "0x" + "00" * 32, "hospital-care", "documents/care.json", INDEMNITY)
    bare = replace(given.deployment, contracts={name: CONTRACTS[name] for name in REQUIRED_CONTRACTS})
    no_desk = found(replace(given, deployment=bare))["claims desk"]
    alone = found(replace(given, deployment=replace(given.deployment, products=(product,))))["document"]

    assert (no_desk.well, "deploy again" in no_desk.told) == (False, True)
    assert (alone.well, "Copy the folder of documents" in alone.told) == (False, True)


def test_check__sources_of_events_that_cannot_be_made__told(given: Checked, tmp_path: Path) -> None:
    def told(*sources: SourceConfig) -> Finding:
        return found(replace(given, network=given.network.model_copy(update={"events": {PRODUCT: list(sources)}})))[
            "event sources"
        ]

    archive = SourceKind.EARTHQUAKE_ARCHIVE
    no_file, missing = told(SourceConfig(source=archive)), told(SourceConfig(source=archive, file=tmp_path / "none"))

    assert (no_file.well, "name the archive's file" in no_file.told) == (False, True)
    assert (missing.well, "name a Parquet file" in missing.told) == (False, True)
    assert told(SourceConfig(source=SourceKind.USGS)).well


def test_check__a_full_disk_or_a_folder_that_cannot_be_made__told(
    given: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LEAST_FREE", 1 << 62)
    full = found(given)["state folder"]
    (tmp_path / "file").write_text("", "utf-8")
    impossible = found(replace(given, folder=tmp_path / "file" / "state"))["state folder"]

    assert (full.well, "make room" in full.told) == (False, True)
    assert (impossible.well, "--state" in impossible.told) == (False, True)
