"""DisputePanel: how a dispute ends, who is told, and where the deposit goes."""

import itertools

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, PanelRuleHarness, SilentToken, accounts
from chain_clock import next_block_at, now, travel_to
from eth_utils import keccak
from panel_room import (
    CLAUSES,
    DECIDED,
    DELIVERED,
    DEPOSIT,
    DISPUTED,
    DRAW_SECONDS,
    NO_CLAUSE,
    OPENED,
    OPENED_AGAIN,
    PANEL_SILENT,
    SITTING_AGAIN,
    TUSD,
    Opinion,
    build_room,
)
from parties import person
from refusals import refused

from domain.panel import PanelRuling, award_by_default, decide

LOW, MIDDLE, HIGH = (Opinion(n * 100 * TUSD + 1, 20 + n, n, keccak(text=f"salt {n}")) for n in (1, 2, 4))
UNKNOWN = 999


@pytest.fixture(scope="module")
def room(module_undone):
    return build_room()


@pytest.fixture
def opened(room):
    return room.open()


@pytest.fixture
def seated(room, opened):
    return room.draw(opened)


def decided(receipt):
    """What the event says."""
    return fields(receipt.events["DisputeDecided"], "disputeId", "claimId", "award", "reasonCode", "clause", "revealed")


# Three rulings, two, one


@pytest.mark.parametrize(
    "opinions", itertools.permutations((LOW, MIDDLE, HIGH)), ids=lambda o: "".join(str(x.index) for x in o)
)
def test_conclude__three_rulings__award_the_middle_one_whoever_made_it(room, opened, seated, opinions):
    room.rule(opened, opinions)

    receipt = room.conclude(opened)

    claim_id = room.dispute(opened)["claimId"]
    assert decided(receipt) == (opened, claim_id, MIDDLE.award, MIDDLE.reason_code, MIDDLE.leaf, 3)
    assert room.award(opened) == (MIDDLE.award, MIDDLE.reason_code, MIDDLE.clause, 1)
    assert fields(receipt.events["AwardDelivered"], "disputeId", "claimId") == (opened, claim_id)
    assert "ArbitratorSilent" not in receipt.events
    kept = room.dispute(opened)
    assert (kept["state"], kept["award"], kept["reasonCode"]) == (DELIVERED, MIDDLE.award, MIDDLE.reason_code)
    assert kept["clause"] == MIDDLE.clause


@pytest.mark.parametrize("silent", range(3))
def test_conclude__two_rulings__award_half_their_sum_with_the_lower_ones_reason(room, opened, seated, silent):
    opinions = [HIGH, LOW]
    opinions.insert(silent, None)
    room.rule(opened, opinions)
    room.end_windows(opened)

    receipt = room.conclude(opened)

    half = (LOW.award + HIGH.award) // 2
    assert room.award(opened) == (half, LOW.reason_code, LOW.clause, 1)
    assert fields(receipt.events["ArbitratorSilent"], "disputeId", "arbitrator", "strikes") == (
        opened, seated[silent].address, 1
    )  # fmt: skip


def test_conclude__two_rulings_with_an_odd_sum__is_rounded_down(room, opened, seated):
    room.rule(opened, [LOW, None, LOW.but(award=LOW.award + 1)])
    room.end_windows(opened)

    room.conclude(opened)

    assert room.award(opened)[0] == LOW.award


def test_conclude__two_equal_rulings__take_the_earlier_seats_reason(room, opened, seated):
    room.rule(opened, [None, LOW.but(reason_code=31), LOW.but(reason_code=32)])
    room.end_windows(opened)

    room.conclude(opened)

    assert room.award(opened)[:2] == (LOW.award, 31)


@pytest.mark.parametrize("speaking", range(3))
def test_conclude__one_ruling__awards_that_one(room, opened, seated, speaking):
    opinions = [None, None, None]
    opinions[speaking] = HIGH
    room.rule(opened, opinions)
    room.end_windows(opened)

    receipt = room.conclude(opened)

    assert room.award(opened) == (HIGH.award, HIGH.reason_code, HIGH.clause, 1)
    struck = {event["arbitrator"] for event in receipt.events["ArbitratorSilent"]}
    assert struck == {someone.address for i, someone in enumerate(seated) if i != speaking}


def test_conclude__third_withholds_a_ruling__cannot_leave_the_range_of_the_two(room):
    first, second = room.open(), room.open()
    for dispute_id, opinions in ((first, [LOW, MIDDLE, HIGH]), (second, [LOW, MIDDLE, None])):
        room.draw(dispute_id)
        room.rule(dispute_id, opinions)
        if None in opinions:
            room.end_windows(dispute_id)
        room.conclude(dispute_id)

    for dispute_id in (first, second):
        assert LOW.award <= room.award(dispute_id)[0] <= MIDDLE.award


