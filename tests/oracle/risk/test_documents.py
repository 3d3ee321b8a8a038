"""Files people hand in."""

import json
from pathlib import Path

import pytest

from oracle.risk.documents import MAX_FILE_BYTES, MAX_YAML_BYTES, DocumentInvalid, parsed_document, read_document


def test_read_document__json_and_yaml__say_the_same(tmp_path: Path) -> None:
    content = {"line": "life", "statements": {"age_years": 30, "history": ["stroke"]}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    (tmp_path / "a.yaml").write_text("line: life\nstatements: {age_years: 30, history: [stroke]}\n")

    assert read_document(tmp_path / "a.json") == read_document(tmp_path / "a.yaml") == content


def test_read_document__ten_megabytes__is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "big.json"
    file.write_bytes(b'{"occupation": "' + b"x" * 10_000_000 + b'"}')
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("the file was read"))

    with pytest.raises(DocumentInvalid, match=f"exceeds {MAX_FILE_BYTES} bytes") as refused:
        read_document(file)

    assert refused.value.field == "big.json"


def test_read_document__no_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match=r"none\.json"):
        read_document(tmp_path / "none.json")


@pytest.mark.parametrize(
    "content",
    [
        b'{"age_years": 30, "age_years": 80}', b"age_years: 30\nage_years: 80\n", b"a: &x [1]\nb: *x\n", b"{", b"\xff",
        b"[" * 100_000, b'{"a":' * 100_000, b"!!python/object/apply:os.system [id]", b"x" * (MAX_FILE_BYTES + 1),
    ],
    ids=["twice-json", "twice-yaml", "alias", "broken", "no-text", "deep-yaml", "deep-json", "python", "large"],
)  # fmt: skip
def test_parsed_document__not_plain__is_refused(content: bytes) -> None:
    with pytest.raises(DocumentInvalid):
        parsed_document(content)


def test_parsed_document__yaml_of_the_limit__is_read_and_a_byte_more_is_not() -> None:
    most = b"a: " + b"x" * (MAX_YAML_BYTES - 3)

    assert parsed_document(most) == {"a": "x" * (MAX_YAML_BYTES - 3)}
    with pytest.raises(DocumentInvalid, match="Write it as JSON") as refused:
        parsed_document(most + b"x", "claim.yaml")
    assert refused.value.field == "claim.yaml"


def test_parsed_document__json_larger_than_yaml_may_be__is_read() -> None:
    content = {"a": "x" * MAX_YAML_BYTES}

    assert parsed_document(json.dumps(content).encode()) == content


def test_read_document__folder__is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="is a folder"):
        read_document(tmp_path)
