"""The insurer's indemnity product on a private chain: sells, takes notice, pays by report and by decision.

Typed data is hashed by eth-account from the field lists below, as in `scripts/figures/insurer.py`.
"""

from collections.abc import Sequence
from typing import Any, Final

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from scripts.figures.local_chain import derived_account
from scripts.figures.network import DAY, HOUR, UNIT, Network

SUM_INSURED: Final = 20_000 * UNIT
RATE_PPB: Final = 10_000_000
PREMIUM: Final = 200 * UNIT  # 20,000 TUSD × 1 %
LOSS: Final = 3_000 * UNIT
INDEMNITY: Final = 2_610 * UNIT  # (3,000 − 100) × 90 %
ZERO: Final = "0x" + 40 * "0"
CLAUSE: Final = Web3.keccak(text="clause")
PERIOD: Final = 365 * DAY

_ASSESSMENT: Final = (
    "uint256 applicationId,uint16 score,uint16 lossRatioBps,uint8 tier,uint32 ratePpb,uint64 sumInsuredCap,"
    "uint32 exclusions,bytes32 commitment"
)
_QUOTE: Final = (
    "uint256 applicationId,address holder,address beneficiary,address payer,address underwriter,bytes32 subject,"
    "uint64 sumInsured,uint64 premium,uint32 exclusions,uint8 measure,uint40 startsAt,uint40 validUntil,uint64 renews"
)
_LOSS_REPORT: Final = (
    "uint256 chainId,address desk,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,uint256 claimId,uint64 loss,"
    "uint16 fraudScore,uint16 confidenceBps,uint32 exclusions,bytes32 evidenceRoot,bytes32 modelHash,"
    "bytes32[] nullifiers"
)
_UNDERWRITING_REPORT: Final = (
    "uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,bytes32 modelHash,"
    "RiskAssessment[] assessments"
)
_TYPES: Final = {
    "RiskAssessment": _ASSESSMENT,
    "UnderwritingReport": _UNDERWRITING_REPORT,
    "IndemnityQuote": _QUOTE,
    "IndemnityAcceptance": _QUOTE,
    "LossReport": _LOSS_REPORT,
}


def _fields(primary: str) -> list[dict[str, str]]:
    pairs = [field.split(" ") for field in _TYPES[primary].split(",")]
    return [{"name": name, "type": kind} for kind, name in pairs]


