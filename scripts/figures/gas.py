"""What selling and paying cost, by the receipts of a real chain: `quittance figures gas`.

Settlement is held against a bare loop of ERC-20 transfers of the same token to the same kind of recipients, in the
same run. Gas does not depend on the machine, so `full` measures nothing more.
"""

from collections.abc import Callable, Sequence
from typing import Final

from eth_account.signers.local import LocalAccount

from scripts.figures.figure import Comparison, Figure
from scripts.figures.gas_indemnity import PRODUCT_LIMIT, code_sizes, indemnity_figures
from scripts.figures.insurer import PREMIUM, Insurer, Sale, event_id
from scripts.figures.local_chain import TRANSACTION_GAS_CAP, LocalChain, derived_account, local_chain
from scripts.figures.network import DAY, Network

COMMAND: Final = "quittance figures gas"
BATCH: Final = 400
MOST_IN_ONE: Final = 450
BIND_BATCH: Final = 50
BIND_ALONE_LIMIT: Final = 260_000
BIND_EACH_LIMIT: Final = 140_000
FRESH_LIMIT: Final = 1.20
EXISTING_LIMIT: Final = 1.6
WORST_NOTE: Final = "new holders, first policies of their events"
PERMIT_NOTE: Final = (
    f"{WORST_NOTE}. The floor is the token's: each holder's first permit writes a nonce, sets and clears an "
    "allowance and recovers a key, all in the token's own code"
)


def measure(*, full: bool = False) -> list[Figure]:
    """Measures every gas figure on one private chain.

    Args:
        full: Accepted for all figure sets alike; gas is exact at the everyday size already.
    Raises:
        MeasurementFailed: The chain refused something.
        scripts.anvil.AnvilMissing: There is no anvil.
    """
    del full
    with local_chain() as chain:
        network = Network(chain)
        insurer = Insurer(network)
        created = _figure("new parametric product", insurer.creation_gas, "gas", PRODUCT_LIMIT)
        parametric = [created, *_bind_figures(insurer), *_settlement_figures(insurer)]
    with local_chain() as chain:
        return [*parametric, *indemnity_figures(Network(chain)), *code_sizes()]


def _figure(
    name: str, value: float, unit: str, limit: float | None = None, comparison: Comparison = "<=", note: str = ""
) -> Figure:
    return Figure(name, value, unit, limit, comparison, COMMAND, note)


def _text(number: int) -> str:
    return f"flight/AA/{number}/JFK/LAX/2013-09-12T13:05Z"


def _holders(insurer: Insurer, label: str, count: int, amount: int = PREMIUM) -> list[LocalAccount]:
    accounts = [derived_account(label, i) for i in range(count)]
    insurer.network.mint(accounts, amount)
    return accounts


def _sell(insurer: Insurer, holders: Sequence[LocalAccount], events: Sequence[str]) -> None:
    """Binds one policy for each holder, in batches, the premium by permit."""
    sales = [Sale(holder, event, permit=True) for holder, event in zip(holders, events, strict=True)]
    for start in range(0, len(sales), BIND_BATCH):
        insurer.bind(sales[start : start + BIND_BATCH])


def _bind_figures(insurer: Insurer) -> list[Figure]:
    """Holders are new to token, product and permit, so every slot is written for the first time."""
    insurer.bind([Sale(_holders(insurer, "first of all", 1)[0], _text(1), permit=True)])
    alone = {permit: _bind_gas(insurer, 1, _text, permit=permit) for permit in (False, True)}
    distinct = {permit: _bind_gas(insurer, BIND_BATCH, _text, permit=permit) for permit in (False, True)}
    same = {permit: _bind_gas(insurer, BIND_BATCH, lambda _: _text(0), permit=permit) for permit in (False, True)}
    each = f"bind, each of {BIND_BATCH}"
    added = alone[True] - alone[False]
    return [
        _figure("bind alone, premium by allowance", alone[False], "gas", BIND_ALONE_LIMIT, note=WORST_NOTE),
        _figure("bind alone, premium by permit", alone[True], "gas", BIND_ALONE_LIMIT, note=PERMIT_NOTE),
        _figure(
            f"{each}, events all different, by allowance", distinct[False], "gas", BIND_EACH_LIMIT, note=WORST_NOTE
        ),
        _figure(f"{each}, events all different, by permit", distinct[True], "gas", BIND_EACH_LIMIT, note=PERMIT_NOTE),
        _figure(f"{each}, one event, by allowance", same[False], "gas", BIND_EACH_LIMIT, note="new holders"),
        _figure(f"{each}, one event, by permit", same[True], "gas", BIND_EACH_LIMIT, note="new holders"),
        _figure("what a holder's first permit adds", added, "gas", note="nonce and allowance slots, key recovery"),
    ]


