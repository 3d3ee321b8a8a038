"""A medical record's summary, from the insurer's evidence store: codes and days, no names."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oracle.sources.facts import FREE
from oracle.sources.records import Code, Content, Record, RecordKind, Word


class Diagnosis(Content):
    """One diagnosis; `first_known_on` is null when the record does not say."""

    code: Code
    system: Literal["ICD-10", "ICD-11"]
    first_known_on: date | None


class MedicalRecord(Content):
    """One stay or treatment. `discharged_on` is null for a patient who is still there."""

    facility: Word
    admitted_on: date
    discharged_on: date | None
    diagnoses: Annotated[tuple[Diagnosis, ...], Field(max_length=100)]
    procedures: Annotated[tuple[Code, ...], Field(max_length=200)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.discharged_on is not None and self.discharged_on < self.admitted_on:
            raise ValueError(f"discharged_on is {self.discharged_on}, before admitted_on {self.admitted_on}")
        return self


KIND = RecordKind("medical-record", Record[MedicalRecord], max_age_seconds=90 * 86_400, cost=FREE)
