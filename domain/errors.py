"""Errors of the domain. Each names the field, the value it had, what is wrong with it, and what to do about it.

DomainError
├── AmountInvalid        an amount, a share or a probability is malformed or out of range
├── AddressInvalid       not an address
├── IdentifierInvalid    an event, policy or application id is out of range
├── EventTextInvalid     the text of an insured event is not canonical
├── CurveInvalid         thresholds and shares do not make a payout curve
├── TermsInvalid         a product file does not say what a product must say
│   └── TermOutOfRange   a term is outside the range the factory allows
├── DocumentAltered      a product document does not hash to what it claims
├── QuoteRefused         the contract would not bind this quote
├── StepRefused          the contract would revert; named and with arguments as in Solidity
├── PersonRefused        somebody may not take this step of an underwriting case or objection
├── CaseStepRefused      a step of an underwriting case or objection breaks a rule
└── Conflict             the event, policy or case is in another state
    ├── CaseNotInState
    ├── EventAlreadyClosed
    ├── EventStillOpen
    ├── EventNotDue
    └── ReportWindowOpen
"""


class DomainError(Exception):
    """Something the domain refuses: `field` was `value`, which is a `problem`; `remedy` says what to do."""

    def __init__(self, field: str, value: object, problem: str, remedy: str) -> None:
        self.field = field
        self.value = value
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{field} is {_shown(value)}: {problem}. {remedy}.")


class AmountInvalid(DomainError):
    """An amount, a share or a probability is malformed or out of range."""


class AddressInvalid(DomainError):
    """Not an address, or its checksum is wrong."""


class IdentifierInvalid(DomainError):
    """An event, policy or application id is out of range."""


class EventTextInvalid(DomainError):
    """The text of an insured event is not canonical."""


class CurveInvalid(DomainError):
    """Thresholds and shares do not make a payout curve."""


class TermsInvalid(DomainError):
    """A product file does not say what a product must say."""


class TermOutOfRange(TermsInvalid):
    """A term is outside the range `ProductFactory` allows: `least` to `most`, both inclusive."""

    def __init__(self, field: str, value: object, least: int, most: int, remedy: str = "") -> None:
        self.least = least
        self.most = most
        super().__init__(field, value, f"must be {least} to {most}", remedy or f"Set it to {least} to {most}")


class DocumentAltered(DomainError):
    """A product document does not hash to what it claims."""


class QuoteRefused(DomainError):
    """The contract would not bind this quote. `code` is the name of the contract's own error."""

    def __init__(self, code: str, field: str, value: object, problem: str, remedy: str) -> None:
        self.code = code
        super().__init__(field, value, problem, remedy)


class StepRefused(DomainError):
    """The contract would revert: `code` is the name of its custom error, `arguments` are that error's, in order."""

    def __init__(self, code: str, **arguments: object) -> None:
        self.code = code
        self.arguments = tuple(arguments.values())
        self.named = tuple(arguments.items())
        named = ", ".join(f"{name} {_shown(value)}" for name, value in arguments.items())
        field, value = next(iter(arguments.items()), (code, None))
        super().__init__(field, value, f"refused as {code}", f"Look at {named}" if named else "Look at the state")


class PersonRefused(DomainError):
    """Somebody may not take this step of an underwriting case or objection. `code` names the rule they would break."""

    def __init__(self, code: str, value: object, problem: str, remedy: str) -> None:
        self.code = code
        super().__init__("by", value, problem, remedy)


class CaseStepRefused(DomainError):
    """A step of an underwriting case or objection breaks a rule, named by `code`."""

    def __init__(self, code: str, field: str, value: object, problem: str, remedy: str) -> None:
        self.code = code
        super().__init__(field, value, problem, remedy)


class Conflict(DomainError):
    """The event, policy or case is in another state than the step needs."""


class CaseNotInState(Conflict):
    """The underwriting case or objection is in another state than the step needs."""


class EventAlreadyClosed(Conflict):
    """The event's outcome is final: a report counts once."""


class EventStillOpen(Conflict):
    """The event has no outcome yet."""


class EventNotDue(Conflict):
    """The report was made before the event could have happened."""


class ReportWindowOpen(Conflict):
    """The quorum may still report."""


def _shown(value: object) -> str:
    """The value as a person reads it, cut so that a message stays a sentence."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
