"""Names of events, policies and applications, and how an event can end. Twin of `contracts/libraries/PolicyIds.sol`."""

from collections.abc import Mapping
from enum import IntEnum

from domain.errors import EventTextInvalid, IdentifierInvalid
from domain.hashing import bytes32, canonical_json, keccak256, utf8
from domain.ranges import is_whole

ORDINAL_BITS = 32
EVENT_ID_BITS = 224
APPLICATION_INDEX_BITS = 8
APPLICATION_BATCH_BITS = 248
MAX_EVENT_TEXT_BYTES = 128


class Outcome(IntEnum):
    """How an insured event ended. A final record: it leaves OPEN once and never changes again."""

    OPEN = 0
    MEASURED = 1
    CANCELLED = 2
    DIVERTED = 3
    NOT_REPORTED = 4


def event_id(insured_event: str) -> int:
    """Id of an event from its canonical text: the upper 224 bits of its keccak.

    Raises:
        EventTextInvalid: The text is empty or longer than 128 bytes of UTF-8.
        AmountInvalid: It has no UTF-8.
    """
    data = utf8(insured_event)
    if not 1 <= len(data) <= MAX_EVENT_TEXT_BYTES:
        problem = f"has {len(data)} bytes, and 1 to {MAX_EVENT_TEXT_BYTES} are allowed"
        raise EventTextInvalid("insured_event", insured_event, problem, "Use the product's canonical text")
    return int.from_bytes(keccak256(data), "big") >> ORDINAL_BITS


def policy_id(event_id: int, ordinal: int) -> int:
    """Id of the policy bound as number `ordinal` (from 0) on an event.

    Raises:
        IdentifierInvalid: `event_id` exceeds 224 bits or `ordinal` 32.
    """
    _check_bits("event_id", event_id, EVENT_ID_BITS)
    _check_bits("ordinal", ordinal, ORDINAL_BITS)
    return (event_id << ORDINAL_BITS) | ordinal


def split_policy_id(policy_id: int) -> tuple[int, int]:
    """Event id and ordinal of a policy id.

    Raises:
        IdentifierInvalid: `policy_id` exceeds 256 bits.
    """
    _check_bits("policy_id", policy_id, EVENT_ID_BITS + ORDINAL_BITS)
    return policy_id >> ORDINAL_BITS, policy_id & ((1 << ORDINAL_BITS) - 1)


def application_id(batch: int, index: int) -> int:
    """Id of an application: the random number of its batch, then its index there.

    Up to 256 applications of one batch share one word of the contract's bitmap of used applications, which makes
    binding them together cheap.

    Args:
        batch: Random, 248 bits.
        index: 0 to 255.
    Raises:
        IdentifierInvalid
    """
    _check_bits("batch", batch, APPLICATION_BATCH_BITS)
    _check_bits("index", index, APPLICATION_INDEX_BITS)
    return (batch << APPLICATION_INDEX_BITS) | index


def applicant_commitment(salt: bytes, applicant: Mapping[str, object]) -> bytes:
    """What the chain keeps of an applicant: keccak of a random salt and the canonical data. Rule S6.

    Salt and data stay off chain; once both are deleted, nothing on chain leads back to the person.

    Args:
        salt: 32 random bytes, used for this record only.
        applicant: Text, whole numbers, lists and mappings; no floats.
    Raises:
        AmountInvalid: The salt has another length, or the data has no canonical form.
    """
    return keccak256(bytes32(salt) + canonical_json(applicant))


def _check_bits(field: str, value: int, bits: int) -> None:
    if not is_whole(value, 0, (1 << bits) - 1):
        raise IdentifierInvalid(field, value, f"is not a whole number of {bits} bits", "Take it from the chain")
