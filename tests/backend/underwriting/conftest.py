"""One set of real nodes for all tests of underwriting: loading their engine takes seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backend.database import Database
from tests.backend.underwriting.nodes import RealNodes
from tests.backend.underwriting.office import UnderwritingOffice
from tests.oracle.underwriting_samples import NOW, PretendedUnderwritingChain


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[RealNodes, PretendedUnderwritingChain, Path]:
    folder = tmp_path_factory.mktemp("nodes")
    return *RealNodes.over_pretended_chain(folder), folder


@pytest.fixture
def office(database: Database, network: tuple[RealNodes, PretendedUnderwritingChain, Path]) -> UnderwritingOffice:
    nodes, chain, folder = network
    nodes.down, nodes.altered, nodes.asked = set(), {}, []
    chain.seen = replace(chain.seen, time=NOW)
    return UnderwritingOffice(database, folder, nodes, chain)
