"""Arguments with which whoever may call a function succeeds, contract by contract, and the state they need.

Each scene brings its contract into a state in which every function has something to do, and returns function name ->
arguments. `CALLER` among them stands for whoever calls. What would spoil the scene for others is done just before the
function is called: a `Prelude`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import brownie
from brownie import accounts
from chain_clock import DAY, HOUR, now, travel_to
from disbursing import AMOUNT, FIRST, PURSE, RECEIPT_SECONDS, SECOND, Rail, admit
from eth_utils import keccak
from flights import SECOND as SECOND_FLIGHT
from flights import THIRD
from insurers import registration
from market import FLIGHT, FLIGHT_AT, MEASURED, TUSD, Market, event_id, policy_id
from panel_room import Opinion, PanelRoom
from parties import Person, person, signers
from typed_messages import digest, product_domain, values

from scripts.brownie.deploy import ROLES, TOKEN, House

CALLER = object()
FUTURE, FUTURE_AT = "flight/UA/1545/EWR/IAH/2013-10-12T10:00Z", FLIGHT_AT + 30 * DAY
POLICY = policy_id(FLIGHT, 0)
CLAIM = 0xC1A1
ZERO = "0x" + "00" * 20
INSTITUTIONS = ("bank", "vault", "other bank", "other vault")
Arguments = dict[str, tuple[Any, ...]]


@dataclass
class Stage:
    """Everybody and everything the scenes play with."""

    house: House
    other: House  # another insurer of the same network
    market: Market
    people: dict[str, Person]
    holders: tuple[Person, ...]
    terms: dict[str, Any]
    desk: Person  # a key registered as a product of the house
    callers: dict[str, str]  # one address for each capacity
    preludes: dict[str, Callable[[], Any]] = field(default_factory=dict)

    @property
    def somebody(self) -> str:
        return person("somebody").address

    def signed(self, contract: Any, kind: str, message: dict[str, Any], by: Person) -> bytes:
        """Signature for one of the contracts that sign as "Quittance"."""
        return by.sign(digest(kind, message, product_domain(contract, brownie.chain.id)))


def registry_scene(stage: Stage) -> Arguments:
    """A founder is admitted; to open a treasury, the insurer's administrator lets the registry in."""
    house, administrator = stage.house, stage.people["administrator"]
    registrar = stage.people["platform registrar"]
    house.registry.admitFounder(stage.callers["FOUNDER"], True, registrar.sends)
    stage.preludes["InsurerRegistry.addTreasury"] = lambda: house.authority.grantRole(
        ROLES["ADMINISTRATOR"], house.registry, 0, administrator.sends
    )
    return {
        "admitFounder": (stage.somebody, True),
        "admitService": (TOKEN, house.token.address, True),
        "registerInsurer": (registration(house),),
        "addTreasury": (house.insurer_id, house.token.address, "One more", "MORE"),
        "setAuthority": (house.platform.authority.address,),
    }


def makers_scene(stage: Stage) -> tuple[Arguments, Arguments]:
    """Nothing to prepare. For each maker."""
    token, authority = stage.house.token.address, stage.house.authority.address
    return {"makeAccessManager": (stage.somebody,)}, {"makeTreasury": (token, authority, "Any", "ANY")}


def quorum_scene(stage: Stage) -> Arguments:
    """Nothing to prepare."""
    successors = [node.address for node in signers(4, "successor")]
    return {"rotateSigners": (successors, 1, 0), "setAuthority": (stage.house.platform.authority.address,)}


def sell_flights(stage: Stage) -> None:
    """Three policies, before the flights leave."""
    flights = enumerate((FLIGHT, SECOND_FLIGHT, THIRD))
    stage.market.sell(*(stage.market.offer(stage.holders[i], text=text) for i, text in flights))


def product_scene(stage: Stage) -> tuple[Arguments, Arguments]:
    """One event reported and not settled, two past their window. For factory and product."""
    market, holders = stage.market, stage.holders
    travel_to(max(now(), FLIGHT_AT + 8 * DAY))
    market.report((FLIGHT, MEASURED, 120))
    sale = market.bind_arguments(market.offer(holders[1], text=FUTURE, occurs_at=FUTURE_AT))
    report = market.report_arguments((SECOND_FLIGHT, MEASURED, 45))
    somebody, holder = stage.somebody, holders[0].address
    product = {
        "bind": sale,
        "reportEvents": report,
        "reportAndSettle": (*report, 400),
        "settle": ([event_id(FLIGHT)], 400),
        "closeUnreported": (event_id(THIRD),),
        "suspendSales": (True,),
        "approve": (somebody, POLICY),
        "setApprovalForAll": (somebody, True),
        "transferFrom": (holder, somebody, POLICY),
        "safeTransferFrom": (holder, somebody, POLICY),
    }
    new_terms = values("ParametricTerms", {**stage.terms, "loadingBps": 1_234})
    return {"createParametricProduct": (new_terms,)}, product


