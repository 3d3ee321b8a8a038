"""The Python twin against Solidity, on a real chain, to the last unit: `quittance figures parity`.

Random cases from a fixed seed, edges among them; every answer of `domain/` and `ledger/typed_data.py` is compared with
what the contracts' own libraries answer to an eth_call. `tests/parity` runs the same comparisons.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
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
from scripts.figures.figure import Figure
from scripts.figures.local_chain import local_chain
from scripts.figures.random_cases import (
    INT32,
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
CASES: Final = 10_000
PAGE: Final = 200  # cases in one eth_call


@dataclass(frozen=True)
class Compared:
    """How many cases were compared, in how many the twins differ, and by how many token units at most."""

    what: str
    cases: int
    differing: int
    units: int = 0


def measure(*, full: bool = False) -> list[Figure]:
    """Compares every twin on `CASES` random cases, ten times as many with `full`.

    Raises:
        scripts.anvil.AnvilMissing: There is no anvil.
    """
    cases = CASES * (10 if full else 1)
    with local_chain() as chain:
        twin = chain.deploy("TwinHarness")
        found = [compare(twin, random.Random(SEED), cases // share) for compare, share in COMPARISONS]  # not secret
    return [figure for compared in found for figure in _figures(compared)]


def _figures(compared: Compared) -> list[Figure]:
    note = f"{compared.cases:,} random cases, seed {SEED}"
    figures = [Figure(f"{compared.what}, that differ", compared.differing, "cases", 0, "==", COMMAND, note)]
    if compared.what in IN_UNITS:
        largest = Figure(f"{compared.what}, largest difference", compared.units, "token units", 0, "==", COMMAND, note)
        figures.append(largest)
    return figures


def compare_indemnities(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """Share and indemnity: one random curve, value and sum insured a case, most values at or beside a threshold."""
    differing = units = 0
    for size in _pages(cases):
        curves = [random_curve(rng) for _ in range(size)]
        values = [_value_near(rng, curve) for curve in curves]
        sums = [_amount(rng) for _ in curves]
        asked = [(c.thresholds, c.shares_bps, [v], [s]) for c, v, s in zip(curves, values, sums, strict=True)]
        shares, paid = twin.functions.settleAll(asked, size).call()
        for curve, value, insured, share, amount in zip(curves, values, sums, shares, paid, strict=True):
            ours = curve.share_bps(value)
            owed = indemnity(TokenUnits(insured), ours)
            differing += (ours, owed) != (share, amount)
            units = max(units, abs(owed - amount))
    return Compared("curves, values and sums", cases, differing, units)


def compare_premiums(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """Premium due, over the whole range of every argument."""
    differing = units = 0
    for size in _pages(cases):
        asked = [(_amount(rng), _edge(rng, 0, UINT32), _edge(rng, 0, 65_535), _amount(rng)) for _ in range(size)]
        due = twin.functions.premiums(asked).call()
        for (insured, share, loading, least), theirs in zip(asked, due, strict=True):
            ours = premium_due(TokenUnits(insured), Ppb(share), Bps(loading), TokenUnits(least))
            differing += ours != theirs
            units = max(units, abs(ours - theirs))
    return Compared("premiums", cases, differing, units)


def compare_curve_checks(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """Whether a curve is well formed; half of them are not."""
    differing = 0
    for size in _pages(cases):
        asked = [random_steps(rng) for _ in range(size)]
        formed = twin.functions.checkAll([(t, s, [], []) for t, s in asked]).call()
        differing += sum(_is_formed(*steps) != theirs for steps, theirs in zip(asked, formed, strict=True))
    return Compared("curves accepted or refused", cases, differing)


def compare_ids(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """Event and policy ids, there and back."""
    differing = 0
    for size in _pages(cases):
        texts = [random_text(rng) for _ in range(size)]
        ordinals = [_edge(rng, 0, UINT32) for _ in texts]
        events, policies = twin.functions.ids(texts, ordinals).call()
        for text, ordinal, event, policy in zip(texts, ordinals, events, policies, strict=True):
            ours = event_id(text)
            same = (ours, policy_id(ours, ordinal)) == (event, policy) and split_policy_id(policy) == (event, ordinal)
            differing += not same
    return Compared("event and policy ids", cases, differing)


def compare_terms(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """Hash of terms of every shape."""
    differing = 0
    for size in _pages(cases):
        terms: list[ParametricTerms] = [random_terms(rng) for _ in range(size)]
        hashes = twin.functions.termsHashes([astuple(t) for t in terms]).call()
        differing += sum(t.hash() != bytes(theirs) for t, theirs in zip(terms, hashes, strict=True))
    return Compared("hashes of terms", cases, differing)


def compare_clauses(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """Merkle proofs of clauses, every third one spoiled."""
    differing = 0
    for _ in range(cases):
        count = rng.randrange(1, 40)
        clauses = [Clause(f"C{i}", ClauseKind.COVER, random_text(rng), random_text(rng)) for i in range(count)]
        clause = rng.choice(clauses)
        proof = list(clause_proof(clauses, clause.id))
        leaf = clause.leaf() if rng.randrange(3) else rng.randbytes(32)
        root = clause_root(clauses)
        theirs = twin.functions.isClause(proof, root, leaf).call()
        differing += verify_clause(root, leaf, proof) != theirs or theirs != (leaf == clause.leaf())
    return Compared("proofs of clauses", cases, differing)


def compare_digests(twin: Contract, rng: random.Random, cases: int) -> Compared:
    """What oracle nodes, underwriters and holders sign."""
    differing = 0
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
        differing += any(ours != Web3.keccak(b"\x19\x01" + separator + theirs) for ours, theirs in pairs)
    return Compared("digests to sign", cases, differing)


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


def _pages(cases: int) -> Iterator[int]:
    for start in range(0, cases, PAGE):
        yield min(PAGE, cases - start)


IN_UNITS: Final = ("curves, values and sums", "premiums")
COMPARISONS: Final[tuple[tuple[Callable[[Contract, random.Random, int], Compared], int], ...]] = (
    (compare_indemnities, 1),
    (compare_premiums, 1),
    (compare_curve_checks, 1),
    (compare_ids, 10),
    (compare_terms, 10),
    (compare_clauses, 50),
    (compare_digests, 100),
)
"""Each comparison, and how many times fewer cases it gets: hashes differ everywhere or nowhere."""
