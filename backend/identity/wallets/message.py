"""Messages of Sign-In with Ethereum, read strictly by the ABNF of EIP-4361.

A message is taken only as a whole: every line where the grammar has it, nothing before, between or after. What is
read can be written again and gives the same text, so what a person saw in the wallet is what is checked.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime

from domain.errors import AddressInvalid
from domain.hashing import checksum_address

MAX_CHARACTERS = 4_096
_HEADER = " wants you to sign in with your Ethereum account:"
_PCT = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|{_PCT})"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|{_PCT})*)"
_AUTHORITY = rf"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|{_PCT})*@)?(?P<host>{_HOST})(?::[0-9]*)?"
_HIER = rf"(?://{_AUTHORITY}(?:/{_PCHAR}*)*|/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_PCHAR}+(?:/{_PCHAR}*)*|)"
_URI = re.compile(rf"{_SCHEME}:{_HIER}(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?")
_DOMAIN = re.compile(_AUTHORITY)
_FIRST = re.compile(rf"(?:(?P<scheme>{_SCHEME})://)?(?P<domain>[^\s/]+){re.escape(_HEADER)}")
_STATEMENT = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;= ]+")
_NONCE = re.compile(r"[A-Za-z0-9]{8,}")
_CHAIN_ID = re.compile(r"[0-9]{1,78}")
_REQUEST_ID = re.compile(rf"{_PCHAR}*")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class MessageInvalid(ValueError):
    """The text is no EIP-4361 message. Says at which field; repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """A message as EIP-4361 has it. Times are kept as they were written; see `unix_seconds`."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: str
    scheme: str | None = None
    statement: str | None = None
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None

    def text(self) -> str:
        """The message as the wallet shows and signs it."""
        lines = [f"{self.scheme}://" if self.scheme else "", self.domain, _HEADER]
        body = ["".join(lines), self.address, ""]
        body += [self.statement] if self.statement is not None else []
        body += ["", f"URI: {self.uri}", "Version: 1", f"Chain ID: {self.chain_id}", f"Nonce: {self.nonce}"]
        body.append(f"Issued At: {self.issued_at}")
        for name, value in (
            ("Expiration Time: ", self.expiration_time), ("Not Before: ", self.not_before),
            ("Request ID: ", self.request_id),
        ):  # fmt: skip
            body += [] if value is None else [name + value]
        if self.resources is not None:
            body += ["Resources:", *(f"- {resource}" for resource in self.resources)]
        return "\n".join(body)


def unix_seconds(date_time: str) -> float:
    """The moment an RFC 3339 date-time names, as unix seconds.

    Raises:
        MessageInvalid
    """
    parts = _DATE_TIME.fullmatch(date_time)
    if parts is None:
        raise MessageInvalid("a time is not written by RFC 3339, such as 2026-11-22T13:00:00Z")
    date, time, fraction, zone = parts.groups()
    micros = "." + (fraction or ".0")[1:7].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{date}T{time}{micros}{'+00:00' if zone in 'Zz' else zone}").timestamp()
    except (ValueError, OverflowError) as error:
        raise MessageInvalid("a time is none the calendar has") from error


def read_message(text: str) -> SignInMessage:
    """The message a text is.

    Raises:
        MessageInvalid
    """
    if len(text) > MAX_CHARACTERS:
        raise MessageInvalid(f"the message has {len(text)} characters, at most {MAX_CHARACTERS} are read")
    lines = _Lines(text.split("\n"))
    first = _FIRST.fullmatch(lines.take("first line"))
    if first is None:
        raise MessageInvalid("the first line is not 'domain wants you to sign in with your Ethereum account:'")
    address = _address(lines.take("address"))
    statement = _statement(lines)
    message = SignInMessage(
        scheme=first["scheme"], domain=_domain(first["domain"]), address=address, statement=statement,
        uri=_uri(lines.labelled("URI: "), "URI"), chain_id=_version_and_chain(lines),
        nonce=_matching(_NONCE, lines.labelled("Nonce: "), "Nonce"), issued_at=_time(lines.labelled("Issued At: ")),
        expiration_time=_time_or_none(lines.optional("Expiration Time: ")),
        not_before=_time_or_none(lines.optional("Not Before: ")),
        request_id=_request_id(lines.optional("Request ID: ")), resources=_resources(lines),
    )  # fmt: skip
    if lines.rest():
        raise MessageInvalid("there is something after the last field, or a field out of order")
    if message.text() != text:
        raise MessageInvalid("Chain ID is not written in its shortest form")
    return message


class _Lines:
    """Lines of a message, taken one after the other."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._next = 0

    def take(self, what: str) -> str:
        """The next line."""
        if self._next >= len(self._lines):
            raise MessageInvalid(f"{what} is missing")
        self._next += 1
        return self._lines[self._next - 1]

    def labelled(self, label: str) -> str:
        """What follows a label that must be here."""
        line = self.take(label.rstrip(": "))
        if not line.startswith(label):
            raise MessageInvalid(f"{label.rstrip(': ')} is missing or not in its place")
        return line[len(label) :]

    def optional(self, label: str) -> str | None:
        """What follows a label that may be here."""
        if self._next < len(self._lines) and self._lines[self._next].startswith(label):
            return self.take(label)[len(label) :]
        return None

    def rest(self) -> list[str]:
        """Lines not taken yet."""
        return self._lines[self._next :]


