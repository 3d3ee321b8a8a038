"""What came of the claims: from the chain, from the nodes' journals, and from what was heard on the wire."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.indemnity import indemnity, limit
from domain.money import TokenUnits
from oracle.rounds.messages import decode
from oracle.rounds.statements import ReportSignature, Statement
from scripts.claims_rehearsal.desk import HOSPITAL, NOTHING, Handled, Notified, handled
from scripts.claims_rehearsal.sales import SUM_INSURED
from scripts.claims_rehearsal.stack import Stack
from scripts.oracle_nodes import OracleNode

SQLITE: Final = b"SQLite format 3\x00"
Signed = dict[tuple[str, int], set[bytes]]
"""Signatures by signer and claim."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Counts of claims, but for the last three, which count signers of one claim.

    Attributes:
        lost: Without a report.
        twice: With more than one.
        wrong: With a report of another loss, claim or evidence than the bills show.
        paid_wrongly: Paid another amount than the terms give, or not paid though nothing speaks against it.
        signed_twice: Signers with two different report signatures for one claim, in journals, on the wire or on chain.
        unkept: Signatures on chain that are not in their signer's journal.
        heard: Report signatures heard on the wire, one for each signer and claim.
    """

    claims: int
    lost: int
    twice: int
    wrong: int
    paid_wrongly: int
    signed_twice: int
    unkept: int
    heard: int


def look(stack: Stack, nodes: Sequence[OracleNode], heard: Iterable[Statement]) -> Findings:
    """Compare everything. The nodes must not write any more."""
    found = handled(stack.insurer)
    each = [(notified, found.get(notified.claim_id, NOTHING)) for notified in stack.notified]
    journals = signed_in(statement for node in nodes for statement in kept_signatures(node.state))
    chain = signed_on_chain(found)
    wire = signed_in(heard)
    everywhere = merged(journals, wire, chain)
    return Findings(
        claims=len(each),
        lost=sum(not done.reported for _, done in each),
        twice=sum(len(done.reported) > 1 for _, done in each),
        wrong=sum(is_wrong(notified, done) for notified, done in each),
        paid_wrongly=sum(done.paid != owed(stack, notified) for notified, done in each if done.reported),
        signed_twice=sum(len(signatures) > 1 for signatures in everywhere.values()),
        unkept=sum(not signatures <= journals.get(key, set()) for key, signatures in chain.items()),
        heard=len(wire),
    )


def is_wrong(notified: Notified, done: Handled) -> bool:
    """Whether any report of a claim says something else than its bills."""
    case = notified.case
    wanted = (notified.claim_id, case.loss, case.dossier.root)
    return any((r.report.claim_id, r.report.loss, r.report.evidence_root) != wanted for r in done.reported)


def owed(stack: Stack, notified: Notified) -> TokenUnits:
    """What the desk has to pay at once, by the terms."""
    if not notified.case.kind.automatic:
        return TokenUnits(0)
    coverage = stack.insurer.terms.coverages[HOSPITAL]
    most = min(limit(SUM_INSURED, coverage.limit_bps), limit(SUM_INSURED, coverage.claim_limit_bps))
    return indemnity(notified.case.loss, coverage.deductible, coverage.share_bps, TokenUnits(most))


def kept_signatures(state: Path) -> Iterator[Statement]:
    """Report signatures in the round journals under a node's state folder."""
    for path in sorted(state.rglob("*")):
        if path.is_file() and path.open("rb").read(len(SQLITE)) == SQLITE:
            yield from _signatures_in(path)


def _signatures_in(path: Path) -> Iterator[Statement]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "said" not in tables:
            return
        for (body,) in database.execute("SELECT body FROM said WHERE slot = 'signature'"):
            yield decode(body)


def signed_on_chain(found: dict[int, Handled]) -> Signed:
    """By what was recovered from the calls the desk took."""
    signed: Signed = {}
    for claim, done in found.items():
        for report in done.reported:
            for signer, signature in report.signatures.items():
                signed.setdefault((signer, claim), set()).add(signature)
    return signed


def signed_in(statements: Iterable[Statement]) -> Signed:
    """Report signatures among statements."""
    signed: Signed = {}
    for statement in statements:
        if isinstance(statement, ReportSignature):
            (claim,) = statement.request.subjects
            signed.setdefault((statement.node, claim), set()).add(statement.signature)
    return signed


def merged(*parts: Signed) -> Signed:
    """All of them together."""
    everything: Signed = {}
    for part in parts:
        for key, signatures in part.items():
            everything.setdefault(key, set()).update(signatures)
    return everything
