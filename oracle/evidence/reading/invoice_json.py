"""A bill or medical record as JSON, as an insurer's evidence store hands it out. Runs in the sealed process only.

    {"kind": "invoice", "issuer": "...", "issuer_code": "...", "number": "...", "issued_on": "2026-03-01",
     "currency": "USD", "lines": [{"text": "...", "amount_minor": 12000}], "net_minor": 12000, "tax_minor": 0,
     "total_minor": 12000, "codes": ["J18.9"]}

Other JSON is read as text. Amounts are whole minor units; a float is refused, and so is a bill in which a name stands
twice: it says two things, and who reads it chooses.
"""

from __future__ import annotations

import json
from typing import Final

from pydantic import TypeAdapter, ValidationError

from oracle.evidence.reading.result import Invoice, Unreadable

KIND: Final = "invoice"
_STRICT: Final = TypeAdapter(Invoice)


def invoice_in(content: bytes) -> Invoice | None:
    """The bill in a JSON file; None: it is something else.

    Raises:
        Unreadable: `MALFORMED_JSON`, `INVOICE_FIELDS`.
    """
    twice = list[str]()

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        told = dict(found)
        twice.extend(told if len(told) < len(found) else ())
        return told

    try:
        document = json.loads(content.decode("utf-8-sig"), parse_float=_no_float, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise Unreadable("MALFORMED_JSON") from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        return None
    if twice:
        raise Unreadable("INVOICE_FIELDS")
    try:
        fields = {name: value for name, value in document.items() if name != "kind"}
        invoice = _STRICT.validate_json(json.dumps(fields), strict=True)
    except (ValidationError, ValueError, RecursionError) as error:
        raise Unreadable("INVOICE_FIELDS") from error
    return invoice.model_copy(update={"codes": tuple(code.strip().upper() for code in invoice.codes)})


def _no_float(text: str) -> str:
    """A float stays text, which no amount accepts and free JSON does not mind."""
    return text
