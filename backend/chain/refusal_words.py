"""What to do when a contract refuses, by the name of its error, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REFUSAL_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "AcceptanceInvalid": (
            "The holder did not sign exactly this: sign its typed data with the holder's key.",
            "持有人未就此内容签名：请用持有人密钥签署所给的结构化数据。",
        ),
        "ApplicationUsed": (
            "The application was bound before: a quote makes one policy.",
            "该投保申请已承保：一份报价只能生成一份保单。",
        ),
        "BeneficiaryInvalid": (
            "The beneficiary cannot be paid: name another account, or none.",
            "受益人账户不可用：请另行指定，或不指定。",
        ),
        "CapitalTooSmall": (
            "The insurer's free capital does not cover the exposure: wait until the treasurer adds capital.",
            "保险人可用资本不足以覆盖风险：请等待资金主管增资。",
        ),
        "CommitteeMemberInvalid": (
            "A signer is not of the underwriting committee on the chain: have the administrator grant the role.",
            "签名人不是链上的核保委员会成员：请管理员授予角色。",
        ),
        "CommitteeSignatureInvalid": (
            "A member of the committee did not sign this quote: have it signed again.",
            "委员会成员未签署本报价：请重新签署。",
        ),
        "CommitteeTooSmall": (
            "Above the committee's score three members must sign: have the others sign.",
            "超过委员会评分线须三名委员签署：请其他委员签署。",
        ),
        "DeskNotEnrolled": (
            "The claims desk is not enrolled with its panel: ask the platform's registrar.",
            "理赔合约未在评审组登记：请联系平台登记员。",
        ),
        "ERC20InsufficientAllowance": (
            "The premium is not allowed: approve it for the treasury, or sign a permit where one is taken.",
            "未授权支付保险费：请授权金库合约扣款，或在允许处签署许可。",
        ),
        "ERC20InsufficientBalance": (
            "The holder's balance does not cover the premium: fund the account.",
            "持有人余额不足以支付保险费：请向账户充值。",
        ),
        "EffectiveTimeInvalid": (
            "A change takes effect after now and the change before it, and before the policy ends: choose such a time.",
            "变更须在当前时间及上次变更之后、保单终止之前生效：请另选时间。",
        ),
        "EndorsementNeedsReport": (
            "Only a low risk is insured higher, or with fewer exclusions, without a new assessment: apply anew.",
            "仅低风险可不经重新评估提高保额或减少除外：请重新投保。",
        ),
        "EndorsementsExhausted": (
            "A policy is changed sixteen times at most: apply for a new one.",
            "一份保单最多变更十六次：请另行投保。",
        ),
        "EventAlreadyClosed": ("The event's outcome is final already.", "该事件结果已最终确定。"),
        "EventExposureTooLarge": (
            "The product insures no more on this event: choose a smaller sum or another event.",
            "本产品对该事件的承保已满：请降低保额或选择其他事件。",
        ),
        "ExclusionsMismatch": (
            "The quote excludes other clauses than its measure asks for: have it quoted anew.",
            "报价所列除外与处理措施不符：请重新报价。",
        ),
        "HolderInvalid": ("The holder cannot hold a policy: name another account.", "持有人账户不可用：请另行指定。"),
        "MeasureNotAllowed": (
            "The tier does not allow this measure: decide again.",
            "该风险等级不允许此处理措施：请重新决定。",
        ),
        "OrderPastValidity": ("The order's time is past: ask for a new one.", "指令已过有效期：请重新申请。"),
        "PayerInvalid": (
            "Only the holder, or the institution the terms name, pays the premium: pay from the holder's account.",
            "仅持有人或条款指定的机构可支付保险费：请由持有人账户支付。",
        ),
        "PolicyEnded": ("The policy has ended: apply for a new one.", "保单已终止：请重新投保。"),
        "PolicyUnknown": ("There is no such policy: check product and number.", "没有该保单：请核对产品和编号。"),
        "PremiumChangeMismatch": (
            "The price is not what the terms give at that time: ask for the change anew.",
            "价格与条款不符：请重新申请变更。",
        ),
        "PremiumNotAsPriced": (
            "The premium is not what terms and assessment give: have it quoted anew.",
            "保险费与条款及评估不符：请重新报价。",
        ),
        "PremiumTooHigh": (
            "The premium reaches the sum insured: there is nothing to insure.",
            "保险费已达保险金额，无可承保。",
        ),
        "ProductExists": (
            "A product with these very terms stands there already: look it up, or change the version.",
            "相同条款的产品已存在：请查询，或更改版本号。",
        ),
        "ProductManagerRequired": (
            "The key that sends it is no product manager of this insurer: have it made one.",
            "发送密钥不是该保险人的产品经理：请授予角色。",
        ),
        "QuoteExpired": ("The quote's time is past: ask for a new one.", "报价已过期：请重新报价。"),
        "RenewalInvalid": (
            "A policy is renewed by its own holder, once, before it ends and unless it was cancelled: apply for a new "
            "policy.",
            "保单仅可由其持有人在到期前续保一次，且未曾退保：请另行投保。",
        ),
        "ReportExpired": ("The risk report's time is past: ask for a new quote.", "风险报告已过期：请重新报价。"),
        "RiskRefused": ("The product does not insure high risks: take another.", "本产品不承保高风险：请另选产品。"),
        "SaleClosed": (
            "Sale for this event is closed or not open yet: choose an event within the lead times.",
            "该事件已停售或尚未开售：请在提前期内选择事件。",
        ),
        "SaleSuspended": (
            "Sale of this product is suspended: try again when it has resumed.",
            "本产品已暂停销售：请在恢复后重试。",
        ),
        "SequenceMismatch": (
            "The policy was changed since: ask for the order anew.",
            "保单此后已变更：请重新申请。",
        ),
        "ServiceNotAdmitted": (
            "A contract the terms name is not admitted by the platform: ask its registrar.",
            "条款所列合约未获平台准入：请联系登记员。",
        ),
        "StartTooLate": (
            "Cover starts later than the product sells ahead: come back nearer to the start.",
            "起保时间超出可预售期：请临近起保时再办理。",
        ),
        "SumInsuredAboveCap": (
            "The assessment bears no more than its cap: choose a smaller sum, or apply anew.",
            "评估所允许的保额上限不足：请降低保额，或重新投保。",
        ),
        "SumInsuredInUse": (
            "More is paid or reserved under the policy than the new sum insured: choose a higher one.",
            "已付或已备付金额超过新保额：请提高保额。",
        ),
        "SumInsuredOutOfRange": (
            "The sum insured lies outside what terms and assessment allow: choose one between.",
            "保险金额超出条款及评估允许的范围：请在范围内选择。",
        ),
        "TermOutOfRange": (
            "A term is outside what the factory allows: correct the product file.",
            "条款参数超出工厂合约允许的范围：请更正产品文件。",
        ),
        "TierMismatch": (
            "The tier is not what score and loss ratio give: have it assessed anew.",
            "风险等级与评分及赔付率不符：请重新评估。",
        ),
        "TreasuryPaused": (
            "The treasury binds and pays nothing for now: try again when it has resumed.",
            "金库暂停承保与支付：请在恢复后重试。",
        ),
        "TreasuryUnknown": (
            "The treasury is none of the registry's: check the insurer's address.",
            "该金库不在登记册中：请核对保险人地址。",
        ),
        "UnderwriterNotAuthorised": (
            "The underwriter is not authorised by this insurer: ask the administrator.",
            "核保人未获该保险人授权：请联系管理员。",
        ),
        "UnderwriterSignatureInvalid": (
            "The underwriter did not sign exactly this: have it made anew.",
            "核保人未就此内容签名：请重新出具。",
        ),
    }
)
"""Each sentence ends in a remedy. Errors that are not here are told by their name."""


def words_of(name: str) -> tuple[str, str]:
    """The sentence for an error of a contract, in both languages."""
    if name in REFUSAL_WORDS:
        return REFUSAL_WORDS[name]
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return f"The contract refused: {spaced}.", f"合约拒绝：{name}。"
