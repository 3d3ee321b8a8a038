"""`claim.json`: what a node must know of the insured and only the insurer can say. It lies in the dossier, so the root
on chain binds it.

    {"past_amounts_minor":[12000],"schema":"quittance claim 1","subject":"E12345678","sum_raised_at":null}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from domain.evidence.dossier import Dossier
from domain.evidence.sniff import JSON
from domain.hashing import canonical_json
from domain.ranges import is_whole
from oracle.claims.errors import StatementInvalid
from oracle.risk.fraud.facts import MAX_AMOUNT, MAX_TIME, MOST_ITEMS, MOST_TEXT, plain

NAME: Final = "claim.json"
SCHEMA: Final = "quittance claim 1"
MOST_BYTES: Final = 65_536
_FIELDS: Final = frozenset({"schema", "subject", "sum_raised_at", "past_amounts_minor"})
_REMEDY: Final = "Let the insurer write it anew, as canonical JSON"


@dataclass(frozen=True, slots=True)
class ClaimStatement:
    """What the insurer says of the insured.

    Attributes:
        subject: What the loss befell, as every insurer writes it: passport or licence number, vehicle. Never shown.
        sum_raised_at: When the sum insured was last raised, also under earlier policies; None: never.
        past_amounts_minor: Earlier claims of 36 months, minor units.
    """

    subject: str = field(repr=False)
    sum_raised_at: int | None = None
    past_amounts_minor: tuple[int, ...] = ()

    def content(self) -> bytes:
        """The file."""
        told = {
            "schema": SCHEMA,
            "subject": self.subject,
            "sum_raised_at": self.sum_raised_at,
            "past_amounts_minor": list(self.past_amounts_minor),
        }
        return canonical_json(told)


def statement_in(dossier: Dossier) -> ClaimStatement:
    """The statement in a dossier.

    Raises:
        StatementInvalid: `missing`, or as `read_statement`.
    """
    for file in dossier.files:
        if file.name == NAME:
            if file.media_type != JSON:
                _refuse("malformed", "media type", file.media_type, f"is not {JSON}")
            return read_statement(file.content)
    remedy = f"Let the insurer put {NAME} into the dossier before notice is given"
    raise StatementInvalid("missing", NAME, None, "is no file of the dossier", remedy)


def read_statement(content: bytes) -> ClaimStatement:
    """A statement from its bytes, of which there is one form only.

    Raises:
        StatementInvalid: `malformed`, `not_canonical`, `subject`, `sum_raised_at`, `past_amounts_minor`.
    """
    document = _document(content)
    subject, raised, past = (document[name] for name in ("subject", "sum_raised_at", "past_amounts_minor"))
    if not isinstance(subject, str) or not plain(subject) or len(subject) > MOST_TEXT:
        _refuse("subject", "subject", "hidden", f"is no text of 1 to {MOST_TEXT} signs with a letter or digit")
    if raised is not None and (not isinstance(raised, int) or not is_whole(raised, 0, MAX_TIME)):
        _refuse("sum_raised_at", "sum_raised_at", raised, "is neither null nor unix seconds")
    if not isinstance(past, list) or len(past) > MOST_ITEMS or not all(is_whole(each, 0, MAX_AMOUNT) for each in past):
        _refuse("past_amounts_minor", "past_amounts_minor", type(past).__name__, f"is no list of {MOST_ITEMS} amounts")
    return ClaimStatement(subject, raised, tuple(past))


def _document(content: bytes) -> Mapping[str, object]:
    if len(content) > MOST_BYTES:
        _refuse("malformed", NAME, f"{len(content)} bytes", f"is larger than {MOST_BYTES} bytes")
    try:
        document = json.loads(content)
        same = canonical_json(document) == content
    except Exception as error:  # whatever is wrong with it, the text must not get into a message
        raise StatementInvalid("malformed", NAME, type(error).__name__, "is no exact JSON", _REMEDY) from None
    if not isinstance(document, dict) or set(document) != _FIELDS or document["schema"] != SCHEMA:
        _refuse("malformed", NAME, "hidden", f"has not exactly the fields {', '.join(sorted(_FIELDS))} of {SCHEMA!r}")
    if not same:
        _refuse("not_canonical", NAME, f"{len(content)} bytes", "is not in canonical form")
    return document


def _refuse(code: str, what: str, value: object, problem: str) -> NoReturn:
    raise StatementInvalid(code, what, value, problem, _REMEDY)