def _bind_gas(insurer: Insurer, count: int, event_of: Callable[[int], str], *, permit: bool) -> float:
    """Gas of each of `count` policies bound in one transaction, for new holders on new events."""
    label = f"bind {insurer.applications}"
    holders = _holders(insurer, label, count)
    if not permit:
        for holder in holders:
            insurer.network.approve(holder, PREMIUM)
    carrier = f"/{insurer.applications}/"
    sales = [Sale(holder, event_of(i).replace("/AA/", carrier), permit) for i, holder in enumerate(holders)]
    return insurer.bind(sales) / count


def _settlement_figures(insurer: Insurer) -> list[Figure]:
    chain = insurer.chain
    groups = _settlement_groups(insurer)
    chain.move_to(insurer.occurs_at + DAY)
    bare_fresh, bare_existing = _bare_loop(insurer, chain)
    fresh = _report_and_settle(insurer, groups["fresh"]) / BATCH
    existing = _report_and_settle(insurer, groups["existing"]) / BATCH
    most = _report_and_settle(insurer, groups["most"])
    split = _report_and_settle(insurer, groups["events"], outcomes=BATCH) / BATCH
    report, signatures = insurer.event_report([groups["late"]])
    chain.send(insurer.product, "reportEvents", report, signatures)
    settle = chain.send(insurer.product, "settle", [event_id(groups["late"])], BATCH) / BATCH
    existing_note = "one policy on each event, and a measurement for each in the report"
    return [
        _figure("bare transfer, fresh recipient", bare_fresh, "gas", note=f"mean of a loop over {BATCH}"),
        _figure("bare transfer, existing recipient", bare_existing, "gas", note=f"mean of a loop over {BATCH}"),
        _figure("paid policy, fresh recipient", fresh, "gas", note=f"report and {BATCH} payouts in one transaction"),
        _figure("paid policy, existing recipient", existing, "gas", note="as before"),
        _figure("paid policy ÷ bare transfer, fresh recipients", fresh / bare_fresh, "x", FRESH_LIMIT),
        _figure("paid policy ÷ bare transfer, existing recipients", existing / bare_existing, "x", EXISTING_LIMIT),
        _figure("paid policy, settled apart from the report, existing recipient", settle, "gas"),
        _figure(f"paid policy, {BATCH} events in one report, existing recipient", split, "gas", note=existing_note),
        _figure(
            f"report and {MOST_IN_ONE} payouts to fresh recipients, one transaction", most, "gas", TRANSACTION_GAS_CAP
        ),
    ]


def _settlement_groups(insurer: Insurer) -> dict[str, str]:
    """Sells what is settled later: name → event text. Fresh recipients have spent their last token on the premium."""
    texts = {name: _text(3_000 + i) for i, name in enumerate(("fresh", "existing", "late", "most"))}
    for name, event in texts.items():
        keeps = 0 if name in ("fresh", "most") else 1
        count = MOST_IN_ONE if name == "most" else BATCH
        holders = _holders(insurer, f"paid {name}", count, PREMIUM + keeps)
        _sell(insurer, holders, [event] * count)
    holders = _holders(insurer, "paid events", BATCH, PREMIUM + 1)
    _sell(insurer, holders, [_text(5_000 + i) for i in range(BATCH)])
    return {**texts, "events": _text(5_000)}


def _report_and_settle(insurer: Insurer, event: str, *, outcomes: int = 1) -> int:
    first = int(event.split("/")[2])
    report, signatures = insurer.event_report([_text(first + i) for i in range(outcomes)])
    return insurer.chain.send(insurer.product, "reportAndSettle", report, signatures, MOST_IN_ONE)


def _bare_loop(insurer: Insurer, chain: LocalChain) -> tuple[float, float]:
    """Gas of one transfer to fresh recipients and to the same ones again."""
    loop = chain.deploy("BareTransferLoop")
    chain.send(insurer.token, "mint", loop.address, 2 * BATCH * PREMIUM + 1)
    recipients = [derived_account("bare", i).address for i in range(BATCH)]
    fresh = chain.send(loop, "payEach", insurer.token.address, recipients, PREMIUM)
    existing = chain.send(loop, "payEach", insurer.token.address, recipients, PREMIUM)
    return fresh / BATCH, existing / BATCH