def test_conclude__rule__is_the_twins(room):
    harness = PanelRuleHarness.deploy({"from": accounts[0]})
    awards = (0, 1, 2, 7, DISPUTED)
    shown = [None, *((award, 10 + i, CLAUSES[i].leaf()) for i, award in enumerate(awards))]
    panels = list(itertools.product(shown, repeat=3))
    seats = [
        [(person(f"arbitrator {i}").address, *(seat or (0, 0))[:2], bytes(32), seat[2] if seat else bytes(32))
         for i, seat in enumerate(panel)]
        for panel in panels
    ]  # fmt: skip

    answers = harness.decideEach(seats)

    assert len(answers) == 216
    for panel, answer in zip(panels, answers, strict=True):
        twin = decide([PanelRuling(*seat) if seat else None for seat in panel], disputed=DISPUTED)
        expected = (twin.award, twin.reason_code, twin.clause, twin.revealed) if twin else (0, 0, bytes(32), 0)
        award, reason, clause, revealed = answer
        assert (award, reason, bytes.fromhex(str(clause)[2:]), revealed) == expected


# When


def test_conclude__all_revealed__needs_no_waiting(room, opened, seated):
    room.rule(opened, [LOW, MIDDLE, HIGH])

    room.conclude(opened)

    assert now() < room.dispute(opened)["drawnAt"] + 1_000


def test_conclude__somebody_may_still_reveal__refuses(room, opened, seated):
    room.rule(opened, [LOW, None, HIGH])
    until = room.panel.windows(opened)[1]
    travel_to(until - 1)

    with refused("PanelStillSitting", opened, until):
        room.panel.conclude.call(opened, room.relayer.sends)


def test_conclude__first_second_after_the_windows__decides(room, opened, seated):
    room.rule(opened, [LOW, None, HIGH])
    next_block_at(room.panel.windows(opened)[1])

    room.conclude(opened)

    assert room.dispute(opened)["state"] == DELIVERED


def test_conclude__unknown_dispute__refuses(room):
    with refused("DisputeUnknown", UNKNOWN):
        room.panel.conclude.call(UNKNOWN, room.relayer.sends)


def test_conclude__done_already__refuses(room, opened, seated):
    room.rule(opened, [LOW, MIDDLE, HIGH])
    room.conclude(opened)

    with refused("DisputeDelivered", opened):
        room.panel.conclude.call(opened, room.relayer.sends)
    assert room.award(opened)[3] == 1


@pytest.mark.parametrize("later", [0, DRAW_SECONDS, 100 * DRAW_SECONDS])
def test_conclude__panel_can_be_drawn_but_nobody_does__refuses(room, opened, later):
    until = room.dispute(opened)["waitingSince"] + DRAW_SECONDS
    travel_to(now() + later)

    with refused("PanelNotDrawn", opened, until):
        room.panel.conclude.call(opened, room.relayer.sends)
    assert len(room.draw(opened)) == 3


def test_commit__dispute_decided__refuses(room, opened, seated):
    room.rule(opened, [LOW, None, HIGH])
    room.end_windows(opened)
    room.conclude(opened)

    with refused("PanelNotSitting", opened):
        room.panel.reveal.call(opened, MIDDLE.shown(), seated[1].sends)
    with refused("DrawNotAwaited", opened):
        room.panel.draw.call(opened, room.relayer.sends)


# Silence


def test_conclude__nobody_revealed__waits_for_a_second_panel(room, opened):
    panel = room.draw(opened)
    room.end_windows(opened)

    receipt = room.conclude(opened)

    kept, fixed = room.dispute(opened), receipt.block_number + 4
    assert (kept["state"], kept["hashBlock"], kept["waitingSince"]) == (OPENED_AGAIN, fixed, receipt.timestamp)
    assert fields(receipt.events["PanelSilent"], "disputeId", "hashBlock") == (opened, fixed)
    assert {event["arbitrator"] for event in receipt.events["ArbitratorSilent"]} == {one.address for one in panel}
    assert "DisputeDecided" not in receipt.events
    assert room.award(opened)[3] == 0
    assert room.token.balanceOf(room.panel) == DEPOSIT


