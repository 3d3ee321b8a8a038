"""A node's view of products, also of those made after it started, on a real chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.deployment import Deployment
from ledger.product_file import load_product
from oracle.node.chain import RpcChain
from oracle.node.refusals import Refusal
from scripts import ROOT
from scripts.anvil import running_anvil
from scripts.deploy import Deployer
from scripts.rehearsal import Rehearsal

GENESIS = 1_700_000_000


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with running_anvil(timestamp=GENESIS) as rpc:
        yield Rehearsal(rpc)


def more(rehearsal: Rehearsal, name: str, deployment: Deployment | None = None) -> str:
    """Address of another product, made now."""
    deployer = Deployer(rehearsal.rpc, rehearsal.sender)
    file = load_product(ROOT / "products" / f"{name}.yaml")
    return deployer.product(deployment or rehearsal.deployment, file, rehearsal.folder).products[-1].address


def test_view__product_made_after_the_start__learnt_and_kept(rehearsal: Rehearsal) -> None:
    chain = RpcChain(rehearsal.rpc, rehearsal.deployment)
    before = chain.view(rehearsal.product)
    product = more(rehearsal, "rainfall")

    found = chain.view(product)

    assert before.terms == rehearsal.terms
    assert found.terms != before.terms
    assert found.terms.treasury == rehearsal.deployment.contracts["Treasury"]
    assert chain.view(product).signers == found.signers


@pytest.mark.parametrize("contract", ["Treasury", "OracleQuorum"])
def test_view__product_of_another_insurer_or_quorum__unknown(rehearsal: Rehearsal, contract: str) -> None:
    product = more(rehearsal, "wind" if contract == "Treasury" else "earthquake")
    contracts = {**rehearsal.deployment.contracts, contract: rehearsal.administrator.address}
    elsewhere = RpcChain(rehearsal.rpc, replace(rehearsal.deployment, contracts=contracts, products=()))

    with pytest.raises(Refusal) as refused:
        elsewhere.view(product)

    assert refused.value.code == "product_unknown"


def test_view__what_the_factory_never_made__unknown(rehearsal: Rehearsal) -> None:
    chain = RpcChain(rehearsal.rpc, rehearsal.deployment)

    for address in (rehearsal.administrator.address, rehearsal.deployment.contracts["Treasury"]):
        with pytest.raises(Refusal) as refused:
            chain.view(address)
        assert refused.value.code == "product_unknown"
