"""The part of indemnity insurance in the access test: policies and claims in every state a function asks for."""

from __future__ import annotations

from dataclasses import dataclass

from access_scenes import Arguments, Stage
from chain_clock import DAY
from eth_utils import keccak
from indemnity_claims import LOSS, Claims
from indemnity_house import open_indemnity_product
from indemnity_market import IndemnityMarket
from indemnity_terms import BUILDING, CLAIM_RULES, FIRE, INDEMNITY_TERMS
from market import TUSD
from panel_room import PanelRoom
from parties import Person, person, signers
from typed_messages import digest, values

NOTHING, PART = 0, LOSS // 2
INSTALMENTS = {"instalments": 3, "intervalSeconds": DAY}
WITHDRAW = 0  # `ClaimAction`
ZERO = "0x" + "00" * 20


@dataclass
class ClaimStage:
    """Policies and claims that need time to pass."""

    claims: Claims
    claimant: Person
    policy: int
    ended: int  # a policy cancelled long ago
    overdue: int
    decided: int  # and not disputed in time
    instalments: int
    closed: int
    disputed: int


def open_claims(stage: Stage, room: PanelRoom, claimant: Person) -> ClaimStage:
    """Two policies, one of them ended, and claims left to themselves."""
    market = _market(stage, room)
    claims = Claims(market)
    policy, ended = market.sold(claimant, 20_000 * TUSD), market.sold(claimant)
    market.cancel(market.cancellation(ended), claimant)
    overdue, decided, instalments, closed, disputed = (claims.notify(policy, claimant) for _ in range(5))
    claims.decide(decided, loss=PART)
    claims.decide(instalments, **INSTALMENTS)
    claims.decide(closed)
    claims.decide(disputed, loss=PART)
    stage.house.token.approve(stage.house.platform.panel, 1_000 * TUSD, claimant.sends)
    claims.desk.dispute(disputed, claimant.sends)
    return ClaimStage(claims, claimant, policy, ended, overdue, decided, instalments, closed, disputed)


def _market(stage: Stage, room: PanelRoom) -> IndemnityMarket:
    """A home insurance with windows of a day."""
    house, platform = stage.house, stage.house.platform
    short = {"noticeWindowSeconds": DAY, "disputeWindowSeconds": 2 * DAY}
    terms = {
        "treasury": house.treasury.address,
        "quorum": house.quorum.address,
        "desk": platform.claims_desk.address,
        "disbursement": platform.disbursement.address,
        **INDEMNITY_TERMS,
        "claims": {**CLAIM_RULES, **short},
    }
    product = open_indemnity_product(house, terms)
    adjusters = (person("adjuster"), person("adjuster"))
    market = IndemnityMarket(house, product, stage.market.nodes, adjusters, signers(3, "committee"), room, terms)
    purse = 100_000 * TUSD
    market.limits.setAdjusterLimit(house.treasury, adjusters[0], purse, purse, market.administrator.sends)
    return market


def indemnity_terms(c: ClaimStage) -> tuple[object]:
    """Terms of another product."""
    return (values("IndemnityTerms", {**c.claims.market.terms, "minPremium": 7 * TUSD}),)


def desk_scene(c: ClaimStage) -> Arguments:
    """A new claim, one decided within its window, and those whose time has come."""
    claims, claimant = c.claims, c.claimant
    new, disputable = claims.notify(c.policy, claimant), claims.notify(c.policy, claimant)
    claims.decide(disputable, loss=PART)
    decision = claims.decide_arguments(claims.decision(new))
    return {
        "notify": (values("Notice", claims.notice(c.policy)),),
        "notifyFor": claims.notify_for_arguments(claims.notice(c.policy), claimant),
        "acknowledge": (new,),
        "reportLoss": claims.report_arguments(claims.loss_report(new)),
        "reestimate": (new, TUSD),
        "decide": decision,
        "payInstalment": (c.instalments,),
        "takeInstalments": (c.instalments,),
        "withdraw": (new,),
        "escalate": (c.overdue,),
        "dispute": (disputable,),
        "reopen": (c.closed, LOSS + TUSD, keccak(text="new evidence")),
        "chooseInstitution": (new, 1),
        "orderFor": claims.order_arguments(claims.order(new, WITHDRAW), claimant),
        "close": (c.decided,),
        "award": (c.disputed, TUSD, 12, keccak(text="clause")),
        "multicall": ([],),
    }


def authority_scene(c: ClaimStage, stage: Stage) -> Arguments:
    """The desk's own contract for what adjusters may decide."""
    market, claims = c.claims.market, c.claims
    new = claims.notify(c.policy, c.claimant)
    decision, second, signature = claims.decide_arguments(claims.decision(new))
    case = {
        "domain": bytes(claims.desk.domainSeparator()),
        "adjuster": person("adjuster").address,
        "claimant": c.claimant.address,
        "holder": c.claimant.address,
        "treasury": stage.house.treasury.address,
        "quorum": stage.house.quorum.address,
        "clauseRoot": INDEMNITY_TERMS["clauseRoot"],
        "claimed": LOSS,
        "granted": LOSS,
        "full": LOSS,
        "worth": LOSS,
        "secondSignatureAbove": CLAIM_RULES["secondSignatureAbove"],
    }
    return {
        "setAdjusterLimit": (market.treasury.address, person("adjuster").address, 1, 1),
        "authorise": (
            tuple(case.values()),
            bytes.fromhex(claims.desk.decide.encode_input(decision, second, signature)[10:]),
        ),
    }


def indemnity_scene(c: ClaimStage, stage: Stage) -> Arguments:
    """A policy in force and one that can be closed."""
    market, claimant, holder = c.claims.market, c.claimant, stage.holders[2]
    cause = (BUILDING, FIRE, c.claims.notice(c.policy)["occurredAt"])
    change = market.endorsement(c.policy, beneficiary=stage.somebody)
    end = market.cancellation(c.policy)
    new = c.claims.notify(c.policy, claimant)
    payment = (new, claimant.address, ZERO, c.claims.claim(new)["reserve"], NOTHING, 1, NOTHING)
    return {
        "bind": market.bind_arguments(market.offer(holder)),
        "endorse": market.endorse_arguments(change, claimant),
        "cancel": (values("Cancellation", end), claimant.sign(digest("Cancellation", end, market.domain))),
        "closePolicies": ([c.ended],),
        "earnPremiums": ([c.policy],),
        "suspendSales": (True,),
        "openClaim": (c.policy, cause, LOSS, NOTHING, False),
        "payClaim": (cause, payment),
        "approve": (stage.somebody, c.policy),
        "setApprovalForAll": (stage.somebody, True),
        "transferFrom": (claimant.address, stage.somebody, c.policy),
        "safeTransferFrom": (claimant.address, stage.somebody, c.policy),
    }
