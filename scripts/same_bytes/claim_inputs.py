"""Claims nobody made: notices, policies, and dossiers with bills, records and pictures, some of them seen before.

They lie on disk as a chain and a store would tell them: `claims.json`, the product's document, and a folder of files
for each claim. File names are written in hex, so that no node's locale matters before a node's own code runs.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from domain.claim_ids import claim_id
from domain.evidence.dossier import Dossier, EvidenceFile, seal_dossier
from domain.evidence.sniff import JPEG, JSON, PNG, TEXT
from domain.product_fields import INDEMNITY
from domain.terms import IndemnityFile
from ledger.deployment import REQUIRED_CONTRACTS, DeployedProduct, Deployment
from ledger.product_file import load_product_file
from oracle.claims.folder import MANIFEST
from oracle.claims.statement import NAME, ClaimStatement
from scripts.claims_rehearsal.bills import Bill
from scripts.claims_rehearsal.evidence import HOSPITALS, HOSPITALS_ZH, TREATMENTS, TREATMENTS_ZH
from scripts.same_bytes.names import (
    CHAIN_ID,
    CLAIMS,
    DAY,
    DEPLOYMENT,
    DESK,
    DOCUMENT,
    DOSSIERS,
    FILE,
    OTHER,
    PRODUCT,
    QUORUM,
    UNITS_PER_MINOR,
)

FIRST_DAY: Final = 1_767_225_600
"""1 January 2026, UTC."""
DAYS: Final = 120
_CODES: Final = ("I11.0", "J45.0", "C50.9", "E11.2", "M54.5", "O20.0", "S72.0", "I63.9", "I06.2", "K35.8")
_NAMES: Final = ("bill {}.pdf", "发票 {}.pdf", "Räkning {}.pdf", "İnvoice {}.pdf", "bill-{}.PDF", "Bill {}.pdf")
Row = dict[str, int | str | None]


def write_claims(folder: Path, count: int, draw: random.Random) -> None:
    """Claims 1 to `count`, in the order of their notices."""
    made = _Drawn(draw)
    rows: list[Row] = []
    for number in range(1, count + 1):
        row, dossier = made.claim(number)
        place = folder / DOSSIERS / f"{claim_id(PRODUCT, number, 0):064x}"
        place.mkdir(parents=True)
        (place / MANIFEST).write_bytes(dossier.manifest())
        for file in dossier.files:
            (place / file.name.encode().hex()).write_bytes(file.content)
        rows.append(row)
    (folder / CLAIMS).write_text(json.dumps(rows), "utf-8")
    _write_product(folder)


def _write_product(folder: Path) -> None:
    file = load_product_file(FILE)
    assert isinstance(file, IndemnityFile)
    terms = file.terms(treasury=OTHER, quorum=QUORUM, desk=DESK, disbursement=OTHER)
    (folder / DOCUMENT).write_text(json.dumps(file.document(terms)), "utf-8")
    product = DeployedProduct(PRODUCT, f"0x{terms.hash().hex()}", file.product_id, DOCUMENT, INDEMNITY)
    contracts = dict.fromkeys(REQUIRED_CONTRACTS, OTHER) | {"ClaimsDesk": DESK, "OracleQuorum": QUORUM}
    Deployment(CHAIN_ID, 0, "0x" + "ab" * 32, "", contracts, (product,)).save(folder / DEPLOYMENT)


@dataclass
class _Drawn:
    """Claims drawn so far: bills and pictures of theirs may come again."""

    draw: random.Random
    bills: list[EvidenceFile] = field(default_factory=list)
    pictures: list[Image.Image] = field(default_factory=list)

    def claim(self, number: int) -> tuple[Row, Dossier]:
        """A notice with its policy, and the dossier behind its root."""
        draw = self.draw
        occurred_at = FIRST_DAY + draw.randrange(DAYS) * DAY + draw.choice((300, 43_200, 85_800))
        files, claimed = self._files(number, occurred_at)
        dossier = seal_dossier(files, [draw.randbytes(32) for _ in files])
        raised = draw.choice((None, None, occurred_at - draw.randrange(1, 200) * DAY))
        row: Row = {
            "policy": number,
            "block": 10 + number // 3,
            "log": number % 3,
            "noticed_at": FIRST_DAY + DAYS * DAY + number,
            "claimant": f"0x{draw.randrange(1, 40):040x}",
            "holder": f"0x{draw.randrange(1, 60):040x}",
            "peril": draw.randrange(4),
            "occurred_at": occurred_at,
            "claimed": claimed,
            "root": dossier.root.hex(),
            "sum_insured": draw.choice((5_000, 20_000)) * 1_000_000,
            "cover_from": occurred_at - draw.choice((5, 40, 400)) * DAY,
            "sum_raised_at": raised,
            "exclusions": draw.choice((0, 0, draw.getrandbits(8))),
        }
        return row, dossier

    def _files(self, number: int, occurred_at: int) -> tuple[list[EvidenceFile], int]:
        """One to three bills, a record and a picture now and then, and the insurer's statement; what is claimed."""
        draw, minor = self.draw, 0
        files: list[EvidenceFile] = []
        for each in range(draw.choice((1, 1, 2, 3))):
            bill, worth = self._bill(f"{number:06d}{'ABC'[each]}", occurred_at)
            files.append(bill)
            minor += worth
        if draw.random() < 0.5:
            codes = draw.sample(_CODES, draw.randrange(1, 5))
            files.append(EvidenceFile("record ü.txt", TEXT, f"Diagnoses\nICD-10: {', '.join(codes)}\n".encode()))
        if draw.random() < 0.25:
            files.append(self._picture())
        past = tuple(draw.randrange(1_000, 900_000) for _ in range(draw.choice((0, 0, 1, 4))))
        statement = ClaimStatement(f"E{draw.randrange(1, 300):08d}", None, past)
        files.append(EvidenceFile(NAME, JSON, statement.content()))
        draw.shuffle(files)
        return files, (minor + draw.choice((0, 0, 0, 5_000))) * UNITS_PER_MINOR

    def _bill(self, number: str, occurred_at: int) -> tuple[EvidenceFile, int]:
        """A bill and what it is worth, in cents; one in ten was handed in before, under another name perhaps."""
        draw = self.draw
        name = draw.choice(_NAMES).format(number)
        if self.bills and draw.random() < 0.1:
            again = draw.choice(self.bills)
            return replace(again, name=f"{name} again{Path(again.name).suffix}"), 100_000
        bill = self._drawn_bill(number, occurred_at)
        shape = draw.choice(("pdf", "text", "text", "json"))
        if shape == "pdf":
            file = EvidenceFile(name, bill.media_type, bill.pdf())
        elif shape == "text":
            file = EvidenceFile(f"{name}.txt", TEXT, "\n".join(bill.rows()).encode())
        else:
            file = EvidenceFile(f"{name}.json", JSON, _as_json(bill, draw))
        self.bills.append(file)
        return file, bill.worth_minor

    def _drawn_bill(self, number: str, occurred_at: int) -> Bill:
        draw = self.draw
        chinese = draw.random() < 0.3
        whats = draw.sample(TREATMENTS_ZH if chinese else TREATMENTS, draw.randrange(1, 5))
        amounts = [draw.randrange(1_000, 500_000) for _ in whats]
        late = draw.choice((0, 0, 1, 3, -1, -9))
        return Bill(
            issuer=draw.choice(HOSPITALS_ZH if chinese else HOSPITALS),
            number=f"R{number}",
            issued_on=dt.datetime.fromtimestamp(occurred_at, dt.UTC).date() + dt.timedelta(days=late),
            lines=tuple(zip(whats, amounts, strict=True)),
            total_minor=sum(amounts) + draw.choice((0, 0, 0, 700)),
            chinese=chinese,
        )

    def _picture(self) -> EvidenceFile:
        """One in three looks like an earlier one, smaller or in another format."""
        draw = self.draw
        if self.pictures and draw.random() < 0.33:
            drawn = draw.choice(self.pictures).resize((200, 150))
        else:
            drawn = Image.linear_gradient("L").convert("RGB").resize((320, 240))
            pen = ImageDraw.Draw(drawn)
            for _ in range(12):
                x, y = draw.randrange(280), draw.randrange(200)
                pen.ellipse((x, y, x + 40, y + 40), fill=(draw.randrange(256), draw.randrange(256), 90))
            self.pictures.append(drawn)
        shape, media_type = draw.choice((("JPEG", JPEG), ("PNG", PNG)))
        told = io.BytesIO()
        drawn.save(told, shape)
        return EvidenceFile(f"photo {draw.randrange(10**6)}.{shape.lower()}", media_type, told.getvalue())


def _as_json(bill: Bill, draw: random.Random) -> bytes:
    codes = draw.sample(_CODES, draw.randrange(3))
    told = {
        "kind": "invoice",
        "issuer": bill.issuer,
        "number": bill.number,
        "issued_on": bill.issued_on.isoformat(),
        "currency": "USD",
        "lines": [{"text": text, "amount_minor": amount} for text, amount in bill.lines],
        "total_minor": bill.total_minor,
        "codes": codes,
    }
    return json.dumps(told).encode()
