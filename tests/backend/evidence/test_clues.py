"""What the sealed parser notices, and what another case has too: shown, and nothing more."""

from __future__ import annotations

import io
import json
import random
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from backend.access.roles import Role
from backend.evidence import dossiers
from backend.evidence.clerk import LEASE_SECONDS, Clerk
from backend.evidence.reading import Asked, DossierReader, FileAsked, Findings, ReaderFailed, default_command
from oracle.evidence import duplicates
from scripts.claims_rehearsal.evidence import Kind, make_case
from tests.backend.api import assert_problem
from tests.backend.evidence.conftest import ADJUSTER, PDF, House
from tests.backend.vault_room import ADA_HERSELF, BEN, BEN_HIMSELF, CLERK, START, staff

ASKED = Asked(cover_from=0, occurred_at=0, noticed_at=0, files=[FileAsked(name="a", media_type="b", size=1)])


def photo(seed: int) -> Image.Image:
    """Coarse blots, as a damaged bumper is: pictures that look like nothing else."""
    chance = random.Random(seed)
    small = Image.new("L", (9, 9))
    small.putdata([chance.randrange(256) for _ in range(81)])
    return small.resize((360, 360), Image.Resampling.BICUBIC).convert("RGB")


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def clerk(house: House, *command: str) -> Clerk:
    return Clerk(house.database, house.desk, DossierReader(command or default_command()))


def read_all(house: House, *command: str) -> None:
    while not clerk(house, *command).step():
        pass


def clues_of(house: House, case_id: UUID) -> dict[str, object]:
    answer = house.get(f"/v1/cases/{case_id}/evidence-clues", ADJUSTER)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_most_bits_apart__ours__the_oracle_s() -> None:
    assert dossiers.MOST_BITS_APART == duplicates.MOST_BITS_APART
    assert dossiers.PICTURE_BITS == duplicates.HASH_BITS


def test_step__a_bill_that_does_not_add_up__its_clue_in_both_languages_for_the_adjuster(house: House) -> None:
    bill = next(
        file
        for file in make_case(7, Kind.DISAGREEING, START, random.Random(7)).dossier.files
        if file.media_type == "application/pdf"
    )
    case_id = house.cases.add()
    house.upload(case_id, bill.content, name=bill.name)
    house.upload(case_id, PDF, name="broken.pdf")
    house.seal(case_id)
    before = clues_of(house, case_id)

    read_all(house)

    after = clues_of(house, case_id)
    assert before == {"state": "waiting", "clues": [], "duplicates": []}
    assert after["state"] == "read"
    found = {clue["code"]: clue for clue in after["clues"]}  # type: ignore[attr-defined]  # a list of objects
    assert set(found) == {"TOTALS_DISAGREE", "UNREADABLE"}
    assert found["TOTALS_DISAGREE"]["file"] == bill.name
    assert "do not add up" in found["TOTALS_DISAGREE"]["en"]
    assert "金额不一致" in found["TOTALS_DISAGREE"]["zh"]
    assert found["UNREADABLE"]["file"] == "broken.pdf"


def test_clues__same_file_and_same_picture_in_another_case__both_cases_are_told(house: House) -> None:
    first, second, third = house.cases.add(), house.cases.add(BEN), house.cases.add()
    house.upload(first, saved(photo(1), "PNG"), name="car.png", kind="image/png")
    house.upload(first, PDF + b"same", name="bill.pdf")
    house.known.principal = BEN_HIMSELF
    house.upload(second, saved(photo(1).resize((200, 200)), "JPEG", quality=60), name="mine.jpg", kind="image/jpeg")
    house.upload(second, PDF + b"same", name="other name.pdf")
    house.known.principal = ADA_HERSELF
    house.upload(third, saved(photo(2), "PNG"), name="other.png", kind="image/png")
    for case_id, who in ((first, ADA_HERSELF), (second, BEN_HIMSELF), (third, ADA_HERSELF)):
        house.seal(case_id, who)

    read_all(house)

    def told(case_id: UUID) -> list[tuple[str, str, bool]]:
        found = clues_of(house, case_id)["duplicates"]
        return [(each["file"], each["case_id"], each["exact"]) for each in found]  # type: ignore[attr-defined]

    assert told(first) == [("bill.pdf", str(second), True), ("car.png", str(second), False)]
    assert told(second) == [("mine.jpg", str(first), False), ("other name.pdf", str(first), True)]
    assert told(third) == []


