"""What claims are given."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field

from backend.claims.asking import Authority, Draft
from backend.claims.checks import Loss
from backend.claims.states import AuthorityHow
from backend.fields import AddressText, Input, SignatureText, UnixSeconds
from domain.claim_reports import ClaimAction

Units = Annotated[int, Field(ge=1, lt=1 << 64, description="Token units.", examples=[250_000_000])]
PolicyNumber = Annotated[int, Field(ge=1, lt=1 << 63, description="Number of the policy under its product.")]
Index = Annotated[int, Field(ge=0, le=31, description="Place in the terms, from 0.", examples=[0])]
Words = Annotated[str, Field(min_length=1, max_length=8_000, description="In writing.", examples=["As assessed."])]
Subject = Annotated[
    str,
    Field(
        min_length=1, max_length=200, examples=["P-4711"],
        description="What the loss befell: number of the passport, licence or vehicle. Kept in the sealed evidence.",
    ),
]  # fmt: skip
RawTransaction = Annotated[
    str,
    Field(
        pattern=r"^0x([0-9a-fA-F]{2}){1,32768}$", description="Signed transaction, type 2, in hex.", examples=["0x02c0"]
    ),
]


class AuthorityIn(Input):
    """By what somebody gives notice for another."""

    how: Annotated[
        Literal["phone", "letter", "email", "in_person", "power_of_attorney", "contract"],
        Field(description="How the claimant said so."),
    ]
    given_at: Annotated[int, Field(ge=0, lt=1 << 40, description="When, unix seconds.", examples=[1_790_000_000])]
    words: Words


class CaseIn(Input):
    """A loss to be notified."""

    product: AddressText
    policy_id: PolicyNumber
    coverage: Index
    peril: Index
    occurred_at: UnixSeconds
    claimed: Units
    claimant: Annotated[AddressText | None, Field(description="Who claims; left out: the address there is.")] = None
    person_id: Annotated[
        uuid.UUID | None, Field(strict=False, description="For whom notice is given; left out: for you.")
    ] = None
    authority: AuthorityIn | None = None

    def to_domain(self) -> Draft:
        """As the use case takes it."""
        given = self.authority
        authority = Authority(AuthorityHow(given.how), given.given_at, given.words) if given else None
        loss = Loss(self.coverage, self.peril, self.occurred_at, self.claimed)
        return Draft(self.product, self.policy_id, loss, self.claimant, self.person_id, authority)


class NoticeIn(Input):
    """What the notice is about, for the sealed evidence."""

    subject: Subject


class SignatureIn(Input):
    """The claimant's signature; left out: made with the key kept for them."""

    signature: SignatureText | None = None
    permit_signature: Annotated[SignatureText | None, Field(description="Under the permit of a deposit.")] = None


class OrderIn(Input):
    """What the claimant orders."""

    action: Annotated[
        Literal["withdraw", "escalate", "dispute", "reopen", "choose_institution", "take_instalments"],
        Field(description="As the contract's ClaimAction."),
    ]
    amount: Annotated[int, Field(ge=0, lt=1 << 64, description="Of a reopening: the whole loss, token units.")] = 0
    institution: Annotated[int, Field(ge=0, lt=1 << 32, description="Its number; 0: straight.")] = 0
    subject: Annotated[str, Field(max_length=200, description="Of a reopening: what the loss befell.")] = ""

    @property
    def of_contract(self) -> ClaimAction:
        """As the contract knows it."""
        return ClaimAction[self.action.upper()]


class PushIn(Input):
    """What anybody may have done for a claim."""

    what: Literal["pay_instalment", "close", "draw_panel", "conclude_dispute"]


class AssignmentIn(Input):
    """Who handles a case; left out: nobody."""

    adjuster: Annotated[uuid.UUID | None, Field(strict=False)] = None


class NoteIn(Input):
    """A note on a case."""

    words: Words


class DecisionIn(Input):
    """An adjuster's decision. `loss` 0 denies, and needs a reason that denies."""

    loss: Annotated[int, Field(ge=0, lt=1 << 64, description="Adjusted loss, token units; 0: denied.")]
    reason_code: Annotated[int, Field(ge=1, le=65_535, description="Of the product's document.", examples=[1])]
    clause_id: Annotated[str, Field(min_length=1, max_length=40, description="It rests on.", examples=["C3"])]
    letter: Words
    instalments: Annotated[int, Field(ge=0, le=60, description="0 or 1: at once.")] = 1
    interval_seconds: Annotated[int, Field(ge=0, le=31 * 86_400, description="Between instalments.")] = 0


class SecondIn(Input):
    """The second adjuster's signature; left out: made with the key kept for them."""

    signature: SignatureText | None = None


class SentIn(Input):
    """A transaction the adjuster signed; left out: signed with the key kept for them."""

    transaction: RawTransaction | None = None
