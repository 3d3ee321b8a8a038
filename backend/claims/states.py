"""Where cases, orders and decisions stand with us; where a claim stands the chain says."""

from __future__ import annotations

from enum import StrEnum


class CaseState(StrEnum):
    """draft -> prepared -> handed_in -> noticed; `failed`: the contract took no notice, to be prepared anew."""

    DRAFT = "draft"
    PREPARED = "prepared"
    HANDED_IN = "handed_in"
    NOTICED = "noticed"
    FAILED = "failed"


class Channel(StrEnum):
    """How notice came: from the claimant, a machine, customer service, or past us."""

    WEB = "web"
    API = "api"
    ON_BEHALF = "on_behalf"
    CHAIN = "chain"


class OrderState(StrEnum):
    """prepared -> handed_in -> done, or failed."""

    PREPARED = "prepared"
    HANDED_IN = "handed_in"
    DONE = "done"
    FAILED = "failed"


class DecisionState(StrEnum):
    """prepared -> sent -> decided, or failed: refused, expired, or decided otherwise meanwhile."""

    PREPARED = "prepared"
    SENT = "sent"
    DECIDED = "decided"
    FAILED = "failed"


class AuthorityHow(StrEnum):
    """How somebody authorised another to give notice for them."""

    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    IN_PERSON = "in_person"
    POWER_OF_ATTORNEY = "power_of_attorney"
    CONTRACT = "contract"