def test_draw__second_panel__has_nobody_of_the_first_where_there_are_others(room):
    for _ in range(4):
        dispute_id = room.open()
        first = room.draw(dispute_id)
        room.end_windows(dispute_id)
        room.conclude(dispute_id)

        second = room.draw(dispute_id)

        assert not set(first) & set(second)
        assert tuple(one.address for one in second) == room.drawn_by_twin(dispute_id, before=first)
        assert room.dispute(dispute_id)["state"] == SITTING_AGAIN
        assert (room.dispute(dispute_id)["committed"], room.dispute(dispute_id)["revealed"]) == (0, 0)
        room.rule(dispute_id, [LOW, MIDDLE, HIGH])  # nobody is silent twice
        room.conclude(dispute_id)
        for someone in first:  # a clean record for the next round
            room.panel.removeArbitrator(someone, room.registrar.sends)
            room.panel.admitArbitrator(someone, someone in room.advocates, room.registrar.sends)


def test_draw__second_panel_without_enough_others__is_the_first_again(module_undone):
    room = build_room(advocates=1, others=3)
    dispute_id = room.open()
    first = room.draw(dispute_id)
    room.end_windows(dispute_id)
    room.conclude(dispute_id)

    second = room.draw(dispute_id)

    fresh = next(one for one in room.others if one not in first)
    assert second[0] == first[0] == room.advocates[0]
    assert second[1] == fresh
    assert second[2] in first


def test_conclude__second_panel_rules__awards_what_it_decides(room, opened):
    room.fall_silent(opened)
    room.draw(opened)
    room.rule(opened, [LOW, MIDDLE, HIGH])

    room.conclude(opened)

    assert room.award(opened) == (MIDDLE.award, MIDDLE.reason_code, MIDDLE.clause, 1)
    assert room.dispute(opened)["state"] == DELIVERED


def test_conclude__second_panel_silent_too__awards_all_that_is_disputed(room, opened):
    before = room.token.balanceOf(room.claimant)
    room.fall_silent(opened)

    receipt = room.fall_silent(opened)

    default = award_by_default(DISPUTED)
    assert room.award(opened) == (default.award, default.reason_code, NO_CLAUSE, 1) == (DISPUTED, 900, NO_CLAUSE, 1)
    assert decided(receipt)[2:] == (DISPUTED, PANEL_SILENT, bytes(32), 0)
    assert room.token.balanceOf(room.claimant) == before + DEPOSIT


def test_conclude__first_panels_commitments__count_for_nothing_in_the_second(room, opened):
    first = room.draw(opened)
    for arbitrator in first:
        room.commit(opened, arbitrator, LOW)
    room.end_windows(opened)
    room.conclude(opened)
    room.draw(opened)

    with refused("NotOnPanel", opened, first[0]):
        room.panel.reveal.call(opened, LOW.shown(), first[0].sends)
    assert room.panel.seats(opened, 2)[0][3] == NO_CLAUSE


# No panel to be had


@pytest.fixture
def short(module_undone):
    return build_room(advocates=1, others=1)


def test_conclude__bench_too_small_and_time_to_fill_it_over__awards_all(short):
    dispute_id = short.open()
    before = short.token.balanceOf(short.claimant)
    next_block_at(short.dispute(dispute_id)["waitingSince"] + DRAW_SECONDS)

    receipt = short.conclude(dispute_id)

    assert short.award(dispute_id) == (DISPUTED, PANEL_SILENT, NO_CLAUSE, 1)
    assert decided(receipt)[2:] == (DISPUTED, PANEL_SILENT, bytes(32), 0)
    assert short.token.balanceOf(short.claimant) == before + DEPOSIT


def test_conclude__bench_too_small_but_time_left__refuses(short):
    dispute_id = short.open()
    until = short.dispute(dispute_id)["waitingSince"] + DRAW_SECONDS
    travel_to(until - 1)

    with refused("PanelNotDrawn", dispute_id, until):
        short.panel.conclude.call(dispute_id, short.relayer.sends)


def test_conclude__bench_too_small_without_the_claimant__awards_all(module_undone):
    room = build_room(advocates=1, others=2)
    dispute_id = room.open(claimant=room.others[0].address, deposit=0)
    other = room.open()
    travel_to(now() + DRAW_SECONDS)

    room.conclude(dispute_id)

    assert room.award(dispute_id)[0] == DISPUTED
    with refused("PanelNotDrawn", other, room.dispute(other)["waitingSince"] + DRAW_SECONDS):
        room.panel.conclude.call(other, room.relayer.sends)


