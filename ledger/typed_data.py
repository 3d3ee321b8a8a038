"""EIP-712 digests of all that is signed, and secp256k1 signatures over them.

The type strings equal those of `contracts/libraries/TypedReports.sol`; a test holds every digest against
eth-account's own encoder and against the contract. Source: EIP-712, EIP-2612.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from coincurve import PrivateKey, PublicKey
from faster_eth_abi.abi import encode

from domain.hashing import keccak256
from domain.reports import Assessment, EventReport, Measurement, Quote, RiskReport
from ledger.codec import checksum

DOMAIN_NAME = "Quittance"
DOMAIN_VERSION = "1"
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
ASSESSMENT_TYPE = (
    "Assessment(uint256 applicationId,uint256 eventId,uint40 occursAt,uint32 expectedSharePpb,"
    "uint96 sumInsuredCap,bytes32 commitment)"
)
RISK_REPORT_TYPE = (
    "RiskReport(uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,"
    "bytes32 modelHash,Assessment[] assessments)" + ASSESSMENT_TYPE
)
MEASUREMENT_TYPE = "Measurement(uint256 eventId,uint8 outcome,int32 value)"
EVENT_REPORT_TYPE = (
    "EventReport(uint256 chainId,address product,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,"
    "bytes32 sourceHash,Measurement[] measurements)" + MEASUREMENT_TYPE
)
QUOTE_FIELDS = (
    "(uint256 applicationId,address holder,address underwriter,string insuredEvent,uint40 occursAt,"
    "uint96 sumInsured,uint96 premium,uint40 validUntil)"
)
QUOTE_TYPE = "Quote" + QUOTE_FIELDS
ACCEPTANCE_TYPE = "Acceptance" + QUOTE_FIELDS
PERMIT_TYPE = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"


class SignatureInvalid(ValueError):
    """The bytes are no signature: wrong length, out of range, or the high one of the two."""


@cache
def type_hash(type_string: str) -> bytes:
    """keccak256 of a type string."""
    return keccak256(type_string.encode())


@cache
def domain_separator(chain_id: int, contract: str, *, name: str = DOMAIN_NAME, version: str = DOMAIN_VERSION) -> bytes:
    """EIP-712 domain separator of a contract on a chain."""
    values = [type_hash(DOMAIN_TYPE), keccak256(name.encode()), keccak256(version.encode()), chain_id, contract]
    return keccak256(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values))


def digest(separator: bytes, struct_hash: bytes) -> bytes:
    """What is signed of a struct in a domain."""
    return keccak256(b"\x19\x01" + separator + struct_hash)


def _assessment_hash(a: Assessment) -> bytes:
    types = ["bytes32", "uint256", "uint256", "uint40", "uint32", "uint96", "bytes32"]
    values = [a.application_id, a.event_id, a.occurs_at, a.expected_share_ppb, a.sum_insured_cap, a.commitment]
    return keccak256(encode(types, [type_hash(ASSESSMENT_TYPE), *values]))


def _measurement_hash(m: Measurement) -> bytes:
    types = ["bytes32", "uint256", "uint8", "int32"]
    return keccak256(encode(types, [type_hash(MEASUREMENT_TYPE), m.event_id, int(m.outcome), m.value]))


def _report_hash(report_type: str, report: RiskReport | EventReport, origin: bytes, leaves: list[bytes]) -> bytes:
    types = ["bytes32", "uint256", "address", "uint32", "uint40", "uint40", "bytes32", "bytes32"]
    values = [report.chain_id, report.product, report.signer_epoch, report.observed_at, report.valid_until]
    return keccak256(encode(types, [type_hash(report_type), *values, origin, keccak256(b"".join(leaves))]))


def risk_report_digest(report: RiskReport) -> bytes:
    """What oracle nodes sign of a risk report: bound to the chain and product it names."""
    leaves = [_assessment_hash(a) for a in report.assessments]
    struct_hash = _report_hash(RISK_REPORT_TYPE, report, report.model_hash, leaves)
    return digest(domain_separator(report.chain_id, report.product), struct_hash)


def event_report_digest(report: EventReport) -> bytes:
    """What oracle nodes sign of an event report: bound to the chain and product it names."""
    leaves = [_measurement_hash(m) for m in report.measurements]
    struct_hash = _report_hash(EVENT_REPORT_TYPE, report, report.source_hash, leaves)
    return digest(domain_separator(report.chain_id, report.product), struct_hash)


def _quote_hash(type_string: str, quote: Quote) -> bytes:
    types = ["bytes32", "uint256", "address", "address", "bytes32", "uint40", "uint96", "uint96", "uint40"]
    event = keccak256(quote.insured_event.encode())
    parties = [quote.application_id, quote.holder, quote.underwriter]
    amounts = [quote.occurs_at, quote.sum_insured, quote.premium, quote.valid_until]
    return keccak256(encode(types, [type_hash(type_string), *parties, event, *amounts]))


def quote_digest(quote: Quote, *, chain_id: int, product: str) -> bytes:
    """What the underwriter signs."""
    return digest(domain_separator(chain_id, product), _quote_hash(QUOTE_TYPE, quote))


def acceptance_digest(quote: Quote, *, chain_id: int, product: str) -> bytes:
    """What the holder signs: the same words under another type name."""
    return digest(domain_separator(chain_id, product), _quote_hash(ACCEPTANCE_TYPE, quote))


def permit_digest(
    *, token: str, token_name: str, chain_id: int, owner: str, spender: str, value: int, nonce: int, deadline: int
) -> bytes:
    """What a token holder signs for an EIP-2612 permit; `value` in token units, `deadline` in unix seconds."""
    types = ["bytes32", "address", "address", "uint256", "uint256", "uint256"]
    struct_hash = keccak256(encode(types, [type_hash(PERMIT_TYPE), owner, spender, value, nonce, deadline]))
    return digest(domain_separator(chain_id, token, name=token_name), struct_hash)


def sign_digest(private_key: bytes, digest: bytes) -> bytes:
    """65-byte signature r ‖ s ‖ v (27 or 28), deterministic (RFC 6979), always the low s."""
    signature = PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    return signature[:64] + bytes([signature[64] + 27])


def recover(digest: bytes, signature: bytes) -> str:
    """Address that signed a digest. Refuses what OpenZeppelin's ECDSA refuses.

    Raises:
        SignatureInvalid: Not 65 bytes, v is neither 27 nor 28, s is in the upper half, or no key fits.
    """
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise SignatureInvalid(f"a signature has 65 bytes and ends in 27 or 28, this has {len(signature)}")
    if int.from_bytes(signature[32:64], "big") > SECP256K1_ORDER // 2:
        raise SignatureInvalid("the signature's s is in the upper half of the order")
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception and ValueError alike
        raise SignatureInvalid(f"no key fits the signature: {error}") from error
    return address_of(key)


def address_of(key: PublicKey) -> str:
    """Checksummed address of a public key."""
    return checksum("0x" + keccak256(key.format(compressed=False)[1:])[12:].hex())


def sort_signatures(digest: bytes, signatures: Sequence[bytes]) -> list[bytes]:
    """Signatures by ascending signer, one for each signer, as `OracleQuorum` wants them."""
    by_signer = {int(recover(digest, signature), 16): signature for signature in signatures}
    return [by_signer[signer] for signer in sorted(by_signer)]
