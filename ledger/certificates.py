"""The certificates that connections are checked against."""

from __future__ import annotations

import ssl
from functools import lru_cache

import httpx


@lru_cache(maxsize=1)
def trusted_certificates() -> ssl.SSLContext:
    """Those httpx trusts, for every client of this process: to read them takes longer than most requests."""
    return httpx.create_ssl_context(trust_env=False)
