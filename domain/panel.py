"""Disputes: who is drawn for a panel, what an arbitrator commits to, and what three rulings decide. Rule S30.

The twin of `DisputePanel`, `ArbitratorBench` and `PanelRule`: with the chain's log anybody draws every panel and
decides every dispute again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import AmountInvalid, Conflict
from domain.hashing import address_word, bytes32, checksum_address, keccak256, word
from domain.money import BPS_WHOLE, Bps, TokenUnits, bps, token_units
from domain.ranges import MAX_UINT64, is_whole

SEATS = 3
REASON_PANEL_SILENT = 900
"""Reason of an award by default, when the panel stayed silent or none could be drawn."""
MAX_REASON_CODE = 2**16 - 1
STRIKES_TO_LEAVE = 2
DRAW_DELAY_BLOCKS = 4
_SAT_BEFORE = 1 << 255


@dataclass(frozen=True, slots=True)
class PanelRuling:
    """What one arbitrator rules: the award in token units, a reason, and the leaf of a clause."""

    award: TokenUnits
    reason_code: int
    clause: bytes


@dataclass(frozen=True, slots=True)
class PanelDecision:
    """How a dispute ended. `revealed` rulings made it; with none the claimant gets all by default."""

    award: TokenUnits
    reason_code: int
    clause: bytes
    revealed: int


@dataclass(frozen=True, slots=True)
class BenchMember:
    """Somebody who may be drawn from `admitted_block` on, and before `removed_block` (None: still)."""

    account: str
    consumer_advocate: bool
    admitted_block: int
    removed_block: int | None = None

    def sits_at(self, block: int) -> bool:
        """Whether they are on the bench at the end of this block."""
        return self.admitted_block <= block and (self.removed_block is None or self.removed_block > block)


def check_ruling(ruling: PanelRuling, *, disputed: TokenUnits) -> None:
    """Refuse what `reveal` would refuse, but for the clause's proof (`domain.clauses.verify_clause`).

    Raises:
        AmountInvalid: More than is disputed, or a reason that is none.
    """
    token_units(ruling.award, "award", most=disputed)
    reason = ruling.reason_code
    if not is_whole(reason, 1, MAX_REASON_CODE) or reason == REASON_PANEL_SILENT:
        problem = f"is not 1 to {MAX_REASON_CODE} without {REASON_PANEL_SILENT}"
        raise AmountInvalid("reason_code", reason, problem, "Name the reason of the ruling")


def decide(
    rulings: Sequence[PanelRuling | None], *, disputed: TokenUnits, second_panel: bool = False
) -> PanelDecision | None:
    """What a panel decided, once its time is over.

    Three rulings: the middle one. Two: half their sum, rounded down, with reason and clause of the lower. One: that
    one. None: a second panel; if that is silent too, the claimant gets all that is disputed.

    Args:
        rulings: Of the three seats in their order, the consumer advocate's first; None where nothing was revealed. Of
            equal rulings the earlier seat's comes first.
        disputed: What the dispute is about, token units.
        second_panel: Whether this panel was the second.
    Returns:
        None when a second panel is to be drawn.
    Raises:
        AmountInvalid: There are not three seats, or a ruling could not have been revealed.
    """
    if len(rulings) != SEATS:
        raise AmountInvalid("rulings", len(rulings), f"are not of {SEATS} seats", "Give None for a silent seat")
    shown = sorted((ruling for ruling in rulings if ruling is not None), key=lambda ruling: ruling.award)
    for ruling in shown:
        check_ruling(ruling, disputed=disputed)
    if not shown:
        return award_by_default(disputed) if second_panel else None
    chosen = shown[1 if len(shown) == SEATS else 0]
    award = chosen.award if len(shown) != 2 else TokenUnits((shown[0].award + shown[1].award) // 2)
    return PanelDecision(award, chosen.reason_code, chosen.clause, len(shown))


def award_by_default(disputed: TokenUnits) -> PanelDecision:
    """All that is disputed: the claimant never pays for the panel's silence."""
    return PanelDecision(disputed, REASON_PANEL_SILENT, bytes(32), 0)


def deposit_returns(decision: PanelDecision) -> bool:
    """Whether the claimant gets the deposit back: on winning anything."""
    return decision.award > 0


def deposit_cap(disputed: TokenUnits, cap_bps: Bps) -> TokenUnits:
    """The most a claimant may be asked to deposit, token units, rounded down.

    Raises:
        AmountInvalid
    """
    return TokenUnits(token_units(disputed, "disputed", most=MAX_UINT64) * bps(cap_bps, "cap_bps") // BPS_WHOLE)


def commitment(dispute_id: int, arbitrator: str, ruling: PanelRuling, salt: bytes) -> bytes:
    """The hash an arbitrator commits to. It has the arbitrator in it, so that nobody else can use it.

    Raises:
        AddressInvalid, AmountInvalid
    """
    words = (
        word(dispute_id), address_word(arbitrator), word(ruling.award), word(ruling.reason_code),
        bytes32(ruling.clause), bytes32(salt),
    )  # fmt: skip
    return keccak256(b"".join(words))


def draw(
    bench: Sequence[BenchMember], *, seed: bytes, bench_block: int, claimant: str, before: Sequence[str] = ()
) -> tuple[str, str, str]:
    """The panel: the consumer advocate and the two others with the lowest ranks.

    A rank is a hash of seed and account, so that one person more or less on the bench moves only their own seat.

    Args:
        seed: From `draw_seed`.
        bench_block: Those on the bench at the end of this block may be drawn.
        claimant: Never on the panel.
        before: The first panel, when this is the second: they rank behind everybody else.
    Raises:
        Conflict: Too few may be drawn.
        AddressInvalid
    """
    barred, sat = checksum_address(claimant), {checksum_address(account) for account in before}

    def rank(account: str) -> int:
        drawn = int.from_bytes(keccak256(seed + address_word(account))) >> 1
        return drawn | (_SAT_BEFORE if account in sat else 0)

    able = [(checksum_address(one.account), one.consumer_advocate) for one in bench if one.sits_at(bench_block)]
    advocates = sorted((account for account, advocate in able if advocate and account != barred), key=rank)
    others = sorted((account for account, advocate in able if not advocate and account != barred), key=rank)
    if not advocates or len(others) < SEATS - 1:
        problem = "has too few who may be drawn"
        raise Conflict("bench", f"{len(advocates)} advocates, {len(others)} others", problem, "Admit some")
    return advocates[0], others[0], others[1]


def draw_seed(block_hash: bytes, dispute_id: int) -> bytes:
    """Seed of a draw: of the hash of the block fixed for it.

    Raises:
        AmountInvalid
    """
    return keccak256(bytes32(block_hash) + word(dispute_id))
