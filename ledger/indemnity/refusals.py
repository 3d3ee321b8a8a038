"""Rule that is broken by a step the twin refuses, by the name of the contract's own error."""

from __future__ import annotations

_BY_RULE = {
    "I3": ("CoverageLimitExceeded", "SumInsuredExceeded", "LimitsInUse"),
    "I4": ("ClaimNotInState", "PayoutNotInState"),
    "I8": ("CapitalTooSmall", "TreasuryPaused"),
    "I9": ("MachineCannotDeny",),
    "I10": ("ReasonMissing", "ClauseNotProven"),
    "I13": (
        "ReportForOtherContract", "ReportExpired", "ReportFromFuture", "ReportSizeInvalid", "ReportBeforeNotice",
        "ApplicationUsed", "ApplicationMismatch", "AssessmentMissing", "QuoteExpired", "OrderPastValidity",
        "SequenceMismatch", "ReferenceUsed",
    ),
    "I14": (
        "AdjusterRequired", "UnderwriterNotAuthorised", "CommitteeMemberInvalid", "ClaimantRequired", "ClaimantInvalid",
    ),
    "I15": ("PanelDecisionFinal", "ClaimSuperseded"),
    "I16": ("ReserveTooSmall", "ReserveAboveWorth"),
    "I17": ("ExposureTooSmall",),
    "S13": ("PremiumNotAsPriced", "PremiumTooHigh"),
    "S14": ("PremiumTooSmall", "PolicyEnded"),
    "S15": (
        "EndorsementsExhausted", "EffectiveTimeInvalid", "EndorsementNeedsReport", "SumInsuredAboveCap",
        "SumInsuredInUse", "PremiumChangeMismatch",
    ),
    "S18": ("TierMismatch",),
    "S19": (
        "RiskRefused", "MeasureNotAllowed", "SumInsuredOutOfRange", "ExclusionsMismatch", "RenewalInvalid",
        "CommitteeTooSmall", "CommitteeOrderInvalid", "HolderInvalid", "BeneficiaryInvalid", "PayerInvalid",
        "StartTooLate", "SaleSuspended", "BindingCountInvalid",
    ),
    "S20": (
        "NoticeTooLate", "PerilNotCovered", "CoverageUnknown", "LossInFuture", "LossOutsideCover", "ClaimsExhausted",
        "PolicyAlreadyClosed", "PolicyStillOpen", "ClaimNotFinal", "ClaimedNothing",
    ),
    "S23": ("ReopeningsExhausted", "WindowClosed", "WindowOpen", "PauseInvalid", "PauseTooSoon", "NotPaused"),
    "S24": (
        "DecisionExpired", "LossAboveClaimed", "SecondSignatureRequired", "SecondSignatureInvalid", "OwnClaim",
        "AuthorityExceeded", "DailyAuthorityExceeded", "InstalmentsInvalid", "InstalmentNotDue", "NoInstalments",
    ),
    "S25": ("DeadlineNotPassed", "NothingDisputed"),
    "S31": (
        "PayoutNotFree", "PayeeRequired", "ReceiptMismatch", "ReceiptSignatureInvalid", "InstitutionUnknown",
        "InstitutionIsSuspended", "InstitutionNotSuspended", "TokenNotAccepted", "PayoutLimitExceeded",
        "DayLimitExceeded", "CurrencyInvalid", "ReceiptIncomplete", "RecipientInvalid", "PremiumNotCollected",
        "PremiumExpired", "PremiumHolderWrong", "PremiumTokenWrong", "CollectionTooSmall", "PremiumStillValid",
        "PremiumAlreadyCollected", "CollectionTimeInvalid", "InstitutionKeysInvalid", "InstitutionLimitsInvalid",
        "ReceiptSecondsInvalid", "RefusalReasonMissing", "AmountZero",
    ),
}  # fmt: skip
_RULES = {code: rule for rule, codes in _BY_RULE.items() for code in codes}


def rule_of(code: str) -> str:
    """The rule a refusal stands for; I7 where the events cannot follow each other for no better reason."""
    return _RULES.get(code, "I7")
