"""The Python twin of indemnity insurance against Solidity: part of `quittance figures parity`.

Every case is random over the whole range the contracts keep, with the ends of each range among the cases far more
often than chance would have it, and values beside the bounds where the answer changes.
"""

import random
from dataclasses import astuple
from enum import IntEnum
from typing import Any, Final

from web3.contract import Contract

from domain.claim_clock import deadline, late_seconds
from domain.claim_ids import MAX_UINT56, claim_id, coverage_use, split_claim_id
from domain.indemnity import (
    earned,
    extra_premium,
    indemnity,
    interest,
    interest_lock,
    limit,
    premium_due,
    return_premium,
    unearned,
)
from domain.indemnity_terms import MAX_COVERAGES
from domain.money import BPS_WHOLE, Bps, Ppb, TokenUnits
from domain.tiers import MAX_SCORE, TierBounds, tier_of
from ledger.typed_claims import claim_order_digest, decision_digest, loss_notice_digest, loss_report_digest
from ledger.typed_data import digest, domain_separator
from ledger.typed_indemnity import (
    cancellation_digest,
    endorsement_digest,
    indemnity_acceptance_digest,
    indemnity_quote_digest,
    underwriting_report_digest,
)
from scripts.figures.compared import Comparison, Tally, pages
from scripts.figures.random_cases import UINT16, UINT32, UINT40, UINT64, random_address, random_within
from scripts.figures.random_indemnity import (
    random_cancellation,
    random_claim_order,
    random_coverage_use,
    random_decision,
    random_endorsement,
    random_indemnity_quote,
    random_indemnity_terms,
    random_loss_report,
    random_notice,
    random_underwriting_report,
)

WEEK: Final = 7 * 86_400


