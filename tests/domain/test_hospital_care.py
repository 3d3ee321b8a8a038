"""The hospital-care product as sold and claimed under: its file's numbers and clauses, played on the twin."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from domain.claim import ClaimOutcome, ClaimState
from domain.claim_reports import Decision, LossReport, Notice
from domain.claims_desk import ClaimsDesk
from domain.clauses import clause_proof
from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.indemnity import premium_due
from domain.indemnity_product import IndemnityProduct
from domain.indemnity_reports import (
    IndemnityBinding,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    UnderwritingReport,
)
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, Ppb, TokenUnits
from domain.terms import IndemnityFile
from domain.tiers import tier_of
from tests.domain.samples import hospital_care
from tests.scenarios.twin import COMMITTEE, made_up_address, new_house, nowhere

TUSD = 1_000_000
DAY = 86_400
RATE = Ppb(20_000_000)
BOUND_AT = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp())
NOTICED_AT = int(datetime(2026, 3, 5, 16, tzinfo=UTC).timestamp())  # a Thursday
DUE_AT = int(datetime(2026, 3, 9, 16, tzinfo=UTC).timestamp())  # two working days later, a Monday
ANN = made_up_address("ann")
WORD = bytes(32)


def tusd(amount: int) -> TokenUnits:
    """Whole TUSD in token units."""
    return TokenUnits(amount * TUSD)


@dataclass
class Insurer:
    """An insurer that sells hospital care, with capital for it."""

    file: IndemnityFile
    product: IndemnityProduct
    desk: ClaimsDesk

    def sell(
        self, *, sum_insured: TokenUnits, score: int = 2_000, measure: Measure = Measure.NONE,
        exclusions: int = 0, committee: tuple[str, ...] = (),
    ) -> int:  # fmt: skip
        """A policy at the price its terms ask for; its number."""
        assessment, quote = self._papers(sum_insured, score, measure, exclusions)
        report = UnderwritingReport(31_337, self.product.address, 1, BOUND_AT, BOUND_AT + DAY, WORD, (assessment,))
        members = sorted(map(made_up_address, committee), key=lambda address: int(address, 16))
        signed = IndemnityBinding(0, quote, b"", b"", tuple(members), (b"",) * len(members))
        (policy_id,) = self.product.bind(report, [signed], BOUND_AT)
        return policy_id

    def _papers(
        self, sum_insured: TokenUnits, score: int, measure: Measure, exclusions: int
    ) -> tuple[RiskAssessment, IndemnityQuote]:
        terms, application = self.product.terms, len(self.product.policies) + 1
        tier = tier_of(score, 3_000, terms.tiers.bounds)
        cap = terms.max_sum_insured
        assessment = RiskAssessment(application, score, Bps(3_000), tier, RATE, cap, exclusions, WORD)
        underwriter = made_up_address("underwriter")
        unpriced = IndemnityQuote(
            application, ANN, ZERO_ADDRESS, ANN, underwriter, WORD, sum_insured, TokenUnits(0), exclusions, measure,
            BOUND_AT, BOUND_AT + DAY,
        )  # fmt: skip
        premium = premium_due(sum_insured, RATE, factor_of(terms.tiers, assessment, unpriced), terms.min_premium)
        priced = {name: getattr(unpriced, name) for name in unpriced.__slots__} | {"premium": premium}
        return assessment, IndemnityQuote(**priced)

    def notify(self, policy_id: int, *, coverage: str, peril: str, claimed: TokenUnits) -> int:
        """Notice of a treatment that began a day before; the claim's number."""
        numbers = ([each.id for each in self.file.coverages], [each.id for each in self.file.perils])
        place = (numbers[0].index(coverage), numbers[1].index(peril), NOTICED_AT - DAY)
        return self.desk.notify(Notice(self.product.address, policy_id, *place, claimed, WORD), ANN, NOTICED_AT)

    def report(self, claim_id: int, loss: TokenUnits, *, exclusions: int = 0) -> TokenUnits:
        """The quorum's report, an hour after the notice; paid at once."""
        now = NOTICED_AT + 3_600
        head = (31_337, self.desk.address, 1, now, now + DAY, claim_id, loss, 500, Bps(9_500), exclusions)
        return self.desk.report_loss(LossReport(*head, WORD, WORD, (claim_id.to_bytes(32, "big"),)), now)

    def decide(self, claim_id: int, loss: TokenUnits, at: int, *, reason: int, clause: str) -> TokenUnits:
        """An adjuster's decision; granted."""
        words = next(each for each in self.file.clauses if each.id == clause).words_hash()
        proof = clause_proof(self.file.clauses, clause)
        decision = Decision(claim_id, loss, reason, words, proof, WORD, 0, 0, at + DAY)
        return self.desk.decide(decision, made_up_address("adjuster"), at)


