"""Reports that must not count: each is right in everything but one point, and the contract has to name that point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.policy import event_id
from domain.reports import EventReport
from ledger.bindings import ParametricProduct
from ledger.rpc import RpcError
from ledger.typed_data import SECP256K1_ORDER, domain_separator, event_report_digest, sign_digest, sort_signatures
from scripts.anvil import chain_time, move_clock, running_anvil
from scripts.figures.figure import Figure
from scripts.rehearsal import Rehearsal, Sale, account, measured

COMMAND = "quittance figures refusals"
GENESIS = 1_378_864_800
DEPARTS = GENESIS + 12 * 3_600
FLIGHT, DONE = (f"flight/UA/{n}/EWR/IAH/2013-09-11T14:00Z" for n in (1, 2))
Attack = tuple[EventReport, Sequence[bytes], str]


def measure(*, full: bool = False) -> list[Figure]:
    """Every attack is tried, then the honest report, which must go through."""
    del full  # the same at any size
    with running_anvil(timestamp=GENESIS) as rpc:
        rehearsal = Rehearsal(rpc)
        holders = [account("refusals 1"), account("refusals 2")]
        rehearsal.fund(holders, 10**9)
        rehearsal.bind([Sale(h, t, DEPARTS) for h, t in zip(holders, (FLIGHT, DONE), strict=True)], 0)
        move_clock(rpc, DEPARTS + 4 * 3_600)
        rehearsal.settle([measured(DONE, 200)])
        attacks = _attacks(rehearsal)
        answers = [_answer(rehearsal, report, signatures) for report, signatures, _ in attacks]
        named = sum(answer == name for answer, (_, _, name) in zip(answers, attacks, strict=True))
        unchanged = rpc.eth_call(rehearsal.product, ParametricProduct.insured_event(event_id(FLIGHT))).settled == 0
        honest = rehearsal.settle([measured(FLIGHT, 200)]).succeeded
    note = ", ".join(sorted({name for _, _, name in attacks}))
    return [
        Figure("false reports refused by the right name", named, "reports", len(attacks), "==", COMMAND, note),
        Figure("events changed by them", int(not unchanged), "events", 0, "==", COMMAND),
        Figure("honest report taken afterwards", int(honest), "reports", 1, "==", COMMAND),
    ]


def _attacks(rehearsal: Rehearsal) -> list[Attack]:
    good = rehearsal.event_report([measured(FLIGHT, 200)])
    now = chain_time(rehearsal.rpc)
    sign: Callable[[EventReport], list[bytes]] = lambda report: rehearsal.sign_all(event_report_digest(report))  # noqa: E731
    other_chain = replace(good, chain_id=1)
    elsewhere = replace(good, product=rehearsal.deployment.contracts["Treasury"])
    expired = replace(good, valid_until=now - 1)
    unknown_set = replace(good, signer_epoch=9)
    again = rehearsal.event_report([measured(DONE, 200)])
    early = replace(good, observed_at=DEPARTS - 1)
    twice = sign(good)
    return [
        (good, _three_bad(rehearsal, good), "SignerNotInSet"),
        (good, sign(good)[:2], "TooFewSignatures"),
        (good, [twice[0], twice[0], twice[1]], "SignaturesNotAscending"),
        (good, [_high_s(twice[0]), *twice[1:]], "ECDSAInvalidSignatureS"),
        (other_chain, sign(other_chain), "ReportForOtherChain"),
        (elsewhere, sign(elsewhere), "ReportForOtherContract"),
        (good, _signed_for_other_domain(rehearsal, good), "SignerNotInSet"),
        (expired, sign(expired), "ReportExpired"),
        (unknown_set, sign(unknown_set), "SignerSetUnknown"),
        (again, sign(again), "EventAlreadyClosed"),
        (early, sign(early), "EventNotDue"),
    ]


def _three_bad(rehearsal: Rehearsal, report: EventReport) -> list[bytes]:
    """One node's signature, and three by keys of nobody."""
    digest = event_report_digest(report)
    keys = [rehearsal.nodes[0], *(account(f"nobody {n}") for n in range(3))]
    return sort_signatures(digest, [sign_digest(bytes(key.key), digest) for key in keys])


def _signed_for_other_domain(rehearsal: Rehearsal, report: EventReport) -> list[bytes]:
    """The nodes signed the same words for another chain's domain."""
    digest = event_report_digest(replace(report, chain_id=1))
    assert domain_separator(1, report.product) != domain_separator(report.chain_id, report.product)
    return rehearsal.sign_all(digest)


def _high_s(signature: bytes) -> bytes:
    """The other signature of the same digest by the same key, which must not count."""
    s = SECP256K1_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def _answer(rehearsal: Rehearsal, report: EventReport, signatures: Sequence[bytes]) -> str:
    call = ParametricProduct.report_and_settle(report, signatures, 10)
    try:
        rehearsal.rpc.eth_call(rehearsal.product, call)
    except RpcError as error:
        return error.contract_error.name if error.contract_error else str(error)
    return "taken"
