"""Four nodes over a real chain with hospital care on it: from an application to a policy bound with their report."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.hashing import ZERO_ADDRESS, checksum_address, keccak256
from domain.indemnity import premium_due
from domain.indemnity_reports import IndemnityBinding, IndemnityQuote, Measure, UnderwritingReport
from domain.indemnity_underwriting import factor_of
from domain.money import TokenUnits
from domain.tiers import RiskTier
from ledger.bindings import IndemnityProduct, TestStablecoin
from ledger.codec import Call
from ledger.deployment import Deployment
from ledger.journal import SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import Sender
from ledger.typed_data import sign_digest, sort_signatures
from ledger.typed_indemnity import (
    indemnity_acceptance_digest,
    indemnity_quote_digest,
    underwriting_report_digest,
)
from oracle.node.process import NodeConfig, NodeMisconfigured, build_app
from oracle.node.refusals import Refusal
from oracle.node.report_head import MAX_REPORT_AGE_SECONDS
from oracle.node.signer import create_keystore
from oracle.node.underwriting_chain import RpcUnderwritingChain
from oracle.node.underwriting_node import UnderwritingNode
from oracle.risk.indicators import Line
from scripts.anvil import chain_time, free_port, give_gas_money, move_clock, running_anvil
from scripts.deploy import Deployer, Parties
from scripts.rehearsal import account
from tests.conftest import plain_logs
from tests.oracle.samples import SIGNERS
from tests.oracle.underwriting_samples import (
    NOW,
    Relayer,
    applied,
    client_of,
    in_yuan,
    make_underwriter,
    other_engine,
)

UNIT = 1_000_000
CAPITAL = 50_000_000 * UNIT
PURSE = TokenUnits(100_000 * UNIT)
DAY = 86_400


class HospitalCare:
    """The product deployed, its deployment file and documents in a folder, and people with keys."""

    def __init__(self, rpc: Rpc, folder: Path) -> None:
        self.rpc, self.folder = rpc, folder
        self._journal, self._steps = SqliteJournal(":memory:"), itertools.count()
        self._senders: dict[str, Sender] = {}
        self.chain_id = rpc.chain_id()
        deployer = Deployer(rpc, self._sender("administrator"))
        parties = Parties(account("underwriter").address, account("guardian").address, SIGNERS)
        house = deployer.house(parties)
        deployer.capital(house, CAPITAL)
        self.file = in_yuan(folder)
        self.deployment = deployer.product(house, self.file, folder)
        self.product = self.deployment.products[0].address
        contracts = house.contracts
        self.terms = self.file.terms(
            treasury=contracts["Treasury"], quorum=contracts["OracleQuorum"], desk=contracts["ClaimsDesk"],
            disbursement=contracts["Disbursement"],
        )  # fmt: skip

    def chain(self, deployment: Deployment | None = None, product: str | None = None) -> RpcUnderwritingChain:
        """The chain as a node reads it."""
        lines = {product or self.product: Line.HEALTH}
        return RpcUnderwritingChain(self.rpc, deployment or self.deployment, self.folder, lines)

    def equip(self, holder: str) -> None:
        """Tokens, and the treasury's leave to take them."""
        contracts = self.deployment.contracts
        token = contracts["TestStablecoin"]
        self.send("administrator", token, TestStablecoin.mint(account(holder).address, PURSE))
        self.send(holder, token, TestStablecoin.approve(contracts["Treasury"], PURSE))

    def send(self, who: str, to: str, call: Call[Any]) -> bool:
        """One transaction; whether it went through."""
        return self._sender(who).send(f"{who}/{next(self._steps)}", to, call.data).succeeded

    def bind(
        self, report: UnderwritingReport, signatures: Sequence[bytes], holder: str, measure: Measure, place: int = 0
    ) -> bool:
        """Bind one application of a report with these signatures."""
        binding = self._binding(report, holder, measure, place)
        return self.send("relayer", self.product, IndemnityProduct.bind(report, signatures, [binding]))

    def _binding(self, report: UnderwritingReport, holder: str, measure: Measure, place: int) -> IndemnityBinding:
        risk, buyer, underwriter = report.assessments[place], account(holder), account("underwriter")
        excluded = risk.exclusions if measure is Measure.EXCLUSION else 0
        quote = IndemnityQuote(
            risk.application_id, buyer.address, ZERO_ADDRESS, buyer.address, underwriter.address,
            keccak256(holder.encode()), risk.sum_insured_cap, TokenUnits(0), excluded, measure, 0,
            chain_time(self.rpc) + DAY,
        )  # fmt: skip
        factor = factor_of(self.terms.tiers, risk, quote)
        premium = premium_due(quote.sum_insured, risk.rate_ppb, factor, self.terms.min_premium)
        quote = replace(quote, premium=premium)
        offer = indemnity_quote_digest(quote, chain_id=self.chain_id, product=self.product)
        acceptance = indemnity_acceptance_digest(quote, chain_id=self.chain_id, product=self.product)
        signed = sign_digest(bytes(underwriter.key), offer), sign_digest(bytes(buyer.key), acceptance)
        return IndemnityBinding(place, quote, *signed)

    def _sender(self, who: str) -> Sender:
        if who not in self._senders:
            person = account(who)
            give_gas_money(self.rpc, person.address)
            self._senders[who] = Sender(self.rpc, person, self._journal, chain_id=self.rpc.chain_id())
        return self._senders[who]


