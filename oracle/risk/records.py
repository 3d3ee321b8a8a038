"""An application as one row of a portfolio: the indicators of its row, and which sources were read."""

from collections.abc import Mapping

from oracle.risk.application import META, READ, Application, parse_application
from oracle.risk.forms import (
    HISTORY,
    ApplicationContradictory,
    ApplicationIncomplete,
    ApplicationInvalid,
    Problem,
    illnesses_of,
    shown,
)
from oracle.risk.indicators import Source
from oracle.risk.vocabulary import INDICATORS


def application_of_record(record: Mapping[str, object]) -> Application:
    """An application from one row of a portfolio, with the same checks.

    A portfolio holds only what its customers authorised, so values that no customer can state (a credit score) count as
    reported by their source when the application was received, and that source as read. Of other sources the fields of
    `READ` say whether they were; where one is empty, it was not.

    Raises:
        ApplicationInvalid
    """
    if absent := [name for name in META if record.get(name) is None]:
        raise ApplicationIncomplete([Problem(name, None, "is required and missing", "Give it") for name in absent])
    values = {name: value for name, value in record.items() if name not in (*META, *READ) and value is not None}
    values |= _listed_history(values)
    values.pop("history_mask", None)
    received_at = record["received_at"]
    reported = {name: INDICATORS[name].sources[0] for name in values if only_reported(name)}
    read = _sources_read(record, reported)
    reports = [
        {"source": each, "obtained_at": received_at, "values": {n: values[n] for n in reported if reported[n] is each}}
        for each in read
    ]
    return parse_application(
        {
            **{name: record[name] for name in META},
            "declaration": {"truthful": True, "signed_at": received_at},
            "consents": [{"source": source, "signed_at": received_at} for source in read],
            "statements": {name: value for name, value in values.items() if name not in reported},
            "reports": reports,
        }
    )


def _sources_read(record: Mapping[str, object], reported: Mapping[str, Source]) -> tuple[Source, ...]:
    """Sources a record says were read, or holds something of that nobody else says.

    Raises:
        ApplicationInvalid: A field of `READ` is neither true nor false.
        ApplicationContradictory: A source was not read, and something only it says is there.
    """
    said: dict[Source, bool] = {}
    for name, source in READ.items():
        flag = record.get(name)
        if flag is not None and not isinstance(flag, bool):
            raise ApplicationInvalid([Problem(name, shown(flag), "is neither true nor false", "Write true or false")])
        said[source] = source in reported.values() if flag is None else flag
    for indicator, its_source in reported.items():
        if not said[its_source]:
            problem = f"is given, and {its_source.value} is said not to have been read"
            raise ApplicationContradictory([Problem(indicator, shown(record[indicator]), problem, "Correct either")])
    return tuple(source for source in Source if said.get(source, False))


def only_reported(name: str) -> bool:
    """Whether an indicator is one no customer can state."""
    return name in INDICATORS and bool(INDICATORS[name].sources) and Source.CUSTOMER not in INDICATORS[name].sources


def _listed_history(values: Mapping[str, object]) -> dict[str, object]:
    mask, about = values.get("history_mask"), INDICATORS["history_mask"]
    if mask is None:
        return {}
    if not isinstance(mask, int) or isinstance(mask, bool) or not 0 <= mask <= about.most:
        problem = f"is not a bitmap of {len(about.choices)} illnesses"
        raise ApplicationInvalid([Problem("history_mask", shown(mask), problem, f"Give 0 to {about.most}")])
    return {HISTORY: list(illnesses_of(mask))}
