"""What a round is about, and the rules it keeps: who takes part, how many are needed, what is near enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from itertools import pairwise

from domain.errors import AddressInvalid
from domain.hashing import address_word, checksum_address, keccak256, word
from ledger.typed_data import domain_separator
from oracle.rounds.refusals import RoundRefused

DOMAIN_NAME = "Quittance rounds"
"""Another name than the reports' domain: no word between nodes is ever a report."""
MIN_SIGNERS, MAX_SIGNERS = 4, 31
BPS = 10_000
MAX_UINT32, MAX_UINT40 = (1 << 32) - 1, (1 << 40) - 1


class RequestKind(IntEnum):
    """Which report is asked for."""

    RISK = 0
    EVENT = 1
    LOSS = 2


@dataclass(frozen=True)
class Request:
    """What nodes are asked to look at.

    Args:
        contract: Product or desk the report is for.
        subjects: Event ids, application ids, or the one claim id, in the report's order.
        sequence: 0 at first; a subject is asked anew under the next number once the earlier report is past its time.
        valid_seconds: How long the report counts, from the agreed time of observation.
        refers_below_bps: The terms' least confidence for a loss, 0 to 10_000; 0: they ask for none.
    """

    kind: RequestKind
    chain_id: int
    quorum: str
    contract: str
    subjects: tuple[int, ...]
    signer_epoch: int
    sequence: int = 0
    valid_seconds: int = 3_600
    refers_below_bps: int = 0

    def __post_init__(self) -> None:
        try:
            fits = checksum_address(self.quorum) == self.quorum and checksum_address(self.contract) == self.contract
        except AddressInvalid as error:
            raise RoundRefused("request_invalid", str(error)) from error
        _expect("request_invalid", fits, "quorum and contract", (self.quorum, self.contract), "give checksummed text")
        distinct = len(set(self.subjects)) == len(self.subjects) and 1 <= len(self.subjects) <= 400
        _expect("request_invalid", distinct, "subjects", len(self.subjects), "give 1 to 400, each once")
        one = self.kind is not RequestKind.LOSS or len(self.subjects) == 1
        _expect("request_invalid", one, "subjects", len(self.subjects), "give one claim to a loss request")
        whole = all(0 <= subject < 1 << 256 for subject in self.subjects)
        _expect("request_invalid", whole, "subjects", self.subjects, "give ids of 256 bits")
        bounded = 0 <= self.refers_below_bps <= BPS
        _expect("request_invalid", bounded, "refers_below_bps", self.refers_below_bps, f"set it to 0 to {BPS}")
        numbers = (self.chain_id, self.signer_epoch, self.sequence, self.valid_seconds)
        small = all(0 <= number <= MAX_UINT32 for number in numbers)
        _expect("request_invalid", small, "chain_id, signer_epoch, sequence, valid_seconds", numbers, "give 32 bits")

    @cached_property
    def separator(self) -> bytes:
        """EIP-712 domain of what nodes say to each other."""
        return domain_separator(self.chain_id, self.quorum, name=DOMAIN_NAME)

    @cached_property
    def subject_id(self) -> bytes:
        """The same for every sequence and epoch: what must never have two reports at one time."""
        subjects = keccak256(b"".join(word(subject) for subject in self.subjects))
        return keccak256(self.separator + word(int(self.kind)) + address_word(self.contract) + subjects)

    @cached_property
    def id(self) -> bytes:
        """Of this request."""
        numbers = (self.sequence, self.valid_seconds, self.refers_below_bps)
        return keccak256(self.subject_id + b"".join(map(word, numbers)))

    def round_id(self, attempt: int) -> bytes:
        """keccak(domain, request id, attempt, signer epoch)."""
        known = self._round_ids.get(attempt)
        if known is None:
            known = keccak256(self.separator + self.id + word(attempt) + word(self.signer_epoch))
            self._round_ids[attempt] = known
        return known

    @cached_property
    def _round_ids(self) -> dict[int, bytes]:
        return {}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What is near enough for numbers whose name begins with the rule's key, up to the first dot.

    Args:
        least, most: Sanity limits, both inclusive.
        tolerance, tolerance_bps: Largest distance from the median, absolute and in bps of it; the larger counts.
        tight, tight_bps: Largest spread for the automatic path, likewise.
    """

    least: int
    most: int
    tolerance: int = 0
    tolerance_bps: int = 0
    tight: int = 0
    tight_bps: int = 0

    def __post_init__(self) -> None:
        _expect("rules_invalid", self.least <= self.most, "least", self.least, f"set it to {self.most} at most")
        for name in ("tolerance", "tolerance_bps", "tight", "tight_bps"):
            value = getattr(self, name)
            _expect("rules_invalid", value >= 0, name, value, "set it to 0 or more")

    def near(self, median: int, value: int) -> bool:
        """Whether a value is within the tolerance of a median."""
        return abs(value - median) <= max(self.tolerance, abs(median) * self.tolerance_bps // BPS)

    def is_tight(self, median: int, spread: int) -> bool:
        """Whether a spread leaves the automatic path open."""
        return spread <= max(self.tight, abs(median) * self.tight_bps // BPS)


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of the node's own clock.

    Args:
        exchange_ms: The leader waits so long for observations that are missing.
        step_ms, growth_ms: A silent step is given up after the first, longer by the second with each attempt.
        resend_ms: What was said is said again after this long without progress, and then ever more seldom.
        deadline_ms: From the request, a round without report is over.

    Attributes:
        wide_ms: From the request, observations that are missing are waited for before a wide spread is agreed on.
    """

    exchange_ms: int = 500
    step_ms: int = 1_000
    growth_ms: int = 250
    resend_ms: int = 400
    deadline_ms: int = 60_000

    def __post_init__(self) -> None:
        for name in ("exchange_ms", "step_ms", "resend_ms", "deadline_ms"):
            value = getattr(self, name)
            _expect("rules_invalid", value > 0, name, value, "set it above 0")
        _expect("rules_invalid", self.growth_ms >= 0, "growth_ms", self.growth_ms, "set it to 0 or more")
        _expect("rules_invalid", self.exchange_ms < self.step_ms, "exchange_ms", self.exchange_ms,
                f"set it below step_ms, which is {self.step_ms}")  # fmt: skip

    @property
    def wide_ms(self) -> int:
        """Half of the round: the other half is left for the votes."""
        return self.deadline_ms // 2


