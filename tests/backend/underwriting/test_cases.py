"""Cases from application to bound policy, on a real database with real nodes."""

from __future__ import annotations

from backend.underwriting import quoting
from ledger.typed_data import sign_digest
from ledger.typed_indemnity import indemnity_acceptance_digest
from tests.backend.underwriting.office import ADA, HOLDER, UnderwritingOffice, who
from tests.oracle.samples import CHAIN_ID, PRODUCT


def test_advance__low_risk__accepted_by_the_machine_told_and_quoted(office: UnderwritingOffice) -> None:
    case_id = office.apply()

    office.work()

    row, case = office.row(case_id), office.case(case_id)
    print(row.state, row.stuck, row.tier, row.waits_for, [type(e.what).__name__ for e in case.events])
    assert (row.state, row.outcome, row.tier) == ("notified", "accepted", "low")