def treasury_scene(stage: Stage) -> Arguments:
    """Something is held for every caller and for one payee; somebody has sent tokens without being asked."""
    treasury, token, issuer = stage.house.treasury, stage.house.token, stage.people["issuer"]
    payees = [*stage.callers.values(), person("payee").address]
    treasury.collectPremiums([(stage.holders[4].address, TUSD)], len(payees), stage.desk.sends)
    for payee in payees:
        token.setBlocked(payee, True, issuer.sends)
    treasury.payBatch([(1, payee, 1) for payee in payees], len(payees), stage.desk.sends)
    for payee in payees:
        token.setBlocked(payee, False, issuer.sends)
    token.mint(treasury, 1, issuer.sends)
    token.approve(treasury, TUSD, {"from": stage.callers["TREASURER"]})
    stage.preludes["Treasury.unpause"] = lambda: treasury.pause(HOUR, stage.people["guardian"].sends)
    somebody, payee, until = stage.somebody, person("payee"), now() + DAY
    order = {"payee": payee.address, "to": somebody, "nonce": 0, "deadline": until}
    holder = stage.holders[1].address
    return {
        "registerProduct": (somebody,),
        "collectPremiums": ([(holder, 1)], 1),
        "payBatch": ([(POLICY, holder, 1)], 1),
        "changeReserve": (CLAIM, 0, 1),
        "payClaim": ((CLAIM, holder, ZERO, 0, 0, 1, 0),),
        "runOff": (1, 1),
        "returnPremium": (POLICY, holder, 1, 0),
        "pushHeldPayout": (payee.address,),
        "takeHeldPayout": (somebody,),
        "redirectHeldPayout": (payee.address, somebody, until, stage.signed(treasury, "Redirect", order, payee)),
        "setRequiredRatio": (12_000,),
        "setPayoutCap": (1,),
        "pause": (HOUR,),
        "unpause": (),
        "absorbSurplus": (),
        "setAuthority": (stage.house.authority.address,),
        "deposit": (1, CALLER),
        "mint": (1, CALLER),
        "withdraw": (0, somebody, CALLER),
        "redeem": (0, somebody, CALLER),
        "transfer": (somebody, 0),
        "transferFrom": (somebody, CALLER, 0),
        "approve": (somebody, 1),
    }


def disbursement_scene(stage: Stage) -> Arguments:
    """Two institutions; one payout past its time, one that waits; one collected premium expired, one not."""
    platform, token, issuer = stage.house.platform, stage.house.token, stage.people["issuer"]
    desk, cast = person("key with a desk's role"), [person(name) for name in INSTITUTIONS]
    platform.authority.grantRole(ROLES["DESK"], desk, 0, stage.people["platform administrator"].sends)
    product: Any = SimpleNamespace(address=stage.callers["PRODUCT"])
    rail = Rail(
        platform.disbursement, platform.authority, token, stage.people["platform registrar"], desk, *cast,
        person("rail payee"), product,
    )  # fmt: skip
    token.mintEach([someone.address for someone in (desk, *cast)], PURSE, issuer.sends)
    admit(rail)
    overdue = rail.open()
    rail.collect(rail.collection(applicationId=1, referenceHash=keccak(text="first"), validUntil=now() + HOUR))
    travel_to(now() + RECEIPT_SECONDS + HOUR)
    waiting = rail.open()
    rail.collect(rail.collection(applicationId=2, referenceHash=keccak(text="second")))
    token.mintEach(list(stage.callers.values()), TUSD, issuer.sends)
    for caller in stage.callers.values():
        token.approve(rail.contract, TUSD, {"from": accounts.at(caller, force=True)})
    token.transfer(rail.contract, AMOUNT, desk.sends)
    return _disbursement_arguments(stage, rail, overdue, waiting)