@pytest.fixture(scope="module")
def care(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HospitalCare]:
    with running_anvil(timestamp=NOW) as rpc:
        yield HospitalCare(rpc, tmp_path_factory.mktemp("deployment"))


@pytest.fixture(autouse=True)
def usual_logs() -> Iterator[None]:
    """A node's process says for all of it where logs go."""
    yield
    plain_logs()


@pytest.fixture
def nodes(care: HospitalCare, tmp_path: Path) -> list[UnderwritingNode]:
    return [make_underwriter(number, care.chain(), tmp_path) for number in range(4)]


@pytest.fixture
def relayer(nodes: list[UnderwritingNode], care: HospitalCare) -> Relayer:
    return Relayer([client_of(node) for node in nodes], care.product, care.chain_id)


def signatures_of(signed: Sequence[dict[str, Any]]) -> list[bytes]:
    return [bytes.fromhex(each["signature"][2:]) for each in signed if "signature" in each]


def test_round__applications__are_policies_bound_with_the_nodes_report(care: HospitalCare, relayer: Relayer) -> None:
    batch = [applied(1), applied(2, history=["hypertension"], premium_minor=80_000)]
    care.equip("ann")
    care.equip("ben")
    before = care.rpc.eth_call(care.product, IndemnityProduct.policy_count())

    answers = relayer.ask(batch)
    report = relayer.compose(answers)
    signatures = sort_signatures(
        underwriting_report_digest(report), signatures_of(relayer.collect(report, batch))[: care.terms.min_signatures]
    )

    assert len({json.dumps(answer, sort_keys=True) for answer in answers}) == 1
    assert [each.tier for each in report.assessments] == [RiskTier.LOW, RiskTier.HIGH]
    assert care.bind(report, signatures, "ann", Measure.NONE)
    assert care.bind(report, signatures, "ben", Measure.EXCLUSION, place=1)
    policy = care.rpc.eth_call(care.product, IndemnityProduct.policy(before + 2))
    assert (policy.holder, policy.tier) == (account("ben").address, RiskTier.HIGH)
    assert policy.exclusions == report.assessments[1].exclusions > 0
    assert care.rpc.eth_call(care.product, IndemnityProduct.policy(before + 1)).sum_insured == 500_000 * UNIT


def test_round__one_node_of_another_version__three_signatures_still_bind(
    care: HospitalCare, nodes: list[UnderwritingNode], tmp_path: Path
) -> None:
    odd = make_underwriter(3, care.chain(), tmp_path / "odd", engine=other_engine())
    relayer = Relayer([client_of(node) for node in (*nodes[:3], odd)], care.product, care.chain_id)
    care.equip("cai")
    batch = [applied(4)]

    report = relayer.compose(relayer.ask(batch))
    signed = relayer.collect(report, batch)

    assert signed[3]["code"] == "model_hash_differs"
    assert care.bind(
        report, sort_signatures(underwriting_report_digest(report), signatures_of(signed)), "cai", Measure.NONE
    )


FALSE: list[tuple[str, Callable[[UnderwritingReport], UnderwritingReport]]] = [
    ("score_differs", lambda r: replace(r, assessments=(replace(r.assessments[0], score=1),))),
    ("commitment_differs", lambda r: replace(r, assessments=(replace(r.assessments[0], commitment=bytes(32)),))),
    ("report_for_other_chain", lambda r: replace(r, chain_id=r.chain_id + 1)),
    ("signer_epoch_invalid", lambda r: replace(r, signer_epoch=2)),
    ("product_unknown", lambda r: replace(r, product=SIGNERS[0])),
    ("report_expired", lambda r: replace(r, valid_until=r.observed_at - 1)),
    ("report_too_old", lambda r: replace(r, observed_at=r.observed_at - MAX_REPORT_AGE_SECONDS - 10_000)),
    ("report_from_future", lambda r: replace(r, observed_at=r.observed_at + 10 * DAY)),
]