@pytest.fixture
def insurer() -> Insurer:
    """A new insurer with one product and 10 million TUSD."""
    place, file = nowhere(), hospital_care()
    house = new_house(place)
    house.product.terms = file.terms(
        treasury=place.treasury, quorum=place.quorum, desk=place.desk, disbursement=place.disbursement
    )
    house.token.balances[made_up_address("treasurer")] = tusd(10_000_000)
    house.treasury.deposit(made_up_address("treasurer"), tusd(10_000_000))
    house.token.balances[ANN] = tusd(100_000)
    house.desk.set_adjuster_limit(place.treasury, made_up_address("adjuster"), tusd(10_000), tusd(50_000))
    return Insurer(file, house.product, house.desk)


def balance(insurer: Insurer) -> int:
    """What the holder has, token units."""
    return insurer.product.treasury.token.balances[ANN]


def test_hospital_care__low_tier_decided_in_two_working_days__pays_no_interest(insurer: Insurer) -> None:
    policy = insurer.sell(sum_insured=tusd(100_000))
    claim = insurer.notify(policy, coverage="hospital", peril="illness", claimed=tusd(3_000))
    before = balance(insurer)

    granted = insurer.decide(claim, tusd(3_000), DUE_AT, reason=1, clause="C4")

    assert insurer.desk.claims[claim].state is ClaimState.CLOSED
    assert granted == tusd(2_000)  # 80 % of what exceeds 500
    assert balance(insurer) - before == tusd(2_000)


def test_hospital_care__low_tier_decided_ten_days_late__pays_eight_percent_a_year(insurer: Insurer) -> None:
    policy = insurer.sell(sum_insured=tusd(100_000))
    claim = insurer.notify(policy, coverage="hospital", peril="illness", claimed=tusd(3_000))
    before = balance(insurer)

    insurer.decide(claim, tusd(3_000), DUE_AT + 10 * DAY, reason=1, clause="C4")

    assert balance(insurer) - before == tusd(2_000) + 4_383_561


def test_hospital_care__small_clear_claim__is_paid_by_the_machine(insurer: Insurer) -> None:
    policy = insurer.sell(sum_insured=tusd(100_000))
    claim = insurer.notify(policy, coverage="outpatient", peril="accident", claimed=tusd(1_000))

    paid = insurer.report(claim, tusd(1_000))

    assert paid == tusd(665)  # 70 % of what exceeds 50, within 1 % of the sum insured
    assert insurer.desk.claims[claim].outcome is ClaimOutcome.PAID


def test_hospital_care__at_the_machines_limit_and_one_unit_above__pays_and_refers(insurer: Insurer) -> None:
    policy = insurer.sell(sum_insured=tusd(100_000))
    losses = (tusd(6_750), TokenUnits(6_750_000_002))  # 80 % of what exceeds 500: 5,000, and a unit more

    claims = [insurer.notify(policy, coverage="hospital", peril="illness", claimed=loss) for loss in losses]

    assert [insurer.report(claim, loss) for claim, loss in zip(claims, losses, strict=True)] == [tusd(5_000), 0]
    assert insurer.desk.claims[claims[1]].state is ClaimState.REFERRED


