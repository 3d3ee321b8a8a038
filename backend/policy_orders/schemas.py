"""Orders in and out."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import Field

from backend.fields import AddressText, Input, NextCursor, SignatureText, TypedData, UnixSeconds, View, WordText
from backend.policy_orders.desk import Ground

PolicyId = Annotated[int, Field(ge=1, lt=1 << 63, description="Number of the policy in its product.")]
Units = Annotated[int, Field(ge=0, lt=1 << 64, description="Token units.", examples=[100_000_000])]


class ChangeIn(Input):
    """What shall be otherwise; what is left out stays."""

    product: AddressText
    policy_id: PolicyId
    sum_insured: Units | None = None
    exclusions: Annotated[int | None, Field(ge=0, lt=1 << 32, description="Bitmap of clauses, as in the document.")] = (
        None
    )
    beneficiary: AddressText | None = None
    effective_at: UnixSeconds | None = None


class EndIn(Input):
    """A policy that shall end."""

    product: AddressText
    policy_id: PolicyId


class DeclineIn(Input):
    """Why a change is not offered."""

    ground: Annotated[Ground, Field(strict=False)]


class SignatureIn(Input):
    """The holder's signature over the order's digest; left out, the key that is kept for the holder signs."""

    signature: SignatureText | None = None


class ObstacleView(View):
    """What the contract would refuse with, and what to do about it."""

    refusal: str = Field(examples=["sequence_mismatch"])
    text: dict[str, str] = Field(description="By language.", examples=[{"en": "Ask anew.", "zh": "请重新申请。"}])


class OrderView(View):
    """An order, and where it stands. The holder signs `typed_data` while it is `offered`."""

    order_id: uuid.UUID
    product: AddressText
    policy_id: PolicyId
    kind: str = Field(description="endorsement or cancellation", examples=["endorsement"])
    state: str = Field(
        description="requested, offered, accepted, done, declined, withdrawn, expired or failed", examples=["offered"]
    )
    order: dict[str, Any] = Field(description="Word for word; amounts as text.")
    digest: WordText
    typed_data: TypedData
    valid_until: UnixSeconds
    requested_at: UnixSeconds
    ground: str | None = Field(description="Why it was declined.", examples=[None])
    intent: str | None = Field(description="What carries it to the chain.", examples=[None])
    failure_code: str | None = Field(examples=[None])
    failure_detail: str | None = Field(examples=[None])
    obstacle: ObstacleView | None = Field(description="Why the contract would refuse it now; null: it would not.")
    premium_returned: Units | None = Field(description="What a cancellation would give back now.")


class OrderPage(View):
    """Orders, the oldest first."""

    orders: list[OrderView]
    next_cursor: NextCursor
