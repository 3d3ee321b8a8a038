"""A house where everything unusual happens at once: wallets, gifts, rotation, silence, two products, two insurers."""

import copy
from dataclasses import dataclass, replace

from eth_account.signers.local import LocalAccount
from faster_eth_abi.abi import encode

from domain.money import Bps
from domain.policy import Outcome, event_id
from domain.reports import NO_PERMIT, Measurement
from ledger.bindings import ParametricProduct, ProductCreated, ProductFactory, TestStablecoin, Treasury
from ledger.codec import ChainEvent, selector
from ledger.deployment import DeployedProduct, Deployment
from ledger.events import fetch_events
from ledger.journal import Receipt, SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import Sender
from ledger.typed_data import event_report_digest
from scripts.anvil import give_gas_money, move_clock
from scripts.compile import compile_contracts
from scripts.deploy import Deployer, Parties
from scripts.rehearsal import Rehearsal, Sale, account, measured
from tests.ledger.story import DEPARTS, LATE

WALLET_SOURCE = "contracts/mocks/ContractWallet.sol"
SILENT, SHARED = (f"flight/B6/{n}/JFK/FLL/2013-09-11T14:00Z" for n in (10, 11))
GIFT = 1_234_567


@dataclass
class BusyHouse:
    """What the house did, and what it left on the chain."""

    house: Rehearsal
    other_insurer: Rehearsal
    wallet: str
    events: list[ChainEvent]

    @property
    def deployment(self) -> Deployment:
        """Of the first insurer."""
        return self.house.deployment

    @property
    def treasury(self) -> str:
        """Of the first insurer."""
        return self.house.deployment.contracts["Treasury"]


def _execute(wallet: str, owner: Sender, target: str, data: bytes) -> Receipt:
    """`ContractWallet.execute(target, data)` by its owner."""
    call = selector("execute(address,bytes)") + encode(["address", "bytes"], [target, data])
    return owner.send(f"execute/{len(data)}/{target}", wallet, call)


def _sender(rpc: Rpc, key: LocalAccount) -> Sender:
    give_gas_money(rpc, key.address)
    return Sender(rpc, key, SqliteJournal(":memory:"), chain_id=31337)


class _WalletHolder:
    """Signs as a wallet's owner, is named as the wallet."""

    def __init__(self, owner: LocalAccount, wallet: str) -> None:
        self.key = owner.key
        self.address = wallet


def sell_to_wallet(house: Rehearsal, owner: LocalAccount, wallet: str) -> None:
    """One policy accepted by the owner's signature (ERC-1271), one by the wallet's own call."""
    token, treasury = house.deployment.contracts["TestStablecoin"], house.deployment.contracts["Treasury"]
    by_owner = _sender(house.rpc, owner)
    house.send(token, TestStablecoin.mint(wallet, 1_000_000_000).data)
    assert _execute(wallet, by_owner, token, TestStablecoin.approve(treasury, 10**12).data).succeeded
    holder: LocalAccount = _WalletHolder(owner, wallet)  # type: ignore[assignment]  # has what is used of one
    report, signatures, (binding,) = house.offer([Sale(holder, LATE, DEPARTS, 200_000_001)], 100)
    signed = replace(binding, permit=NO_PERMIT)
    assert house.send(house.product, ParametricProduct.bind(report, signatures, [signed]).data).succeeded
    report, signatures, (binding,) = house.offer([Sale(holder, LATE, DEPARTS, 200_000_002)], 101)
    call = ParametricProduct.bind(report, signatures, [replace(binding, acceptance=b"", permit=NO_PERMIT)])
    assert _execute(wallet, by_owner, house.product, call.data).succeeded


def sell_to_sender(house: Rehearsal, holder: LocalAccount) -> None:
    """One policy accepted by sending the transaction."""
    report, signatures, (binding,) = house.offer([Sale(holder, LATE, DEPARTS, 300_000_000)], 102)
    call = ParametricProduct.bind(report, signatures, [replace(binding, acceptance=b"")])
    assert _sender(house.rpc, holder).send("bind", house.product, call.data).succeeded


def second_product(house: Rehearsal) -> Rehearsal:
    """The same house acting for another product of its own, with a dearer premium."""
    terms = replace(house.terms, loading_bps=Bps(house.terms.loading_bps + 100))
    return _acting_for(house, house.deployment, house.send(
        house.deployment.contracts["ProductFactory"], ProductFactory.create_parametric_product(terms).data
    ))  # fmt: skip


