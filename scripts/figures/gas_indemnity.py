"""What an indemnity claim costs from sale to closing, by receipts: part of `quittance figures gas`.

Payees are *existing* (they hold a unit of the token) unless a row says fresh. Limits are what was set out to be
reached; a row that misses its limit says what the floor of its storage, calls, signatures and logs is.
"""

from collections.abc import Sequence
from typing import Final

from eth_account.signers.local import LocalAccount

from scripts.figures.artifacts import artifacts
from scripts.figures.figure import Figure
from scripts.figures.indemnity_insurer import IndemnityInsurer
from scripts.figures.local_chain import LocalChain
from scripts.figures.network import DAY, Network

COMMAND: Final = "quittance figures gas"
BATCH: Final = 50
BIND_ALONE_LIMIT: Final = 260_000
BIND_EACH_LIMIT: Final = 140_000
NOTICE_LIMIT: Final = 140_000
REPORT_LIMIT: Final = 170_000
DECISION_LIMIT: Final = 130_000
LIFE_LIMIT: Final = 480_000
INSURER_LIMIT: Final = 8_000_000
PRODUCT_LIMIT: Final = 700_000
CODE_LIMIT: Final = 24_576
TEST_CONTRACTS: Final = frozenset({"BareTransferLoop", "TwinHarness", "TestStablecoin"})


def indemnity_figures(network: Network) -> list[Figure]:
    """Every gas figure of claims and of new insurers, on one private chain."""
    insurer = IndemnityInsurer(network)
    insurer.bind(insurer.holders(1, 1))  # the product's first policy writes what later ones only change
    alone = insurer.bind(insurer.holders(1, 1))[0]
    lives = {name: _lives(insurer, spare) for name, spare in (("existing", 1), ("fresh", 0))}
    known, fresh = lives["existing"], lives["fresh"]
    return [
        _figure("new insurer: AccessManager, treasury, roles", network.registration_gas, INSURER_LIMIT),
        _figure("new indemnity product", insurer.creation_gas, PRODUCT_LIMIT),
        _figure("indemnity policy bound alone, by allowance", alone, BIND_ALONE_LIMIT, _ALONE_NOTE),
        _figure(f"indemnity policy bound, each of {BATCH}", known["bind"], BIND_EACH_LIMIT),
        _figure("notice of a loss", known["notice"], NOTICE_LIMIT, "first claim of its policy"),
        _figure("loss report with automatic payment", known["report"], REPORT_LIMIT, _REPORT_NOTE),
        _figure("loss report with automatic payment, fresh payee", fresh["report"], None),
        _figure("adjuster's decision with payment", known["decide"], DECISION_LIMIT, _DECISION_NOTE),
        _figure("adjuster's decision with payment, fresh payee", fresh["decide"], None),
        _figure(f"policy closed, each of {BATCH - 1}", known["close"], None, "two of them with a final claim"),
        _figure("whole life with one claim paid by report", _whole(known), LIFE_LIMIT, _LIFE_NOTE),
    ]


def code_sizes() -> list[Figure]:
    """Size of the largest contracts that are deployed, bytes of runtime code."""
    sizes = {
        name: (len(built["deployed_bytecode"]) - 2) // 2
        for name, built in artifacts().items()
        if name not in TEST_CONTRACTS
    }
    largest = sorted(sizes, key=lambda name: -sizes[name])[:4]
    return [
        Figure(f"code of {name}", sizes[name], "bytes", CODE_LIMIT, "<=", COMMAND, "EIP-170; without via-IR")
        for name in largest
    ]


def _lives(insurer: IndemnityInsurer, spare: int) -> dict[str, float]:
    """Gas of each step for policies bound in one batch: two claims, one paid by report and one by decision."""
    chain: LocalChain = insurer.chain
    people: Sequence[LocalAccount] = insurer.holders(BATCH, spare)
    bound, policies = insurer.bind(people)
    chain.move_to(chain.now() + DAY)
    notice, by_machine = insurer.notify(policies[0], people[0])
    report = insurer.report(by_machine)
    _, by_person = insurer.notify(policies[1], people[1])
    decide = insurer.decide(by_person)
    closed = insurer.close(policies[:-1]) / (BATCH - 1)
    return {"bind": bound / BATCH, "notice": notice, "report": report, "decide": decide, "close": closed}


def _whole(life: dict[str, float]) -> float:
    return life["bind"] + life["notice"] + life["report"] + life["close"]


def _figure(name: str, value: float, limit: float | None, note: str = "") -> Figure:
    return Figure(name, value, "gas", limit, "<=", COMMAND, note)


_ALONE_NOTE: Final = (
    "The floor is about 232,000: five slots written for the first time (policy, holder's balance, application), six "
    "changed, five signatures, 2 kB of calldata kept in the log. See docs/gas.md"
)
_REPORT_NOTE: Final = (
    "The floor is about 152,000: three signatures, nine slots changed, one written for the first time (the incident), "
    "seven contracts touched, 1 kB kept in the log. See docs/gas.md"
)
_DECISION_NOTE: Final = (
    "The floor is about 104,000: role of the adjuster, nine slots changed, six contracts touched. See docs/gas.md"
)
_LIFE_NOTE: Final = "bound in a batch, notice, report and payment, closed in a batch. See docs/gas.md"