def compare_losses(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Indemnity for a loss, and limits as shares of the sum insured: S11 and S12."""
    tally = Tally("indemnities and limits")
    for size in pages(cases):
        asked = [_loss(rng) for _ in range(size)]
        answers = zip(*twin.functions.losses(asked).call(), strict=True)
        for (loss, deductible, share, left, insured, limit_share), (paid, most) in zip(asked, answers, strict=True):
            ours = indemnity(TokenUnits(loss), TokenUnits(deductible), Bps(share), TokenUnits(left))
            tally.add((ours, limit(TokenUnits(insured), Bps(limit_share))), (paid, most))
    return tally


def compare_rates(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Premium of an indemnity policy: S13."""
    tally = Tally("premiums of indemnity policies")
    for size in pages(cases):
        ends = (UINT64, UINT32, UINT16, UINT64)
        asked = [tuple(random_within(rng, 0, most) for most in ends) for _ in range(size)]
        for (insured, rate, factor, least), theirs in zip(asked, twin.functions.rates(asked).call(), strict=True):
            ours = premium_due(TokenUnits(insured), Ppb(rate), Bps(factor), TokenUnits(least))
            tally.add((ours,), (theirs,))
    return tally


def compare_earnings(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Premium earned and unearned: S14."""
    tally = Tally("earned and unearned premiums")
    for size in pages(cases):
        asked = [_period(rng) for _ in range(size)]
        answers = zip(*twin.functions.earnings(asked).call(), strict=True)
        for (premium, _, _, *period), theirs in zip(asked, answers, strict=True):
            ours = (earned(TokenUnits(premium), *period), unearned(TokenUnits(premium), *period))
            tally.add(ours, theirs)
    return tally


def compare_endorsements(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """What an endorsement costs and gives back: S15."""
    tally = Tally("endorsements")
    for size in pages(cases):
        asked = [_period(rng) for _ in range(size)]
        answers = zip(*twin.functions.endorsements(asked).call(), strict=True)
        for (premium, old_sum, new_sum, *period), theirs in zip(asked, answers, strict=True):
            sums = (TokenUnits(premium), TokenUnits(old_sum), TokenUnits(new_sum))
            tally.add((extra_premium(*sums, *period), return_premium(*sums, *period)), theirs)
    return tally


def compare_interests(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Interest on late payment, and what is locked for it: S17."""
    tally = Tally("interest and its locks")
    for size in pages(cases):
        asked = [_interest(rng) for _ in range(size)]
        answers = zip(*twin.functions.interests(asked).call(), strict=True)
        for (amount, rate, late, cap), theirs in zip(asked, answers, strict=True):
            owed = interest(TokenUnits(amount), Bps(rate), late, Bps(cap))
            tally.add((owed, interest_lock(TokenUnits(amount), Bps(cap))), theirs)
    return tally


def compare_clocks(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Deadlines in working days, and seconds past them: S16 and S17."""
    tally = Tally("legal clocks")
    for size in pages(cases):
        asked = [_clock(rng) for _ in range(size)]
        answers = zip(*twin.functions.clocks(asked).call(), strict=True)
        for (since, days, instant), theirs in zip(asked, answers, strict=True):
            due = deadline(since, days)
            tally.add((due, late_seconds(due, instant)), theirs)
    return tally


def compare_tiers(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Risk tiers: S18."""
    tally = Tally("risk tiers")
    for size in pages(cases):
        asked = [_tier(rng) for _ in range(size)]
        for (score, ratio, bounds), theirs in zip(asked, twin.functions.tiers(asked).call(), strict=True):
            ours = tier_of(score, ratio, TierBounds(bounds[0], bounds[1], Bps(bounds[2]), Bps(bounds[3])))
            tally.add((ours,), (theirs,))
    return tally


def _loss(rng: random.Random) -> tuple[int, ...]:
    """Amounts of one size, so that deductible and limit bite; every fourth loss lies at the deductible."""
    most = rng.choice((100, 10**9, UINT64))
    loss, deductible, left, insured = (random_within(rng, 0, most) for _ in range(4))
    if rng.randrange(4) == 0:
        loss = min(max(deductible + rng.randrange(-1, 2), 0), UINT64)
    return loss, deductible, random_within(rng, 0, BPS_WHOLE), left, insured, random_within(rng, 0, UINT16)


def _period(rng: random.Random) -> tuple[int, ...]:
    """Premium, two sums and an instant beside or within a period of a second to the whole of time."""
    length = random_within(rng, 1, rng.choice((3, 366 * 86_400, UINT40)))
    start = random_within(rng, 0, UINT40 - length)
    inside = start + random_within(rng, 0, length)
    instant = rng.choice((inside, inside, inside, random_within(rng, 0, UINT40)))
    most = rng.choice((10, 10**9, UINT64))
    old_sum, new_sum = random_within(rng, 1, most), random_within(rng, 0, most)
    return random_within(rng, 0, most), old_sum, new_sum, start, start + length, instant


def _interest(rng: random.Random) -> tuple[int, int, int, int]:
    late = random_within(rng, 0, rng.choice((86_400, 10 * 366 * 86_400, UINT40)))
    amount = random_within(rng, 0, rng.choice((1_000, 10**9, UINT64)))
    return amount, random_within(rng, 0, UINT16), late, random_within(rng, 0, UINT16)


def _clock(rng: random.Random) -> tuple[int, int, int]:
    """A start anywhere, or within a second of where a day or a week turns."""
    since = random_within(rng, 0, UINT40 - 2 * WEEK)
    if rng.randrange(2):
        turn = rng.choice((86_400, WEEK))
        since = max(since // turn * turn + rng.randrange(-1, 2), 0)
    days = random_within(rng, 0, rng.choice((6, 60, UINT16)))
    near = deadline(since, days) + rng.randrange(-2, 3)
    return since, days, max(rng.choice((near, random_within(rng, 0, UINT40))), 0)


def _tier(rng: random.Random) -> tuple[int, int, tuple[int, int, int, int]]:
    """Score and ratio at or beside the bounds half of the time."""
    scores = (random_within(rng, 0, MAX_SCORE), random_within(rng, 0, MAX_SCORE))
    ratios = (random_within(rng, 0, UINT16), random_within(rng, 0, UINT16))
    score, ratio = random_within(rng, 0, MAX_SCORE), random_within(rng, 0, UINT32)
    if rng.randrange(2):
        score = min(max(rng.choice(scores) + rng.randrange(-1, 2), 0), MAX_SCORE)
        ratio = max(rng.choice(ratios) + rng.randrange(-1, 2), 0)
    return score, ratio, (*scores, *ratios)


def compare_uses(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Claim ids, there and back, and what is used of a policy's limits."""
    tally = Tally("claim ids and uses of coverages")
    for size in pages(cases):
        places = [(random_address(rng), rng.getrandbits(64), rng.getrandbits(32)) for _ in range(size)]
        ids = twin.functions.claimIds(*map(list, zip(*places, strict=True))).call()
        uses = [random_coverage_use(rng) for _ in range(size)]
        changes = [(rng.randrange(MAX_COVERAGES), random_within(rng, 0, MAX_UINT56)) for _ in uses]
        lanes, units = map(list, zip(*changes, strict=True))
        answers = zip(*twin.functions.uses([use.word() for use in uses], lanes, units).call(), strict=True)
        for place, theirs, use, change, (word, total) in zip(places, ids, uses, changes, answers, strict=True):
            changed = use.with_claim().with_used(change[0], TokenUnits(change[1]))
            same = claim_id(*place) == theirs and split_claim_id(theirs) == place
            tally.agree(same and (changed.word(), changed.total) == (word, total) and coverage_use(word) == changed)
    return tally


def compare_indemnity_terms(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Hash of an indemnity product's terms, as they are and as they come out of a product's code."""
    tally = Tally("hashes of indemnity terms")
    for size in pages(cases):
        terms = [random_indemnity_terms(rng) for _ in range(size)]
        answers = twin.functions.indemnityTermsHashes([_plain(astuple(one)) for one in terms]).call()
        for ours, direct, unpacked in zip(terms, *answers, strict=True):
            tally.agree(ours.hash() == bytes(direct) == bytes(unpacked))
    return tally


def compare_indemnity_digests(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """What oracle nodes, underwriters, holders, claimants and adjusters sign about policies and claims."""
    tally = Tally("digests to sign of indemnity insurance")
    for _ in range(cases):
        chain_id, product = rng.randrange(1, 2**63), random_address(rng)
        report, quote = random_underwriting_report(rng, chain_id, product), random_indemnity_quote(rng)
        change, end = random_endorsement(rng), random_cancellation(rng)
        offered, accepted = twin.functions.indemnityQuoteHashes(_plain(astuple(quote))).call()
        endorsed, cancelled = twin.functions.orderHashes(_plain(astuple(change)), _plain(astuple(end))).call()
        pairs = [
            (underwriting_report_digest(report), twin.functions.underwritingReportHash(_plain(astuple(report))).call()),
            (indemnity_quote_digest(quote, chain_id=chain_id, product=product), offered),
            (indemnity_acceptance_digest(quote, chain_id=chain_id, product=product), accepted),
            (endorsement_digest(change, chain_id=chain_id, product=product), endorsed),
            (cancellation_digest(end, chain_id=chain_id, product=product), cancelled),
            *_claim_digests(twin, rng, chain_id, product),
        ]
        separator = domain_separator(chain_id, product)
        tally.agree(all(ours == digest(separator, bytes(theirs)) for ours, theirs in pairs))
    return tally


def _claim_digests(twin: Contract, rng: random.Random, chain_id: int, desk: str) -> list[tuple[bytes, bytes]]:
    """Ours and theirs of everything signed about claims."""
    report, notice = random_loss_report(rng, chain_id, desk), random_notice(rng)
    order, decision = random_claim_order(rng), random_decision(rng)
    signer, until = random_address(rng), rng.getrandbits(40)
    signed = (_plain(astuple(notice)), _plain(astuple(order)), _plain(astuple(decision)), signer, until)
    noticed, ordered, decided = twin.functions.claimHashes(*signed).call()
    nonce = order.nonce
    ours = loss_notice_digest(notice, signer=signer, nonce=nonce, deadline=until, chain_id=chain_id, desk=desk)
    return [
        (loss_report_digest(report), twin.functions.lossReportHash(_plain(astuple(report))).call()),
        (ours, noticed),
        (claim_order_digest(order, chain_id=chain_id, desk=desk), ordered),
        (decision_digest(decision, adjuster=signer, chain_id=chain_id, desk=desk), decided),
    ]


def _plain(value: Any) -> Any:
    """Enums as the numbers the ABI takes."""
    if isinstance(value, IntEnum):
        return int(value)
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


INDEMNITY_COMPARISONS: Final[tuple[tuple[Comparison, int], ...]] = (
    (compare_losses, 1),
    (compare_rates, 1),
    (compare_earnings, 1),
    (compare_endorsements, 1),
    (compare_interests, 1),
    (compare_clocks, 1),
    (compare_tiers, 1),
    (compare_uses, 10),
    (compare_indemnity_terms, 10),
    (compare_indemnity_digests, 50),
)
