"""Applications the tests begin with: complete, consistent, standard risks in CNY."""

from collections.abc import Mapping
from typing import Any

from oracle.risk.indicators import Line, Party

Document = dict[str, Any]
NOW = 1_767_225_600
_PERSON = {"age_years": 30, "sex": "male", "occupation": "office-clerk", "marital_status": "married"}
_PAST = {"past_claims_36m": 0, "surrenders_60m": 0}
_OFFER = {"sum_insured_minor": 50_000_000, "premium_minor": 40_000, "currency": "CNY", "term_years": 1}
_BODY = {
    "smoking": "never", "history": [], "systolic_mmhg": 118, "diastolic_mmhg": 76, "fasting_glucose_umol": 5_000,
    "hba1c_bp": 520, "cholesterol_umol": 4_600, "ldl_umol": 2_500, "bmi_tenths": 224, "alcohol_grams_week": 0,
}  # fmt: skip
_MEANS = {"income_minor": 20_000_000, "assets_minor": 100_000_000, "liabilities_minor": 10_000_000}
_BUILDING = {
    "structure": "brick-concrete", "flood_zone": False, "fire_equipment": "extinguishers", "occupancy": "dwelling",
    "building_age_years": 10, "property_value_minor": 100_000_000, "region": "CN-SC",
}  # fmt: skip
_DRIVING = {
    "driving_years": 10, "violations_12m": 0, "drink_driving_records": 0, "at_fault_accidents_36m": 0,
    "vehicle_type": "car", "vehicle_use": "private", "region": "CN-SC",
}  # fmt: skip
_STATED: dict[Line, Document] = {
    Line.LIFE: {**_PERSON, **_BODY, **_MEANS},
    Line.HEALTH: {**_PERSON, **_BODY},
    Line.ACCIDENT: {**_PERSON, "violations_12m": 0, "drink_driving_records": 0, "at_fault_accidents_36m": 0},
    Line.MOTOR: {**_PERSON, **_DRIVING},
    Line.PROPERTY: {**_PERSON, **_MEANS, **_BUILDING},
}


def statements(line: Line, party: Party = Party.PERSONAL) -> Document:
    """What the customer states."""
    stated = {**_STATED[line], **_PAST, **_OFFER}
    if (line, party) == (Line.PROPERTY, Party.CORPORATE):
        stated = {name: value for name, value in stated.items() if name not in _PERSON}
    return stated


def document(
    line: Line,
    party: Party = Party.PERSONAL,
    *,
    reports: Mapping[str, Document] | None = None,
    authorised: tuple[str, ...] = (),
    **changes: Any,
) -> Document:
    """An application as plain values.

    Args:
        reports: Values by source, all obtained a minute after the consents were signed.
        authorised: Sources the customer authorised.
        changes: Of the statements; None leaves one out.
    """
    stated = {name: value for name, value in {**statements(line, party), **changes}.items() if value is not None}
    return {
        "application_id": 7,
        "line": line.value,
        "party": party.value,
        "received_at": NOW,
        "declaration": {"truthful": True, "signed_at": NOW - 120},
        "consents": [{"source": source, "signed_at": NOW - 120} for source in authorised],
        "statements": stated,
        "reports": [
            {"source": source, "obtained_at": NOW - 60, "values": values} for source, values in (reports or {}).items()
        ],
    }
