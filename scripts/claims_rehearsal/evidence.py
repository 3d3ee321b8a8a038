"""Claims to be notified, each with its bills, its sealed dossier, and the loss the nodes have to find.

The loss is computed here from what was printed, not from what the nodes read.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Final

from domain.evidence.dossier import SALT_BYTES, Dossier, EvidenceFile, seal_dossier
from domain.evidence.sniff import JSON
from domain.hashing import canonical_json
from domain.money import TokenUnits
from scripts.claims_rehearsal.bills import Bill

UNITS_PER_MINOR: Final = 10_000  # the token has six decimals
CLAIM_FILE: Final = "claim.json"
CLAIM_SCHEMA: Final = "quittance claim 1"
LEAST_LOSS_MINOR, MOST_LOSS_MINOR = 90_000, 500_000
TREATMENTS: Final = ("MRI scan", "X-ray", "Consultation", "Surgery", "Laboratory", "Medication", "Ward, per day")
TREATMENTS_ZH: Final = ("检查费", "治疗费", "手术费", "药品费", "化验费", "住院费", "护理费")
HOSPITALS: Final = ("City Hospital", "Harbour Clinic", "St Anne Hospital")
HOSPITALS_ZH: Final = ("北京第一医院", "上海中心医院")


class Kind(Enum):
    """What is particular about a claim. All but the first two go to a person, with the loss that is written here."""

    ENGLISH = "an English bill"
    CHINESE = "a Chinese bill"
    TWO_BILLS = "a bill in each language"
    OVERSTATED = "more claimed than billed"
    DISAGREEING = "a total above the sum of its lines"

    @property
    def automatic(self) -> bool:
        """Whether the desk pays it by itself."""
        return self not in (Kind.OVERSTATED, Kind.DISAGREEING)


MIX: Final = (Kind.ENGLISH, Kind.CHINESE, Kind.TWO_BILLS, Kind.ENGLISH, Kind.OVERSTATED, Kind.CHINESE, Kind.DISAGREEING)


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """A claim as its claimant holds it.

    Attributes:
        loss: What the nodes have to report, token units.
        occurred_at: Unix seconds.
    """

    number: int
    kind: Kind
    claimed: TokenUnits
    loss: TokenUnits
    occurred_at: int
    dossier: Dossier


def make_case(number: int, kind: Kind, now: int, chance: random.Random) -> ClaimCase:
    """A claim for a treatment that began in the last days; `now` in unix seconds. Numbers must not repeat."""
    occurred_at = now - chance.randrange(2, 6) * 86_400
    issued_on = dt.datetime.fromtimestamp(occurred_at, dt.UTC).date() + dt.timedelta(days=1)
    bills = [_bill(f"{number:06d}", kind, issued_on, chance)]
    if kind is Kind.TWO_BILLS:
        bills.append(_bill(f"{number:06d}B", Kind.CHINESE, issued_on, chance))
    worth = sum(bill.worth_minor for bill in bills)
    claimed = worth + (chance.randrange(1_000, 50_000) if kind is Kind.OVERSTATED else 0)
    if kind is Kind.DISAGREEING:
        claimed = sum(bill.total_minor for bill in bills)
    dossier = seal(number, bills)
    return ClaimCase(
        number, kind, TokenUnits(claimed * UNITS_PER_MINOR), TokenUnits(worth * UNITS_PER_MINOR), occurred_at, dossier
    )


def seal(number: int, bills: list[Bill]) -> Dossier:
    """Bills and what the insurer knows of the claim, under one root."""
    told: dict[str, object] = {
        "schema": CLAIM_SCHEMA, "subject": f"E{number:08d}", "sum_raised_at": None, "past_amounts_minor": [],
    }  # fmt: skip
    files = [EvidenceFile(f"bill {bill.number}.pdf", bill.media_type, bill.pdf()) for bill in bills]
    files.append(EvidenceFile(CLAIM_FILE, JSON, canonical_json(told)))
    return seal_dossier(files, [secrets.token_bytes(SALT_BYTES) for _ in files])


def _bill(number: str, kind: Kind, issued_on: dt.date, chance: random.Random) -> Bill:
    chinese = kind is Kind.CHINESE
    share = 2 if kind is Kind.TWO_BILLS or number.endswith("B") else 1  # two bills share what one has
    count = chance.randrange(2, 5)
    whats = chance.sample(TREATMENTS_ZH if chinese else TREATMENTS, count)
    amounts = [chance.randrange(LEAST_LOSS_MINOR, MOST_LOSS_MINOR) // count // share for _ in whats]
    excess = chance.randrange(10_000, 90_000) if kind is Kind.DISAGREEING else 0
    return Bill(
        issuer=chance.choice(HOSPITALS_ZH if chinese else HOSPITALS),
        number=f"R{number}",
        issued_on=issued_on,
        lines=tuple(zip(whats, amounts, strict=True)),
        total_minor=sum(amounts) + excess,
        chinese=chinese,
    )