def test_hospital_care__stroke_from_hypertension_excluded__is_referred_and_denied_by_that_clause(
    insurer: Insurer,
) -> None:
    excluded = insurer.file.exclusion_bitmap(["stroke-from-hypertension"])
    policy = insurer.sell(sum_insured=tusd(100_000), score=7_000, measure=Measure.EXCLUSION, exclusions=excluded)
    claim = insurer.notify(policy, coverage="hospital", peril="illness", claimed=tusd(3_000))

    assert insurer.report(claim, tusd(3_000), exclusions=excluded) == 0
    assert insurer.desk.claims[claim].state is ClaimState.REFERRED
    granted = insurer.decide(claim, tusd(0), NOTICED_AT + DAY, reason=42, clause="X1")

    assert granted == 0
    assert insurer.desk.claims[claim].outcome is ClaimOutcome.DENIED
    assert [clause.id for clause in insurer.file.excluded(insurer.product.policy(policy).exclusions)] == ["X1"]


def test_hospital_care__illness_within_thirty_days__is_not_insured(insurer: Insurer) -> None:
    policy = insurer.sell(sum_insured=tusd(100_000))
    early = BOUND_AT + 30 * DAY - 1

    with pytest.raises(StepRefused) as refused:
        insurer.desk.notify(Notice(insurer.product.address, policy, 0, 0, early, tusd(1), WORD), ANN, NOTICED_AT)

    assert refused.value.code == "LossOutsideCover"
    assert insurer.desk.notify(
        Notice(insurer.product.address, policy, 0, 1, early, tusd(1), WORD), ANN, NOTICED_AT
    )  # an accident


@pytest.mark.parametrize(
    ("score", "measure", "premium"),
    [
        (5_999, Measure.NONE, 2_000),
        (6_000, Measure.LOADING, 2_400),
        (8_000, Measure.CAP, 2_000),
        (8_000, Measure.EXCLUSION, 2_000),
        (8_001, Measure.EXCLUSION, 2_600),
    ],
)
def test_hospital_care__tier_and_measure__make_the_price(
    insurer: Insurer, score: int, measure: Measure, premium: int
) -> None:
    excluded = 1 if measure is Measure.EXCLUSION else 0

    policy = insurer.sell(sum_insured=tusd(100_000), score=score, measure=measure, exclusions=excluded)

    assert insurer.product.policy(policy).premium == tusd(premium)


@pytest.mark.parametrize(
    ("score", "measure", "sum_insured", "code"),
    [
        (7_000, Measure.CAP, 500_000 * TUSD + 1, "SumInsuredOutOfRange"),
        (2_000, Measure.NONE, 2_000_000 * TUSD + 1, "SumInsuredOutOfRange"),
        (2_000, Measure.NONE, 10_000 * TUSD - 1, "SumInsuredOutOfRange"),
        (7_000, Measure.NONE, 100_000 * TUSD, "MeasureNotAllowed"),
        (8_001, Measure.LOADING, 100_000 * TUSD, "MeasureNotAllowed"),
        (9_001, Measure.EXCLUSION, 100_000 * TUSD, "CommitteeTooSmall"),
    ],
)
def test_hospital_care__what_its_tiers_do_not_allow__is_not_sold(
    insurer: Insurer, score: int, measure: Measure, sum_insured: int, code: str
) -> None:
    with pytest.raises(StepRefused) as refused:
        insurer.sell(
            sum_insured=TokenUnits(sum_insured), score=score, measure=measure,
            exclusions=1 if measure is Measure.EXCLUSION else 0,
        )  # fmt: skip

    assert refused.value.code == code


def test_hospital_care__above_ninety__is_sold_with_the_committees_signatures(insurer: Insurer) -> None:
    policy = insurer.sell(
        sum_insured=tusd(100_000), score=9_001, measure=Measure.EXCLUSION, exclusions=1, committee=COMMITTEE
    )

    assert insurer.product.policy(policy).premium == tusd(2_600)