def test_conclude__bench_shrinks_by_strikes_during_a_dispute__still_ends(module_undone):
    room = build_room(advocates=1, others=2)
    earlier = room.open()
    room.fall_silent(earlier)
    room.draw(earlier)
    travel_to(room.panel.windows(earlier)[0])
    later = room.open()
    room.draw(later)
    room.end_windows(earlier)
    room.conclude(earlier)  # the second silence strikes all three off

    assert {place[2] > 0 for place in room.panel.bench()} == {True}
    room.rule(later, [LOW, MIDDLE, HIGH])  # who sits keeps the seat
    room.conclude(later)
    assert room.award(later)[0] == MIDDLE.award
    last = room.open()
    travel_to(now() + DRAW_SECONDS)
    room.conclude(last)
    assert room.award(last)[0] == DISPUTED


# The deposit


@pytest.mark.parametrize(("award", "winner"), [(0, "insurer"), (1, "claimant"), (DISPUTED, "claimant")])
def test_conclude__award__returns_the_deposit_to_whoever_won_anything(room, opened, seated, award, winner):
    winner = person(winner)
    before = room.token.balanceOf(winner)
    room.rule(opened, [Opinion(award)] * 3)

    receipt = room.conclude(opened)

    assert room.token.balanceOf(winner) == before + DEPOSIT
    assert room.token.balanceOf(room.panel) == 0
    assert fields(receipt.events["DepositPaid"], "disputeId", "to", "amount") == (opened, winner.address, DEPOSIT)


def test_conclude__no_deposit__pays_none(room):
    dispute_id = room.open(deposit=0)
    room.draw(dispute_id)
    room.rule(dispute_id, [LOW, MIDDLE, HIGH])

    receipt = room.conclude(dispute_id)

    assert "DepositPaid" not in receipt.events
    assert "DepositHeld" not in receipt.events


def test_conclude__claimant_blocked_by_the_token__decides_and_holds_the_deposit(room, opened, seated):
    room.rule(opened, [LOW, MIDDLE, HIGH])
    room.token.setBlocked(room.claimant, True, {"from": accounts[0]})

    receipt = room.conclude(opened)

    assert room.award(opened)[0] == MIDDLE.award
    assert room.panel.heldDeposit(room.claimant, room.token) == DEPOSIT
    assert fields(receipt.events["DepositHeld"], "disputeId", "account", "amount") == (
        opened, room.claimant.address, DEPOSIT
    )  # fmt: skip


def test_conclude__token_answers_false__holds_the_deposit(room):
    token = SilentToken.deploy({"from": accounts[0]})
    token.mint(room.claimant, DEPOSIT, {"from": accounts[0]})
    token.approve(room.panel, DEPOSIT, room.claimant.sends)
    dispute_id = room.open(token=token.address)
    token.setRefused(room.claimant, True, {"from": accounts[0]})
    room.draw(dispute_id)
    room.rule(dispute_id, [LOW, MIDDLE, HIGH])

    room.conclude(dispute_id)

    assert room.panel.heldDeposit(room.claimant, token) == DEPOSIT
    assert room.panel.heldDeposit(room.claimant, room.token) == 0


@pytest.fixture
def held(room, opened, seated):
    """The claimant's deposit, held."""
    room.rule(opened, [LOW, MIDDLE, HIGH])
    room.token.setBlocked(room.claimant, True, {"from": accounts[0]})
    room.conclude(opened)
    return DEPOSIT


def test_take_held_deposit__owner__gets_it_at_any_address(room, held):
    refuge = person("refuge")

    receipt = room.panel.takeHeldDeposit(room.token, refuge, room.claimant.sends)

    assert room.token.balanceOf(refuge) == held
    assert room.panel.heldDeposit(room.claimant, room.token) == 0
    assert fields(receipt.events["HeldDepositTaken"], "account", "token", "to", "amount") == (
        room.claimant.address, room.token.address, refuge.address, held
    )  # fmt: skip


def test_take_held_deposit__twice__refuses(room, held):
    room.panel.takeHeldDeposit(room.token, person("refuge"), room.claimant.sends)

    with refused("NoDepositHeld", room.claimant, room.token):
        room.panel.takeHeldDeposit.call(room.token, person("refuge"), room.claimant.sends)


def test_take_held_deposit__somebody_else__refuses(room, held):
    for someone in (person("insurer"), room.registrar, room.relayer):
        with refused("NoDepositHeld", someone, room.token):
            room.panel.takeHeldDeposit.call(room.token, someone, someone.sends)


def test_take_held_deposit__to_nobody__refuses(room, held):
    with refused("DepositRecipientMissing"):
        room.panel.takeHeldDeposit.call(room.token, ZERO_ADDRESS, room.claimant.sends)


def test_take_held_deposit__still_blocked__refuses_and_keeps_it(room, held):
    with refused("AccountBlocked", room.claimant):
        room.panel.takeHeldDeposit(room.token, room.claimant, room.claimant.sends)

    assert room.panel.heldDeposit(room.claimant, room.token) == held


