"""Terms, flights, a pretended chain and reports that several tests start from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from domain.flight import parse_flight_key
from domain.hashing import checksum_address, keccak256
from domain.money import Bps, TokenUnits
from domain.parametric_terms import ParametricTerms
from domain.policy import Outcome
from domain.reports import EventReport, Measurement, RiskReport
from ledger.bindings import InsuredEvent
from ledger.product_file import load_product
from oracle.node.assess import Application
from oracle.node.chain import ChainView, Head
from oracle.node.journal import SigningJournal
from oracle.node.node import Node
from oracle.node.pricer import FlightPricer
from oracle.node.refusals import TITLES, Refusal
from oracle.node.signer import ReportSigner
from oracle.risk.flights.features import Features
from oracle.risk.flights.training import TrainingSet
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_status import REPORTABLE

CHAIN_ID = 31_337
PRODUCT = checksum_address("0x" + "ab" * 20)
EPOCH = 1
EVENING = 1_378_947_600  # 2013-09-11 21:00 New York time
NIGHT = EVENING + 36 * 3_600  # every flight of the 12th has ended
PRODUCT_FILE = Path(__file__).parents[2] / "products" / "flight-delay.yaml"
TERMS: ParametricTerms = load_product(PRODUCT_FILE).terms(treasury="0x" + "11" * 20, quorum="0x" + "22" * 20)
KEYS = tuple(keccak256(f"oracle test node {number}".encode()) for number in range(4))
SIGNERS = tuple(ReportSigner.of_key(key).address for key in KEYS)
SUM = TokenUnits(500_000_000)


class PretendedChain:
    """A chain that is where the test says: its clock, its events, its signers."""

    def __init__(self, now: int, events: dict[int, InsuredEvent] | None = None) -> None:
        self.chain_id = CHAIN_ID
        self.now = now
        self.events = events or {}
        self.signers = SIGNERS
        self.terms = TERMS

    def head(self) -> Head:
        return Head(7, "0x" + "77" * 32, self.now)

    def view(self, product: str, event_ids: Sequence[int] = ()) -> ChainView:
        if product != PRODUCT:
            raise Refusal("product_unknown", f"product is {product}, this node knows {PRODUCT}: use it")
        events = {each: self.events.get(each, NO_EVENT) for each in event_ids}
        return ChainView(7, "0x" + "77" * 32, self.now, self.terms, EPOCH, self.signers, events)


NO_EVENT = InsuredEvent(0, 0, 0, 0, Outcome.OPEN, Bps(0), 0)


def insured(texts: Sequence[str]) -> dict[int, InsuredEvent]:
    """Events with one open policy each."""
    flights = [parse_flight_key(text) for text in texts]
    return {f.event_id(): replace(NO_EVENT, policies=1, exposure=SUM, occurs_at=f.occurs_at) for f in flights}


def make_node(
    number: int, chain: PretendedChain, archive: ArchiveSource, pricer: FlightPricer, folder: Path, **changes: object
) -> Node:
    """A node like the real one, on a pretended chain."""
    parts: dict[str, object] = {
        "chain": chain,
        "source": archive,
        "price": pricer.price,
        "model_hash": pricer.model_hash,
        "signer": ReportSigner.of_key(KEYS[number]),
        "journal": SigningJournal(folder / f"node-{number}.sqlite", "31337:0x00"),
    }
    return Node(**{**parts, **changes})  # type: ignore[arg-type]  # the parts are named as the arguments


def application(number: int, text: str, sum_insured: int = SUM) -> Application:
    return Application((99 << 8) | number, text, TokenUnits(sum_insured), keccak256(bytes([number])))


def risk_report(node: Node, applications: Sequence[Application]) -> tuple[RiskReport, dict[int, str]]:
    """What an honest proposer makes of a node's assessments."""
    now, assessments, refusals = node.assess(PRODUCT, applications)
    assert not refusals, refusals
    report = RiskReport(CHAIN_ID, PRODUCT, EPOCH, now, now + 3_600, node.model_hash, tuple(assessments))
    texts = {each.application_id: each.insured_event for each in applications}
    return report, {each.event_id: texts[each.application_id] for each in assessments}


def event_report(node: Node, texts: Sequence[str]) -> tuple[EventReport, dict[int, str]]:
    """What an honest proposer makes of a node's observations."""
    now, seen = node.observe(PRODUCT, texts)
    final = [each for each in seen if each.status.is_final]
    measurements = tuple(Measurement(e.event_id, REPORTABLE[e.status.outcome], e.status.value) for e in final)
    report = EventReport(CHAIN_ID, PRODUCT, EPOCH, now, now + 3_600, node.source.source_hash, measurements)
    return report, {each.event_id: each.insured_event for each in final}


def part_of(whole: TrainingSet, chosen: slice) -> TrainingSet:
    """Some of the flights of a set."""
    features = whole.features
    categorical = {name: texts[chosen] for name, texts in features.categorical.items()}
    return TrainingSet(Features(features.numeric[chosen], categorical), whole.classes[chosen], whole.days[chosen])


Nodes = tuple[Node, Node, PretendedChain]


def refused(ask: Callable[[], object]) -> str:
    """The code something was refused with, which must be a documented one."""
    with pytest.raises(Refusal) as refusal:
        ask()
    assert refusal.value.code in TITLES
    assert refusal.value.as_problem()["code"] == refusal.value.code
    return refusal.value.code
