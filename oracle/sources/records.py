"""Records that only somebody else can give: one documented HTTP format, `quittance-record/1`, for six kinds of them.

`GET {base}/v1/records/{kind}/{reference}` with `Authorization: Bearer KEY` answers the record as JSON, or 404 with
`{"code": "record_unknown"}` when there is none. A reference is what the holder of the data gave out with the person's
consent; it names nobody. Amounts are whole numbers of the currency's smallest unit. The format is in docs/sources.md.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.hashing import canonical_json, keccak256
from oracle.sources.answers import Message, read_answer
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured
from oracle.sources.facts import Cost, Fact, check_made
from oracle.sources.http_fetch import Fetched, Fetcher, ResourceUnknown, new_client

FORMAT = "quittance-record/1"
KEY_VARIABLE = "QUITTANCE_{}_KEY"
REFERENCE = re.compile(r"[A-Za-z0-9_-]{8,64}")

Amount = Annotated[int, Field(ge=0, le=(1 << 62) - 1)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]


class Content(BaseModel):
    """What a record says: exactly the documented fields; one that is not known is null, and never left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


ContentT = TypeVar("ContentT", bound=Content)


class Record(Message, Generic[ContentT]):
    """A record and where it comes from."""

    format: Literal["quittance-record/1"]
    kind: Word
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    issuer: Word
    issued_at: AwareDatetime
    as_of: AwareDatetime
    content: ContentT


@dataclass(frozen=True)
class RecordKind(Generic[ContentT]):
    """One kind of record.

    Attributes:
        name: As in the address.
        model: Of the whole answer.
        max_age_seconds: How old its `as_of` may be when it is used; None where a record never changes again.
        cost: What a look-up costs unless the provider's contract says otherwise.
        licence: Under which providers give it.
    """

    name: str
    model: type[Record[ContentT]]
    max_age_seconds: int | None
    cost: Cost
    licence: str = "by the provider's contract, for this claim or application only"


class RecordSource(Generic[ContentT]):
    """One provider of one kind of record. Safe to share between threads."""

    def __init__(self, kind: RecordKind[ContentT], fetcher: Fetcher, *, cost: Cost | None = None) -> None:
        self._fetcher = fetcher
        self.kind = kind
        self.name = f"records:{kind.name}"
        self.licence = kind.licence
        self.cost = cost or kind.cost
        self.source_hash = keccak256(canonical_json({"source": self.name, "format": FORMAT}))

    def fetch(self, question: str, now: int) -> Fact[ContentT]:
        """The record with a reference; no value when the provider says that there is none.

        Raises:
            SourceUnavailable
        """
        if not REFERENCE.fullmatch(question):
            raise SourceMisconfigured(f"reference is {question[:70]!r}: give 8 to 64 letters, digits, _ or -")
        try:
            fetched = self._fetcher.get(f"v1/records/{self.kind.name}/{question}", {})
        except ResourceUnknown as unknown:
            return self._unknown(question, now, unknown)
        record = read_answer(self.name, self.kind.model, fetched.body)
        self._check(record, question)
        made_at = int(record.as_of.timestamp())
        age = check_made(self.name, made_at, now=now, not_before=0, max_age_seconds=self.kind.max_age_seconds)
        self._check_served(fetched, record)
        return Fact(record.content, "", now, age, keccak256(fetched.body), self.licence, self.cost)

    def _check(self, record: Record[ContentT], reference: str) -> None:
        for field, got, asked in (("kind", record.kind, self.kind.name), ("reference", record.reference, reference)):
            if got != asked:
                told = f"{self.name} answers with {field} {got[:70]!r}, asked for {asked!r}"
                raise SourceAnswerInvalid(f"{told}: the provider must look")
        if record.as_of < record.issued_at:
            told = f"{self.name} says as_of {record.as_of}, before issued_at {record.issued_at}"
            raise SourceAnswerInvalid(f"{told}: the provider must look")

    def _check_served(self, fetched: Fetched, record: Record[ContentT]) -> None:
        """A record cannot speak of a time after it was sent."""
        if fetched.made_at is not None and record.as_of.timestamp() > fetched.made_at + 3_600:
            raise SourceAnswerInvalid(f"{self.name} says as_of {record.as_of}, after it was sent: compare the clocks")

    def _unknown(self, reference: str, now: int, unknown: ResourceUnknown) -> Fact[ContentT]:
        """No record: only if the provider says so in the documented form, for any wrong address answers 404 too."""
        read_answer(self.name, _Unknown, unknown.body)
        why = f"the provider has no {self.kind.name} {reference}"
        return Fact(None, why, now, 0, keccak256(unknown.body), self.licence, self.cost)


class _Unknown(Message):
    code: Literal["record_unknown"]


def record_source(
    kind: RecordKind[ContentT],
    base_url: str,
    *,
    environment: Mapping[str, str] | None = None,
    cost: Cost | None = None,
) -> RecordSource[ContentT]:
    """The source at a provider's address, with the key from the environment, such as QUITTANCE_HOSPITAL_INVOICE_KEY.

    Raises:
        SourceMisconfigured: There is no key, or the address is none.
    """
    variable = KEY_VARIABLE.format(kind.name.upper().replace("-", "_"))
    key = (os.environ if environment is None else environment).get(variable, "").strip()
    if not key:
        raise SourceMisconfigured(f"{variable} is not set: put the provider's key there")
    return RecordSource(kind, Fetcher(new_client(base_url, {"Authorization": f"Bearer {key}"})), cost=cost)
