"""Custodial keys in and out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SecretStr

from backend.custody.kinds import LEAST_PASSWORD, MOST_PASSWORD, CustodialKey, KeyKind
from backend.fields import AddressText, Input, TypedData, View

Kind = Annotated[
    KeyKind, Field(description="holder: to act as insured; staff: to sign for the insurer.", examples=["holder"])
]
WallSeconds = Annotated[int, Field(ge=0, description="Unix seconds.", examples=[1_790_000_000])]


class KeyRequest(Input):
    """A key to be made for the asker."""

    kind: Kind = Field(KeyKind.HOLDER, strict=False)


class CustodialKeyView(View):
    """A key that is kept for somebody. The key itself is shown to nobody."""

    address: AddressText
    kind: Kind
    made_at: WallSeconds
    exports: int = Field(description="How often a copy was taken.", examples=[0])
    exported_at: WallSeconds | None = Field(description="When the last copy was taken: from then on two hold the key.")

    @classmethod
    def of(cls, key: CustodialKey) -> CustodialKeyView:
        """As it goes out."""
        return cls(
            address=key.address, kind=key.kind, made_at=key.made_at, exports=key.exports, exported_at=key.exported_at
        )  # fmt: skip


class SignatureRequest(Input):
    """A document of ours to be signed with the asker's own key."""

    kind: Kind = Field(KeyKind.HOLDER, strict=False)
    typed_data: TypedData


class SignatureView(View):
    """A signature, and whose."""

    address: AddressText
    signature: str = Field(description="65 bytes: r, s, v.", examples=["0x" + "1b" * 65])


class ExportRequest(Input):
    """A copy of the asker's own key."""

    kind: Kind = Field(KeyKind.HOLDER, strict=False)
    password: SecretStr = Field(
        min_length=LEAST_PASSWORD, max_length=MOST_PASSWORD, description="Yours alone: who has it and the file signs.",
        examples=["correct horse battery staple"],
    )  # fmt: skip


class KeystoreView(View):
    """A keystore of version 3, as wallets take it."""

    keystore: dict[str, Any] = Field(examples=[{"version": 3, "address": "00" * 20, "crypto": {}}])
