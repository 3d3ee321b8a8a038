"""Why a node does not join a round, or votes against a proposal. Each code is stable: votes and outcomes name it."""

from enum import StrEnum


class Code(StrEnum):
    """What was wrong, as it is signed in a vote against a proposal and shown in an outcome."""

    VERSIONS_DIFFER = "versions_differ"
    DECISION_DIFFERS = "decision_differs"
    FIELDS_DIFFER = "fields_differ"
    NUMBER_DIFFERS = "number_differs"
    LIMIT_BROKEN = "limit_broken"
    SPREAD_WIDE = "spread_wide"
    SPREAD_OPEN = "spread_open"
    TOO_FEW_OBSERVATIONS = "too_few_observations"
    TOO_FEW_NEAR = "too_few_near"
    PROPOSAL_INVALID = "proposal_invalid"
    REPORT_IMPOSSIBLE = "report_impossible"
    NOT_OBSERVED = "not_observed"
    LOCKED_OTHERWISE = "locked_otherwise"
    NO_PROPOSAL = "no_proposal"
    NO_QUORUM = "no_quorum"
    SILENT = "silent"
    EQUIVOCATED = "equivocated"
    SIGNATURE_MISSING = "signature_missing"


OWN_OBJECTIONS = frozenset({Code.VERSIONS_DIFFER, Code.DECISION_DIFFERS, Code.NUMBER_DIFFERS, Code.FIELDS_DIFFER})
"""Reasons that stand for the whole round: the node saw something else. Others may pass with the next leader."""

WORDS: dict[Code, str] = {
    Code.VERSIONS_DIFFER: "works with another version of model, tables or source",
    Code.DECISION_DIFFERS: "decided otherwise",
    Code.FIELDS_DIFFER: "speaks of other fields",
    Code.NUMBER_DIFFERS: "has a number outside the tolerance",
    Code.LIMIT_BROKEN: "has a number outside the sanity limits",
    Code.SPREAD_WIDE: "finds the observations too far apart for the automatic path",
    Code.SPREAD_OPEN: "holds, or still waits for, observations closer together than those proposed",
    Code.TOO_FEW_OBSERVATIONS: "knows too few observations that agree",
    Code.TOO_FEW_NEAR: "finds too few observations near the median",
    Code.PROPOSAL_INVALID: "holds the proposal for malformed",
    Code.REPORT_IMPOSSIBLE: "can make no report of what was agreed",
    Code.NOT_OBSERVED: "could not observe",
    Code.LOCKED_OTHERWISE: "is bound to an earlier proposal",
    Code.NO_PROPOSAL: "saw no proposal in time",
    Code.NO_QUORUM: "saw no quorum in time",
    Code.SILENT: "said nothing",
    Code.EQUIVOCATED: "said two different things",
    Code.SIGNATURE_MISSING: "gave no signature to what was agreed",
}


class Disagreement(Exception):
    """These observations make no report, or not one this node signs. `fields`: names of what is concerned, in order."""

    def __init__(self, code: Code, fields: tuple[str, ...] = ()) -> None:
        self.code = code
        self.fields = fields
        super().__init__(f"{code.value}: {', '.join(fields)}" if fields else code.value)


class SigningFailed(Exception):
    """No signature was to be had; nothing was said. The message says why and what to do."""


class RoundRefused(Exception):
    """A node does not join or does not say this; `detail` names field, value and remedy.

    Codes: `rules_invalid`, `request_invalid`, `not_in_signer_set`, `said_otherwise`, `bound_by_earlier_request`,
    `request_open`, `message_malformed`, `journal_failed`, `signing_failed`.
    """

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")
