"""DisputePanel: opening, drawing, committing and revealing."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, FeeToken, accounts, chain
from chain_clock import DAY, HOUR, next_block_at, travel_to
from panel_room import (
    CLAUSE_ROOT,
    CLAUSES,
    COMMIT_SECONDS,
    DEPOSIT,
    DEPOSIT_CAP_BPS,
    DISPUTED,
    DRAW_SECONDS,
    OPENED,
    REVEAL_SECONDS,
    SITTING,
    TUSD,
    Opinion,
    build_room,
    mine,
    new_authority,
    new_panel,
)
from parties import person
from refusals import refused

from domain.hashing import keccak256
from scripts.brownie.deploy import ROLES

COMMITMENT = keccak256(b"a ruling")
OPINION = Opinion(400 * TUSD)
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


# Deploying


def test_constructor__windows_and_cap__are_kept(room):
    panel = room.panel

    assert panel.COMMIT_SECONDS() == COMMIT_SECONDS
    assert panel.REVEAL_SECONDS() == REVEAL_SECONDS
    assert panel.DRAW_SECONDS() == DRAW_SECONDS
    assert panel.DEPOSIT_CAP_BPS() == DEPOSIT_CAP_BPS
    assert panel.authority() == room.authority
    assert panel.disputeCount() == 0


@pytest.mark.parametrize("window", ["commit", "reveal", "draw"])
@pytest.mark.parametrize("seconds", [0, HOUR - 1, 30 * DAY + 1])
def test_constructor__window_out_of_range__refuses(room, window, seconds):
    with refused("PanelWindowInvalid", seconds, HOUR, 30 * DAY):
        new_panel(room.authority, **{window: seconds})


@pytest.mark.parametrize("seconds", [HOUR, 30 * DAY])
def test_constructor__window_at_its_bounds__is_kept(room, seconds):
    panel = new_panel(room.authority, commit=seconds, reveal=seconds, draw=seconds)

    assert panel.COMMIT_SECONDS() == panel.REVEAL_SECONDS() == panel.DRAW_SECONDS() == seconds


def test_constructor__deposit_cap_above_the_whole__refuses(room):
    with refused("DepositCapInvalid", 10_001):
        new_panel(room.authority, cap=10_001)


@pytest.mark.parametrize(("disputed", "cap"), [(0, 0), (9, 0), (10, 1), (1_999, 199), (2**64 - 1, (2**64 - 1) // 10)])
def test_deposit_cap__a_tenth__is_rounded_down(room, disputed, cap):
    assert room.panel.depositCap(disputed) == cap


def test_set_authority__anyone_but_the_authority__refuses(room):
    for someone in (room.registrar, room.claimant, person("stranger")):
        with refused("AccessManagedUnauthorized", someone):
            room.panel.setAuthority.call(someone, someone.sends)


# openDispute


def test_open_dispute__right_request__is_kept_and_takes_the_deposit(room):
    before = room.token.balanceOf(room.claimant)
    request = room.request()

    receipt = room.court.open(request, room.relayer.sends)

    dispute_id = receipt.return_value
    assert dispute_id == room.panel.disputeCount() == 1
    assert room.panel.disputeOf(room.court, request[0]) == dispute_id
    assert room.token.balanceOf(room.claimant) == before - DEPOSIT
    assert room.token.balanceOf(room.panel) == DEPOSIT
    kept, block = room.dispute(dispute_id), receipt.block_number
    names = ("claimId", "claimant", "token", "disputed", "deposit", "depositTo")
    assert tuple(kept[name] for name in names) == request[:6]
    assert kept["clauseRoot"] == "0x" + CLAUSE_ROOT.hex()
    assert (kept["state"], kept["court"]) == (OPENED, room.court)
    assert (kept["benchBlock"], kept["hashBlock"], kept["waitingSince"]) == (block, block + 4, receipt.timestamp)
    event = receipt.events["DisputeOpened"]
    assert fields(event, "disputeId", *names[:2], "court", *names[2:], "clauseRoot", "hashBlock") == plain(
        (1, *request[:2], room.court.address, *request[2:6], kept["clauseRoot"], block + 4)
    )


def test_open_dispute__second__has_the_next_number(room, opened):
    assert room.open() == opened + 1


def test_open_dispute__without_deposit__touches_no_token(room):
    dispute_id = room.open(deposit=0, depositTo=ZERO_ADDRESS)

    assert room.token.balanceOf(room.panel) == 0
    assert room.dispute(dispute_id)["state"] == OPENED


def test_open_dispute__caller_without_role__refuses(room):
    for someone in (room.registrar, room.claimant, person("stranger")):
        with refused("AccessManagedUnauthorized", someone):
            room.panel.openDispute.call(room.request(), someone.sends)


def test_open_dispute__desk_without_code__refuses(room):
    desk = person("a key as desk")
    room.authority.grantRole(ROLES["DESK"], desk, 0, {"from": accounts[0]})

    with refused("CourtHasNoCode", desk):
        room.panel.openDispute.call(room.request(), desk.sends)


@pytest.mark.parametrize(
    "missing",
    [
        {"claimant": ZERO_ADDRESS},
        {"token": ZERO_ADDRESS},
        {"disputed": 0, "deposit": 0},
        {"depositTo": ZERO_ADDRESS},
        {"clauseRoot": bytes(32)},
        {"claimId": 0},
    ],
    ids=lambda missing: next(iter(missing)),
)
def test_open_dispute__something_missing__refuses(room, missing):
    request = room.request(**missing)

    with refused("DisputeIncomplete", request[0]):
        room.court.open.call(request, room.relayer.sends)


def test_open_dispute__claim_disputed_before__refuses(room, opened):
    claim_id = room.dispute(opened)["claimId"]

    with refused("ClaimDisputedAlready", claim_id, opened):
        room.court.open.call(room.request(claimId=claim_id), room.relayer.sends)


def test_open_dispute__deposit_at_the_cap__is_taken(room):
    room.open(deposit=DISPUTED // 10)

    assert room.token.balanceOf(room.panel) == DISPUTED // 10


def test_open_dispute__deposit_above_the_cap__refuses(room):
    request = room.request(deposit=DISPUTED // 10 + 1)

    with refused("DepositTooHigh", request[0], DISPUTED // 10 + 1, DISPUTED // 10):
        room.court.open.call(request, room.relayer.sends)


def test_open_dispute__claimant_blocked_by_the_token__refuses(room):
    room.token.setBlocked(room.claimant, True, {"from": accounts[0]})

    with refused("AccountBlocked", room.claimant):
        room.court.open.call(room.request(), room.relayer.sends)


def test_open_dispute__allowance_too_small__refuses(room):
    room.token.approve(room.panel, DEPOSIT - 1, room.claimant.sends)

    with refused("ERC20InsufficientAllowance", room.panel, DEPOSIT - 1, DEPOSIT):
        room.court.open.call(room.request(), room.relayer.sends)


def test_open_dispute__token_keeps_a_fee__refuses(room):
    token = FeeToken.deploy({"from": accounts[0]})
    token.mint(room.claimant, DEPOSIT, {"from": accounts[0]})
    token.approve(room.panel, DEPOSIT, room.claimant.sends)
    request = room.request(token=token.address)

    with refused("DepositReceivedDiffers", request[0], DEPOSIT * 99 // 100, DEPOSIT):
        room.court.open.call(request, room.relayer.sends)


# draw


def test_draw__from_the_block_after_the_fixed_one__seats_who_the_twin_draws(room, opened):
    room.reach_draw(opened)

    receipt = room.panel.draw(opened, person("stranger").sends)

    drawn = room.drawn_by_twin(opened)
    assert receipt.return_value is True
    assert tuple(seat[0] for seat in room.panel.seats(opened, 1)) == drawn
    assert drawn[0] in [someone.address for someone in room.advocates]
    assert set(drawn[1:]) < {someone.address for someone in room.others}
    until = receipt.timestamp + COMMIT_SECONDS
    assert plain(room.panel.windows(opened)) == (until, until + REVEAL_SECONDS)
    assert room.dispute(opened)["state"] == SITTING
    event = receipt.events["PanelDrawn"]
    assert fields(event, "disputeId", "panel", "arbitrators", "commitUntil", "revealUntil") == (
        opened, 1, drawn, until, until + REVEAL_SECONDS
    )  # fmt: skip


def test_draw__eight_disputes__are_each_drawn_as_the_twin_says_and_not_all_alike(room):
    disputes = [room.open() for _ in range(8)]

    panels = [tuple(someone.address for someone in room.draw(dispute_id)) for dispute_id in disputes]

    assert panels == [room.drawn_by_twin(dispute_id) for dispute_id in disputes]
    assert len(set(panels)) > 1


@pytest.mark.parametrize("waited", [0, 3])
def test_draw__fixed_block_not_mined_yet__refuses(room, opened, waited):
    fixed = room.dispute(opened)["hashBlock"]
    mine(waited)

    with refused("DrawTooEarly", opened, fixed):
        room.panel.draw(opened, room.relayer.sends)  # in block `fixed` at the latest


def test_draw__unknown_dispute__refuses(room):
    with refused("DisputeUnknown", UNKNOWN):
        room.panel.draw.call(UNKNOWN, room.relayer.sends)


def test_draw__panel_sits_already__refuses(room, opened, seated):
    with refused("DrawNotAwaited", opened):
        room.panel.draw.call(opened, room.relayer.sends)


def test_draw__last_block_in_which_the_hash_lives__draws(room, opened):
    mine(room.dispute(opened)["hashBlock"] + 255 - chain[-1].number)

    receipt = room.panel.draw(opened, room.relayer.sends)

    assert receipt.block_number == room.dispute(opened)["hashBlock"] + 256
    assert receipt.return_value is True
    assert tuple(seat[0] for seat in room.panel.seats(opened, 1)) == room.drawn_by_twin(opened)


def test_draw__hash_gone__fixes_a_later_block_and_then_draws(room, opened):
    mine(room.dispute(opened)["hashBlock"] + 256 - chain[-1].number)

    receipt = room.panel.draw(opened, room.relayer.sends)

    fixed = receipt.block_number + 4
    assert receipt.return_value is False
    assert fields(receipt.events["DrawPostponed"], "disputeId", "hashBlock") == (opened, fixed)
    assert (room.dispute(opened)["hashBlock"], room.dispute(opened)["state"]) == (fixed, OPENED)
    with refused("DrawTooEarly", opened, fixed):
        room.panel.draw.call(opened, room.relayer.sends)
    assert tuple(someone.address for someone in room.draw(opened)) == room.drawn_by_twin(opened)


def test_draw__bench_changed_after_opening__draws_from_the_bench_of_then(room, opened):
    before = room.panel.bench()
    room.reach_draw(opened)
    drawn = room.drawn_by_twin(opened)

    for newcomer in range(8):
        room.panel.admitArbitrator(person(f"newcomer {newcomer}"), newcomer % 2, room.registrar.sends)
    for address in drawn[1:]:
        room.panel.removeArbitrator(address, room.registrar.sends)

    assert len(room.panel.bench()) == len(before) + 8
    room.panel.draw(opened, room.relayer.sends)
    assert tuple(seat[0] for seat in room.panel.seats(opened, 1)) == drawn


def test_draw__claimant_on_the_bench__never_sits_on_their_own_dispute(room):
    for advocate in (False, True):
        arbitrator = (room.advocates if advocate else room.others)[0]
        room.token.mint(arbitrator, DEPOSIT, {"from": accounts[0]})
        room.token.approve(room.panel, DEPOSIT, arbitrator.sends)
    disputes = [room.open(claimant=arbitrator.address, deposit=0) for arbitrator in room.everybody for _ in range(2)]

    for dispute_id in disputes:
        assert room.dispute(dispute_id)["claimant"] not in [seat.address for seat in room.draw(dispute_id)]


def test_draw__too_few_on_the_bench__postpones_until_somebody_is_admitted(module_undone):
    room = build_room(advocates=1, others=1)
    dispute_id = room.open()
    room.reach_draw(dispute_id)

    short = room.panel.draw(dispute_id, room.relayer.sends)
    room.panel.admitArbitrator(person("arbitrator 9"), False, room.registrar.sends)
    room.reach_draw(dispute_id)
    not_yet = room.panel.draw(dispute_id, room.relayer.sends)
    room.reach_draw(dispute_id)
    drawn = room.panel.draw(dispute_id, room.relayer.sends)

    assert [receipt.return_value for receipt in (short, not_yet, drawn)] == [False, False, True]
    assert room.panel.seats(dispute_id, 1)[0][0] == room.advocates[0]


def test_draw__no_advocate__postpones(module_undone):
    room = build_room(advocates=0, others=3)
    dispute_id = room.open()
    room.reach_draw(dispute_id)

    assert room.panel.draw(dispute_id, room.relayer.sends).return_value is False


# commit


def test_commit__seat__keeps_the_hash(room, opened, seated):
    receipt = room.panel.commit(opened, COMMITMENT, seated[1].sends)

    assert fields(receipt.events["RulingCommitted"], "disputeId", "arbitrator", "commitment") == (
        opened, seated[1].address, COMMITMENT
    )  # fmt: skip
    assert room.panel.seats(opened, 1)[1][3] == "0x" + COMMITMENT.hex()
    assert room.dispute(opened)["committed"] == 1


def test_commit__unknown_dispute__refuses(room, seated):
    with refused("DisputeUnknown", UNKNOWN):
        room.panel.commit.call(UNKNOWN, COMMITMENT, seated[0].sends)


def test_commit__before_the_draw__refuses(room, opened):
    with refused("PanelNotSitting", opened):
        room.panel.commit.call(opened, COMMITMENT, room.others[0].sends)


def test_commit__anyone_without_seat__refuses(room, opened, seated):
    for someone in {*room.everybody, room.claimant, room.registrar, person("stranger")} - set(seated):
        with refused("NotOnPanel", opened, someone):
            room.panel.commit.call(opened, COMMITMENT, someone.sends)


def test_commit__zero__refuses(room, opened, seated):
    with refused("CommitmentMissing", opened):
        room.panel.commit.call(opened, bytes(32), seated[0].sends)


def test_commit__twice__refuses(room, opened, seated):
    room.panel.commit(opened, COMMITMENT, seated[0].sends)

    with refused("RulingCommittedAlready", opened, seated[0]):
        room.panel.commit.call(opened, keccak256(b"another"), seated[0].sends)


def test_commit__last_second__is_taken(room, opened, seated):
    next_block_at(room.panel.windows(opened)[0] - 1)

    room.panel.commit(opened, COMMITMENT, seated[0].sends)

    assert room.dispute(opened)["committed"] == 1


def test_commit__window_over__refuses(room, opened, seated):
    closed_at = room.panel.windows(opened)[0]
    travel_to(closed_at)

    with refused("CommitClosed", opened, closed_at):
        room.panel.commit.call(opened, COMMITMENT, seated[0].sends)


def test_commitment_of__opinion__is_the_twins_hash(room, opened, seated):
    expected = "0x" + OPINION.commitment(opened, seated[0]).hex()

    assert room.panel.commitmentOf(opened, seated[0], OPINION.shown()) == expected


# reveal


@pytest.fixture
def committed(room, opened, seated):
    for arbitrator in seated:
        room.commit(opened, arbitrator, OPINION)
    return seated


def test_reveal__all_have_committed__is_open_at_once(room, opened, committed):
    receipt = room.reveal(opened, committed[2], OPINION)

    event = receipt.events["RulingRevealed"]
    assert fields(event, "disputeId", "arbitrator", "award", "reasonCode", "clause") == (
        opened, committed[2].address, OPINION.award, OPINION.reason_code, OPINION.leaf
    )  # fmt: skip
    seat = room.panel.seats(opened, 1)[2].dict()
    assert (seat["award"], seat["reasonCode"], seat["clause"]) == (OPINION.award, OPINION.reason_code, OPINION.clause)
    assert room.dispute(opened)["revealed"] == 1


def test_reveal__somebody_has_not_committed__waits_for_the_commit_window(room, opened, seated):
    for arbitrator in seated[:2]:
        room.commit(opened, arbitrator, OPINION)
    opens_at = room.panel.windows(opened)[0]

    with refused("RevealTooEarly", opened, opens_at):
        room.panel.reveal.call(opened, OPINION.shown(), seated[0].sends)
    next_block_at(opens_at)
    room.reveal(opened, seated[0], OPINION)

    assert room.dispute(opened)["revealed"] == 1


def test_reveal__last_second__is_taken(room, opened, committed):
    next_block_at(room.panel.windows(opened)[1] - 1)

    room.reveal(opened, committed[0], OPINION)

    assert room.dispute(opened)["revealed"] == 1


def test_reveal__window_over__refuses_even_the_ruling_that_would_decide(room, opened, committed):
    closed_at = room.panel.windows(opened)[1]
    room.reveal(opened, committed[0], OPINION)
    room.end_windows(opened)

    with refused("RevealClosed", opened, closed_at):
        room.panel.reveal.call(opened, OPINION.shown(), committed[1].sends)


def test_reveal__unknown_dispute__refuses(room, committed):
    with refused("DisputeUnknown", UNKNOWN):
        room.panel.reveal.call(UNKNOWN, OPINION.shown(), committed[0].sends)


def test_reveal__before_the_draw__refuses(room, opened):
    with refused("PanelNotSitting", opened):
        room.panel.reveal.call(opened, OPINION.shown(), room.others[0].sends)


def test_reveal__anyone_without_seat__refuses(room, opened, committed):
    for someone in {*room.everybody, room.claimant, room.registrar, person("stranger")} - set(committed):
        with refused("NotOnPanel", opened, someone):
            room.panel.reveal.call(opened, OPINION.shown(), someone.sends)


def test_reveal__twice__refuses(room, opened, committed):
    room.reveal(opened, committed[0], OPINION)

    with refused("RulingRevealedAlready", opened, committed[0]):
        room.panel.reveal.call(opened, OPINION.shown(), committed[0].sends)


@pytest.mark.parametrize(
    "changes", [{"award": 1}, {"reason_code": 13}, {"index": 0}, {"salt": bytes(32)}], ids=lambda c: next(iter(c))
)
def test_reveal__another_ruling_than_committed__refuses(room, opened, committed, changes):
    other, arbitrator = OPINION.but(**changes), committed[0]
    shown, kept = (opinion.commitment(opened, arbitrator) for opinion in (other, OPINION))

    with refused("RulingDiffers", opened, shown, kept):
        room.panel.reveal.call(opened, other.shown(), arbitrator.sends)


def test_reveal__without_commitment__refuses(room, opened, seated):
    travel_to(room.panel.windows(opened)[0])

    with refused("RulingDiffers", opened, OPINION.commitment(opened, seated[0]), bytes(32)):
        room.panel.reveal.call(opened, OPINION.shown(), seated[0].sends)


def test_reveal__commitment_copied_from_another_seat__cannot_be_revealed(room, opened, seated):
    honest, copier, third = seated
    room.commit(opened, honest, OPINION)
    copied = OPINION.commitment(opened, honest)
    room.panel.commit(opened, copied, copier.sends)
    room.commit(opened, third, OPINION)
    room.reveal(opened, honest, OPINION)

    with refused("RulingDiffers", opened, OPINION.commitment(opened, copier), copied):
        room.panel.reveal.call(opened, OPINION.shown(), copier.sends)


def test_reveal__commitment_made_for_another_dispute__cannot_be_revealed(room, opened, seated):
    elsewhere = OPINION.commitment(opened + 1, seated[0])
    room.panel.commit(opened, elsewhere, seated[0].sends)
    travel_to(room.panel.windows(opened)[0])

    with refused("RulingDiffers", opened, OPINION.commitment(opened, seated[0]), elsewhere):
        room.panel.reveal.call(opened, OPINION.shown(), seated[0].sends)


def shown_alone(room, opened, arbitrator, ruling):
    """Commit to whatever a ruling says, and come to the time of revealing."""
    room.panel.commit(opened, room.panel.commitmentOf(opened, arbitrator, ruling), arbitrator.sends)
    travel_to(room.panel.windows(opened)[0])


def test_reveal__award_above_what_is_disputed__refuses(room, opened, seated):
    ruling = Opinion(DISPUTED + 1).shown()
    shown_alone(room, opened, seated[0], ruling)

    with refused("AwardTooHigh", opened, DISPUTED + 1, DISPUTED):
        room.panel.reveal.call(opened, ruling, seated[0].sends)


@pytest.mark.parametrize("award", [0, DISPUTED])
def test_reveal__nothing_or_all_of_it__is_taken(room, opened, seated, award):
    ruling = Opinion(award).shown()
    shown_alone(room, opened, seated[0], ruling)

    room.panel.reveal(opened, ruling, seated[0].sends)

    assert room.panel.seats(opened, 1)[0][1] == award


@pytest.mark.parametrize("reason", [0, 900])
def test_reveal__reason_that_is_none__refuses(room, opened, seated, reason):
    ruling = OPINION.but(reason_code=reason).shown()
    shown_alone(room, opened, seated[0], ruling)

    with refused("ReasonInvalid", opened, reason):
        room.panel.reveal.call(opened, ruling, seated[0].sends)


CLAUSES_THAT_ARE_NONE = {
    "the root, without a proof": (CLAUSE_ROOT, []),
    "a leaf for its words": (CLAUSES[1].leaf(), [CLAUSES[0].leaf()]),
    "a clause with another's proof": (CLAUSES[2].words_hash(), list(OPINION.shown()[3])),
    "words of no clause": (keccak256(b"invented"), list(OPINION.shown()[3])),
}


@pytest.mark.parametrize(("words", "proof"), CLAUSES_THAT_ARE_NONE.values(), ids=CLAUSES_THAT_ARE_NONE)
def test_reveal__clause_not_in_the_terms__refuses(room, opened, seated, words, proof):
    ruling = (OPINION.award, OPINION.reason_code, words, proof, OPINION.salt)
    shown_alone(room, opened, seated[0], ruling)

    with refused("ClauseNotInTerms", opened, keccak256(words), CLAUSE_ROOT):
        room.panel.reveal.call(opened, ruling, seated[0].sends)


@pytest.mark.parametrize("index", range(len(CLAUSES)))
def test_reveal__each_clause_of_the_terms__is_taken(room, opened, seated, index):
    ruling = OPINION.but(index=index).shown()
    shown_alone(room, opened, seated[0], ruling)

    room.panel.reveal(opened, ruling, seated[0].sends)

    assert room.panel.seats(opened, 1)[0][4] == "0x" + CLAUSES[index].leaf().hex()


# Views


def test_dispute__unknown__refuses(room):
    with refused("DisputeUnknown", UNKNOWN):
        room.panel.dispute(UNKNOWN)


def test_windows__unknown__refuses(room):
    with refused("DisputeUnknown", UNKNOWN):
        room.panel.windows(UNKNOWN)


def test_windows__nobody_sits__are_zero(room, opened):
    assert plain(room.panel.windows(opened)) == (0, 0)


@pytest.mark.parametrize(
    ("start", "limit", "numbers"),
    [(0, 2, [0, 1]), (1, 500, [0, 1, 2]), (2, 1, [1]), (3, 9, [2]), (4, 9, []), (1, 0, [])],
)
def test_disputes__pages__are_cut_at_the_end(room, start, limit, numbers):
    claims = [room.dispute(room.open())["claimId"] for _ in range(3)]

    page = room.panel.disputes(start, limit)

    assert [dispute[0] for dispute in page] == [claims[number] for number in numbers]


def test_disputes__page_too_long__refuses(room):
    with refused("DisputePageTooLong", 501, 500):
        room.panel.disputes(1, 501)


def test_dispute_of__claim_never_disputed__is_none(room):
    assert room.panel.disputeOf(room.court, 1) == 0


def test_seats__never_drawn__are_empty(room, opened):
    assert {seat[0] for seat in room.panel.seats(opened, 1)} == {ZERO_ADDRESS}


def test_held_deposit__nothing_held__is_zero(room):
    assert room.panel.heldDeposit(room.claimant, room.token) == 0


def test_open_dispute__desk_of_another_network__refuses(room):
    foreign = new_authority()
    foreign.grantRole(ROLES["DESK"], person("foreign desk"), 0, {"from": accounts[0]})

    with refused("AccessManagedUnauthorized", person("foreign desk")):
        room.panel.openDispute.call(room.request(), person("foreign desk").sends)


# enrolCourt


def test_enrol_court__while_it_has_the_role__is_heard_after_the_role_is_gone(room):
    receipt = room.panel.enrolCourt(room.court, {"from": accounts[0]})
    assert receipt.events["CourtEnrolled"]["court"] == room.court.address
    room.authority.revokeRole(ROLES["DESK"], room.court, {"from": accounts[0]})

    assert room.panel.isCourt(room.court)
    assert room.open() == 1


def test_enrol_court__without_the_role__refuses(room):
    with refused("CourtNotAdmitted", room.claimant):
        room.panel.enrolCourt.call(room.claimant, {"from": accounts[0]})

    assert not room.panel.isCourt(room.claimant)
