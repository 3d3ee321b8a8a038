"""The harness that puts oracle nodes to the test: its bills, its store, its kills, and that it would see a fault."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from domain.claim_reports import LossReport
from domain.evidence.dossier import open_dossier
from domain.money import Bps, TokenUnits
from oracle.evidence.loss import KnownClaims, LossAssessment, LossTerms, NoticedClaim, Signing, assess_loss
from oracle.evidence.nullifiers import NullifierKeys
from oracle.evidence.reading.reader import Reader, read_files
from oracle.rounds.journal import RoundJournal
from oracle.rounds.runner import carrier_of
from oracle.rounds.simulation import START
from oracle.rounds.statements import ReportSignature
from oracle.rounds.steps import Store
from scripts.claims_rehearsal import chaos, findings
from scripts.claims_rehearsal.chaos import KILL_POINTS, Chaos
from scripts.claims_rehearsal.desk import Handled, Notified, SignedLoss
from scripts.claims_rehearsal.evidence import MIX, ClaimCase, Kind, make_case
from scripts.claims_rehearsal.play import percentile
from scripts.claims_rehearsal.store import EvidenceStore, Faults
from tests.oracle.rounds.worlds import request, room, seen

NOW = 1_790_000_000
CLAIM = 5


def case(kind: Kind = Kind.ENGLISH, number: int = 1) -> ClaimCase:
    return make_case(number, kind, NOW, random.Random(number))


def assessed(made: ClaimCase, reader: Reader) -> LossAssessment:
    """What a node makes of a case, without a network."""
    noticed = NoticedClaim(
        CLAIM, made.dossier.root, made.claimed, TokenUnits(50_000_000_000), NOW - 90 * 86_400, made.occurred_at, NOW,
        "E1", "accident", 0,
    )  # fmt: skip
    return assess_loss(
        made.dossier, read_files(reader, made.dossier.files), noticed, LossTerms("USD", 10_000), known=KnownClaims(),
        keys=NullifierKeys({1: bytes(range(32))}), signing=Signing(31_337, "0x" + "11" * 20, 1, NOW, NOW + 600),
        versions=reader.versions,
    )  # fmt: skip


def test_make_case__every_kind__nodes_find_the_loss_that_was_printed_and_only_clean_ones_may_pay() -> None:
    with Reader() as reader:
        for number, kind in enumerate(2 * MIX):
            made = case(kind, number)

            report = assessed(made, reader).report

            assert report.loss == made.loss, kind
            assert (report.fraud_score <= 3_000 and report.confidence_bps >= 9_000) == kind.automatic, kind


def served(faults: Faults | None = None) -> tuple[TestClient, EvidenceStore, ClaimCase, str]:
    store, made = EvidenceStore(), case()
    store.put(CLAIM, made.dossier)
    if faults is not None:
        store.faults[CLAIM] = faults
    client = TestClient(store.app(), headers={"Authorization": f"Bearer {store.key}"})
    return client, store, made, f"/v1/claims/0x{CLAIM:064x}"


def test_store__with_its_key__gives_what_opens_as_the_dossier_on_chain() -> None:
    client, _, made, path = served()

    manifest = client.get(f"{path}/manifest").content
    contents = {entry.name: client.get(f"{path}/files/{entry.name}").content for entry in made.dossier.entries}

    assert open_dossier(manifest, contents, made.dossier.root) == made.dossier


def test_store__without_its_key_or_for_another_claim__refuses() -> None:
    client, _, made, path = served()

    assert client.get(f"{path}/manifest", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get(f"/v1/claims/0x{CLAIM + 1:064x}/manifest").status_code == 404
    assert client.get("/v1/claims/5/manifest").status_code == 404
    assert client.get(f"{path}/files/{made.dossier.entries[0].name}x").status_code == 404


def test_store__faults__missing_for_a_while_and_altered() -> None:
    faults = Faults(missing_until=time.monotonic() + 3_600)
    client, store, made, path = served(faults)
    file = made.dossier.files[0]

    assert client.get(f"{path}/manifest").status_code == 404
    faults.missing_until, faults.altered = 0.0, {file.name}
    content = client.get(f"{path}/files/{file.name}").content

    assert len(content) == len(file.content)
    assert content != file.content
    assert store.asked[CLAIM] == 2


def notified(made: ClaimCase) -> Notified:
    return Notified(CLAIM, made, "somebody", None)  # type: ignore[arg-type]  # no transaction is looked at


def reported(made: ClaimCase, **changes: object) -> Handled:
    told = LossReport(
        31_337, "0x" + "11" * 20, 1, NOW, NOW + 600, CLAIM, made.loss, 0, Bps(10_000), 0, made.dossier.root, bytes(32),
        (),
    )  # fmt: skip
    report = replace(told, **changes)  # type: ignore[arg-type]  # fields by name
    return Handled(None, (SignedLoss(report, bytes(32), {}, 1, NOW),), TokenUnits(0), 0)


@pytest.mark.parametrize("changes", [{"loss": 1}, {"claim_id": CLAIM + 1}, {"evidence_root": bytes(32)}])
def test_is_wrong__another_loss_claim_or_evidence__is_seen(changes: dict[str, object]) -> None:
    made = case()

    assert not findings.is_wrong(notified(made), reported(made))
    assert findings.is_wrong(notified(made), reported(made, **changes))


def decided(loss: int) -> list[ReportSignature]:
    """A report signature of each of four nodes that agree on a loss."""
    played = room()
    for number in range(4):
        played.observe(number, seen(loss))
    played.run()
    return [store.statement for _, store in played.stored if isinstance(store.statement, ReportSignature)]


def test_kept_signatures__a_journal_among_other_files__found_and_nothing_else(tmp_path: Path) -> None:
    signature = decided(1_000)[0]
    journal = RoundJournal(tmp_path / "state" / "rounds.sqlite", "31337:0xaa")
    journal.open(request(), carrier_of(request()), now=5, chain_time=START)
    journal.put(request(), Store("signature", signature), chain_time=START)
    (tmp_path / "state" / "notes.txt").write_text("SQLite", "utf-8")

    found = list(findings.kept_signatures(tmp_path / "state"))

    assert found == [signature]


def test_merged__two_reports_signed_by_one_node__two_signatures_under_one_key() -> None:
    first, second = decided(1_000), decided(2_000)
    (claim,) = request().subjects

    together = findings.merged(*(findings.signed_in([each]) for each in (first[0], first[0], second[0], first[1])))

    assert len(together[(first[0].node, claim)]) == 2
    assert len(together[(first[1].node, claim)]) == 1


@dataclass
class FakeNode:
    """Dies at its label as soon as it is up, and keeps count of who is down."""

    name: str
    down: set[str]
    most_down: list[int]
    alive: bool = True
    deaths: list[str] = field(default_factory=list)

    def start(self, *, kill_at: str | None = None) -> None:
        self.alive = kill_at is None
        (self.down.discard if self.alive else self.down.add)(self.name)
        if kill_at is not None:
            self.deaths.append(kill_at)

    def kill(self) -> None:
        self.alive = False
        self.down.add(self.name)
        self.most_down.append(len(self.down))

    def healthy(self) -> bool:
        return self.alive

    def wait_healthy(self) -> None:
        assert self.alive


def test_chaos__until_stopped__every_label_once_and_never_two_nodes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "DOWN_SECONDS", 0.0)
    monkeypatch.setattr(chaos, "LONGEST_LIFE_SECONDS", 0.001)
    down: set[str] = set()
    most_down: list[int] = []
    nodes = [FakeNode(f"n{number}", down, most_down) for number in range(4)]
    at_work = Chaos(nodes, random.Random(1))  # type: ignore[arg-type]  # as far as it is used
    thread = threading.Thread(target=at_work.run)

    thread.start()
    deadline = time.monotonic() + 20
    while at_work.left and time.monotonic() < deadline:
        time.sleep(0.01)
    at_work.stop()
    thread.join(timeout=20)

    assert sorted(at_work.reached) == sorted(KILL_POINTS)
    assert at_work.left == deque()
    assert max(most_down) == 1
    assert all(node.alive for node in nodes)
    assert at_work.kills >= len(KILL_POINTS) / chaos.LABELS_IN_TURN


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.951, 20)])
def test_percentile__one_to_twenty__smallest_that_the_share_does_not_exceed(share: float, value: int) -> None:
    assert percentile(list(range(20, 0, -1)), share) == value
