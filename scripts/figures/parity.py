"""The Python twin against Solidity, on a real chain, to the last unit: `quittance figures parity`.

Random cases from a fixed seed, edges among them; every answer of `domain/` and `ledger/typed_data.py` is compared with
what the contracts' own libraries answer to an eth_call. `tests/parity` runs the same comparisons.
"""

import random
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, Final

from web3 import Web3
from web3.contract import Contract

from domain.clauses import Clause, ClauseKind, clause_proof, clause_root, verify_clause
from domain.curve import PayoutCurve, indemnity
from domain.errors import CurveInvalid
from domain.money import Bps, Ppb, TokenUnits
from domain.policy import Outcome, event_id, policy_id, split_policy_id
from domain.premium import premium_due
from domain.terms import ParametricTerms
from ledger.typed_data import acceptance_digest, event_report_digest, quote_digest, risk_report_digest
from scripts.figures.compared import Comparison, Tally, pages
from scripts.figures.figure import Figure
from scripts.figures.local_chain import local_chain
from scripts.figures.parity_indemnity import INDEMNITY_COMPARISONS
from scripts.figures.random_cases import (
    INT32,
    UINT16,
    UINT32,
    UINT96,
    random_curve,
    random_event_report,
    random_quote,
    random_risk_report,
    random_steps,
    random_terms,
    random_text,
)

COMMAND: Final = "quittance figures parity"
SEED: Final = 20130912
CASES: Final = 5_000
FULL_CASES: Final = 100_000