@pytest.mark.parametrize(("code", "change"), FALSE)
def test_round__relayer_lies__no_node_signs(
    relayer: Relayer, code: str, change: Callable[[UnderwritingReport], UnderwritingReport]
) -> None:
    report = relayer.compose(relayer.ask([applied(5)]))

    assert {each["code"] for each in relayer.collect(change(report), [applied(5)])} == {code}


def test_round__report_has_expired_by_chain_time__no_node_signs_until_asked_again(
    care: HospitalCare, relayer: Relayer
) -> None:
    first, second = [applied(6)], [applied(6, age_years=31)]
    report = relayer.compose(relayer.ask(first))
    assert len(signatures_of(relayer.collect(report, first))) == 4
    other = relayer.compose(relayer.ask(second))
    assert {each["code"] for each in relayer.collect(other, second)} == {"already_assessed_otherwise"}

    move_clock(care.rpc, report.valid_until + DAY)

    assert {each["code"] for each in relayer.collect(other, second)} == {"report_too_old"}
    assert len(signatures_of(relayer.collect(relayer.compose(relayer.ask(second)), second))) == 4


def why(chain: RpcUnderwritingChain, product: str) -> str:
    with pytest.raises(Refusal) as refusal:
        chain.view(product)
    return refusal.value.code


def test_view__product_of_no_factory__is_foreign(care: HospitalCare) -> None:
    stranger = checksum_address("0x" + "ab" * 20)

    assert why(care.chain(product=stranger), stranger) == "product_foreign"


def test_view__document_altered_or_gone__is_refused(care: HospitalCare) -> None:
    path = care.folder / care.deployment.products[0].document
    kept = path.read_text("utf-8")
    try:
        path.write_text(kept.replace("13000", "12999"), "utf-8")
        altered = why(care.chain(), care.product)
        path.unlink()
        gone = why(care.chain(), care.product)
    finally:
        path.write_text(kept, "utf-8")

    assert (altered, gone) == ("document_altered", "document_unreadable")
    assert care.chain().view(care.product).facts.terms == care.terms


def test_view__chain_is_down__is_told(care: HospitalCare) -> None:
    nobody = Rpc(f"http://127.0.0.1:{free_port()}")
    chain = RpcUnderwritingChain(nobody, care.deployment, care.folder, {care.product: Line.HEALTH})

    assert why(chain, care.product) == "chain_unavailable"


def test_build_app__underwrite__serves_the_product_and_nothing_else(care: HospitalCare, tmp_path: Path) -> None:
    care.deployment.save(care.folder / "deployment.json")
    signer = create_keystore(tmp_path / "key.json", tmp_path / "password")
    config = NodeConfig(
        deployment=care.folder / "deployment.json", keystore=tmp_path / "key.json", password_file=tmp_path / "password",
        underwrite=("hospital-care=health",), state=tmp_path / "state",
    )  # fmt: skip

    with ExitStack() as closing:
        app, told = build_app(config, closing)
        client = TestClient(app)
        about = client.get("/v1/underwriting").json()
        (answer,) = Relayer([client], care.product, care.chain_id).ask([applied(8)])
        report = Relayer([client] * 3, care.product, care.chain_id).compose([answer] * 3)
        (signed,) = Relayer([client], care.product, care.chain_id).collect(report, [applied(8)])

    assert told == about["signer"] == client.get("/v1/node").json()["signer"] == signer
    assert about["products"] == {care.product: "health"}
    assert signed["code"] == "signer_not_in_set"
    assert client.get("/v1/claims/0x00").status_code == 404
    assert (tmp_path / "state" / "underwriting.sqlite").exists()


def test_build_app__underwrite_without_a_key__is_refused(care: HospitalCare) -> None:
    care.deployment.save(care.folder / "deployment.json")
    config = NodeConfig(deployment=care.folder / "deployment.json", underwrite=("hospital-care=health",))

    with ExitStack() as closing, pytest.raises(NodeMisconfigured, match="--underwrite needs a key: give --keystore"):
        build_app(config, closing)
