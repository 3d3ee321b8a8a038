"""A dispute panel of its own: people on the bench, a court that opens disputes, and rulings to commit and reveal."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from brownie import DisputePanel, RecordingCourt, TestStablecoin, accounts, chain, web3
from chain_clock import DAY, request, travel_to
from eth_utils import keccak
from parties import Person, person

from domain.clauses import Clause, ClauseKind, clause_proof, clause_root
from domain.money import TokenUnits
from domain.panel import BenchMember, PanelRuling, commitment, draw, draw_seed
from scripts.brownie.deploy import ROLES, Parties, deploy_authority

TUSD = 1_000_000
COMMIT_SECONDS, REVEAL_SECONDS, DRAW_SECONDS = 5 * DAY, 3 * DAY, 7 * DAY
DEPOSIT_CAP_BPS = 1_000
DISPUTED, DEPOSIT = 1_000 * TUSD, 50 * TUSD
NONE, OPENED, SITTING, OPENED_AGAIN, SITTING_AGAIN, DECIDED, DELIVERED = range(7)
PANEL_SILENT = 900
LATECOMERS = tuple(f"{kind} {number}" for kind in ("advocate", "arbitrator") for number in range(10))
NO_CLAUSE = "0x" + "00" * 32

CLAUSES = tuple(Clause(f"C{n}", ClauseKind.EXCLUSION, f"Text {n}.", f"条款{n}。") for n in range(1, 6))
CLAUSE_ROOT = clause_root(CLAUSES)
_claims = itertools.count(1)


@dataclass(frozen=True)
class Opinion:
    """What an arbitrator thinks, in all that goes into a commitment; `index` is the clause's place in CLAUSES."""

    award: int
    reason_code: int = 12
    index: int = 1
    salt: bytes = keccak(text="salt")

    @property
    def leaf(self) -> bytes:
        """Leaf of the clause."""
        return CLAUSES[self.index].leaf()

    @property
    def clause(self) -> str:
        """The leaf, as views return it."""
        return "0x" + self.leaf.hex()

    def shown(self) -> tuple[Any, ...]:
        """The ruling as `reveal` takes it."""
        clause = CLAUSES[self.index]
        proof = list(clause_proof(CLAUSES, clause.id))
        return (self.award, self.reason_code, clause.words_hash(), proof, self.salt)

    def commitment(self, dispute_id: int, arbitrator: Person) -> bytes:
        """The hash to commit to, from the Python twin."""
        ruling = PanelRuling(TokenUnits(self.award), self.reason_code, self.leaf)
        return commitment(dispute_id, arbitrator.address, ruling, self.salt)

    def but(self, **changes: Any) -> Opinion:
        return replace(self, **changes)


