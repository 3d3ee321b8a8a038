"""Keys of the operator's machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi import Request

from backend.access.operator_keys import OperatorKeys, OperatorKeysInvalid, add_operator_key
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.problems import Problem
from tests.backend.access.principals import ACME, OTHER


def asked(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


def made(path: Path, scope: str = "quotes.make") -> str:
    return add_operator_key(path, tenant_id=ACME, roles=[Role.CUSTOMER_SERVICE], scopes=[scope])


def test_authenticate__each_key_of_the_file__its_machine(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "operator.json"
    first = made(path)
    second = add_operator_key(path, tenant_id=OTHER, roles=[Role.AUDITOR], scopes=["quotes.*"])

    keys = OperatorKeys.load(path)
    one, two = (keys.authenticate(asked(f"Bearer {key}")) for key in (first, second))

    assert (one.kind, one.tenant_id, one.roles) == (PrincipalKind.MACHINE, ACME, frozenset({Role.CUSTOMER_SERVICE}))
    assert (two.tenant_id, two.roles, two.scopes) == (OTHER, frozenset({Role.AUDITOR}), frozenset({"quotes.*"}))
    assert one.principal_id != two.principal_id


def test_add_operator_key__file__holds_no_key_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "operator.json"
    key = made(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert key not in path.read_text()
    assert key.removeprefix("qok_") not in path.read_text()


def test_authenticate__nothing_shown__a_visitor(tmp_path: Path) -> None:
    made(tmp_path / "operator.json")

    assert OperatorKeys.load(tmp_path / "operator.json").authenticate(asked(None)) == Principal.anonymous()


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("Bearer qok_wrong", "key_invalid"),
        ("Basic YTpi", "unauthenticated"),
        ("Bearer", "unauthenticated"),
        ("Bearer " + "x" * 201, "unauthenticated"),
        ("", "unauthenticated"),
        ("Bearer \xff\xfe", "key_invalid"),
    ],
)
def test_authenticate__not_a_key_of_ours__refused(tmp_path: Path, authorization: str, code: str) -> None:
    made(tmp_path / "operator.json")
    keys = OperatorKeys.load(tmp_path / "operator.json")

    for known in (keys, OperatorKeys()):
        with pytest.raises(Problem) as caught:
            known.authenticate(asked(authorization))
        assert caught.value.code == code
        assert "wrong" not in caught.value.detail


def test_load__others_may_read_it__says_chmod(tmp_path: Path) -> None:
    made(tmp_path / "operator.json")
    (tmp_path / "operator.json").chmod(0o640)

    with pytest.raises(OperatorKeysInvalid, match="chmod 600"):
        OperatorKeys.load(tmp_path / "operator.json")


@pytest.mark.parametrize("change", [{"roles": ["owner"]}, {"roles": []}, {"scopes": []}, {"sha256": "00"}, {"x": 1}])
def test_load__file_changed_by_hand__says_where_it_is_wrong(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "operator.json"
    made(path)
    content = json.loads(path.read_text())
    content["keys"][0] |= change
    path.write_text(json.dumps(content))

    with pytest.raises(OperatorKeysInvalid, match=f"keys.0.{next(iter(change))}"):
        OperatorKeys.load(path)


def test_load__missing__says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(OperatorKeysInvalid, match="quittance backend operator-key"):
        OperatorKeys.load(tmp_path / "none.json")


def test_add_operator_key__no_scope__refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(OperatorKeysInvalid, match="a role and a scope"):
        add_operator_key(tmp_path / "operator.json", tenant_id=ACME, roles=[Role.AUDITOR], scopes=[])

    assert not (tmp_path / "operator.json").exists()
