"""Claims as they are kept: how they are paid, how they close, what can be disputed. Twin of `ClaimFile.sol`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.claim import Claim, ClaimDeadlines, ClaimState
from domain.claim_clock import late_seconds
from domain.claim_ids import claim_id as claim_id_of
from domain.claim_ids import split_claim_id
from domain.errors import StepRefused
from domain.indemnity_policy import IndemnityPolicy
from domain.indemnity_product import IndemnityProduct
from domain.indemnity_terms import ClaimRules
from domain.money import BPS_WHOLE, Bps, TokenUnits
from domain.panel import deposit_cap
from domain.treasury_accounts import ClaimPayment

NOTHING = TokenUnits(0)
MAX_AWARD_WAIT_SECONDS = 365 * 86_400


@dataclass(slots=True)
class ClaimFiles:
    """The claims of all insurers.

    Attributes:
        address, panel: Of the desk, and of the dispute panel.
        deposit_cap_bps: The most a deposit may be of what is disputed, as the panel says.
        oracle: Accounts that sign for the oracle.
        incidents: Nullifier → the claim it was first named for.
        may_register: Whether the register of incidents takes the desk's word.
        institutions: Those that take payouts now.
    """

    address: str
    panel: str
    deposit_cap_bps: Bps
    products: Mapping[str, IndemnityProduct]
    oracle: Collection[str] = ()
    claims: dict[int, Claim] = field(default_factory=dict)
    incidents: dict[bytes, int] = field(default_factory=dict)
    institutions: set[int] = field(default_factory=set)
    may_register: bool = True

    def open(self, claim_id: int, least: ClaimState, most: ClaimState) -> Claim:
        """A claim, if it is in one of the states from `least` to `most`.

        Raises:
            StepRefused: `ClaimNotInState`.
        """
        claim = self.claims.get(claim_id)
        state = claim.state if claim else ClaimState.NONE
        if claim is None or not least <= state <= most:
            raise StepRefused("ClaimNotInState", claim_id=claim_id, state=state)
        return claim

    def payable(self, claim: Claim, loss: TokenUnits) -> TokenUnits:
        """Still payable for a loss under this claim, instalments that are to come included. S11, S12."""
        product, policy = self.place(claim.claim_id)
        return policy.payable(product.terms, claim.cause, loss, claim.reserve, claim.paid)

    def disputed(self, claim: Claim) -> TokenUnits:
        """What was not granted and can be disputed, whatever is reserved for other claims."""
        return TokenUnits(self.worth_apart(claim) - claim.instalments_left)

    def worth_apart(self, claim: Claim, *, award_at: int | None = None) -> TokenUnits:
        """Payable for all that was claimed if other claims on the policy had reserved nothing. Rule S24.

        Of the others only what was paid, or is promised in instalments, counts.

        Args:
            claim: The claim.
            award_at: When the panel's award comes, unix seconds; None: it is no award. An award does not wait for
                claims that came before the panel later than this one, and not longer than a year.
        """
        product, policy = self.place(claim.claim_id)
        use, ordinal = policy.use, split_claim_id(claim.claim_id)[2]
        waits = award_at is None or award_at <= claim.clock_from + MAX_AWARD_WAIT_SECONDS
        for number in range(policy.use.claims) if waits else ():
            other = self.claims.get(claim_id_of(product.address, policy.policy_id, number))
            if other is None or number == ordinal:
                continue
            if award_at is not None and number > ordinal and other.state is ClaimState.DISPUTED:
                continue
            coverage = other.cause.coverage
            still = use.units[coverage] - (other.reserve - other.instalments_left)
            use = use.with_used(coverage, TokenUnits(still))
        place = (product.terms, claim.cause, claim.claimed, claim.reserve, claim.paid)
        return policy.payable(*place, use=use)

    def deposit_for(self, claim: Claim, disputed: TokenUnits) -> TokenUnits:
        """What a claimant puts down to dispute. Rule S25."""
        rules = self.rules(claim)
        deposit = min(disputed * rules.deposit_bps // BPS_WHOLE, rules.deposit_cap)
        return TokenUnits(min(deposit, deposit_cap(disputed, self.deposit_cap_bps)))

    def deadlines(self, claim_id: int, now: int) -> ClaimDeadlines:
        """Until when who has to do what. Rule S23.

        Raises:
            StepRefused: `ClaimNotInState`.
        """
        claim = self.open(claim_id, ClaimState.NOTICED, ClaimState.CLOSED)
        return claim.deadlines(self.rules(claim), self.place(claim_id)[1].tier, self.paused_seconds(claim, now))

    def is_final(self, claim_id: int, now: int) -> bool:
        """Whether nothing can happen to the claim any more."""
        claim = self.claims.get(claim_id)
        if claim is None or claim.state is not ClaimState.CLOSED:
            return False
        return not claim.can_be_reopened or now > self.deadlines(claim_id, now).reopen

    def place(self, claim_id: int) -> tuple[IndemnityProduct, IndemnityPolicy]:
        """Product and policy of a claim."""
        address, policy_id, _ = split_claim_id(claim_id)
        product = self.products[address]
        return product, product.policy(policy_id)

    def rules(self, claim: Claim) -> ClaimRules:
        """How claims like this one are handled."""
        return self.place(claim.claim_id)[0].terms.claims

    def paused_seconds(self, claim: Claim, now: int) -> int:
        """How long the claim's treasury was paused since the claim's clock started."""
        return self.place(claim.claim_id)[0].treasury.paused_seconds_since(claim.clock_from, now)

    def lateness(self, claim: Claim, now: int) -> int:
        """Seconds since the insurer should have decided. Rule S17."""
        tier = self.place(claim.claim_id)[1].tier
        return late_seconds(claim.decide_by(self.rules(claim), tier, self.paused_seconds(claim, now)), now)

    def pay(
        self,
        claim: Claim,
        state: ClaimState,
        indemnity: TokenUnits,
        interest: TokenUnits,
        reserve: TokenUnits,
        now: int,
    ) -> None:
        """Pays what is granted and puts the claim into its next state; `reserve` is what stays reserved.

        Raises:
            StepRefused: What product and treasury refuse with.
        """
        before = claim.reserve
        claim.paid, claim.reserve = TokenUnits(claim.paid + indemnity), reserve
        claim.enter(state, now)
        product, policy = self.place(claim.claim_id)
        if indemnity == 0:
            if before != reserve:
                product.change_reserve(policy.policy_id, claim.cause, before, reserve)
            return
        via = product.terms.disbursement if claim.institution in self.institutions else ""
        payment = ClaimPayment(claim.claimant, before, reserve, indemnity, interest, via)
        product.pay_claim(policy.policy_id, claim.cause, payment, now)
