"""ArbitratorBench: who may be drawn, who may not any more, and whose place is free again."""

import pytest
from answers import fields
from brownie import ZERO_ADDRESS
from panel_room import Opinion, build_room, mine
from parties import person
from refusals import refused

MAX_BENCH = 96
HISTORY_BLOCKS = 260
NEWCOMER = "newcomer"


@pytest.fixture(scope="module")
def room(module_undone):
    return build_room(advocates=2, others=3)


def places(room):
    """The bench, field by field."""
    return [dict(place.dict()) for place in room.panel.bench()]


def test_admit_arbitrator__registrar__puts_them_on_the_bench(room):
    newcomer = person(NEWCOMER)

    receipt = room.panel.admitArbitrator(newcomer, True, room.registrar.sends)

    assert places(room)[-1] == {
        "account": newcomer.address, "admittedBlock": receipt.block_number, "removedBlock": 0, "strikes": 0,
        "consumerAdvocate": True,
    }  # fmt: skip
    event = receipt.events["ArbitratorAdmitted"]
    assert fields(event, "arbitrator", "consumerAdvocate") == (newcomer.address, True)


def test_admit_arbitrator__without_role__refuses(room):
    for someone in (room.claimant, room.advocates[0], room.relayer):
        with refused("AccessManagedUnauthorized", someone):
            room.panel.admitArbitrator.call(person(NEWCOMER), False, someone.sends)


def test_admit_arbitrator__nobody__refuses(room):
    with refused("ArbitratorMissing"):
        room.panel.admitArbitrator.call(ZERO_ADDRESS, False, room.registrar.sends)


@pytest.mark.parametrize("advocate", [False, True])
def test_admit_arbitrator__on_the_bench_already__refuses(room, advocate):
    with refused("ArbitratorOnBench", room.others[0]):
        room.panel.admitArbitrator.call(room.others[0], advocate, room.registrar.sends)


def test_admit_arbitrator__bench_full__refuses_until_a_place_is_free(room):
    taken = len(places(room))
    for number in range(taken, MAX_BENCH):
        room.panel.admitArbitrator(person(f"filler {number}"), False, room.registrar.sends)
    assert len(places(room)) == MAX_BENCH
    with refused("BenchFull", MAX_BENCH):
        room.panel.admitArbitrator.call(person(NEWCOMER), False, room.registrar.sends)

    room.panel.removeArbitrator(room.others[0], room.registrar.sends)

    with refused("BenchFull", MAX_BENCH):
        room.panel.admitArbitrator.call(person(NEWCOMER), False, room.registrar.sends)
    mine(HISTORY_BLOCKS)
    room.panel.admitArbitrator(person(NEWCOMER), False, room.registrar.sends)
    assert len(places(room)) == MAX_BENCH
    assert places(room)[2]["account"] == person(NEWCOMER).address


def test_admit_arbitrator__place_left_too_short_ago__is_not_given_away(room):
    left = room.panel.removeArbitrator(room.others[0], room.registrar.sends).block_number
    mine(HISTORY_BLOCKS - 2)

    early = room.panel.admitArbitrator(person("early"), False, room.registrar.sends)
    late = room.panel.admitArbitrator(person("late"), False, room.registrar.sends)

    assert (early.block_number - left, late.block_number - left) == (HISTORY_BLOCKS - 1, HISTORY_BLOCKS)
    accounts = [place["account"] for place in places(room)]
    assert (accounts.index(person("late").address), accounts.index(person("early").address)) == (2, 5)


def test_admit_arbitrator__removed_before__starts_with_a_clean_record_in_another_place(room):
    room.panel.removeArbitrator(room.others[0], room.registrar.sends)

    room.panel.admitArbitrator(room.others[0], True, room.registrar.sends)

    former, present = (place for place in places(room) if place["account"] == room.others[0].address)
    assert former["removedBlock"] > 0
    assert not former["consumerAdvocate"]
    assert present["removedBlock"] == 0
    assert present["consumerAdvocate"]
    assert present["admittedBlock"] >= former["removedBlock"]


def test_remove_arbitrator__registrar__takes_them_off(room):
    receipt = room.panel.removeArbitrator(room.others[1], room.registrar.sends)

    assert places(room)[3]["removedBlock"] == receipt.block_number
    event = receipt.events["ArbitratorRemoved"]
    assert fields(event, "arbitrator", "struckOff") == (room.others[1].address, False)


def test_remove_arbitrator__without_role__refuses(room):
    for someone in (room.claimant, room.advocates[0], room.relayer):
        with refused("AccessManagedUnauthorized", someone):
            room.panel.removeArbitrator.call(room.others[0], someone.sends)


