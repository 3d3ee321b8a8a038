"""Rule S30: draws, commitments and decisions of dispute panels."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid, Conflict
from domain.hashing import ZERO_ADDRESS, address_word, checksum_address, keccak256, word
from domain.money import Bps, TokenUnits
from domain.panel import (
    REASON_PANEL_SILENT,
    BenchMember,
    PanelDecision,
    PanelRuling,
    award_by_default,
    check_ruling,
    commitment,
    decide,
    deposit_cap,
    deposit_returns,
    draw,
    draw_seed,
)
from tests.domain.examples import EXAMPLES, rows

DISPUTED = TokenUnits(1_000)
CLAUSES = tuple(keccak256(f"clause {n}".encode()) for n in range(3))
SEED = draw_seed(bytes(range(32)), 7)


def account(number: int) -> str:
    return checksum_address("0x" + keccak256(word(number))[:20].hex())


def ruling(award: int, index: int = 0) -> PanelRuling:
    return PanelRuling(TokenUnits(award), 10 + index, CLAUSES[index])


def bench(advocates: int, others: int) -> list[BenchMember]:
    return [BenchMember(account(i), i < advocates, admitted_block=10) for i in range(advocates + others)]


rulings = st.builds(ruling, st.integers(0, DISPUTED), st.integers(0, 2))
panels = st.lists(st.none() | rulings, min_size=3, max_size=3)


@pytest.mark.parametrize("number", rows("S30"))
def test_decide__worked_example__gives_the_award(number: str) -> None:
    *seats, award, source = EXAMPLES[number]
    shown = [None if seat == "–" else ruling(int(seat), index) for index, seat in enumerate(seats)]

    decision = decide(shown, disputed=DISPUTED, second_panel=True)

    seat_of = {"first": 0, "second": 1, "third": 2}
    ground = (REASON_PANEL_SILENT, bytes(32))
    if source in seat_of:
        ground = (10 + seat_of[source], CLAUSES[seat_of[source]])
    assert decision == PanelDecision(TokenUnits(int(award)), *ground, 3 - shown.count(None))


def test_decide__nobody_revealed__asks_for_a_second_panel() -> None:
    assert decide([None] * 3, disputed=DISPUTED) is None


def test_decide__second_panel_silent_too__awards_all() -> None:
    decision = decide([None] * 3, disputed=DISPUTED, second_panel=True)

    assert decision == award_by_default(DISPUTED) == PanelDecision(DISPUTED, REASON_PANEL_SILENT, bytes(32), 0)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_decide__not_three_seats__refuses(count: int) -> None:
    with pytest.raises(AmountInvalid) as refusal:
        decide([ruling(1)] * count, disputed=DISPUTED)

    assert (refusal.value.field, refusal.value.value) == ("rulings", count)


def test_decide__ruling_above_what_is_disputed__refuses() -> None:
    with pytest.raises(AmountInvalid) as refusal:
        decide([ruling(1), ruling(1_001), None], disputed=DISPUTED)

    assert (refusal.value.field, refusal.value.value) == ("award", 1_001)


@pytest.mark.parametrize("reason", [0, REASON_PANEL_SILENT, 65_536, -1, True])
def test_check_ruling__reason_that_is_none__refuses(reason: int) -> None:
    with pytest.raises(AmountInvalid) as refusal:
        check_ruling(replace(ruling(1), reason_code=reason), disputed=DISPUTED)

    assert (refusal.value.field, refusal.value.value) == ("reason_code", reason)


@pytest.mark.parametrize("reason", [1, 899, 901, 65_535])
def test_check_ruling__any_other_reason__passes(reason: int) -> None:
    check_ruling(replace(ruling(1_000), reason_code=reason), disputed=DISPUTED)


@given(panels)
def test_decide__any_panel__awards_within_what_was_ruled(panel: list[PanelRuling | None]) -> None:
    shown = [one.award for one in panel if one]

    decision = decide(panel, disputed=DISPUTED, second_panel=True)

    assert decision is not None
    assert min(shown, default=DISPUTED) <= decision.award <= max(shown, default=DISPUTED)


@given(panels)
def test_decide__any_panel__rests_on_the_clause_of_a_ruling(panel: list[PanelRuling | None]) -> None:
    decision = decide(panel, disputed=DISPUTED, second_panel=True)

    assert decision is not None
    if any(panel):
        assert (decision.reason_code, decision.clause) in {(one.reason_code, one.clause) for one in panel if one}


@given(rulings, rulings, st.none() | rulings, st.integers(0, 2))
def test_decide__two_reveal__whatever_the_third_does_the_award_stays_between_them(
    first: PanelRuling, second: PanelRuling, third: PanelRuling | None, place: int
) -> None:
    panel: list[PanelRuling | None] = [first, second]
    panel.insert(place, third)

    decision = decide(panel, disputed=DISPUTED)

    assert decision is not None
    low, high = sorted((first.award, second.award))
    assert low <= decision.award <= high


@given(st.tuples(rulings, rulings, rulings), st.permutations(range(3)))
def test_decide__three_rulings__award_the_same_in_any_order(
    panel: tuple[PanelRuling, PanelRuling, PanelRuling], order: list[int]
) -> None:
    one, other = decide(panel, disputed=DISPUTED), decide([panel[i] for i in order], disputed=DISPUTED)

    assert one is not None
    assert other is not None
    assert one.award == other.award


@pytest.mark.parametrize(("award", "returns"), [(0, False), (1, True)])
def test_deposit_returns__anything_won__is_enough(award: int, returns: bool) -> None:
    assert deposit_returns(PanelDecision(TokenUnits(award), 1, CLAUSES[0], 3)) is returns


@pytest.mark.parametrize(("disputed", "cap"), [(0, 0), (9, 0), (10, 1), (1_999, 199)])
def test_deposit_cap__a_tenth__is_rounded_down(disputed: int, cap: int) -> None:
    assert deposit_cap(TokenUnits(disputed), Bps(1_000)) == cap


@pytest.mark.parametrize(("disputed", "cap_bps"), [(-1, 1), (2**64, 1), (1, 10_001)])
def test_deposit_cap__out_of_range__refuses(disputed: int, cap_bps: int) -> None:
    with pytest.raises(AmountInvalid):
        deposit_cap(TokenUnits(disputed), Bps(cap_bps))


def test_commitment__ruling__hashes_six_words() -> None:
    words = (word(7), address_word(account(1)), word(100), word(11), CLAUSES[1], bytes(32))

    assert commitment(7, account(1), ruling(100, 1), bytes(32)) == keccak256(b"".join(words))


def test_commitment__somebody_elses__differs() -> None:
    hashes = {commitment(7, account(number), ruling(100), bytes(32)) for number in range(3)}

    assert len(hashes) == 3


def test_commitment__salt_of_the_wrong_size__refuses() -> None:
    with pytest.raises(AmountInvalid):
        commitment(7, account(1), ruling(100), bytes(31))


# The draw


def panel_of(members: list[BenchMember], **changes: object) -> tuple[str, ...]:
    arguments: dict[str, object] = {"seed": SEED, "bench_block": 10, "claimant": ZERO_ADDRESS, **changes}
    return draw(members, **arguments)  # type: ignore[arg-type]  # each test names the right kinds


def test_draw__bench__seats_one_advocate_and_two_others() -> None:
    members = bench(3, 6)

    advocate, *others = panel_of(members)

    assert advocate in {one.account for one in members[:3]}
    assert set(others) < {one.account for one in members[3:]}
    assert len(set(others)) == 2


@given(st.permutations(bench(3, 6)))
def test_draw__bench_in_another_order__seats_the_same(members: list[BenchMember]) -> None:
    assert panel_of(members) == panel_of(bench(3, 6))


@given(st.integers(0, 8))
def test_draw__one_person_less__moves_only_their_own_seat(gone: int) -> None:
    members = bench(3, 6)
    before = panel_of(members)

    after = panel_of(members[:gone] + members[gone + 1 :])

    stayed = [seat for seat in before if seat != members[gone].account]
    assert [seat for seat in after if seat in stayed] == stayed
    assert after == before or members[gone].account in before


def test_draw__claimant__is_never_seated() -> None:
    members = bench(3, 6)

    for seat in panel_of(members):
        assert seat not in panel_of(members, claimant=seat)


def test_draw__second_panel__has_nobody_of_the_first() -> None:
    members = bench(2, 4)
    first = panel_of(members)

    assert not set(first) & set(panel_of(members, before=first))


def test_draw__second_panel_without_others__is_the_first_again() -> None:
    members = bench(1, 2)
    first = panel_of(members)

    assert panel_of(members, before=first) == first


@pytest.mark.parametrize(
    ("admitted", "removed", "sits"), [(10, None, True), (11, None, False), (1, 10, False), (1, 11, True)]
)
def test_sits_at__block_ten__is_the_bench_at_its_end(admitted: int, removed: int | None, sits: bool) -> None:
    assert BenchMember(account(0), True, admitted, removed).sits_at(10) is sits


@pytest.mark.parametrize(("advocates", "others"), [(0, 3), (1, 1), (0, 0)])
def test_draw__too_few__refuses(advocates: int, others: int) -> None:
    with pytest.raises(Conflict) as refusal:
        panel_of(bench(advocates, others))

    assert refusal.value.value == f"{advocates} advocates, {others} others"


def test_draw__many_seeds__seat_everybody_about_equally() -> None:
    members, drawn = bench(2, 4), dict.fromkeys((account(i) for i in range(6)), 0)

    for number in range(2_000):
        for seat in panel_of(members, seed=draw_seed(keccak256(word(number)), 1)):
            drawn[seat] += 1

    assert all(900 < times < 1_100 for times in drawn.values())


def test_draw_seed__dispute__has_a_seed_of_its_own() -> None:
    assert draw_seed(bytes(32), 1) != draw_seed(bytes(32), 2)


def test_draw_seed__hash_of_the_wrong_size__refuses() -> None:
    with pytest.raises(AmountInvalid):
        draw_seed(bytes(31), 1)