def _acting_for(house: Rehearsal, deployment: Deployment, created: Receipt) -> Rehearsal:
    assert created.succeeded
    events = fetch_events(house.rpc, deployment, created.block_number, created.block_number)
    product = next(event for event in events if isinstance(event, ProductCreated))
    other = copy.copy(house)
    other.deployment = deployment.with_product(
        DeployedProduct(product.product, "0x" + product.terms_hash.hex(), "other", "documents/none.json")
    )
    other.product, other.terms = product.product, product.terms
    return other


def other_insurer(house: Rehearsal) -> Rehearsal:
    """Another insurer with roles and treasury of its own in the same factory, on the same token and quorum."""
    deployer, me, shared = Deployer(house.rpc, house.sender), house.administrator.address, house.deployment.contracts
    parties = Parties(house.underwriter.address, house.guardian.address, [node.address for node in house.nodes])
    contracts = shared | deployer.insurer(shared, parties, "Other Capital", "OCAP")
    treasury = contracts["Treasury"]
    house.send(shared["TestStablecoin"], TestStablecoin.mint(me, 10**12).data)
    house.send(shared["TestStablecoin"], TestStablecoin.approve(treasury, 10**12).data)
    house.send(treasury, Treasury.deposit(10**12, me).data)
    terms = replace(house.terms, treasury=treasury)
    created = house.send(shared["ProductFactory"], ProductFactory.create_parametric_product(terms).data)
    return _acting_for(house, replace(house.deployment, contracts=contracts, products=()), created)


def play(rpc: Rpc) -> BusyHouse:
    """Everything, in the order of chain time."""
    house = Rehearsal(rpc)
    owner = account("wallet owner")
    compiled = compile_contracts([WALLET_SOURCE])[WALLET_SOURCE]["ContractWallet"]["evm"]["bytecode"]["object"]
    code = bytes.fromhex(compiled) + bytes(12) + bytes.fromhex(owner.address[2:])
    wallet = house.sender.send("wallet", None, code).contract
    assert wallet is not None
    holders = [account(f"busy {n}") for n in range(9)]
    house.fund(holders, 1_000_000_000)
    sell_to_wallet(house, owner, wallet)
    sell_to_sender(house, holders[0])
    token = house.deployment.contracts["TestStablecoin"]
    house.send(token, TestStablecoin.mint(house.deployment.contracts["Treasury"], GIFT).data)
    second, other = second_product(house), other_insurer(house)
    assert house.bind([Sale(holders[1], SHARED, DEPARTS), Sale(holders[2], SILENT, DEPARTS, 100_000_007)], 1).succeeded
    assert second.bind([Sale(holders[3], SHARED, DEPARTS)], 1).succeeded
    assert other.bind([Sale(holders[4], SHARED, DEPARTS), Sale(holders[5], LATE, DEPARTS)], 1).succeeded
    settle_all(house, second, other)
    events = fetch_events(rpc, house.deployment, 0, rpc.block_number())
    return BusyHouse(house, other, wallet, events)


def settle_all(house: Rehearsal, second: Rehearsal, other: Rehearsal) -> None:
    """Reports by old and new nodes around a rotation, then silence for one event."""
    old_nodes = house.nodes
    move_clock(house.rpc, DEPARTS + 4 * 3600)
    house.rotate("second node", 3600)
    late_from_old = copy.copy(house)
    late_from_old.nodes, late_from_old.epoch = old_nodes, 1
    assert late_from_old.settle([measured(LATE, 500)], max_policies=1).succeeded
    rest = ParametricProduct.settle([event_id(LATE)], 100)
    assert house.send(house.product, rest.data).succeeded
    for acting in (second, other):
        acting.nodes, acting.epoch = house.nodes, house.epoch
    assert second.settle([Measurement(event_id(SHARED), Outcome.DIVERTED, 0)]).succeeded
    assert house.settle([measured(SHARED, 61)]).succeeded
    assert other.settle([measured(SHARED, 500), measured(LATE, 500)]).succeeded
    house.rotate("third node", 0)
    report = replace(late_from_old.event_report([measured(SILENT, 1)]), signer_epoch=1)
    refused = late_from_old.sign_all(event_report_digest(report))
    call = ParametricProduct.report_and_settle(report, refused, 1)
    assert not house.send(house.product, call.data, gas=1_000_000).succeeded
    move_clock(house.rpc, DEPARTS + house.terms.report_window_seconds + 1)
    assert house.send(house.product, ParametricProduct.close_unreported(event_id(SILENT)).data).succeeded
    assert house.send(house.product, ParametricProduct.settle([event_id(SILENT)], 9).data).succeeded
