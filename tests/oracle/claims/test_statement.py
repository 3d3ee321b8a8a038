"""`claim.json`, of which there is one form only."""

import json

import pytest

from domain.evidence.dossier import EvidenceFile, seal_dossier
from domain.hashing import canonical_json
from oracle.claims.errors import StatementInvalid
from oracle.claims.statement import NAME, ClaimStatement, read_statement, statement_in

HONEST = ClaimStatement("E12345678", 1_700_000_000, (12_000, 0))
FIELDS = json.loads(HONEST.content())


def test_read_statement__as_it_was_written__is_the_same() -> None:
    assert read_statement(HONEST.content()) == HONEST
    assert read_statement(ClaimStatement("张三 110101").content()) == ClaimStatement("张三 110101")
    assert "E12345678" not in repr(HONEST)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"schema": "quittance claim 2"}, "malformed"),
        ({"more": 1}, "malformed"),
        ({"subject": None}, "subject"),
        ({"subject": ""}, "subject"),
        ({"subject": " -- "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"sum_raised_at": -1}, "sum_raised_at"),
        ({"sum_raised_at": True}, "sum_raised_at"),
        ({"sum_raised_at": 2**40}, "sum_raised_at"),
        ({"sum_raised_at": "2026"}, "sum_raised_at"),
        ({"past_amounts_minor": None}, "past_amounts_minor"),
        ({"past_amounts_minor": {}}, "past_amounts_minor"),
        ({"past_amounts_minor": [1, -1]}, "past_amounts_minor"),
        ({"past_amounts_minor": [False]}, "past_amounts_minor"),
        ({"past_amounts_minor": [2**62]}, "past_amounts_minor"),
        ({"past_amounts_minor": [0] * 1_001}, "past_amounts_minor"),
    ],
)
def test_read_statement__field_that_cannot_be__names_it_and_shows_nobody(changes: dict[str, object], code: str) -> None:
    with pytest.raises(StatementInvalid) as refused:
        read_statement(canonical_json(FIELDS | changes))

    assert refused.value.code == code
    assert "E12345678" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"subject":"E12345678"}',
        HONEST.content() + b"\n", b"\xef\xbb\xbf" + HONEST.content(),
        HONEST.content().replace(b'"subject":', b'"subject": '),
        HONEST.content()[:-1] + b',"subject":"F"}',
        HONEST.content().replace(b"12000", b"12000.0"),
        HONEST.content().replace(b"12000", b"NaN"),
        HONEST.content().replace(b"E1", b"\\ud800"),
    ],
)  # fmt: skip
def test_read_statement__any_other_form__is_refused(content: bytes) -> None:
    with pytest.raises(StatementInvalid) as refused:
        read_statement(content)

    assert "E12345678" not in str(refused.value)


def test_statement_in__dossier_without_one__says_what_to_do() -> None:
    bare = seal_dossier([EvidenceFile("a.txt", "text/plain", b"a")], [bytes(32)])
    wrong = seal_dossier([EvidenceFile(NAME, "text/plain", b"a")], [bytes(32)])

    with pytest.raises(StatementInvalid, match="before notice is given"):
        statement_in(bare)
    with pytest.raises(StatementInvalid, match="application/json"):
        statement_in(wrong)
