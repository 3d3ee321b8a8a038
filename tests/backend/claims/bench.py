"""A bench of arbitrators: admitted by the platform, and ruling with their own keys when they are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from backend.claims.due import DueSteps
from domain.clauses import Clause, clause_proof
from domain.hashing import keccak256
from domain.money import TokenUnits
from domain.panel import DRAW_DELAY_BLOCKS, PanelRuling, commitment
from ledger.bindings import DisputePanel, Ruling
from scripts.rehearsal import account
from tests.backend.claims.office import Office

ARBITRATORS = ("advocate", "arbitrator 1", "arbitrator 2")
_SALT = keccak256(b"salt of a ruling")


def admit(office: Office) -> None:
    """One consumer advocate and two others: just enough for a panel."""
    for name in ARBITRATORS:
        call = DisputePanel.admit_arbitrator(account(name).address, name == ARBITRATORS[0])
        office.stack.insurer.people.send("administrator", office.desk.chain.panel, call)


def mine_draw_blocks(office: Office) -> None:
    """The hash that draws the panel is there."""
    office.stack.rpc.call("anvil_mine", hex(DRAW_DELAY_BLOCKS + 1))


def push_due(office: Office) -> int:
    """The worker looks at all claims, and what it asks for is brought. Returns how many intents it asked for."""
    due = DueSteps(office.database, office.desk)
    asked = sum(due.step() for _ in range(3))
    office.settle()
    return asked


def rule(office: Office, dispute_id: int, awards: Sequence[int], reason: int, clause: Clause) -> None:
    """Everybody drawn commits, then reveals: the awards in the seats' order."""
    people, panel, rpc = office.stack.insurer.people, office.desk.chain.panel, office.stack.rpc
    names = {str(account(name).address): name for name in ARBITRATORS}
    seats = [seat.arbitrator for seat in rpc.eth_call(panel, DisputePanel.seats(dispute_id, 1))]
    for seat, award in zip(seats, awards, strict=True):
        hidden = commitment(dispute_id, seat, PanelRuling(TokenUnits(award), reason, clause.leaf()), _SALT)
        people.send(names[seat], panel, DisputePanel.commit(dispute_id, hidden))
    with office.database.every_tenant() as session:
        clauses = office.desk.shelf.product(session, office.stack.insurer.product).clauses
    proof = clause_proof(clauses, clause.id)
    for seat, award in zip(seats, awards, strict=True):
        shown = Ruling(award, reason, clause.words_hash(), proof, _SALT)
        people.send(names[seat], panel, DisputePanel.reveal(dispute_id, shown))