def measure(*, full: bool = False) -> list[Figure]:
    """Compares every twin on `CASES` random cases, on `FULL_CASES` with `full`.

    Raises:
        scripts.anvil.AnvilMissing: There is no anvil.
    """
    cases = FULL_CASES if full else CASES
    with local_chain() as chain:
        twin = chain.deploy("TwinHarness")
        found = [compare(twin, random.Random(SEED), cases // share) for compare, share in COMPARISONS]  # not secret
    return [figure for compared in found for figure in _figures(compared)]


def _figures(compared: Tally) -> list[Figure]:
    note = f"{compared.cases:,} random cases, seed {SEED}"
    figures = [Figure(f"{compared.what}, that differ", compared.differing, "cases", 0, "==", COMMAND, note)]
    if compared.units is not None:
        largest = Figure(f"{compared.what}, largest difference", compared.units, "units", 0, "==", COMMAND, note)
        figures.append(largest)
    return figures


def compare_indemnities(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Share and indemnity: one random curve, value and sum insured a case, most values at or beside a threshold."""
    tally = Tally("curves, values and sums")
    for size in pages(cases):
        curves = [random_curve(rng) for _ in range(size)]
        values = [_value_near(rng, curve) for curve in curves]
        sums = [_amount(rng) for _ in curves]
        asked = [(c.thresholds, c.shares_bps, [v], [s]) for c, v, s in zip(curves, values, sums, strict=True)]
        shares, paid = twin.functions.settleAll(asked, size).call()
        for curve, value, insured, share, amount in zip(curves, values, sums, shares, paid, strict=True):
            ours = curve.share_bps(value)
            tally.add((ours, indemnity(TokenUnits(insured), ours)), (share, amount))
    return tally


def compare_premiums(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Premium due, over the whole range of every argument."""
    tally = Tally("premiums")
    for size in pages(cases):
        asked = [(_amount(rng), _edge(rng, 0, UINT32), _edge(rng, 0, UINT16), _amount(rng)) for _ in range(size)]
        due = twin.functions.premiums(asked).call()
        for (insured, share, loading, least), theirs in zip(asked, due, strict=True):
            tally.add((premium_due(TokenUnits(insured), Ppb(share), Bps(loading), TokenUnits(least)),), (theirs,))
    return tally


def compare_curve_checks(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Whether a curve is well formed; half of them are not."""
    tally = Tally("curves accepted or refused")
    for size in pages(cases):
        asked = [random_steps(rng) for _ in range(size)]
        formed = twin.functions.checkAll([(t, s, [], []) for t, s in asked]).call()
        for steps, theirs in zip(asked, formed, strict=True):
            tally.agree(_is_formed(*steps) == theirs)
    return tally


def compare_ids(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Event and policy ids, there and back."""
    tally = Tally("event and policy ids")
    for size in pages(cases):
        texts = [random_text(rng) for _ in range(size)]
        ordinals = [_edge(rng, 0, UINT32) for _ in texts]
        events, policies = twin.functions.ids(texts, ordinals).call()
        for text, ordinal, event, policy in zip(texts, ordinals, events, policies, strict=True):
            ours = event_id(text)
            same = (ours, policy_id(ours, ordinal)) == (event, policy) and split_policy_id(policy) == (event, ordinal)
            tally.agree(same)
    return tally


def compare_terms(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Hash of terms of every shape."""
    tally = Tally("hashes of terms")
    for size in pages(cases):
        terms: list[ParametricTerms] = [random_terms(rng) for _ in range(size)]
        hashes = twin.functions.termsHashes([astuple(t) for t in terms]).call()
        for ours, theirs in zip(terms, hashes, strict=True):
            tally.agree(ours.hash() == bytes(theirs))
    return tally


def compare_clauses(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Merkle proofs of clauses, every third one spoiled."""
    tally = Tally("proofs of clauses")
    for _ in range(cases):
        count = rng.randrange(1, 40)
        clauses = [Clause(f"C{i}", ClauseKind.COVER, random_text(rng), random_text(rng)) for i in range(count)]
        clause = rng.choice(clauses)
        proof = list(clause_proof(clauses, clause.id))
        leaf = clause.leaf() if rng.randrange(3) else rng.randbytes(32)
        root = clause_root(clauses)
        theirs = twin.functions.isClause(proof, root, leaf).call()
        tally.agree(verify_clause(root, leaf, proof) == theirs == (leaf == clause.leaf()))
    return tally


def compare_digests(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """What oracle nodes, underwriters and holders sign."""
    tally = Tally("digests to sign")
    for _ in range(cases):
        chain_id, product = rng.randrange(1, 2**63), Web3.to_checksum_address(rng.randbytes(20))
        risk, event = random_risk_report(rng, chain_id, product), random_event_report(rng, chain_id, product)
        quote = random_quote(rng)
        separator = _separator(chain_id, product)
        offered, accepted = twin.functions.quoteHashes(astuple(quote)).call()
        pairs = (
            (risk_report_digest(risk), twin.functions.riskReportHash(astuple(risk)).call()),
            (event_report_digest(event), twin.functions.eventReportHash(_plain(astuple(event))).call()),
            (quote_digest(quote, chain_id=chain_id, product=product), offered),
            (acceptance_digest(quote, chain_id=chain_id, product=product), accepted),
        )
        tally.agree(all(ours == Web3.keccak(b"\x19\x01" + separator + theirs) for ours, theirs in pairs))
    return tally


def _separator(chain_id: int, product: str) -> bytes:
    """EIP-712 domain separator, encoded here word by word and not by `ledger/typed_data.py`."""
    fields = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = [Web3.keccak(text=text) for text in (fields, "Quittance", "1")]
    return Web3.keccak(b"".join(words) + chain_id.to_bytes(32, "big") + bytes.fromhex(product[2:]).rjust(32, b"\0"))


def _plain(value: Any) -> Any:
    """Enums as the numbers the ABI takes."""
    if isinstance(value, Outcome):
        return int(value)
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _is_formed(thresholds: Sequence[int], shares: Sequence[int]) -> bool:
    try:
        PayoutCurve(tuple(thresholds), tuple(Bps(share) for share in shares))
    except CurveInvalid:
        return False
    return True


def _value_near(rng: random.Random, curve: PayoutCurve) -> int:
    if rng.randrange(4):
        return min(max(rng.choice(curve.thresholds) + rng.randrange(-1, 2), -INT32 - 1), INT32)
    return _edge(rng, -INT32 - 1, INT32)


def _amount(rng: random.Random) -> int:
    """Token units, as often small as large."""
    return min(_edge(rng, 0, UINT96), rng.getrandbits(rng.randrange(1, 97))) if rng.randrange(8) else UINT96


def _edge(rng: random.Random, least: int, most: int) -> int:
    return rng.choice((least, most)) if rng.randrange(16) == 0 else rng.randint(least, most)


COMPARISONS: Final[tuple[tuple[Comparison, int], ...]] = (
    (compare_indemnities, 1),
    (compare_premiums, 1),
    (compare_curve_checks, 1),
    (compare_ids, 10),
    (compare_terms, 10),
    (compare_clauses, 50),
    (compare_digests, 50),
    *INDEMNITY_COMPARISONS,
)
"""Each comparison, and how many times fewer cases it gets: hashes differ everywhere or nowhere."""
