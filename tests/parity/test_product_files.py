"""Product files on a real chain: the factory makes of them what `domain` says, and refuses what `domain` refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
import yaml

from domain.document import check_document
from domain.errors import TermOutOfRange
from domain.terms import IndemnityFile, IndemnityTerms, check_indemnity_terms
from ledger.bindings import IndemnityProduct, ParametricProduct, PolicyRules, ProductFactory
from ledger.deployment import DeployedProduct, Deployment
from ledger.rpc import RpcError
from scripts import ROOT
from scripts.anvil import running_anvil
from scripts.deploy import Deployer
from scripts.rehearsal import Rehearsal
from tests.domain.samples import hospital_care
from tests.domain.test_indemnity_ranges import RANGES, with_term

FILE: IndemnityFile = hospital_care()
HEALTH_TABLES = ROOT / "oracle" / "risk" / "tables" / "health.yaml"
SIGNERS = 4
FITS_NO_WORD = {"tiers.low_factor_bps", "tiers.loaded_factor_bps", "tiers.high_factor_bps"}
"""Their most is the most their type holds."""
TYPED = {"claims.auto_tier", "claims.second_signature_above"}
"""Bound by their types alone."""


@pytest.fixture(scope="module")
def insurer() -> Iterator[Rehearsal]:
    """An insurer that sells flight delay, and now hospital care."""
    with running_anvil(timestamp=1_378_771_200) as rpc:
        found = Rehearsal(rpc)
        deployer = Deployer(rpc, found.sender)
        found.deployment = deployer.product(found.deployment, FILE, found.folder)
        yield found


def hospital(deployment: Deployment) -> DeployedProduct:
    """The hospital-care product as deployed."""
    return next(product for product in deployment.products if product.product_id == "hospital-care")


def test_deploy__indemnity_file__has_the_terms_hash_that_the_chain_answers(insurer: Rehearsal) -> None:
    product = hospital(insurer.deployment)
    contracts = insurer.deployment.contracts

    on_chain = insurer.rpc.eth_call(product.address, IndemnityProduct.terms_hash())
    terms = insurer.rpc.eth_call(contracts["PolicyRules"], PolicyRules.terms_of(product.address))

    assert product.kind == "indemnity"
    assert f"0x{on_chain.hex()}" == product.terms_hash
    assert (terms.clause_root, terms.document_hash) == (FILE.clause_root, FILE.document_hash)
    assert (terms.desk, terms.disbursement) == (contracts["ClaimsDesk"], contracts["Disbursement"])
    assert asdict(terms) == asdict(ours(insurer))


def test_deploy__indemnity_file__keeps_the_document_that_the_chain_is_bound_to(insurer: Rehearsal) -> None:
    product = hospital(insurer.deployment)
    document = json.loads((insurer.folder / product.document).read_text("utf-8"))

    on_chain = insurer.rpc.eth_call(product.address, IndemnityProduct.terms_hash())

    assert check_document(document, terms_hash=on_chain) == ours(insurer)


def test_deploy__both_kinds__stand_beside_each_other(insurer: Rehearsal) -> None:
    flights, care = insurer.deployment.products

    assert (flights.kind, care.kind) == ("parametric", "indemnity")
    assert insurer.deployment.contract_kinds()[care.address] == "IndemnityProduct"
    assert f"0x{insurer.rpc.eth_call(flights.address, ParametricProduct.terms_hash()).hex()}" == flights.terms_hash


def test_hospital_care__what_the_risk_tables_of_health_ask_for__is_in_its_terms() -> None:
    tables = yaml.safe_load(HEALTH_TABLES.read_text("utf-8"))
    tiers, rates = FILE.parameters.tiers, tables["decision"]["rates"]

    assert {rule["code"] for rule in tables["exclusions"]} <= {
        clause.exclusion.code for clause in FILE.exclusions if clause.exclusion
    }
    assert asdict(tiers.bounds) == tables["tiers"]
    assert rates == {
        "low_bps": tiers.low_factor_bps, "medium_bps": tiers.medium_factor_bps,
        "loaded_bps": tiers.loaded_factor_bps, "high_bps": tiers.high_factor_bps,
    }  # fmt: skip


def ours(insurer: Rehearsal) -> IndemnityTerms:
    """The file's terms for the contracts of this chain."""
    contracts = insurer.deployment.contracts
    return FILE.terms(
        treasury=contracts["Treasury"], quorum=contracts["OracleQuorum"],
        desk=contracts["ClaimsDesk"], disbursement=contracts["Disbursement"],
    )  # fmt: skip


def beyond() -> Iterator[tuple[str, int]]:
    """Terms beside their ranges that an ABI can carry."""
    for path, least, most in RANGES:
        if least:
            yield path, least - 1
        if most is not None and path not in TYPED | FITS_NO_WORD:
            yield path, (SIGNERS if path == "min_signatures" else most) + 1


BEYOND = [
    *beyond(),
    ("min_sum_insured", 0),
    ("period_seconds", 86_399),
    ("tiers.low_factor_bps", 10_001),
    ("claims.decide_days", 1),
    ("coverages.0.limit_bps", 4_999),
    ("coverages", ()),
    ("waiting_seconds", ()),
    ("waiting_seconds", (0,) * 33),
    ("waiting_seconds", (0,)),
]


@pytest.mark.parametrize(("path", "value"), BEYOND)
def test_create_indemnity_product__term_out_of_range__is_refused_as_domain_does(
    insurer: Rehearsal, path: str, value: Any
) -> None:
    terms = with_term(ours(insurer), path, value)

    with pytest.raises(TermOutOfRange) as by_domain:
        check_indemnity_terms(terms, threshold=3, signers=SIGNERS)
    with pytest.raises(RpcError) as by_chain:
        create(insurer, terms)

    error = by_chain.value.contract_error
    assert error is not None
    assert error.name == "TermOutOfRange"
    term, given, least, most = (argument for _, argument in error.arguments)
    refused = by_domain.value
    assert (solidity(refused.field), refused.value, refused.least, refused.most) == (
        term.rstrip(b"\0").decode(), given, least, most,
    )  # fmt: skip


@pytest.mark.parametrize(("path", "least", "most"), RANGES)
def test_create_indemnity_product__term_at_its_bounds__is_taken_as_domain_does(
    insurer: Rehearsal, path: str, least: int | None, most: int | None
) -> None:
    for bound in (least, SIGNERS if path == "min_signatures" else most):
        if bound is not None:
            terms = with_term(ours(insurer), path, bound)

            check_indemnity_terms(terms, threshold=3, signers=SIGNERS)
            if terms != ours(insurer):
                assert create(insurer, terms)


def create(insurer: Rehearsal, terms: IndemnityTerms) -> str:
    """Ask the factory to make a product of these terms, without making it."""
    call, factory = ProductFactory.create_indemnity_product(terms), insurer.deployment.contracts["ProductFactory"]
    request = {"from": insurer.administrator.address, "to": factory, "data": "0x" + call.data.hex()}
    return str(insurer.rpc.call("eth_call", request, "latest"))


def solidity(field: str) -> str:
    """A field of `check_indemnity_terms` as the contract names it."""
    first, *rest = field.rpartition(".")[2].partition("[")[0].split("_")
    return first + "".join(part.capitalize() for part in rest)