def test_remove_arbitrator__not_on_the_bench__refuses(room):
    with refused("ArbitratorNotOnBench", person(NEWCOMER)):
        room.panel.removeArbitrator.call(person(NEWCOMER), room.registrar.sends)


def test_remove_arbitrator__twice__refuses(room):
    room.panel.removeArbitrator(room.others[0], room.registrar.sends)

    with refused("ArbitratorNotOnBench", room.others[0]):
        room.panel.removeArbitrator.call(room.others[0], room.registrar.sends)


def test_remove_arbitrator__last_advocate__refuses(room):
    room.panel.removeArbitrator(room.advocates[0], room.registrar.sends)

    with refused("BenchTooSmall", room.advocates[1], 0, 3):
        room.panel.removeArbitrator.call(room.advocates[1], room.registrar.sends)


def test_remove_arbitrator__last_two_others__refuses(room):
    room.panel.removeArbitrator(room.others[0], room.registrar.sends)

    with refused("BenchTooSmall", room.others[1], 2, 1):
        room.panel.removeArbitrator.call(room.others[1], room.registrar.sends)


def test_remove_arbitrator__sits_on_a_panel__keeps_the_seat(room):
    dispute_id = room.open()
    seated = room.draw(dispute_id)
    room.panel.removeArbitrator(seated[1], room.registrar.sends)

    room.rule(dispute_id, [Opinion(5)] * 3)
    room.conclude(dispute_id)

    assert room.award(dispute_id)[0] == 5


def test_remove_arbitrator__silent_afterwards__is_noted_without_a_strike(room):
    dispute_id = room.open()
    seated = room.draw(dispute_id)
    room.panel.removeArbitrator(seated[1], room.registrar.sends)
    room.rule(dispute_id, [Opinion(5), None, Opinion(5)])
    room.end_windows(dispute_id)

    receipt = room.conclude(dispute_id)

    event = receipt.events["ArbitratorSilent"]
    assert fields(event, "disputeId", "arbitrator", "strikes") == (dispute_id, seated[1].address, 0)
    assert "ArbitratorRemoved" not in receipt.events


def test_conclude__silent_once__stays_on_the_bench_with_a_strike(room):
    dispute_id = room.open()
    seated = room.draw(dispute_id)
    room.rule(dispute_id, [None, Opinion(5), Opinion(5)])
    room.end_windows(dispute_id)

    receipt = room.conclude(dispute_id)

    place = next(place for place in places(room) if place["account"] == seated[0].address)
    assert (place["strikes"], place["removedBlock"]) == (1, 0)
    assert "ArbitratorRemoved" not in receipt.events


def test_conclude__silent_twice__is_struck_off_and_never_drawn_again(room):
    room.panel.removeArbitrator(room.advocates[1], room.registrar.sends)
    advocate = room.advocates[0]
    for _ in range(2):
        dispute_id = room.open()
        room.draw(dispute_id)
        room.rule(dispute_id, [None, Opinion(5), Opinion(5)])
        room.end_windows(dispute_id)
        receipt = room.conclude(dispute_id)

    event = receipt.events["ArbitratorRemoved"]
    assert fields(event, "arbitrator", "struckOff") == (advocate.address, True)
    assert fields(receipt.events["ArbitratorSilent"], "strikes") == (2,)
    assert places(room)[0]["removedBlock"] == receipt.block_number
    last = room.open()
    room.reach_draw(last)
    assert room.panel.draw(last, room.relayer.sends).return_value is False  # no advocate is left
    room.panel.admitArbitrator(room.advocates[1], True, room.registrar.sends)
    room.reach_draw(last)
    room.panel.draw(last, room.relayer.sends)  # fixed before the admission
    assert room.draw(last)[0] == room.advocates[1]


def test_conclude__struck_off_as_the_second_panel_is_fixed__is_not_drawn_for_it(room):
    room.panel.admitArbitrator(person("arbitrator 3"), False, room.registrar.sends)
    room.panel.admitArbitrator(person("arbitrator 4"), False, room.registrar.sends)
    first = room.open()
    silent = room.draw(first)
    room.rule(first, [None, None, Opinion(5)])
    room.end_windows(first)
    room.conclude(first)  # a strike for the advocate and another
    second = room.open()
    for _ in range(9):  # until the same advocate is drawn
        if room.draw(second)[0] == silent[0]:
            break
        second = room.open()
    room.end_windows(second)

    receipt = room.conclude(second)  # all silent: the second strike for the advocate

    assert silent[0].address in {event["arbitrator"] for event in receipt.events["ArbitratorRemoved"]}
    redrawn = room.draw(second)
    assert silent[0] not in redrawn
    assert tuple(one.address for one in redrawn) == room.drawn_by_twin(second, before=room.seated(second, 1))
