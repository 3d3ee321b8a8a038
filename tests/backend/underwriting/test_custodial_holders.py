"""A holder without a wallet: quote accepted and policy ended by the key the insurer keeps for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend.custody import service as custody
from backend.custody.holders import sign_for
from backend.custody.ports import DeployedContracts
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.policy_orders import service as orders
from backend.policy_orders.desk import OrderDesk
from backend.problems import Problem
from backend.underwriting import acceptance
from backend.underwriting.views import quote_view
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from ledger.bindings import IndemnityProduct, TestStablecoin
from ledger.typed_indemnity import CANCELLATION_TYPE
from ledger.wallet_document import wallet_document
from scripts.anvil import give_gas_money
from tests.backend.underwriting.chain_office import ChainHouse, ChainOffice, running_house
from tests.backend.underwriting.office import ADA, who


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainHouse]:
    with running_house(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def office(database: Database, house: ChainHouse) -> Iterator[ChainOffice]:
    with house.undone():
        yield ChainOffice(database, house)


def test_sign_for__custodial_holder__accepts_the_quote_and_ends_the_policy(office: ChainOffice) -> None:
    ada = replace(who(ADA), strong_at=office.clock.now)
    contracts = DeployedContracts(office.house.deployment, office.house.rpc)
    desk = CustodyDesk(Vault(HeldKeys.of(b"v" * 32)), contracts, office.database, office.clock)
    with office.database.scoped(ada) as session:
        holder = custody.ensure_key(session, desk, ada, ADA).address
    case_id = office.quoted(replace(office.application(), holder=holder))
    _pay_in(office, holder, office.quote(case_id).premium)

    with office.database.scoped(ada) as session:
        kept = acceptance.current(session, office.desk, case_id)
        shown = quote_view(kept, office.row(case_id), office.desk.chain_id)
        signature = sign_for(session, desk, ada, shown.typed_data)
        acceptance.accept(session, office.desk, ada, case_id, signature)
    office.settle()
    ordered = OrderDesk(
        office.house.rpc, office.desk.shelf, None, office.desk.chain_id, office.clock, office.desk.notices
    )
    with office.database.scoped(ada) as session:
        row, returned = orders.prepare_end(session, ada, ordered, office.house.product, 1)
        said = wallet_document(
            CANCELLATION_TYPE, orders.cancellation_of(row), chain_id=office.desk.chain_id, contract=row.product
        )
        orders.accept(session, ada, ordered, row.order_id, sign_for(session, desk, ada, said))
    office.settle()

    policy = office.house.rpc.eth_call(office.house.product, IndemnityProduct.policy(1))
    assert policy.holder == holder
    assert policy.unearned == 0
    assert returned > 0


def test_sign_for__nobody_keeps_keys_here__says_which_setting(office: ChainOffice) -> None:
    with office.database.scoped(who(ADA)) as session, pytest.raises(Problem) as refused:
        sign_for(session, None, who(ADA), {})

    assert refused.value.code == "key_missing"


def _pay_in(office: ChainOffice, holder: str, amount: int) -> None:
    """Tokens and allowance of an account whose key is in custody: the chain lets the test send for it."""
    rpc, token = office.house.rpc, office.house.deployment.contracts["TestStablecoin"]
    office.house.send("administrator", "TestStablecoin", TestStablecoin.mint(holder, amount))
    give_gas_money(rpc, holder)
    rpc.call("anvil_impersonateAccount", holder)
    call = TestStablecoin.approve(office.house.deployment.contracts["Treasury"], amount)
    rpc.call("eth_sendTransaction", {"from": holder, "to": token, "data": "0x" + call.data.hex()})
    rpc.call("anvil_stopImpersonatingAccount", holder)
