"""Nothing leaves this machine without TLS, unless the operator says that the network is theirs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from backend.config import Settings
from backend.database import DatabaseUnavailable, database_url
from backend.transport import TransportUnsafe, require_database_tls, require_tls

NEAR = "http://127.0.0.1:8545"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("second_rpc_url", "http://node.example:8545"), ("public_origin", "http://insurer.example"),
        ("sms_url", "http://sms.example/v1"), ("sources_url", "http://sources.example"),
        ("traces_url", "http://traces.example/v1/traces"), ("vault_transit_url", "http://vault.example:8200"),
        ("virus_scanner", "tcp://scanner.example:3310"), ("node_urls", ("https://a.example", "http://10.0.0.7:8701")),
    ],
)  # fmt: skip
def test_require_tls__address_elsewhere_without_it__names_setting_and_remedy(setting: str, value: object) -> None:
    with pytest.raises(TransportUnsafe, match=rf"QUITTANCE_{setting.upper()} is .+ QUITTANCE_PLAIN_HOSTS"):
        require_tls(Settings(**{setting: value}), NEAR)


def test_require_tls__chain_elsewhere_without_it__names_the_deployment_file() -> None:
    with pytest.raises(TransportUnsafe, match=r"rpc_url of the deployment file is http://node\.example"):
        require_tls(Settings(), "http://node.example:8545")


@pytest.mark.parametrize(
    "query", ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=require", "?sslmode=allow"]
)  # require believes whoever answers
def test_require_tls__database_elsewhere_that_proves_nothing__refused(query: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"QUITTANCE_DATABASE_URL reaches db\.example .+sslmode=verify-full"):
        database_url(Settings(database_url=f"postgresql://quittance@db.example/quittance{query}"))


@pytest.mark.parametrize(
    "told",
    [
        {}, {"public_origin": "https://insurer.example"}, {"public_origin": "http://localhost:8400"},
        {"second_rpc_url": "http://[::1]:8545"}, {"node_urls": "http://127.0.0.1:8701,https://node.example"},
        {"virus_scanner": "unix:/run/clamd.sock"}, {"database_url": "postgresql:///quittance?host=/run/postgresql"},
        {"database_url": "postgresql://quittance@127.0.0.1/quittance"},
        {"database_url": "postgresql://quittance@db.example/quittance?sslmode=verify-full"},
        {"sms_url": "http://sms.internal/v1", "plain_hosts": "db.internal, sms.internal"},
        {"database_url": "postgresql://q@db.internal/q", "plain_hosts": "db.internal"},
    ],
)  # fmt: skip
def test_require_tls__near_or_safe_or_said_to_be_ones_own__passes(told: dict[str, str]) -> None:
    settings = Settings(**told)

    require_tls(settings, NEAR)
    require_database_tls(settings)


def test_settings__plain_hosts__a_list_by_commas() -> None:
    assert Settings(plain_hosts=" a, b ,").plain_hosts == ("a", "b")
    with pytest.raises(ValidationError):
        Settings(plain_hosts=7)