def _statement(lines: _Lines) -> str | None:
    """The statement between its empty lines; without one there are two empty lines."""
    if lines.take("the empty line after the address"):
        raise MessageInvalid("an empty line must follow the address")
    line = lines.take("statement")
    if not line:
        return None
    if lines.take("the empty line after the statement"):
        raise MessageInvalid("an empty line must follow the statement")
    return _matching(_STATEMENT, line, "statement")


def _version_and_chain(lines: _Lines) -> int:
    if lines.labelled("Version: ") != "1":
        raise MessageInvalid("Version is not 1")
    return int(_matching(_CHAIN_ID, lines.labelled("Chain ID: "), "Chain ID"))


def _resources(lines: _Lines) -> tuple[str, ...] | None:
    if not lines.rest() or lines.rest()[0] != "Resources:":
        return None
    lines.take("Resources")
    found = []
    while (resource := lines.optional("- ")) is not None:
        found.append(_uri(resource, "Resources"))
    return tuple(found)


def _matching(pattern: re.Pattern[str], value: str, field: str) -> str:
    if not pattern.fullmatch(value):
        raise MessageInvalid(f"{field} is not written as EIP-4361 has it")
    return value


def _address(value: str) -> str:
    try:
        known = re.fullmatch(r"0x[0-9a-fA-F]{40}", value) and checksum_address(value) == value
    except AddressInvalid:
        known = False
    if not known:
        raise MessageInvalid("address is not 0x and 40 hex digits with the capitals of EIP-55")
    return value


def _domain(value: str) -> str:
    parts = _DOMAIN.fullmatch(value)
    if parts is None or not parts["host"] or not _real_host(parts["host"]):
        raise MessageInvalid("domain is not an authority as RFC 3986 has it")
    return value


def _uri(value: str, field: str) -> str:
    parts = _URI.fullmatch(value)
    if parts is None or not _real_host(parts["host"] or ""):
        raise MessageInvalid(f"{field} is not a URI as RFC 3986 has it")
    return value


def _real_host(host: str) -> bool:
    if not host.startswith("["):
        return True
    try:
        return ipaddress.ip_address(host[1:-1]).version == 6
    except ValueError:
        return False


def _time(value: str) -> str:
    unix_seconds(value)
    return value


def _time_or_none(value: str | None) -> str | None:
    return None if value is None else _time(value)


def _request_id(value: str | None) -> str | None:
    return None if value is None else _matching(_REQUEST_ID, value, "Request ID")
