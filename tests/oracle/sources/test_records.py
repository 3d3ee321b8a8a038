import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oracle.cli import app
from oracle.sources import commerce, hospital_invoice
from oracle.sources.conformance import KINDS, Endpoint, run
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured, SourceStale
from oracle.sources.records import record_source
from scripts.source_replay import Fault, Replay, replaying
from scripts.source_samples import NO_REFERENCE, RECORD_NOW, REFERENCE, record

KEY = "test-key-77"
ENVIRONMENT = {"QUITTANCE_HOSPITAL_INVOICE_KEY": KEY, "QUITTANCE_COMMERCE_KEY": KEY}


def guarded(replay: Replay) -> Replay:
    replay.key, replay.only = KEY, REFERENCE
    return replay


def endpoint(replay: Replay, kind: str = "hospital-invoice") -> Endpoint:
    return Endpoint(kind, replay.url, KEY, REFERENCE, NO_REFERENCE)


@pytest.mark.parametrize("kind", KINDS)
def test_run__an_endpoint_that_keeps_the_format__every_rule_kept(kind: str) -> None:
    with replaying(record(kind)) as replay:
        checks = run(endpoint(guarded(replay), kind), RECORD_NOW)

    assert [check.told for check in checks] == [""] * 7
    assert all(check.kept for check in checks)


@pytest.mark.parametrize(
    ("fault", "broken"),
    [(Fault.PACKED, "uncompressed"), (Fault.SERVER_ERROR, "documented form"), (Fault.HTML, "documented form")],
)
def test_run__an_endpoint_with_a_fault__the_rule_is_named(fault: Fault, broken: str) -> None:
    with replaying(record("credit")) as replay:
        guarded(replay).fault = fault
        checks = run(endpoint(replay, "credit"), RECORD_NOW)

    assert any(broken in check.rule and not check.kept and check.told for check in checks)


def test_run__an_endpoint_open_to_everybody__refused() -> None:
    with replaying(record("credit")) as replay:
        replay.only = REFERENCE
        checks = run(endpoint(replay, "credit"), RECORD_NOW)

    assert [check.rule for check in checks if not check.kept] == [
        "a wrong key gives 401 or 403", "no key gives 401 or 403",
    ]  # fmt: skip


def test_conformance__from_the_command_line__table_and_exit_code(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(KEY)
    with replaying(record("repair-estimate")) as replay:
        asked = ["conformance", "repair-estimate", "--url", guarded(replay).url, "--key-file", str(key_file)]
        asked += ["--known", REFERENCE, "--unknown", NO_REFERENCE]
        good = CliRunner().invoke(app, asked)
        replay.fault = Fault.CUT_SHORT
        bad = CliRunner().invoke(app, asked)

    # The machine's clock is far from the sample's: a record that is too old may not be used, but keeps the format.
    assert "kept" in good.output
    assert bad.exit_code == 1
    assert "broken" in bad.output


def test_fetch__unknown_reference__openly_missing() -> None:
    with replaying(record("hospital-invoice")) as replay:
        source = record_source(hospital_invoice.KIND, guarded(replay).url, environment=ENVIRONMENT)
        fact = source.fetch(NO_REFERENCE, RECORD_NOW)

    assert fact.value is None
    assert fact.why_missing == f"the provider has no hospital-invoice {NO_REFERENCE}"


def test_fetch__any_other_404__is_no_word_that_there_is_no_record() -> None:
    with replaying(record("hospital-invoice")) as replay:
        guarded(replay).fault = Fault.NOT_FOUND
        source = record_source(hospital_invoice.KIND, replay.url, environment=ENVIRONMENT)
        with pytest.raises(SourceAnswerInvalid):
            source.fetch(REFERENCE, RECORD_NOW)


@pytest.mark.parametrize("reference", ["", "short", "../../v1/admin", "a" * 65, "name with space"])
def test_fetch__reference_not_as_documented__never_asked(reference: str) -> None:
    with replaying(record("hospital-invoice")) as replay:
        source = record_source(hospital_invoice.KIND, replay.url, environment=ENVIRONMENT)
        with pytest.raises(SourceMisconfigured, match="8 to 64 letters"):
            source.fetch(reference, RECORD_NOW)
        assert replay.asked == 0


def test_fetch__older_than_its_kind_allows__stale() -> None:
    with replaying(record("commerce")) as replay:
        source = record_source(commerce.KIND, guarded(replay).url, environment=ENVIRONMENT)
        assert source.fetch(REFERENCE, RECORD_NOW).value is not None
        with pytest.raises(SourceStale):
            source.fetch(REFERENCE, RECORD_NOW + 8 * 86_400)


def test_fetch__a_null__stays_missing() -> None:
    body: Any = json.loads(json.dumps(record("hospital-invoice")))
    body["content"]["paid_by_others"] = None
    with replaying(body) as replay:
        source = record_source(hospital_invoice.KIND, guarded(replay).url, environment=ENVIRONMENT)
        invoice = source.fetch(REFERENCE, RECORD_NOW).value

    assert invoice is not None
    assert invoice.paid_by_others is None


def test_record_source__no_key__says_where_it_belongs() -> None:
    with pytest.raises(SourceMisconfigured, match="QUITTANCE_HOSPITAL_INVOICE_KEY is not set"):
        record_source(hospital_invoice.KIND, "https://example.org", environment={})
