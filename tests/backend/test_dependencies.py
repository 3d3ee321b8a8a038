"""The transaction of a request."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.quotes import service
from tests.backend.api import PERSON, Api
from tests.backend.flights import flight


def test_transaction__of_a_get__answers_as_of_one_moment(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    (view,) = api.quote(flight(1).text(), applicant=PERSON).json()["quotes"]
    read, seen = service.get_quote, []

    def changed_meanwhile(session: Session, *arguments: Any) -> Any:
        for _ in range(2):
            session.expire_all()
            seen.append(session.scalar(text("SELECT min(premium) FROM quotes")))
            with api.backend.database.every_tenant() as other:
                other.execute(text("UPDATE quotes SET premium = premium + 1"))
        return read(session, *arguments)

    monkeypatch.setattr(service, "get_quote", changed_meanwhile)

    answer = api.client.get(f"/v1/quotes/{view['quote_id']}")

    assert answer.status_code == 200
    assert seen[0] == seen[1]
    assert answer.json()["premium"] == view["premium"]
