"""What leaves in logs: known fields of their kind, and nothing of a person's, whatever field it was put into."""

from __future__ import annotations

import ast
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from backend.observability.fields import FIELDS, FieldKind, kind_of
from backend.observability.logs import configure_logs
from backend.observability.redaction import MASKED, frames, looked_at, safe_text, told_id
from scripts import ROOT
from tests.conftest import plain_logs

Lines = Callable[[], list[dict[str, object]]]
PERSONAL = (
    "Ada Example", "张三", "ada@example.org", "ada.example+tag@mail.example.co.uk", "+86 138 0013 8000", "13800138000",
    "138-0013-8000", "6222 0212 3456 7890 123", "110101199003078515", "Bearer qk_live_9f8e7d6c5b4a39281706",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl", "0x" + "ab" * 65, "ab" * 32, "Müller", "O'Brien",
    "Kaiserstraße 7", "Flat 12B, Baker Street",
)  # fmt: skip


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What was logged since the last look."""
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    kept = (list(root.handlers), root.level, list(dbos.handlers), dbos.propagate)
    configure_logs()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    plain_logs()
    root.handlers, root.level, dbos.handlers, dbos.propagate = kept


@pytest.mark.parametrize("value", PERSONAL)
def test_looked_at__somebodys_value_in_any_field__not_told(value: str) -> None:
    told = {field: str(looked_at(field, value)) for field in FIELDS}
    words = {word for word in value.split() if len(word) > 4}

    assert {field: shown for field, shown in told.items() if value in shown} == {}
    assert {field: shown for field, shown in told.items() if words & set(shown.split())} == {}


@pytest.mark.parametrize("value", ["Ada Example", 13_800_138_000, True, None, ["ada@example.org"], "harmless"])
def test_looked_at__field_nobody_named__masked(value: object) -> None:
    assert looked_at("remark", value) == MASKED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("request_id", uuid.uuid4().hex), ("transaction_hash", "0x" + "5a" * 32), ("block_number", 12),
        ("subject", "policies/0x" + "5a" * 32), ("key", f"audit-head:{uuid.uuid4()}:17:0"), ("status", "submitted"),
        ("sender", "0x" + "5a" * 20), ("url", "http://127.0.0.1:8545"), ("correlation", "claims/7"), ("dry", False),
        ("detail", "policies, block 7, log 3: premium is not what the chain says"), ("operation", "claims.decide"),
    ],
)  # fmt: skip
def test_looked_at__what_an_operator_needs__told_as_it_is(field: str, value: object) -> None:
    assert looked_at(field, value) == value


def test_looked_at__address_with_a_password__host_and_port_only() -> None:
    address = "https://ada:secret@node.example:8545/key?token=x"  # not a secret: made up
    assert looked_at("url", address) == "https://node.example:8545"


def test_safe_text__error_of_a_library__its_type_and_plain_words() -> None:
    said = "RpcUnavailable: the node at http://h:1 did not answer within 3 seconds, said Ada Example <ada@example.org>"

    assert safe_text(said) == (
        "RpcUnavailable: the node at [masked] did not answer within 3 seconds, said [masked] <[masked]>"
    )


def test_frames__error_that_quotes_a_person__places_and_types_without_its_words() -> None:
    def refuse() -> None:
        try:
            raise KeyError("Ada Example")
        except KeyError as error:
            raise ValueError("ada@example.org is taken") from error

    with pytest.raises(ValueError, match="taken") as caught:
        refuse()
    told = frames(caught.value)

    assert told[0] == "ValueError"
    assert "caused by" in told
    assert any(place.endswith("refuse") and "test_redaction.py" in place for place in told)
    assert not any("Ada" in place or "ada@" in place for place in told)


def test_told_id__callers_own_words__as_a_hash_always_the_same() -> None:
    assert told_id(uuid.UUID(int=7).hex) == uuid.UUID(int=7).hex
    assert told_id("ada.example") == told_id("ada.example")
    assert told_id("ada.example").startswith("sha256:")


def test_configure_logs__line__json_with_request_and_masks(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="ab" * 16):
        structlog.get_logger().info("claim.noted", claim=7, case_id=9, email="ada@example.org")

    (line,) = lines()
    assert (line["event"], line["request_id"], line["case_id"]) == ("claim.noted", "ab" * 16, 9)
    assert line["email"] == MASKED


def test_configure_logs__error_nobody_foresaw__frames_without_words(lines: Lines) -> None:
    try:
        raise RuntimeError("Ada Example, ada@example.org")
    except RuntimeError:
        structlog.get_logger().exception("request.failed")

    (line,) = lines()
    assert isinstance(line["exception"], list)
    assert line["exception"][0] == "RuntimeError"
    assert "Ada" not in str(line)


def test_configure_logs__library_warns_with_a_value__its_sentence_without_it(lines: Lines) -> None:
    configure_logs()  # on the stream this test captures
    logging.getLogger("some.library").warning("connection of %s failed", "ada@example.org")
    logging.getLogger("dbos").error("workflow failed", exc_info=ValueError("Ada Example"))

    first, second = lines()
    assert (first["logger"], first["template"]) == ("some.library", "connection of %s failed")
    assert second["exception"] == ["ValueError"]
    assert "Ada" not in str((first, second))
    assert "ada@" not in str((first, second))


def test_configure_logs__thousand_values_in_every_place__none_comes_out(lines: Lines) -> None:
    values = [f"Canary{number:03d} Person{number:03d}" for number in range(500)]
    values += [f"canary{number}@example.org" for number in range(500)]
    configure_logs()  # on the stream this test captures
    log = structlog.get_logger()
    for number, value in enumerate(values):
        field = sorted(FIELDS)[number % len(FIELDS)]
        log.warning(
            "canary.seen", **({field: value} if field not in ("event", "level", "timestamp") else {}), note=value
        )
        log.error("canary.failed", detail=f"it was {value} again", exc_info=ValueError(value))
        logging.getLogger("library").error("said %s", value)

    found = lines()
    told = json.dumps(found)
    assert len(found) == 3_000
    assert [value for value in values if value in told or value.split("@")[0] in told] == []


def log_fields() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "backend").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                levels = ("info", "warning", "error", "exception", "debug")
                if isinstance(owner, ast.Name) and owner.id == "log" and node.func.attr in levels:
                    yield from (
                        (str(path.relative_to(ROOT)), k.arg) for k in node.keywords if k.arg and k.arg != "exc_info"
                    )


def test_fields__of_every_log_call_of_the_backend__are_named() -> None:
    found = list(log_fields())

    assert len(found) > 100
    assert [each for each in found if kind_of(each[1]) is None] == []


def test_fields__all_kinds__are_used() -> None:
    assert set(FIELDS.values()) == set(FieldKind)


def test_repository__nobody_prints_or_logs_past_structlog() -> None:
    paths = [p for p in (ROOT / "backend").rglob("*.py") if "logging.getLogger" in p.read_text("utf-8")]

    assert [str(p.relative_to(ROOT)) for p in paths] == [str(Path("backend/observability/logs.py"))]
