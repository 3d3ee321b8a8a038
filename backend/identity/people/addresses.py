"""E-mail addresses as names to sign in by: one spelling for all that mean the same mailbox."""

from __future__ import annotations

import re
import unicodedata

MAX_EMAIL = 254
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class EmailInvalid(ValueError):
    """Not an e-mail address. The text repeats nothing of it."""


def normalise_email(text: str) -> str:
    """The address in one spelling: NFC, lower case, domain in ASCII (IDNA), no blanks around.

    Raises:
        EmailInvalid
    """
    wanted = unicodedata.normalize("NFC", text.strip()).casefold()
    local, at, domain = wanted.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower() if domain else ""
    except UnicodeError:
        ascii_domain = ""
    known = at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain) and ".." not in local
    if not known or local.startswith(".") or local.endswith(".") or len(wanted) > MAX_EMAIL:
        raise EmailInvalid("email is not an address such as name@example.org. Correct it.")
    return f"{local}@{ascii_domain}"
