"""What customers are told about their cases, in words of both languages (manual R8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backend.notices.kinds import Language
from backend.notices.writing import Value, money
from backend.underwriting.ports import SoldProduct
from domain.indemnity_reports import Measure
from domain.tiers import RiskTier
from domain.underwriting_case import Case
from domain.underwriting_decision import Conditions, Verdict
from domain.underwriting_grounds import GROUNDS
from domain.underwriting_steps import CaseOutcome

TIERS: Mapping[RiskTier, Mapping[Language, str]] = {
    RiskTier.LOW: {Language.EN: "low", Language.ZH: "低风险"},
    RiskTier.MEDIUM: {Language.EN: "medium", Language.ZH: "中风险"},
    RiskTier.HIGH: {Language.EN: "high", Language.ZH: "高风险"},
}


def decision_values(
    case: Case, product: SoldProduct, explanation: Mapping[str, tuple[str, ...]], how_to_object: Mapping[str, str]
) -> Callable[[Language], Mapping[str, Value]]:
    """Values of the notice of a decision, by language: tier, basis, measure, reason and how to object."""
    decision, assessment = case.decided(), case.assessed()
    ground = GROUNDS.get(decision.ground)

    def values(language: Language) -> Mapping[str, Value]:
        return {
            "case": str(case.case_id),
            "accepted": decision.verdict is Verdict.ACCEPT,
            "tier": TIERS[assessment.tier][language],
            "basis": basis(case, explanation, language),
            "measure": measure(decision.conditions, product, language),
            "reason": decision.reason,
            "ground": ground.texts[language] if ground else "",
            "ground_basis": ground.bases[language] if ground else "",
            "how_to_object": how_to_object[language],
        }

    return values


def basis(case: Case, explanation: Mapping[str, tuple[str, ...]], language: Language) -> str:
    """What the tier rests on: the two measures, and why they are what they are."""
    assessment = case.assessed()
    score, ratio = f"{assessment.score / 100:.2f}", f"{assessment.loss_ratio_bps / 100:.2f}"
    if language is Language.ZH:
        first = f"风险评分{score}分（满分100分），预期赔付率{ratio}%。"
    else:
        first = f"a risk score of {score} out of 100 and an expected loss ratio of {ratio} %."
    why = " ".join(explanation.get(language, ()))
    return f"{first} {why}".strip()[:4_000]


def corrected(case: Case, product: SoldProduct, language: Language) -> str:
    """What a case that supersedes another came to: tier and measure, or that it is declined, withdrawn or lapsed."""
    tier, zh = TIERS[case.assessed().tier][language], language is Language.ZH
    if case.outcome is CaseOutcome.ACCEPTED:
        taken = measure(case.decided().conditions, product, language)
        return f"风险等级为{tier}，承保措施为{taken}。" if zh else f"your tier is {tier}, the measure {taken}."
    if case.outcome is CaseOutcome.DECLINED:
        return f"风险等级为{tier}，不予承保。" if zh else f"your tier is {tier}, and we cannot accept the application."
    return "申请已撤回或终止。" if zh else "the application was withdrawn or has lapsed."


def measure(conditions: Conditions, product: SoldProduct, language: Language) -> str:
    """The measure taken, with its figures."""
    zh = language is Language.ZH
    match conditions.measure:
        case Measure.NONE:
            return "标准费率承保" if zh else "standard rate"
        case Measure.LOADING:
            percent = f"{conditions.loading_bps / 100:g}"
            return f"加收保险费{percent}%" if zh else f"premium loading of {percent} %"
        case Measure.CAP:
            most = money(language, conditions.cap_minor or 0, product.currency)
            return f"保险金额以{most}为限" if zh else f"sum insured of at most {most}"
        case Measure.EXCLUSION:
            texts = [product.exclusions.get(code, {}).get(language, code) for code in conditions.exclusions]
            return ("除外责任：" if zh else "not insured: ") + "; ".join(texts)