@dataclass(frozen=True)
class PanelRoom:
    """The panel and everybody around it."""

    authority: Any
    panel: Any
    court: Any
    token: Any
    advocates: tuple[Person, ...]
    others: tuple[Person, ...]

    @property
    def claimant(self) -> Person:
        return person("claimant")

    @property
    def registrar(self) -> Person:
        return person("network registrar")

    @property
    def relayer(self) -> Person:
        return person("relayer")

    @property
    def everybody(self) -> tuple[Person, ...]:
        return (*self.advocates, *self.others)

    def request(self, **changes: Any) -> tuple[Any, ...]:
        """A right request, but for `changes`."""
        fields = {
            "claimId": next(_claims) << 96,
            "claimant": self.claimant.address,
            "token": self.token.address,
            "disputed": DISPUTED,
            "deposit": DEPOSIT,
            "depositTo": person("insurer").address,
            "clauseRoot": CLAUSE_ROOT,
        }
        assert changes.keys() <= fields.keys()
        return tuple({**fields, **changes}.values())

    def open(self, **changes: Any) -> int:
        """Open a dispute. Returns its id."""
        return int(self.court.open(self.request(**changes), self.relayer.sends).return_value)

    def reach_draw(self, dispute_id: int) -> None:
        """Mine until the dispute's panel can be drawn."""
        mine(self.dispute(dispute_id)["hashBlock"] - chain[-1].number)

    def draw(self, dispute_id: int) -> tuple[Person, ...]:
        """Draw the panel. Returns the persons in its seats."""
        self.reach_draw(dispute_id)
        self.panel.draw(dispute_id, self.relayer.sends)
        return self.seated(dispute_id)

    def seated(self, dispute_id: int, panel: int | None = None) -> tuple[Person, ...]:
        """The persons in the seats of the panel that sat last, or of this one."""
        number = panel or (2 if self.panel.seats(dispute_id, 2)[0][0] != "0x" + "0" * 40 else 1)
        known = {someone.address: someone for someone in (*self.everybody, *map(person, LATECOMERS))}
        return tuple(known[seat[0]] for seat in self.panel.seats(dispute_id, number))

    def commit(self, dispute_id: int, arbitrator: Person, opinion: Opinion) -> Any:
        return self.panel.commit(dispute_id, opinion.commitment(dispute_id, arbitrator), arbitrator.sends)

    def reveal(self, dispute_id: int, arbitrator: Person, opinion: Opinion) -> Any:
        return self.panel.reveal(dispute_id, opinion.shown(), arbitrator.sends)

    def rule(self, dispute_id: int, opinions: Sequence[Opinion | None]) -> tuple[Person, ...]:
        """All who sit commit; those with an opinion reveal. Returns the panel."""
        seated = self.seated(dispute_id)
        for arbitrator, opinion in zip(seated, opinions, strict=True):
            self.commit(dispute_id, arbitrator, opinion or Opinion(0))
        for arbitrator, opinion in zip(seated, opinions, strict=True):
            if opinion:
                self.reveal(dispute_id, arbitrator, opinion)
        return seated

    def conclude(self, dispute_id: int) -> Any:
        return self.panel.conclude(dispute_id, self.relayer.sends)

    def end_windows(self, dispute_id: int) -> None:
        """Travel to the first second in which nobody can reveal any more."""
        travel_to(self.panel.windows(dispute_id)[1])

    def fall_silent(self, dispute_id: int) -> Any:
        """Draw a panel of which nobody does anything, and conclude. Returns the receipt."""
        self.draw(dispute_id)
        self.end_windows(dispute_id)
        return self.conclude(dispute_id)

    def dispute(self, dispute_id: int) -> dict[str, Any]:
        """A dispute, field by field."""
        return dict(self.panel.dispute(dispute_id).dict())

    def award(self, dispute_id: int) -> tuple[int, int, str, int]:
        """What the court was told: amount, reason, clause, how many times."""
        amount, reason, clause, times = self.court.awardOf(self.dispute(dispute_id)["claimId"])
        return int(amount), int(reason), str(clause), int(times)

    def drawn_by_twin(self, dispute_id: int, before: Sequence[Person] = ()) -> tuple[str, ...]:
        """The panel that the Python twin draws from the chain's data."""
        dispute = self.dispute(dispute_id)
        bench = [
            BenchMember(one["account"], one["consumerAdvocate"], one["admittedBlock"], one["removedBlock"] or None)
            for one in (place.dict() for place in self.panel.bench())
        ]
        seed = draw_seed(bytes(web3.eth.get_block(int(dispute["hashBlock"]))["hash"]), dispute_id)
        sat = [someone.address for someone in before]
        block = dispute["benchBlock"]
        return draw(bench, seed=seed, bench_block=block, claimant=dispute["claimant"], before=sat)


def mine(blocks: int) -> None:
    """Mine empty blocks."""
    if blocks > 0:
        request("anvil_mine", hex(blocks))


def new_panel(authority: Any, **changes: int) -> Any:
    """Deploy a panel."""
    windows = {"commit": COMMIT_SECONDS, "reveal": REVEAL_SECONDS, "draw": DRAW_SECONDS, "cap": DEPOSIT_CAP_BPS}
    assert changes.keys() <= windows.keys()
    return DisputePanel.deploy(authority, *{**windows, **changes}.values(), {"from": accounts[0]})


@dataclass(frozen=True)
class _Deployer:
    """All of `deploy.Parties` that deploying an AccessManager asks for."""

    deployer: Any


def new_authority() -> Any:
    """The platform's AccessManager, administrated by the first account."""
    return deploy_authority(cast(Parties, _Deployer(accounts[0])))


def build_room(advocates: int = 2, others: int = 5) -> PanelRoom:
    """A panel with a bench, a court that may open disputes, and a claimant with money."""
    sender = {"from": accounts[0]}
    authority = new_authority()
    panel = new_panel(authority)
    court = RecordingCourt.deploy(panel, sender)
    token = TestStablecoin.deploy(accounts[0], sender)
    authority.setTargetFunctionRole(panel, [panel.openDispute.signature], ROLES["DESK"], sender)
    registrars = [function.signature for function in (panel.admitArbitrator, panel.removeArbitrator, panel.enrolCourt)]
    authority.setTargetFunctionRole(panel, registrars, ROLES["REGISTRAR"], sender)
    authority.grantRole(ROLES["DESK"], court, 0, sender)
    authority.grantRole(ROLES["REGISTRAR"], person("network registrar"), 0, sender)
    room = PanelRoom(
        authority,
        panel,
        court,
        token,
        tuple(person(f"advocate {i}") for i in range(advocates)),
        tuple(person(f"arbitrator {i}") for i in range(others)),
    )
    for someone in room.everybody:
        panel.admitArbitrator(someone, someone in room.advocates, room.registrar.sends)
    token.mint(room.claimant, 100_000 * TUSD, sender)
    token.approve(panel, 100_000 * TUSD, room.claimant.sends)
    return room
