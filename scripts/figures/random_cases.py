"""Random but valid subjects for the parity figures; each takes its own generator and nothing else."""

import random
import string
from typing import Final

from web3 import Web3

from domain.curve import MAX_STEPS, PayoutCurve
from domain.money import BPS_WHOLE, Bps, Ppb, TokenUnits
from domain.policy import Outcome
from domain.reports import Assessment, EventReport, Measurement, Quote, RiskReport
from domain.terms import ParametricTerms

INT32: Final = 2**31 - 1
UINT16: Final = 2**16 - 1
UINT32: Final = 2**32 - 1
UINT40: Final = 2**40 - 1
UINT64: Final = 2**64 - 1
UINT96: Final = 2**96 - 1
LETTERS: Final = string.ascii_letters + string.digits + "/-:保险延误é"


def random_within(rng: random.Random, least: int, most: int) -> int:
    """A number from `least` to `most`, both included; an end of the range, or beside one, every eighth time."""
    if rng.randrange(8) == 0:
        return min(max(rng.choice((least, least + 1, most - 1, most)), least), most)
    if rng.randrange(2):
        # As often small as large.
        return min(least + rng.getrandbits(rng.randrange(1, max((most - least).bit_length(), 1) + 1)), most)
    return rng.randint(least, most)


def random_text(rng: random.Random) -> str:
    """1 to 32 characters of one to three bytes."""
    return "".join(rng.choices(LETTERS, k=rng.randrange(1, 33)))


def random_address(rng: random.Random) -> str:
    """A checksummed address."""
    return str(Web3.to_checksum_address(rng.randbytes(20)))


def random_curve(rng: random.Random) -> PayoutCurve:
    """A well-formed curve of 1 to 16 steps, narrow or over the whole of int32."""
    steps = rng.randrange(1, MAX_STEPS + 1)
    reach = rng.choice((50, 2_000, INT32))
    thresholds = sorted(rng.sample(range(-reach, reach), steps))
    shares = sorted(rng.sample(range(1, BPS_WHOLE + 1), steps))
    return PayoutCurve(tuple(thresholds), tuple(Bps(share) for share in shares))


def random_steps(rng: random.Random) -> tuple[list[int], list[int]]:
    """Thresholds and shares of a curve that is spoiled half of the time."""
    curve = random_curve(rng)
    thresholds, shares = list(curve.thresholds), [int(share) for share in curve.shares_bps]
    spoil = rng.randrange(10)
    step = rng.randrange(len(thresholds))
    if spoil == 0:
        thresholds.append(thresholds[-1])
    elif spoil == 1:
        shares[step] = rng.choice((0, BPS_WHOLE + 1, shares[step - 1]))
    elif spoil == 2:
        thresholds[step] = thresholds[step - 1]
    elif spoil == 3:
        thresholds, shares = [], []
    elif spoil == 4:
        rng.shuffle(thresholds)
    return thresholds, shares


def random_terms(rng: random.Random) -> ParametricTerms:
    """Terms over the whole range of every field, in range for the factory or not."""
    steps = rng.randrange(0, MAX_STEPS + 1)
    return ParametricTerms(
        treasury=random_address(rng),
        quorum=random_address(rng),
        clause_root=rng.randbytes(32),
        document_hash=rng.randbytes(32),
        min_sum_insured=TokenUnits(rng.getrandbits(96)),
        max_sum_insured=TokenUnits(rng.getrandbits(96)),
        max_event_exposure=TokenUnits(rng.getrandbits(96)),
        min_premium=TokenUnits(rng.getrandbits(96)),
        loading_bps=Bps(rng.getrandbits(16)),
        min_signatures=rng.getrandbits(8),
        cancelled_share_bps=Bps(rng.getrandbits(16)),
        diverted_share_bps=Bps(rng.getrandbits(16)),
        min_lead_seconds=rng.getrandbits(32),
        max_lead_seconds=rng.getrandbits(32),
        report_window_seconds=rng.getrandbits(32),
        period_start=rng.getrandbits(40),
        period_end=rng.getrandbits(40),
        thresholds=tuple(rng.randint(-INT32 - 1, INT32) for _ in range(steps)),
        shares_bps=tuple(Bps(rng.getrandbits(16)) for _ in range(steps)),
    )


def random_quote(rng: random.Random) -> Quote:
    """A quote over the whole range of every field."""
    return Quote(
        application_id=rng.getrandbits(256),
        holder=random_address(rng),
        underwriter=random_address(rng),
        insured_event=random_text(rng),
        occurs_at=rng.getrandbits(40),
        sum_insured=TokenUnits(rng.getrandbits(96)),
        premium=TokenUnits(rng.getrandbits(96)),
        valid_until=rng.getrandbits(40),
    )


def random_risk_report(rng: random.Random, chain_id: int, product: str) -> RiskReport:
    """A report of up to 20 assessments."""
    assessments = tuple(
        Assessment(
            application_id=rng.getrandbits(256),
            event_id=rng.getrandbits(224),
            occurs_at=rng.getrandbits(40),
            expected_share_ppb=Ppb(rng.getrandbits(32)),
            sum_insured_cap=TokenUnits(rng.getrandbits(96)),
            commitment=rng.randbytes(32),
        )
        for _ in range(rng.randrange(21))
    )
    head = (chain_id, product, rng.getrandbits(32), rng.getrandbits(40), rng.getrandbits(40))
    return RiskReport(*head, model_hash=rng.randbytes(32), assessments=assessments)


def random_event_report(rng: random.Random, chain_id: int, product: str) -> EventReport:
    """A report of up to 40 measurements."""
    measurements = tuple(
        Measurement(rng.getrandbits(224), Outcome(rng.randrange(5)), rng.randint(-INT32 - 1, INT32))
        for _ in range(rng.randrange(41))
    )
    head = (chain_id, product, rng.getrandbits(32), rng.getrandbits(40), rng.getrandbits(40))
    return EventReport(*head, source_hash=rng.randbytes(32), measurements=measurements)
