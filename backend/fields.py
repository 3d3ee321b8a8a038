"""Types of fields in and out: ids and bytes as 0x-hex, addresses checksummed, amounts as integers of token units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.errors import AddressInvalid
from domain.hashing import checksum_address

MAX_BATCH = 50
MAX_PAGE = 500
MOST_DEPTH = 40


def _address(value: str) -> str:
    try:
        return checksum_address(value)
    except AddressInvalid as error:
        raise ValueError(f"{error.problem}. {error.remedy}") from error


AddressText = Annotated[
    str,
    Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="Address, EIP-55.", examples=["0x" + "00" * 19 + "01"]),
    AfterValidator(_address),
]
WordText = Annotated[
    str, Field(pattern=r"^0x[0-9a-fA-F]{64}$", description="32 bytes in hex.", examples=["0x" + "5a" * 32])
]
SignatureText = Annotated[
    str, Field(pattern=r"^0x([0-9a-fA-F]{2}){1,1024}$", description="Signature in hex.", examples=["0x" + "1b" * 65])
]
EventText = Annotated[
    str,
    Field(description="Canonical text of an insured event.", examples=["flight/UA/1545/EWR/IAH/2013-09-12T10:15Z"]),
]
TypedData = Annotated[
    dict[str, Any],
    Field(
        description="EIP-712 document, as wallets take it.",
        examples=[{"types": {}, "primaryType": "Acceptance", "domain": {}, "message": {}}],
    ),
]
Amount = Annotated[int, Field(ge=0, lt=1 << 96, description="Token units.", examples=[100_000_000])]
UnixSeconds = Annotated[int, Field(ge=0, lt=1 << 40, description="Unix seconds, chain time.", examples=[1_378_981_200])]
NoticeVersion = Annotated[
    str | None,
    Field(
        max_length=16,
        examples=["2026-11"],
        description="Edition of the privacy notice that was shown, as GET /v1/knowledge/privacy-notice has it; left "
        "out: the one in force is named.",
    ),
]
IntakeNumber = Annotated[
    int | None, Field(ge=1, lt=1 << 63, description="Number of the intake this comes of, if there is one.")
]
NextCursor = Annotated[str | None, Field(description="Give it as `cursor` for the next page; null on the last.")]


class Input(BaseModel):
    """What comes in: nothing unknown, nothing changed, nothing guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        """PostgreSQL keeps no U+0000, and no text that people write has any."""
        where = _null_in(given)
        if where is not None:
            raise ValueError(f"{where or 'a text'} holds the character U+0000. Leave it out")
        return given


def _null_in(given: Any, where: str = "", depth: int = 0) -> str | None:
    """Place of the first text with U+0000, None where there is none.

    Raises:
        ValueError: It is nested deeper than anything that is asked for.
    """
    if isinstance(given, str):
        return where if "\0" in given else None
    if depth > MOST_DEPTH:
        raise ValueError(f"the body is nested more than {MOST_DEPTH} deep. Flatten it")
    parts: list[tuple[Any, Any]] = []
    if isinstance(given, Mapping):
        if any("\0" in str(name) for name in given):
            return where
        parts = list(given.items())
    elif isinstance(given, list | tuple):
        parts = list(enumerate(given))
    found = (_null_in(part, f"{where}.{name}".strip("."), depth + 1) for name, part in parts)
    return next((place for place in found if place is not None), None)


class View(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


def word_hex(value: int) -> str:
    """A 256-bit id as 0x and 64 digits."""
    return f"0x{value:064x}"


def bytes_hex(value: bytes) -> str:
    """Bytes as 0x-hex."""
    return "0x" + bytes(value).hex()


def parse_word(value: str) -> int:
    """The integer of 0x-hex."""
    return int(value, 16)


def parse_bytes(value: str) -> bytes:
    """The bytes of 0x-hex."""
    return bytes.fromhex(value[2:])
