"""What nodes send each other over HTTP, and what the journal keeps: statements as JSON, ids and bytes as 0x-hex."""

from functools import lru_cache
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from domain.errors import AddressInvalid
from domain.hashing import canonical_json, checksum_address
from oracle.rounds.refusals import Code, RoundRefused
from oracle.rounds.rules import MAX_SIGNERS, MAX_UINT32, Request, RequestKind
from oracle.rounds.statements import (
    MOST_VOTE_FIELDS,
    NOTHING,
    Observation,
    Proposal,
    ReportSignature,
    SignedObservation,
    Stage,
    Statement,
    Vote,
)

MAX_FIELDS = 4_096
MAX_NAME = 96
MAX_BODY_BYTES = 16_000_000
"""31 observations of 4,096 fields each, about."""

REMEMBERED, REMEMBERED_BYTES = 2_048, 8_192
"""Statements are said again and again until a round moves: so many of at most so many bytes are worked out once."""


def _parse_hex(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError("give bytes as 0x and hex digits")
    return bytes.fromhex(value[2:])


def _parse_number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > 78 or not value.removeprefix("-").isdecimal():
        raise ValueError("give a whole number, as text of decimal digits")
    return int(value)


def _parse_address(value: object) -> str:
    try:
        return checksum_address(value)
    except AddressInvalid as error:
        raise ValueError(str(error)) from error


def _show_hex(value: bytes) -> str:
    return f"0x{value.hex()}"


Bytes32 = Annotated[
    bytes, BeforeValidator(_parse_hex), Field(min_length=32, max_length=32), PlainSerializer(_show_hex, return_type=str)
]
SignatureBytes = Annotated[
    bytes, BeforeValidator(_parse_hex), Field(min_length=65, max_length=65), PlainSerializer(_show_hex, return_type=str)
]
Number = Annotated[
    int,
    BeforeValidator(_parse_number),
    Field(ge=-(1 << 255), lt=1 << 255),
    PlainSerializer(str, return_type=str),
]
Subject = Annotated[
    int, BeforeValidator(_parse_number), Field(ge=0, lt=1 << 256), PlainSerializer(str, return_type=str)
]
Address = Annotated[str, BeforeValidator(_parse_address)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[a-z0-9_.\-]+$")]
Uint32 = Annotated[int, Field(ge=0, le=MAX_UINT32, strict=True)]
Findings = Annotated[tuple[tuple[Name, Bytes32], ...], Field(max_length=MAX_FIELDS)]


class In(BaseModel):
    """Nothing more than documented, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestBody(In):
    """Which request a statement belongs to."""

    kind: Literal["risk", "event", "loss"]
    chain_id: Uint32
    quorum: Address
    contract: Address
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=400)]
    signer_epoch: Uint32
    sequence: Uint32
    valid_seconds: Uint32
    refers_below_bps: Uint32

    @classmethod
    def of(cls, request: Request) -> "RequestBody":
        """As it is sent."""
        fields = {name: getattr(request, name) for name in cls.model_fields if name != "kind"}
        return cls.model_validate({**fields, "kind": request.kind.name.lower()})

    def to_domain(self) -> Request:
        """As the machine knows it.

        Raises:
            RoundRefused: `request_invalid`.
        """
        return Request(**{**dict(self), "kind": RequestKind[self.kind.upper()]})


class ObservationBody(In):
    """A signed observation."""

    type: Literal["observation"] = "observation"
    node: Address
    numbers: Annotated[tuple[tuple[Name, Number], ...], Field(min_length=1, max_length=MAX_FIELDS)]
    decisions: Findings
    versions: Findings
    signature: SignatureBytes

    @classmethod
    def of(cls, said: SignedObservation) -> "ObservationBody":
        """As it is sent."""
        seen = said.observation
        return cls(node=said.node, numbers=seen.numbers, decisions=seen.decisions, versions=seen.versions,
                   signature=said.signature)  # fmt: skip

    def to_domain(self, request: Request) -> SignedObservation:
        """As the machine knows it."""
        seen = Observation(self.numbers, self.decisions, self.versions)
        return SignedObservation(request, self.node, seen, self.signature)


class VoteBody(In):
    """A vote; `value` is 32 zero bytes against whatever was proposed, and `code` and `fields` say why."""

    type: Literal["vote"] = "vote"
    node: Address
    attempt: Uint32
    stage: Literal["approve", "lock"]
    value: Bytes32
    code: Code | None
    fields: Annotated[tuple[Name, ...], Field(max_length=MOST_VOTE_FIELDS)]
    signature: SignatureBytes

    @model_validator(mode="after")
    def _gives_no_reason_for(self) -> Self:
        if self.value != NOTHING and (self.code is not None or self.fields):
            raise ValueError("a vote for a value has neither code nor fields: leave them out")
        return self

    @classmethod
    def of(cls, said: Vote) -> "VoteBody":
        """As it is sent."""
        stage: Literal["approve", "lock"] = "approve" if said.stage is Stage.APPROVE else "lock"
        return cls(node=said.node, attempt=said.attempt, stage=stage, value=said.value, code=said.code,
                   fields=said.fields, signature=said.signature)  # fmt: skip

    def to_domain(self, request: Request) -> Vote:
        """As the machine knows it."""
        stage = Stage[self.stage.upper()]
        return Vote(request, self.node, self.attempt, stage, self.value, self.code, self.fields, self.signature)


class ProposalBody(In):
    """A leader's proposal, with the observations it rests on."""

    type: Literal["proposal"] = "proposal"
    node: Address
    attempt: Uint32
    value: Bytes32
    observations: Annotated[tuple[ObservationBody, ...], Field(max_length=MAX_SIGNERS)]
    approvals: Annotated[tuple[VoteBody, ...], Field(max_length=MAX_SIGNERS)]
    signature: SignatureBytes

    @classmethod
    def of(cls, said: Proposal) -> "ProposalBody":
        """As it is sent."""
        return cls(node=said.node, attempt=said.attempt, value=said.value, signature=said.signature,
                   observations=tuple(map(ObservationBody.of, said.observations)),
                   approvals=tuple(map(VoteBody.of, said.approvals)))  # fmt: skip

    def to_domain(self, request: Request) -> Proposal:
        """As the machine knows it."""
        observations = tuple(each.to_domain(request) for each in self.observations)
        approvals = tuple(each.to_domain(request) for each in self.approvals)
        return Proposal(request, self.node, self.attempt, self.value, observations, approvals, self.signature)


class ReportSignatureBody(In):
    """A signature for the chain, and what shows that it was decided."""

    type: Literal["signature"] = "signature"
    node: Address
    proposal: ProposalBody
    locks: Annotated[tuple[VoteBody, ...], Field(max_length=MAX_SIGNERS)]
    signature: SignatureBytes

    @classmethod
    def of(cls, said: ReportSignature) -> "ReportSignatureBody":
        """As it is sent."""
        return cls(node=said.node, proposal=ProposalBody.of(said.proposal), signature=said.signature,
                   locks=tuple(map(VoteBody.of, said.locks)))  # fmt: skip

    def to_domain(self, request: Request) -> ReportSignature:
        """As the machine knows it."""
        locks = tuple(each.to_domain(request) for each in self.locks)
        return ReportSignature(request, self.node, self.proposal.to_domain(request), locks, self.signature)


Body: TypeAlias = ObservationBody | VoteBody | ProposalBody | ReportSignatureBody


class MessageBody(In):
    """One statement and the request it belongs to: the body of `POST /v1/round-messages`."""

    request: RequestBody
    said: Annotated[Body, Field(discriminator="type")]

    @classmethod
    def of(cls, statement: Statement) -> "MessageBody":
        """As it is sent."""
        return cls(request=RequestBody.of(statement.request), said=_body_of(statement))

    def to_domain(self) -> Statement:
        """As the machine knows it.

        Raises:
            RoundRefused: `request_invalid`.
        """
        return self.said.to_domain(self.request.to_domain())


_MESSAGE = TypeAdapter(MessageBody)


def encode(statement: Statement) -> bytes:
    """Canonical JSON of a statement."""
    return canonical_json(MessageBody.of(statement).model_dump(mode="json"))


def decode(body: bytes) -> Statement:
    """A statement from JSON.

    Raises:
        RoundRefused: `message_malformed`, `request_invalid`.
    """
    if len(body) > MAX_BODY_BYTES:
        raise RoundRefused("message_malformed", f"the body has {len(body)} bytes: send {MAX_BODY_BYTES} at most")
    return _decode_once(body) if len(body) <= REMEMBERED_BYTES else _decode(body)


def _decode(body: bytes) -> Statement:
    try:
        return _MESSAGE.validate_json(body).to_domain()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise RoundRefused("message_malformed", f"{where}: {first['msg']}: send the documented form") from error


_decode_once = lru_cache(maxsize=REMEMBERED)(_decode)


def _body_of(statement: Statement) -> Body:
    if isinstance(statement, SignedObservation):
        return ObservationBody.of(statement)
    if isinstance(statement, Vote):
        return VoteBody.of(statement)
    return ProposalBody.of(statement) if isinstance(statement, Proposal) else ReportSignatureBody.of(statement)
