"""The whole network on a private chain, with one insurer registered: where the gas figures are measured."""

from collections.abc import Sequence
from typing import Final

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from scripts.figures.local_chain import LocalChain, derived_account

UNIT: Final = 1_000_000  # token units in one TUSD
DAY: Final = 86_400
HOUR: Final = 3_600
PRODUCT_MANAGER, UNDERWRITER, TREASURER, GUARDIAN, FACTORY, ORACLE_GOVERNOR = range(1, 7)
ADJUSTER, DESK, REGISTRAR = 8, 10, 11
CAPITAL: Final = 100_000_000 * UNIT
PANEL_WINDOWS: Final = (5 * DAY, 3 * DAY, 7 * DAY)
DEPOSIT_CAP_BPS: Final = 1_000


class Network:
    """Platform, insurer, capital. `registration_gas` is what the new insurer cost, deployment of its house included."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        self.underwriter = derived_account("underwriter")
        self.adjuster = derived_account("adjuster")
        self.signers = sorted((derived_account("signer", i) for i in range(4)), key=lambda a: int(a.address, 16))
        self.token = chain.deploy("TestStablecoin", chain.sender)
        self.platform = chain.deploy("AccessManager", chain.sender)
        self._deploy()
        self._govern()
        self.registration_gas = self._register()
        self._fund()

    def account(self, account: LocalAccount) -> str:
        """Address of an account that may now send transactions of its own."""
        self.chain.rpc("anvil_setBalance", account.address, hex(10**18))
        self.chain.rpc("anvil_impersonateAccount", account.address)
        return account.address

    def mint(self, accounts: Sequence[LocalAccount], amount: int) -> None:
        """Issues `amount` token units to each."""
        for start in range(0, len(accounts), 200):
            page = [a.address for a in accounts[start : start + 200]]
            self.chain.send(self.token, "mintEach", page, amount)

    def approve(self, holder: LocalAccount, amount: int) -> None:
        """The holder allows the treasury to take `amount` token units, in a transaction of its own."""
        self.chain.send(self.token, "approve", self.treasury.address, amount, sender=self.account(holder))
        self.chain.rpc("anvil_stopImpersonatingAccount", holder.address)

    def administer(self, target: Contract, function: str, *args: object) -> None:
        """A call by the insurer's administrator, who has to wait for it."""
        data = target.encode_abi(function, args=list(args))
        self.chain.send(self.manager, "schedule", target.address, data, 0)
        self.chain.move_to(self.chain.now() + HOUR + 1)
        self.chain.send(self.manager, "execute", target.address, data)

    def _deploy(self) -> None:
        chain, platform = self.chain, self.platform.address
        self.quorum = chain.deploy("OracleQuorum", platform, [a.address for a in self.signers], 1)
        makers = [chain.deploy(name).address for name in ("AccessManagerMaker", "TreasuryMaker", "ParametricProduct")]
        rules = chain.deploy("PolicyRules")
        indemnity = chain.deploy("IndemnityProduct", rules.address)
        self.registry = chain.deploy("InsurerRegistry", platform, *makers, indemnity.address)
        self.factory = chain.at("ProductFactory", self.registry.functions.factory().call())
        self.incidents = chain.deploy("IncidentRegistry", platform)
        self.disbursement = chain.deploy("Disbursement", platform)
        self.panel = chain.deploy("DisputePanel", platform, *PANEL_WINDOWS, DEPOSIT_CAP_BPS)
        parts = (self.factory.address, self.incidents.address, self.panel.address)
        self.desk = chain.deploy("ClaimsDesk", *parts)
        self.adjusters = chain.at("AdjusterAuthority", self.desk.functions.adjusters().call())

    def _govern(self) -> None:
        chain, me = self.chain, self.chain.sender
        self._assign(self.registry, REGISTRAR, "admitFounder(address,bool)", "admitService(uint8,address,bool)")
        self._assign(self.incidents, REGISTRAR, "admitDesk(address,bool)")
        self._assign(self.panel, REGISTRAR, "enrolCourt(address)")
        self._assign(self.panel, DESK, "openDispute((uint256,address,address,uint64,uint64,address,bytes32))")
        chain.send(self.platform, "grantRole", REGISTRAR, me, 0)
        chain.send(self.platform, "grantRole", DESK, self.desk.address, 0)
        chain.send(self.registry, "admitFounder", me, True)
        for kind, service in enumerate((self.token, self.quorum, self.desk, self.disbursement)):
            chain.send(self.registry, "admitService", kind, service.address, True)
        chain.send(self.incidents, "admitDesk", self.desk.address, True)
        chain.send(self.panel, "enrolCourt", self.desk.address)

    def _assign(self, target: Contract, role: int, *functions: str) -> None:
        selectors = [Web3.keccak(text=function)[:4] for function in functions]
        self.chain.send(self.platform, "setTargetFunctionRole", target.address, selectors, role)

    def _register(self) -> int:
        me = self.chain.sender
        people = ((PRODUCT_MANAGER, me), (TREASURER, me), (UNDERWRITER, self.underwriter.address))
        holders = [(role, who, 0) for role, who in (*people, (ADJUSTER, self.adjuster.address), (GUARDIAN, me))]
        registration = ("Measured Mutual", "MM", self.token.address, me, HOUR, holders)
        gas = self.chain.send(self.registry, "registerInsurer", registration)
        insurer = self.registry.functions.insurer(1).call()
        self.manager = self.chain.at("AccessManager", insurer[0])
        self.treasury = self.chain.at("Treasury", insurer[2][0])
        return gas

    def _fund(self) -> None:
        chain, me = self.chain, self.chain.sender
        chain.send(self.token, "mint", me, CAPITAL)
        chain.send(self.token, "approve", self.treasury.address, CAPITAL)
        chain.send(self.treasury, "deposit", CAPITAL, me)