class IndemnityInsurer:
    """One indemnity product with three coverages and four perils, and an adjuster who may decide."""

    def __init__(self, network: Network) -> None:
        self.network, self.chain = network, network.chain
        self.creation_gas = self.chain.send(network.factory, "createIndemnityProduct", self.terms())
        count = network.factory.functions.productCount().call()
        self.product = self.chain.at("IndemnityProduct", network.factory.functions.products(count - 1, 1).call()[0])
        self.batches = 0
        most = (100_000 * UNIT, 100_000_000 * UNIT)
        network.administer(
            network.adjusters, "setAdjusterLimit", network.treasury.address, network.adjuster.address, *most
        )

    def terms(self) -> tuple[object, ...]:
        """`IndemnityTerms` in field order."""
        n = self.network
        places = (n.treasury.address, n.quorum.address, n.desk.address, n.disbursement.address)
        hashes = (Web3.keccak(CLAUSE), Web3.keccak(text="document"))
        sums = (1_000 * UNIT, 1_000_000 * UNIT, 10 * UNIT, PERIOD, 30 * DAY, 3)
        tiers = ((6_000, 8_000, 5_000, 8_000), 10_000, 10_000, 12_000, 13_000, 9_000, 500_000 * UNIT, True)
        windows = (30 * DAY, 1, 2, 10, 30 * DAY, 60 * DAY)
        machine = (600, 2_000, 0, 3_000, 9_000, 5_000 * UNIT)
        claims = (*windows, *machine, 50_000 * UNIT, 500, 100 * UNIT)
        coverages = [(0b1111, 10_000, 8_000, 9_000, 100 * UNIT)] * 3
        return (*places, *hashes, *sums, tiers, claims, coverages, [0] * 4)

    def holders(self, count: int, spare: int) -> list[LocalAccount]:
        """New people with the premium, what they keep after it, and an allowance for the treasury."""
        people = [derived_account(f"insured {self.batches}", i) for i in range(count)]
        self.network.mint(people, PREMIUM + spare)
        for person in people:
            self.network.approve(person, PREMIUM)
        return people

    def bind(self, people: Sequence[LocalAccount]) -> tuple[int, list[int]]:
        """Sells each a policy in one transaction. Returns its gas and the policies' numbers."""
        self.batches += 1
        first = (int.from_bytes(Web3.keccak(text=f"applications {self.batches}"), "big") >> 8) << 8
        now, bought = self.chain.now(), self.product.functions.policyCount().call()
        assessments = [self._assessment(first | i) for i in range(len(people))]
        report = self._head("product", self.product.address)
        report |= {"modelHash": Web3.keccak(text="model"), "assessments": assessments}
        quotes = [self._quote(first | i, person.address, now) for i, person in enumerate(people)]
        bindings = [self._binding(i, q, person) for i, (q, person) in enumerate(zip(quotes, people, strict=True))]
        row = (*list(report.values())[:-1], [tuple(a.values()) for a in assessments])
        signatures = self._quorum_signs(self.product, "UnderwritingReport", report)
        gas = self.chain.send(self.product, "bind", row, signatures, bindings)
        return gas, list(range(bought + 1, bought + 1 + len(people)))

    def notify(self, policy: int, holder: LocalAccount) -> tuple[int, int]:
        """The holder notifies a loss. Returns gas and the claim's id."""
        ordinal = self.product.functions.coverageUse(policy).call()[1]
        evidence = Web3.keccak(text="evidence")
        notice = (self.product.address, policy, 0, 1, self.chain.now(), LOSS, evidence)
        gas = self.chain.send(self.network.desk, "notify", notice, sender=self.network.account(holder))
        return gas, (int(self.product.address, 16) << 96) | (policy << 32) | ordinal

    def report(self, claim: int) -> int:
        """A quorum's report on which the machine pays all. Returns its gas."""
        report = self._head("desk", self.network.desk.address) | {
            "claimId": claim,
            "loss": LOSS,
            "fraudScore": 500,
            "confidenceBps": 9_800,
            "exclusions": 0,
            "evidenceRoot": Web3.keccak(text="evidence"),
            "modelHash": Web3.keccak(text="model"),
            "nullifiers": [Web3.keccak(text=f"incident {claim}")],
        }
        signatures = self._quorum_signs(self.network.desk, "LossReport", report)
        return self.chain.send(self.network.desk, "reportLoss", tuple(report.values()), signatures)

    def decide(self, claim: int, loss: int = LOSS) -> int:
        """An adjuster's decision, alone. Returns its gas."""
        letter, until = Web3.keccak(text="letter"), self.chain.now() + DAY
        decision: tuple[object, ...] = (claim, loss, 101, CLAUSE, [], letter, 0, 0, until)
        sender = self.network.account(self.network.adjuster)
        return self.chain.send(self.network.desk, "decide", decision, ZERO, b"", sender=sender)

    def close(self, policies: Sequence[int]) -> int:
        """Closes policies under which nothing can be claimed any more. Returns the gas of all."""
        self.chain.move_to(self.chain.now() + PERIOD + 100 * DAY)
        return self.chain.send(self.product, "closePolicies", list(policies))

    def _assessment(self, application: int) -> dict[str, Any]:
        return {
            "applicationId": application,
            "score": 3_000,
            "lossRatioBps": 3_000,
            "tier": 0,
            "ratePpb": RATE_PPB,
            "sumInsuredCap": 1_000_000 * UNIT,
            "exclusions": 0,
            "commitment": Web3.keccak(text=f"applicant {application}"),
        }

    def _quote(self, application: int, holder: str, now: int) -> dict[str, Any]:
        return {
            "applicationId": application,
            "holder": holder,
            "beneficiary": ZERO,
            "payer": holder,
            "underwriter": self.network.underwriter.address,
            "subject": Web3.keccak(text=f"home {application}"),
            "sumInsured": SUM_INSURED,
            "premium": PREMIUM,
            "exclusions": 0,
            "measure": 0,
            "startsAt": 0,
            "validUntil": now + DAY,
            "renews": 0,
        }

    def _binding(self, index: int, quote: dict[str, Any], holder: LocalAccount) -> tuple[object, ...]:
        offered = self._sign(self.network.underwriter, self.product, "IndemnityQuote", quote)
        accepted = self._sign(holder, self.product, "IndemnityAcceptance", quote)
        return (index, tuple(quote.values()), offered, accepted, [], [])

    def _head(self, kind: str, address: str) -> dict[str, Any]:
        now = self.chain.now()
        head = {"chainId": self.chain.w3.eth.chain_id, kind: address, "signerEpoch": 1}
        return head | {"observedAt": now, "validUntil": now + HOUR}

    def _quorum_signs(self, contract: Contract, primary: str, message: dict[str, Any]) -> list[bytes]:
        return [self._sign(signer, contract, primary, message) for signer in self.network.signers[:3]]

    def _sign(self, account: LocalAccount, contract: Contract, primary: str, message: dict[str, Any]) -> bytes:
        names = [primary, "RiskAssessment"] if primary == "UnderwritingReport" else [primary]
        chain_id = self.chain.w3.eth.chain_id
        domain = {"name": "Quittance", "version": "1", "chainId": chain_id, "verifyingContract": contract.address}
        signable = encode_typed_data(domain, {name: _fields(name) for name in names}, message)
        return bytes(account.sign_message(signable).signature)