def _disbursement_arguments(stage: Stage, rail: Rail, overdue: int, waiting: int) -> Arguments:
    somebody, token, until = stage.somebody, rail.token.address, now() + DAY
    take = {"instructionId": overdue, "to": somebody, "deadline": until}
    reroute = {"instructionId": overdue, "institution": SECOND, "deadline": until}
    paid, collected = rail.receipt(waiting), rail.collection(applicationId=3, referenceHash=keccak(text="third"))
    terms = rail.terms(signer=person("third bank").address, account=person("third vault").address)
    stage.preludes["Disbursement.resumeInstitution"] = lambda: rail.contract.suspendInstitution(
        SECOND, rail.registrar.sends
    )
    return {
        "registerInstitution": (terms,),
        "rotateKeys": (SECOND, person("new bank").address, person("new vault").address),
        "changeLimits": (SECOND, 1, 1, DAY),
        "acceptToken": (SECOND, token, False),
        "suspendInstitution": (SECOND,),
        "resumeInstitution": (SECOND,),
        "openPayout": (rail.order(),),
        "fundPayout": (FIRST, token, 1),
        "confirmPayout": (values("PayoutReceipt", paid), rail.signed("PayoutReceipt", paid, rail.bank)),
        "refusePayout": (waiting, 7),
        "takePayout": (overdue, somebody),
        "takePayoutFor": (overdue, somebody, until, rail.signed("TakeOrder", take, rail.payee)),
        "reroutePayout": (overdue, SECOND),
        "reroutePayoutFor": (overdue, SECOND, until, rail.signed("RerouteOrder", reroute, rail.payee)),
        "collectPremium": (
            values("CollectionReceipt", collected),
            rail.signed("CollectionReceipt", collected, rail.bank),
        ),
        "releasePremium": (2, rail.payee.address, token, 1),
        "returnCollection": (rail.product.address, 1),
        "setAuthority": (stage.house.platform.authority.address,),
    }


def fill_room(stage: Stage, court: Any) -> PanelRoom:
    """A bench of one advocate, who so sits on every panel, and three others; a claimant with money."""
    platform, issuer = stage.house.platform, stage.people["issuer"]
    advocates, others = (person("advocate 0"),), tuple(person(f"arbitrator {i}") for i in range(3))
    room = PanelRoom(platform.authority, platform.panel, court, stage.house.token, advocates, others)
    for someone in room.everybody:
        platform.panel.admitArbitrator(someone, someone in advocates, stage.people["platform registrar"].sends)
    room.token.mint(room.claimant, 1_000 * TUSD, issuer.sends)
    room.token.approve(platform.panel, 1_000 * TUSD, room.claimant.sends)
    return room


def fall_silent(room: PanelRoom, stage: Stage) -> int:
    """A deposit is held, and a panel says nothing until its time is over. Returns that dispute."""
    held, silent = room.open(), room.open()
    room.draw(held)
    room.rule(held, [Opinion(TUSD)] * 3)
    room.token.setBlocked(room.claimant, True, stage.people["issuer"].sends)
    room.conclude(held)
    room.token.setBlocked(room.claimant, False, stage.people["issuer"].sends)
    room.draw(silent)
    room.end_windows(silent)
    return silent


def panel_scene(stage: Stage, room: PanelRoom, silent: int) -> Arguments:
    """Disputes to be drawn, committed on, revealed on and concluded."""
    voting, showing, undrawn = (room.open() for _ in range(3))
    for dispute in (voting, showing):
        room.draw(dispute)
    for someone in room.seated(showing):
        room.commit(showing, someone, Opinion(TUSD))
    room.reach_draw(undrawn)
    return {
        "enrolCourt": (stage.callers["DESK"],),
        "openDispute": (room.request(),),
        "draw": (undrawn,),
        "commit": (voting, keccak(text="a ruling")),
        "reveal": (showing, Opinion(TUSD).shown()),
        "conclude": (silent,),
        "takeHeldDeposit": (room.token.address, stage.somebody),
        "pushHeldDeposit": (room.token.address, room.claimant.address),
        "admitArbitrator": (stage.somebody, True),
        "removeArbitrator": (room.others[0].address,),
        "setAuthority": (room.authority.address,),
    }


def records_scene(stage: Stage) -> tuple[Arguments, Arguments]:
    """The desk is admitted. For incident registry and transparency anchor."""
    platform, registrar = stage.house.platform, stage.people["platform registrar"]
    platform.incidents.admitDesk(stage.callers["DESK"], True, registrar.sends)
    authority = platform.authority.address
    incidents = {
        "admitDesk": (stage.somebody, True),
        "register": ([keccak(text="incident")], CLAIM),
        "setAuthority": (authority,),
    }
    anchor = {"anchor": (keccak(text="log"), 1, keccak(text="root")), "setAuthority": (authority,)}
    return incidents, anchor