@pytest.mark.parametrize("who", [ADA_HERSELF, CLERK], ids=["the insured", "customer service"])
def test_clues__anybody_who_does_not_decide__not_shown(house: House, who: object) -> None:
    case_id = house.cases.add()
    house.seal(case_id)

    assert_problem(house.get(f"/v1/cases/{case_id}/evidence-clues", who), "forbidden")  # type: ignore[arg-type]


def test_clues__auditor__shown(house: House) -> None:
    case_id = house.cases.add()
    house.seal(case_id)

    assert house.get(f"/v1/cases/{case_id}/evidence-clues", staff(Role.AUDITOR)).status_code == 200


def test_step__nothing_but_the_statement__read_without_asking_anybody(house: House) -> None:
    read_all(house)
    case_id = house.cases.add()
    house.seal(case_id)

    clerk(house, "/nowhere/reader").step()

    assert clues_of(house, case_id) == {"state": "read", "clues": [], "duplicates": []}


def test_step__reader_that_fails__tried_again_and_then_left_to_people(house: House) -> None:
    read_all(house)
    case_id = house.cases.add()
    house.upload(case_id)
    house.seal(case_id)
    states = []

    for _ in range(3):
        clerk(house, sys.executable, "-c", "raise SystemExit(3)").step()
        states.append(clues_of(house, case_id)["state"])
        house.clock.now += LEASE_SECONDS

    assert states == ["waiting", "waiting", "unread"]
    assert clerk(house).step() is True


def test_step__process_that_dies_of_a_dossier__not_tried_for_ever(house: House) -> None:
    class Deadly(DossierReader):
        def read(self, _asked: Asked, _content: Iterable[bytes]) -> Findings:
            raise MemoryError

    read_all(house)
    case_id = house.cases.add()
    house.upload(case_id)
    house.seal(case_id)

    for _ in range(3):
        with pytest.raises(MemoryError):
            Clerk(house.database, house.desk, Deadly([])).step()
        house.clock.now += LEASE_SECONDS
    Clerk(house.database, house.desk, Deadly([])).step()

    assert clues_of(house, case_id)["state"] == "unread"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import sys; sys.stdin.buffer.read(); print('{}')", "answer_unsound"),
        ("import sys; sys.stdin.buffer.read(); print('no json')", "answer_unsound"),
        ("raise SystemExit(1)", "refused"),
        ("raise SystemExit(9)", "answer_unsound"),
        ("print('x' * (5 << 20))", "refused"),
        ("x = bytearray(8 << 30)", "refused"),
        ("import time; time.sleep(60)", "time_over"),
    ],
)
def test_read__program_that_misbehaves__nothing_is_believed(program: str, code: str) -> None:
    seconds = 1.0 if code == "time_over" else 30.0

    with pytest.raises(ReaderFailed) as failed:
        DossierReader([sys.executable, "-c", program], seconds).read(ASKED, [b"x"])

    assert failed.value.code == code


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "import os; os.close(0); raise SystemExit(1)"])
def test_read__program_that_ends_before_it_has_all__told_by_how_it_ended(program: str) -> None:
    with pytest.raises(ReaderFailed) as failed:
        DossierReader([sys.executable, "-c", program]).read(ASKED, [bytes(65_536)] * 100)

    assert failed.value.code == "refused"


def test_read__program_that_is_not_there__not_started() -> None:
    with pytest.raises(ReaderFailed) as failed:
        DossierReader(["/nowhere/reader"]).read(ASKED, [b"x"])

    assert failed.value.code == "not_started"


def test_read__files_cut_short__refused_by_the_oracle_s_program() -> None:
    asked = ASKED.model_copy(update={"files": [FileAsked(name="a.pdf", media_type="application/pdf", size=10)]})

    with pytest.raises(ReaderFailed) as failed:
        DossierReader(default_command()).read(asked, [b"%PDF"])

    assert failed.value.code == "refused"


def test_read__environment_of_the_backend__not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUITTANCE_VAULT_KEYS", "ab" * 32)
    program = (
        "import json, os, sys; sys.stdin.buffer.read();"
        "print(json.dumps({'files': [], 'clues': [{'code': 'X', 'file': '', 'finding': None,"
        "'en': ','.join(sorted(os.environ)), 'zh': ''}]}))"
    )

    found = DossierReader([sys.executable, "-c", program]).read(ASKED, [b"x"])

    assert "QUITTANCE_VAULT_KEYS" not in found.clues[0].en.split(",")


def test_read__nowhere_to_write__what_was_read_stays_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    told = json.dumps({"files": [], "clues": []})
    program = f"import sys; sys.stdin.buffer.read(); print({told!r})"

    found = DossierReader([sys.executable, "-c", program]).read(ASKED, [b"x"])

    assert found == Findings(files=(), clues=())
