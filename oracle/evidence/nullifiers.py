"""Nullifiers: the same incident or invoice gives the same 32 bytes at every node, and tells nobody else anything.

    nullifier = HMAC-SHA-256(key of the epoch, "quittance nullifier 1" ‖ 0x00 ‖ kind ‖ 0x00 ‖ canonical JSON)

Invoices and incidents have few digits: an unkeyed hash of them could be guessed from the chain by trying them all. The
key is shared by the nodes only; without it a nullifier is random. Insurer, product and policy are left out, so that one
loss claimed at two insurers meets in `IncidentRegistry`. ADR 0035.

**Rotation.** The register compares bytes, so a new key alone would hide what was claimed under the old one. `named`
therefore names every incident under the current key *and* under those still kept: claims of before are found as long as
their key is kept, at two nullifiers an identity and 16 for a claim.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.hashing import canonical_json
from domain.ranges import MAX_UINT32, is_whole
from oracle.evidence.refusals import NullifierKeyInvalid
from oracle.risk.fraud.facts import plain

SCHEME: Final = b"quittance nullifier 1"
MOST_NULLIFIERS: Final = 16
"""`IncidentRegistry.MAX_INCIDENTS`."""
LEAST_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class InvoiceIdentity:
    """One bill, whoever hands it in. `issuer` is its tax id or credit code where it has one, else its name."""

    issuer: str
    number: str

    def canonical(self) -> tuple[str, Mapping[str, object]]:
        """Kind and what is hashed."""
        return "invoice", {"issuer": plain(self.issuer), "number": plain(self.number)}


@dataclass(frozen=True, slots=True)
class IncidentIdentity:
    """One thing that happened to one person or object on one day.

    Attributes:
        subject: What does not change between insurers: passport or licence number, vehicle or parcel number.
        peril: Its name in the terms' language of perils, as in "illness".
        day: UTC day of the loss.
    """

    subject: str
    peril: str
    day: date

    def canonical(self) -> tuple[str, Mapping[str, object]]:
        """Kind and what is hashed."""
        told = {"subject": plain(self.subject), "peril": plain(self.peril), "day": self.day.isoformat()}
        return "incident", told


Identity = InvoiceIdentity | IncidentIdentity


@dataclass(frozen=True)
class NullifierKeys:
    """Keys by epoch; the highest is the current one. Never shown, not even in a traceback."""

    by_epoch: Mapping[int, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.by_epoch:
            raise NullifierKeyInvalid("keys", 0, "there is none", "Give the nodes' shared key")
        for epoch, key in self.by_epoch.items():
            if not is_whole(epoch, 1, MAX_UINT32):
                raise NullifierKeyInvalid("epoch", epoch, f"is not 1 to {MAX_UINT32}", "Number keys from 1")
            if len(key) < LEAST_KEY_BYTES:
                problem = f"has {len(key)} bytes, fewer than {LEAST_KEY_BYTES}"
                raise NullifierKeyInvalid(f"key of epoch {epoch}", "hidden", problem, "Draw 32 random bytes")
        if len(set(self.by_epoch.values())) != len(self.by_epoch):
            raise NullifierKeyInvalid("keys", len(self.by_epoch), "two epochs have one key", "Draw a new one")

    @property
    def current(self) -> int:
        """Epoch of the key in use."""
        return max(self.by_epoch)

    def fingerprint(self) -> bytes:
        """What nodes compare to see that they hold the same keys: a keyed hash, from which no key can be had."""
        parts = (
            epoch.to_bytes(4, "big") + hmac.digest(self.by_epoch[epoch], SCHEME + b"\x00fingerprint", "sha256")
            for epoch in sorted(self.by_epoch)
        )
        return hashlib.sha256(b"".join(parts)).digest()


def nullifier(identity: Identity, key: bytes) -> bytes:
    """The 32 bytes of one identity under one key.

    Raises:
        NullifierKeyInvalid: A part of the identity has no letter or digit, so everything would meet in it.
    """
    kind, told = identity.canonical()
    for name, value in told.items():
        if not value:
            raise NullifierKeyInvalid(f"{kind} {name}", value, "has no letter or digit", "Leave the identity out")
    message = b"\x00".join((SCHEME, kind.encode(), canonical_json(told)))
    return hmac.digest(key, message, "sha256")


def named(identities: Iterable[Identity], keys: NullifierKeys) -> tuple[bytes, ...]:
    """Nullifiers of a claim for its loss report: under the current key first, each ascending, none twice.

    Raises:
        NullifierKeyInvalid: There would be more than 16, or an identity is empty.
    """
    known, found = list(identities), list[bytes]()
    for epoch in sorted(keys.by_epoch, reverse=True):
        each = sorted({nullifier(identity, keys.by_epoch[epoch]) for identity in known})
        found += each
    if len(found) > MOST_NULLIFIERS:
        problem = f"are more than the register takes, {MOST_NULLIFIERS}"
        raise NullifierKeyInvalid("nullifiers", len(found), problem, "Retire the oldest key, or split the claim")
    return tuple(found)
