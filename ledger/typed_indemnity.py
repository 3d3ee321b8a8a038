"""EIP-712 digests of what is signed about indemnity policies.

The type strings equal those of `contracts/libraries/TypedIndemnity.sol`; a test holds every digest against
eth-account's own encoder and against the contract.
"""

from __future__ import annotations

from dataclasses import astuple
from functools import cache
from typing import Any

from faster_eth_abi.abi import encode

from domain.hashing import keccak256
from domain.indemnity_reports import Cancellation, Endorsement, IndemnityQuote, UnderwritingReport
from ledger.typed_data import digest, domain_separator, type_hash

RISK_ASSESSMENT_TYPE = (
    "RiskAssessment(uint256 applicationId,uint16 score,uint16 lossRatioBps,uint8 tier,uint32 ratePpb,"
    "uint64 sumInsuredCap,uint32 exclusions,bytes32 commitment)"
)
UNDERWRITING_REPORT_TYPE = (
    "UnderwritingReport(uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,"
    "bytes32 modelHash,RiskAssessment[] assessments)" + RISK_ASSESSMENT_TYPE
)
INDEMNITY_QUOTE_FIELDS = (
    "(uint256 applicationId,address holder,address beneficiary,address payer,address underwriter,bytes32 subject,"
    "uint64 sumInsured,uint64 premium,uint32 exclusions,uint8 measure,uint40 startsAt,uint40 validUntil,uint64 renews)"
)
INDEMNITY_QUOTE_TYPE = "IndemnityQuote" + INDEMNITY_QUOTE_FIELDS
INDEMNITY_ACCEPTANCE_TYPE = "IndemnityAcceptance" + INDEMNITY_QUOTE_FIELDS
ENDORSEMENT_TYPE = (
    "Endorsement(uint256 policyId,uint16 sequence,uint64 sumInsured,uint64 premiumChange,uint32 exclusions,"
    "address beneficiary,address underwriter,uint40 effectiveAt,uint40 validUntil)"
)
CANCELLATION_TYPE = "Cancellation(uint256 policyId,uint16 sequence,uint40 validUntil)"


def underwriting_report_digest(report: UnderwritingReport) -> bytes:
    """What oracle nodes sign of an underwriting report: bound to the chain and product it names."""
    leaves = b"".join(struct_hash(RISK_ASSESSMENT_TYPE, *astuple(a)) for a in report.assessments)
    head = (report.chain_id, report.product, report.signer_epoch, report.observed_at, report.valid_until)
    hashed = struct_hash(UNDERWRITING_REPORT_TYPE, *head, report.model_hash, keccak256(leaves))
    return digest(domain_separator(report.chain_id, report.product), hashed)


def indemnity_quote_digest(quote: IndemnityQuote, *, chain_id: int, product: str) -> bytes:
    """What underwriter and committee sign."""
    return digest(domain_separator(chain_id, product), struct_hash(INDEMNITY_QUOTE_TYPE, *astuple(quote)))


def indemnity_acceptance_digest(quote: IndemnityQuote, *, chain_id: int, product: str) -> bytes:
    """What the holder signs: the same words under another type name."""
    return digest(domain_separator(chain_id, product), struct_hash(INDEMNITY_ACCEPTANCE_TYPE, *astuple(quote)))


def endorsement_digest(order: Endorsement, *, chain_id: int, product: str) -> bytes:
    """What underwriter and holder sign of a change to a policy."""
    return digest(domain_separator(chain_id, product), struct_hash(ENDORSEMENT_TYPE, *astuple(order)))


def cancellation_digest(order: Cancellation, *, chain_id: int, product: str) -> bytes:
    """What a holder signs to end a policy."""
    return digest(domain_separator(chain_id, product), struct_hash(CANCELLATION_TYPE, *astuple(order)))


def struct_hash(type_string: str, *values: Any) -> bytes:
    """EIP-712 struct hash of a type whose fields are single words; a hash stands in for an array."""
    return keccak256(encode(["bytes32", *_word_types(type_string)], [type_hash(type_string), *values]))


@cache
def _word_types(type_string: str) -> tuple[str, ...]:
    """Types of the first struct in a type string, arrays as the hash they are encoded as."""
    fields = type_string[type_string.index("(") + 1 : type_string.index(")")].split(",")
    kinds = (field.split(" ")[0] for field in fields)
    return tuple("bytes32" if kind.endswith("[]") or kind == "string" else kind for kind in kinds)
