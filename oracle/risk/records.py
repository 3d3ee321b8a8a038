"""An application as one row of a portfolio: the indicators of its row, and which sources were read."""

from collections.abc import Iterable, Mapping, Sequence

from oracle.risk.application import META, READ, STATED_ONLY, Application, parse_application
from oracle.risk.forms import (
    HISTORY,
    ApplicationContradictory,
    ApplicationIncomplete,
    ApplicationInvalid,
    Problem,
    illnesses_of,
    shown,
    stated_name,
)
from oracle.risk.indicators import Source
from oracle.risk.vocabulary import INDICATORS


def application_of_record(record: Mapping[str, object]) -> Application:
    """An application from one row of a portfolio, with the same checks.

    A portfolio holds only what its customers authorised and what was not too old. Values that no customer can state (a
    credit score) count as reported by their source when the application was received. Of others the fields of `READ`
    say whether their source gave them: all of them if true, but for those `STATED_ONLY` names, and none if not.

    Raises:
        ApplicationInvalid
    """
    if absent := [name for name in META if record.get(name) is None]:
        raise ApplicationIncomplete([Problem(name, None, "is required and missing", "Give it") for name in absent])
    meta = (*META, *READ, STATED_ONLY)
    given = {name: value for name, value in record.items() if name not in meta and value is not None}
    reported = _reported(record, given)
    values = {stated_name(name): value for name, value in given.items()} | _listed_history(given)
    received_at = record["received_at"]
    reports = [
        {
            "source": source,
            "obtained_at": received_at,
            "values": {stated_name(n): values[stated_name(n)] for n, its in reported.items() if its is source},
        }
        for source in Source
        if source in reported.values()
    ]
    return parse_application(
        {
            **{name: record[name] for name in META},
            "declaration": {"truthful": True, "signed_at": received_at},
            "consents": [{"source": each["source"], "signed_at": received_at} for each in reports],
            "statements": {name: value for name, value in values.items() if not only_reported(name)},
            "reports": reports,
        }
    )


def _reported(record: Mapping[str, object], given: Iterable[str]) -> dict[str, Source]:
    """Which of the indicators given a third party gave, and which.

    Raises:
        ApplicationInvalid, ApplicationContradictory
    """
    source_of = {name: source for name in given if (source := third_party(name)) is not None}
    read = _sources_read(record, [name for name in source_of if only_reported(name)])
    unsaid = _stated_only(record)
    return {
        name: source
        for name, source in source_of.items()
        if only_reported(name) or (read[source] and name not in unsaid)
    }


def _sources_read(record: Mapping[str, object], reported: Sequence[str]) -> dict[Source, bool]:
    """By source, whether a record says that it was read.

    Args:
        reported: What the record holds that no customer can state.
    Raises:
        ApplicationInvalid: A field of `READ` is neither true nor false.
        ApplicationContradictory: A source was not read, and something only it says is there.
    """
    for name in READ:
        flag = record.get(name)
        if flag is not None and not isinstance(flag, bool):
            raise ApplicationInvalid([Problem(name, shown(flag), "is neither true nor false", "Write true or false")])
    said = {source: record.get(name) for name, source in READ.items()}
    for indicator in reported:
        its_source = INDICATORS[indicator].sources[0]
        if said[its_source] is False:
            problem = f"is given, and {its_source.value} is said not to have been read"
            raise ApplicationContradictory([Problem(indicator, shown(record[indicator]), problem, "Correct either")])
    return {source: flag is True for source, flag in said.items()}


def _stated_only(record: Mapping[str, object]) -> frozenset[str]:
    """What `STATED_ONLY` names.

    Raises:
        ApplicationInvalid: It is no text, or names something that not both customer and third party can say.
    """
    written = record.get(STATED_ONLY)
    names = () if written in (None, "") else stated_only_names(written) if isinstance(written, str) else None
    if names is None:
        remedy = f"Write names of indicators parted by commas, as in {CONFIRMABLE[0]},{CONFIRMABLE[1]}"
        problem = "does not name what both the customer and a third party can say"
        raise ApplicationInvalid([Problem(STATED_ONLY, shown(written), problem, remedy)])
    return frozenset(names)


def stated_only_names(written: str) -> tuple[str, ...] | None:
    """Names of a field `STATED_ONLY`; None where one of them is none of `CONFIRMABLE`."""
    names = tuple(written.split(",", maxsplit=len(CONFIRMABLE)))
    return names if set(names) <= _CONFIRMABLE else None


def only_reported(name: str) -> bool:
    """Whether an indicator is one no customer can state."""
    return third_party(name) is not None and Source.CUSTOMER not in INDICATORS[name].sources


def third_party(name: str) -> Source | None:
    """Who but the customer can say an indicator."""
    sources = INDICATORS[name].sources if name in INDICATORS else ()
    return next((source for source in sources if source is not Source.CUSTOMER), None)


CONFIRMABLE = tuple(name for name in INDICATORS if third_party(name) is not None and not only_reported(name))
"""What a customer can state and a third party confirm."""
_CONFIRMABLE = frozenset(CONFIRMABLE)


def _listed_history(values: Mapping[str, object]) -> dict[str, object]:
    mask, about = values.get("history_mask"), INDICATORS["history_mask"]
    if mask is None:
        return {}
    if not isinstance(mask, int) or isinstance(mask, bool) or not 0 <= mask <= about.most:
        problem = f"is not a bitmap of {len(about.choices)} illnesses"
        raise ApplicationInvalid([Problem("history_mask", shown(mask), problem, f"Give 0 to {about.most}")])
    return {HISTORY: list(illnesses_of(mask))}
