"""TLS for everything that leaves this machine (plan P24): an address without it is refused before it is used."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from backend.config import Settings

PLAIN_SCHEMES = ("http", "tcp", "ws")
SAFE_SSL_MODES = ("verify-ca", "verify-full")


class TransportUnsafe(Exception):
    """An address is reached over a network without TLS. The text names the setting and what to do."""


def require_tls(settings: Settings, rpc_url: str) -> None:
    """Pass when every address in the settings is on this machine, has TLS, or is named in `plain_hosts`.

    Args:
        rpc_url: First node of the chain, of the deployment file.
    Raises:
        TransportUnsafe: Of the first that is not.
    """
    for name, url in _addresses(settings, rpc_url):
        parsed = urlsplit(url)
        host = parsed.hostname or ""
        if parsed.scheme in PLAIN_SCHEMES and not _near(host, settings):
            raise TransportUnsafe(
                f"{name} is {parsed.scheme}://{host}, which anybody on the way can read and change. Use https://, or "
                f"name {host} in QUITTANCE_PLAIN_HOSTS when the network to it is yours alone."
            )


def _addresses(settings: Settings, rpc_url: str) -> Iterator[tuple[str, str]]:
    yield "rpc_url of the deployment file", rpc_url
    yield "QUITTANCE_SECOND_RPC_URL", settings.second_rpc_url
    yield "QUITTANCE_PUBLIC_RPC_URL", settings.public_rpc_url
    yield "QUITTANCE_PUBLIC_ORIGIN", settings.public_origin
    yield "QUITTANCE_SMS_URL", settings.sms_url
    yield "QUITTANCE_SOURCES_URL", settings.sources_url
    yield "QUITTANCE_TRACES_URL", settings.traces_url
    yield "QUITTANCE_VAULT_TRANSIT_URL", settings.vault_transit_url
    yield "QUITTANCE_VIRUS_SCANNER", settings.virus_scanner
    yield from (("QUITTANCE_NODE_URLS", url) for url in settings.node_urls)


def require_database_tls(settings: Settings) -> None:
    """Pass when the database is on this machine, has to prove who it is, or its host is in `plain_hosts`.

    Raises:
        TransportUnsafe
    """
    if not settings.database_url:
        return
    url = make_url(settings.database_url)
    host = url.host or str(url.query.get("host", ""))
    mode = str(url.query.get("sslmode", ""))
    if host and not host.startswith("/") and not _near(host, settings) and mode not in SAFE_SSL_MODES:
        raise TransportUnsafe(
            f"QUITTANCE_DATABASE_URL reaches {host} with sslmode {mode or 'prefer'}: a machine on the way may turn "
            "that off, or answer for the database. Add ?sslmode=verify-full&sslrootcert=FILE, or name the host in "
            "QUITTANCE_PLAIN_HOSTS when the network to it is yours alone."
        )


def _near(host: str, settings: Settings) -> bool:
    if host == "localhost" or host in settings.plain_hosts:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