def test_push_held_deposit__anybody__pays_its_owner_alone(room, held):
    room.token.setBlocked(room.claimant, False, {"from": accounts[0]})
    before = room.token.balanceOf(room.claimant)

    receipt = room.panel.pushHeldDeposit(room.token, room.claimant, room.relayer.sends)

    assert room.token.balanceOf(room.claimant) - before == held
    assert room.panel.heldDeposit(room.claimant, room.token) == 0
    assert fields(receipt.events["HeldDepositTaken"], "account", "token", "to", "amount") == (
        room.claimant.address, room.token.address, room.claimant.address, held
    )  # fmt: skip
    with refused("NoDepositHeld", room.claimant, room.token):
        room.panel.pushHeldDeposit.call(room.token, room.claimant, room.relayer.sends)


def test_push_held_deposit__still_blocked__refuses_and_keeps_it(room, held):
    with refused("AccountBlocked", room.claimant):
        room.panel.pushHeldDeposit(room.token, room.claimant, room.relayer.sends)

    assert room.panel.heldDeposit(room.claimant, room.token) == held


def test_push_held_deposit__nothing_held__refuses(room, held):
    with refused("NoDepositHeld", room.relayer, room.token):
        room.panel.pushHeldDeposit.call(room.token, room.relayer, room.relayer.sends)


def test_conclude__two_disputes_held_for_one_account__add_up(room, opened, seated, held):
    room.token.setBlocked(room.claimant, False, {"from": accounts[0]})
    second = room.open()
    room.draw(second)
    room.rule(second, [LOW, MIDDLE, HIGH])
    room.token.setBlocked(room.claimant, True, {"from": accounts[0]})

    room.conclude(second)

    assert room.panel.heldDeposit(room.claimant, room.token) == 2 * DEPOSIT


# The court


@pytest.fixture
def undelivered(room, opened, seated):
    """A decision the court did not take."""
    room.rule(opened, [LOW, MIDDLE, HIGH])
    room.court.setClosed(True, room.relayer.sends)
    return opened


def test_conclude__court_refuses__decides_and_pays_the_deposit_all_the_same(room, undelivered):
    before = room.token.balanceOf(room.claimant)

    receipt = room.conclude(undelivered)

    kept = room.dispute(undelivered)
    assert (kept["state"], kept["award"]) == (DECIDED, MIDDLE.award)
    assert decided(receipt)[2] == MIDDLE.award
    assert fields(receipt.events["AwardUndelivered"], "disputeId", "claimId") == (undelivered, kept["claimId"])
    assert "AwardDelivered" not in receipt.events
    assert room.token.balanceOf(room.claimant) == before + DEPOSIT


def test_conclude__court_still_refuses__passes_on_what_it_says(room, undelivered):
    room.conclude(undelivered)

    with refused("CourtClosed", room.dispute(undelivered)["claimId"]):
        room.panel.conclude.call(undelivered, room.relayer.sends)


def test_conclude__court_takes_it_later__is_delivered_once_with_nothing_paid_twice(room, undelivered):
    room.conclude(undelivered)
    room.court.setClosed(False, room.relayer.sends)
    before = room.token.balanceOf(room.claimant)

    receipt = room.panel.conclude(undelivered, person("stranger").sends)

    assert room.award(undelivered) == (MIDDLE.award, MIDDLE.reason_code, MIDDLE.clause, 1)
    assert room.dispute(undelivered)["state"] == DELIVERED
    assert set(receipt.events.keys()) == {"AwardDelivered"}
    assert room.token.balanceOf(room.claimant) == before
    with refused("DisputeDelivered", undelivered):
        room.panel.conclude.call(undelivered, room.relayer.sends)


def test_conclude__court_comes_back_into_the_panel__changes_nothing(room, undelivered):
    room.court.setClosed(False, room.relayer.sends)
    room.court.setConcludesAgain(undelivered, room.relayer.sends)

    room.conclude(undelivered)

    assert room.dispute(undelivered)["state"] == DECIDED
    assert room.award(undelivered)[3] == 0
    with refused("ReentrancyGuardReentrantCall"):
        room.panel.conclude.call(undelivered, room.relayer.sends)


def test_disputes__after_all_this__tell_the_states(room, opened, seated):
    room.rule(opened, [LOW, MIDDLE, HIGH])
    room.conclude(opened)
    room.open()

    assert [plain(dispute[3]) for dispute in room.panel.disputes(1, 10)] == [DELIVERED, OPENED]
