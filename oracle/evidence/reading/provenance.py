"""C2PA: does a file carry a signed account of its origin, and does it hold? Runs in the sealed process only.

Checked: that every hash of the account binds to the bytes and that its signature is right. Not checked: who signed. No
list of trusted signers is shipped, nothing is fetched (no remote account, no OCSP), and an expired or unlisted
certificate alone does not break an account. So `valid` means unchanged since signing, by whomever.
"""

from __future__ import annotations

import io
import json
from typing import Final

import c2pa  # type: ignore[import-untyped]  # ships no types

from domain.evidence.sniff import PDF
from oracle.evidence.reading.result import Provenance

_SETTINGS: Final = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_reading": True}}
_ABOUT_SIGNER: Final = ("signingCredential.", "timeStamp.", "timestamp.")
"""Codes of who signed and when, which say nothing about the bytes."""
_NOT_THERE: Final = ("ManifestNotFound", "NotSupported", "RemoteManifest")


_MARKS: Final = (b"c2pa", b"jumb", b"caBX")
"""One of them is in every picture with an account: label and box type of JUMBF, and PNG's chunk. In a PDF they may be
packed, so PDFs are always asked."""


def provenance_of(content: bytes, media_type: str) -> tuple[Provenance, bool]:
    """Outcome, and whether the signer is trusted."""
    if media_type != PDF and not any(mark in content for mark in _MARKS):
        return Provenance.ABSENT, False
    try:
        # The library's own objects do not outlive a fork, so they are made here and not when the module is loaded.
        context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
        with c2pa.Reader(media_type, io.BytesIO(content), context=context) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        absent = any(name in type(error).__name__ or str(error).startswith(name) for name in _NOT_THERE)
        return (Provenance.ABSENT if absent else Provenance.BROKEN), False
    results = told.get("validation_results") or {}
    failures = [each.get("code", "") for each in (results.get("activeManifest") or {}).get("failure") or ()]
    for ingredient in results.get("ingredientDeltas") or ():
        failures += [each.get("code", "") for each in (ingredient.get("validationDeltas") or {}).get("failure") or ()]
    state = told.get("validation_state", "")
    broken = [code for code in failures if not code.startswith(_ABOUT_SIGNER)]
    if broken or (state == "Invalid" and not failures) or not told.get("active_manifest"):
        return Provenance.BROKEN, False
    return Provenance.VALID, state == "Trusted"