@dataclass(frozen=True)
class RoundRules:
    """Who takes part and what is enough.

    Attributes:
        signers: The contract's set, ascending.
        faults: f = (n − 1) // 3, how many may fail or lie.
        threshold: (n + f) // 2 + 1: votes, observations behind a proposal, and signatures the contract asks for. Any
            two such sets share an honest node, and n − f honest nodes suffice. Equals 2f + 1 when n = 3f + 1. ADR 0037.
        min_signatures: What the product's terms ask for, where it is more.
    """

    signers: tuple[str, ...]
    fields: Mapping[str, FieldRule]
    timing: Timing = field(default_factory=Timing)
    max_attempts: int = 64
    min_signatures: int = 0

    def __post_init__(self) -> None:
        count = len(self.signers)
        sized = MIN_SIGNERS <= count <= MAX_SIGNERS
        _expect("rules_invalid", sized, "signers", count, f"give {MIN_SIGNERS} to {MAX_SIGNERS}")
        try:
            known = [checksum_address(signer) for signer in self.signers]
        except AddressInvalid as error:
            raise RoundRefused("rules_invalid", str(error)) from error
        values = [int(signer, 16) for signer in known]
        ascending = all(left < right for left, right in pairwise(values))
        _expect("rules_invalid", ascending, "signers", self.signers, "sort them ascending, each once")
        _expect("rules_invalid", tuple(known) == self.signers, "signers", self.signers, "give checksummed text")
        enough = self.max_attempts > self.faults
        _expect("rules_invalid", enough, "max_attempts", self.max_attempts, f"set it above {self.faults} faults")
        most = 0 <= self.min_signatures <= count
        _expect("rules_invalid", most, "min_signatures", self.min_signatures, f"set it to {count} at most")
        _expect("rules_invalid", "observed_at" in self.fields, "fields", sorted(self.fields), "add observed_at")

    @cached_property
    def faults(self) -> int:
        """f."""
        return (len(self.signers) - 1) // 3

    @cached_property
    def threshold(self) -> int:
        """Votes, observations and signatures of which any two sets share an honest node."""
        return (len(self.signers) + self.faults) // 2 + 1

    @cached_property
    def signatures_needed(self) -> int:
        """The contract's threshold, or what the terms ask for."""
        return max(self.threshold, self.min_signatures)

    @cached_property
    def seats(self) -> frozenset[str]:
        """The signers, to look up."""
        return frozenset(self.signers)

    def leader(self, request: Request, attempt: int) -> str:
        """Whose turn it is: a hash of request and epoch says who begins, then each in turn."""
        return self.signers[(self._first(request) + attempt) % len(self.signers)]

    def step_ms(self, attempt: int) -> int:
        """How long a silent step is waited for."""
        return self.timing.step_ms + attempt * self.timing.growth_ms

    def rule_of(self, name: str) -> FieldRule | None:
        """The rule of a number; None: nobody may report it."""
        return self.fields.get(name.split(".", 1)[0])

    def _first(self, request: Request) -> int:
        return int.from_bytes(request.round_id(0), "big") % len(self.signers)


def _expect(code: str, holds: bool, name: str, value: object, remedy: str) -> None:
    if not holds:
        raise RoundRefused(code, f"{name} is {value}: {remedy}")
