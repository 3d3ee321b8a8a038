"""What an applicant may state and a third party may report, as one pydantic model per line, party and source.

The models are made from the vocabulary, so that ranges, choices and requirements stand in one place. Their JSON schema
(`statements_model(case).model_json_schema()`) is what a screen or an API needs to ask the same questions.

ApplicationInvalid (a RiskError), with `problems`: all that is wrong, not only the first
├── ApplicationIncomplete      a required field is missing; `fields` names all of them
└── ApplicationContradictory   two answers cannot both be true
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from oracle.risk.indicators import Case, IndicatorDefinition, Kind, RiskError, Source, Value
from oracle.risk.vocabulary import INDICATORS, asked

HISTORY = "history"
"""In applications the medical history is a list of illnesses; in rows it is the bitmap `history_mask`."""
MAX_NUMBER_BITS = 1_024
MAX_PROBLEMS = 50
_SHOWN = 60
_PLAIN = {
    "int_type": "is not a whole number",
    "bool_type": "is neither true nor false",
    "literal_error": "is not one of the choices",
    "tuple_type": "is not a list",
}
"""What pydantic calls wrong, in words that need no list of choices."""
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an application; the value is cut so that a message stays a sentence."""

    field: str
    value: object
    problem: str
    remedy: str


class ApplicationInvalid(RiskError):
    """An application is not what a form allows; nothing was scored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = problems[0]
        more = f" ({len(problems) - 1} more: {', '.join(each.field for each in problems[1:9])})" if problems[1:] else ""
        super().__init__(first.field, first.value, first.problem, first.remedy + more)


class ApplicationIncomplete(ApplicationInvalid):
    """Required fields are missing."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What is missing."""
        return tuple(each.field for each in self.problems)


class ApplicationContradictory(ApplicationInvalid):
    """Two answers cannot both be true."""


@cache
def statements_model(case: Case) -> type[BaseModel]:
    """What the customer states in this form: what must be there is required."""
    said = [each for each in asked(*case) if Source.CUSTOMER in each.sources]
    return _model(f"{case.line.title()}{case.party.title()}Statements", said, case)


@cache
def report_model(case: Case, source: Source) -> type[BaseModel]:
    """What this third party may report for this form; nothing is required."""
    said = [each for each in asked(*case) if source in each.sources]
    return _model(f"{case.line.title()}{case.party.title()}{source.title().replace('-', '')}Report", said, None)


def checked_values(model: type[BaseModel], given: Mapping[str, object], place: str = "") -> dict[str, Value]:
    """Values by indicator, checked; what was left empty is left out.

    Args:
        place: Prefix of fields in errors, as in "reports.0.values.".
    Raises:
        ApplicationIncomplete, ApplicationInvalid
    """
    filled = {name: value for name, value in given.items() if value is not None and value != ""}
    try:
        written = model.model_validate(filled).model_dump(exclude_none=True)
    except ValidationError as error:
        raise _refusal(error, place) from error
    history: Iterable[str] | None = written.pop(HISTORY, None)
    if history is not None:
        written["history_mask"] = history_mask(history)
    return written


def history_mask(illnesses: Iterable[str]) -> int:
    """Bitmap of a medical history."""
    known = INDICATORS["history_mask"].choices
    return sum(1 << known.index(illness) for illness in set(illnesses))


def illnesses_of(mask: int) -> tuple[str, ...]:
    """The medical history a bitmap stands for."""
    return tuple(code for bit, code in enumerate(INDICATORS["history_mask"].choices) if mask >> bit & 1)


def stated_name(name: str) -> str:
    """Name of an indicator in an application."""
    return HISTORY if name == "history_mask" else name


def shown(value: object) -> object:
    """The value, or the beginning of a long one."""
    if isinstance(value, int) and value.bit_length() > MAX_NUMBER_BITS:
        return f"a number of {value.bit_length()} bits"
    text = value if isinstance(value, str) else repr(value)
    return value if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _model(name: str, said: Iterable[IndicatorDefinition], case: Case | None) -> type[BaseModel]:
    # create_model takes its fields by name and declares them as Any.
    fields: dict[str, Any] = {}
    for each in said:
        required = case is not None and case in each.required
        about = f"{each.en} ({each.unit})" if each.unit else each.en
        annotation = _type(each) if required else _type(each) | None
        default = ... if required else None
        fields[stated_name(each.name)] = (annotation, Field(default, description=about, title=each.zh))
    model: type[BaseModel] = create_model(name, __config__=_STRICT, **fields)
    return model


def _type(about: IndicatorDefinition) -> Any:
    """The pydantic type of an indicator; made at run time, so no static type can name it."""
    match about.kind:
        case Kind.WHOLE:
            return Annotated[int, Field(ge=about.least, le=about.most)]
        case Kind.FLAG:
            return bool
        case Kind.CHOICE:
            return Literal[about.choices]
        case Kind.SET:
            item: Any = Literal[about.choices]
            listed: Any = Annotated[tuple[item, ...], Field(strict=False, max_length=len(about.choices))]
            return Annotated[listed, AfterValidator(_once)]


def _once(codes: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(codes)) != len(codes):
        raise ValueError("names something twice")
    return codes


def _refusal(error: ValidationError, place: str) -> ApplicationInvalid:
    found = error.errors(include_url=False, include_context=False)[:MAX_PROBLEMS]
    missing = [
        Problem(place + str(each["loc"][0]), None, "is required and missing", _remedy(str(each["loc"][0])))
        for each in found
        if each["type"] == "missing"
    ]
    if missing:
        return ApplicationIncomplete(missing)
    return ApplicationInvalid(
        [_problem(place, each["loc"], each["input"], each["type"], each["msg"]) for each in found]
    )


def _problem(place: str, loc: tuple[int | str, ...], value: object, kind: str, message: str) -> Problem:
    name = str(loc[0])
    field = place + ".".join(str(part)[:_SHOWN] for part in loc)
    if kind == "extra_forbidden":
        return Problem(field, shown(value), "is not asked for in this form", "Leave it out")
    plain = _PLAIN.get(kind) or message.removeprefix("Value error, ").removeprefix("Input ")
    return Problem(field, shown(value), plain, _remedy(name))


def _remedy(name: str) -> str:
    about = INDICATORS["history_mask" if name == HISTORY else name]
    match about.kind:
        case Kind.WHOLE:
            return f"Write a whole number, {about.least} to {about.most} {about.unit}".rstrip()
        case Kind.FLAG:
            return "Write true or false"
        case Kind.CHOICE:
            return f"Choose one of {_some(about.choices)}"
        case Kind.SET:
            return f"List none, or any of {_some(about.choices)}, each once"


def _some(choices: tuple[str, ...]) -> str:
    return ", ".join(choices[:6]) + (f" and {len(choices) - 6} more" if len(choices) > 6 else "")
