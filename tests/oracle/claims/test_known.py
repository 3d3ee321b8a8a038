"""What earlier claims showed: exactly those before, found however many there are."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.claim_ids import claim_id as id_of
from domain.evidence.dossier import EvidenceFile, seal_dossier
from domain.evidence.sniff import JSON
from domain.money import TokenUnits
from ledger.deployment import Deployment
from oracle.claims.book import ClaimsBook, id_text
from oracle.claims.facts import NoticedAt
from oracle.claims.known import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, KnownEvidence, Shown, shown_by
from oracle.claims.statement import NAME, ClaimStatement
from oracle.evidence.duplicates import HASH_BITS, MOST_BITS_APART, bits_apart, file_print, look_alikes
from oracle.risk.fraud.facts import Invoice
from tests.oracle.evidence.claims import bill, reading

PRODUCT = "0x" + "12" * 20
NOBODY: frozenset[int] = frozenset()


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[ClaimsBook]:
    opened = ClaimsBook(tmp_path, Deployment(31_337, 0, "0x" + "ab" * 32, "", {}))
    yield opened
    opened.close()


@pytest.fixture
def known(book: ClaimsBook, clock: Clock) -> KnownEvidence:
    return KnownEvidence(book, clock)


def noticed(book: ClaimsBook, number: int, *, block: int | None = None, log: int = 0, payee: str = "") -> NoticedAt:
    """The notice of a claim, kept; its root is its number."""
    notice = NoticedAt(
        id_of(PRODUCT, number, 0), block if block is not None else number, log, 5, payee or f"payee {number}", 1, 4,
        TokenUnits(9), number.to_bytes(32, "big"),
    )  # fmt: skip
    row = (id_text(notice.claim_id), *notice.place, 5, notice.claimant, 1, 4, "9", notice.evidence_root, None, 0)
    with book.writing() as writer:
        writer.write("INSERT INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return notice


def test_before__same_file_and_bill__are_of_the_first_before_this_one(book: ClaimsBook, known: KnownEvidence) -> None:
    shown = Shown(("f",), ("b",), ())
    claims = [noticed(book, number) for number in (1, 2, 3)]
    for claim in reversed(claims):  # worked on in another order
        known.keep(claim.evidence_root, shown)

    found = [known.before(claim, shown, NOBODY) for claim in claims]

    first = claims[0].claim_id
    assert [each.evidence.files.get("f") for each in found] == [None, first, first]
    assert [each.invoices.get("b") for each in found] == [None, first, first]


def test_before__same_block__is_ordered_by_log_index(book: ClaimsBook, known: KnownEvidence) -> None:
    later, earlier = noticed(book, 1, block=7, log=4), noticed(book, 2, block=7, log=3)
    for claim in (later, earlier):
        known.keep(claim.evidence_root, Shown(("f",), (), ()))

    assert known.before(later, Shown(("f",), (), ()), NOBODY).evidence.files == {"f": earlier.claim_id}
    assert known.before(earlier, Shown(("f",), (), ()), NOBODY).evidence.files == {}


def test_before__claims_it_superseded__are_left_out_and_others_found(book: ClaimsBook, known: KnownEvidence) -> None:
    shown = Shown(("f",), (), ("0" * 64,))
    claims = [noticed(book, number) for number in (1, 2, 3)]
    for claim in claims:
        known.keep(claim.evidence_root, shown)

    found = known.before(claims[2], shown, frozenset({claims[0].claim_id}))

    assert found.evidence.files == {"f": claims[1].claim_id}
    assert {each.claim_id for each in found.evidence.pictures} == {claims[1].claim_id}


def test_before__pictures_a_few_bits_apart__are_exactly_those_look_alikes_finds(
    book: ClaimsBook, known: KnownEvidence
) -> None:
    draw = random.Random(5)
    own, kept = draw.getrandbits(HASH_BITS), {}
    for number in range(1, 301):
        flips = draw.sample(range(HASH_BITS), number % 20)
        picture = own
        for bit in flips:
            picture ^= 1 << bit
        claim = noticed(book, number)
        kept[claim.claim_id] = f"{picture:064x}"
        known.keep(claim.evidence_root, Shown((), (), (kept[claim.claim_id],)))
    asked = noticed(book, 999)

    pictures = known.before(asked, Shown((), (), (f"{own:064x}",)), NOBODY).evidence.pictures

    near = {claim for claim, each in kept.items() if bits_apart(each, f"{own:064x}") <= MOST_BITS_APART}
    assert near <= {each.claim_id for each in pictures}
    assert {claim for claim in near if bits_apart(kept[claim], f"{own:064x}") == MOST_BITS_APART}
    assert look_alikes([f"{own:064x}"], pictures, asked.claim_id) == ((f"{own:064x}", min(near)),)


def test_before__one_payee__links_holders_until_he_is_a_hub(book: ClaimsBook, known: KnownEvidence) -> None:
    claims = [noticed(book, number, payee="garage") for number in range(1, 61)]
    other = noticed(book, 70)
    known.keep_holders({(each.product, each.policy_id): f"holder {each.policy_id % 4}" for each in (*claims, other)})

    linked = [known.before(each, Shown((), (), ()), NOBODY).network.holders_linked(each.claim_id) for each in claims]

    assert linked[:5] == [1, 2, 3, 4, 4]
    assert (linked[49], linked[50], linked[59]) == (4, 1, 1)
    assert known.before(other, Shown((), (), ()), NOBODY).network.holders_linked(other.claim_id) == 1


def test_unheld__holders_kept__asks_for_none_twice(book: ClaimsBook, known: KnownEvidence) -> None:
    claims = [noticed(book, number, payee="garage") for number in (1, 2)]
    keys = tuple((each.product, each.policy_id) for each in claims)

    assert known.unheld(claims[1]) == keys
    known.keep_holders({keys[0]: "ann"})
    assert known.unheld(claims[1]) == keys[1:]


def test_due__dossier_missing__waits_longer_each_time_and_counts_as_unread(
    book: ClaimsBook, known: KnownEvidence, clock: Clock
) -> None:
    first, second = noticed(book, 1), noticed(book, 2)
    before = (9, 0)

    assert known.due(before, 9) == (second, first)
    assert known.due(before, 9, without=["0x" + "34" * 20, PRODUCT]) == ()
    assert known.due(before, 1, without=["0x" + "34" * 20]) == (second,)
    assert known.due(second.place, 9) == (first,)
    known.keep(second.evidence_root, Shown((), (), ()))
    waits = []
    for _ in range(15):
        known.note_missing(first.evidence_root, "dossier_missing")
        started = clock.now
        while not known.due(before, 9):
            clock.now += FIRST_WAIT_SECONDS
        waits.append(clock.now - started)

    assert waits[:3] == [5, 10, 20]
    assert waits[-1] == LONGEST_WAIT_SECONDS
    assert (known.unread(before), known.unread(first.place)) == (1, 0)
    known.keep(first.evidence_root, Shown((), (), ()))
    known.note_missing(first.evidence_root, "dossier_missing")
    assert (known.due(before, 9), known.unread(before)) == ((), 0)


def test_untried__never_asked_for_and_it_matters__its_root_until_it_is_read_or_asked_for(
    book: ClaimsBook, known: KnownEvidence
) -> None:
    long_ago = noticed(book, 1, block=1)
    with book.writing() as writer:
        writer.write("UPDATE notice SET noticed_at = -500000 WHERE claim_id = ?", (id_text(long_ago.claim_id),))
    own, missing, read, open_ = (noticed(book, number) for number in (2, 3, 4, 5))
    last = noticed(book, 6)
    skipped = frozenset({own.claim_id})

    assert known.untried(last, skipped) == {each.evidence_root for each in (missing, read, open_)}
    known.note_asked(missing.evidence_root, "store_unavailable")
    known.keep(read.evidence_root, Shown((), (), ()))
    assert known.untried(last, skipped) == {open_.evidence_root}
    assert known.untried(open_, skipped) == frozenset()
    assert known.before(last, Shown((), (), ()), skipped).unread == 2


def test_note_asked__noted_before_or_read__changes_nothing(
    book: ClaimsBook, known: KnownEvidence, clock: Clock
) -> None:
    claim, before = noticed(book, 1), (9, 0)
    for _ in range(5):
        known.note_asked(claim.evidence_root, "store_unavailable")
    assert known.due(before, 9) == ()
    clock.now += FIRST_WAIT_SECONDS
    assert known.due(before, 9) == (claim,)

    known.keep(claim.evidence_root, Shown((), (), ()))
    known.note_asked(claim.evidence_root, "store_unavailable")
    assert known.unread(before) == 0


def test_shown_by__dossier__is_hashes_and_not_the_statement() -> None:
    files = [EvidenceFile("bill.txt", "text/plain", b"a"), EvidenceFile(NAME, JSON, ClaimStatement("E1").content())]
    sealed = seal_dossier(files, [bytes(32), bytes(31) + b"\x01"])
    nameless = bill(issuer=None, number=None)
    long_name = bill(issuer="\u3300" * 200)  # one sign that is written out as four

    readings = {"bill.txt": reading(bill(), pictures=("f" * 64,)), NAME: reading()}

    assert shown_by(sealed, readings) == Shown(
        (file_print(b"a"),), (Invoice("City Hospital", "A-1001", 0).fingerprint,), ("f" * 64,)
    )
    for other in (nameless, long_name):
        assert shown_by(sealed, {**readings, "bill.txt": reading(other)}).invoices == ()


def test_book__everything_kept__holds_no_text_of_a_bill(book: ClaimsBook, known: KnownEvidence) -> None:
    sealed = seal_dossier([EvidenceFile("ann-smith.txt", "text/plain", b"a")], [bytes(32)])
    claim = replace(noticed(book, 1), evidence_root=sealed.root)
    known.keep(claim.evidence_root, shown_by(sealed, {"ann-smith.txt": reading(bill(), pictures=("f" * 64,))}))
    book.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    content = book.path.read_bytes()

    assert not any(text in content for text in (b"smith", b"City Hospital", b"A-1001", b"80000", b"INVOICE"))


def test_book__another_chain_at_the_same_addresses__is_another_file(book: ClaimsBook, tmp_path: Path) -> None:
    other = ClaimsBook(tmp_path, Deployment(31_337, 0, "0x" + "cd" * 32, "", {}))

    assert other.path != book.path
    other.close()
