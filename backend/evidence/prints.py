"""Keyed hashes by which the same name or the same bytes are found again; without the key nobody can try guesses."""

from __future__ import annotations

import uuid

from backend.http.server_key import ServerKey


def name_print(key: ServerKey, tenant_id: uuid.UUID, case_id: uuid.UUID, name: str) -> bytes:
    """Of a file's name in one case."""
    return key.mac("evidence-name", tenant_id.bytes + case_id.bytes + name.encode("utf-8"))


def exact_print(key: ServerKey, tenant_id: uuid.UUID, sha256: bytes) -> bytes:
    """Of a file's bytes at one insurer."""
    return key.mac("evidence-file", tenant_id.bytes + sha256)
