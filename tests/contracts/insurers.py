"""Registering insurers: right unless a test changes a field."""

from __future__ import annotations

from typing import Any

from brownie import accounts
from brownie.network.account import Account
from chain_clock import HOUR
from parties import Person, person

from scripts.brownie.deploy import ROLES, House, Parties, register_insurer

PARTS = ("product manager", "underwriter", "treasurer", "guardian")
NAMES = ("name", "symbol", "asset", "administrator", "adminDelaySeconds", "holders")


def admit(house: House, people: dict[str, Person], founder: str) -> None:
    """Let this account register an insurer."""
    house.registry.admitFounder(founder, True, people["platform registrar"].sends)


def registration(house: House, **changes: Any) -> tuple[Any, ...]:
    """A right registration of "Another Insurer", whose people are called "other ...", but for `changes`."""
    fields = {
        "name": "Another Insurer",
        "symbol": "aCAP",
        "asset": house.token.address,
        "administrator": person("other administrator").address,
        "adminDelaySeconds": HOUR,
        "holders": holders(),
        **changes,
    }
    return tuple(fields[name] for name in NAMES)


def holders() -> list[tuple[int, str, int]]:
    """Everybody with a role in the other insurer's house."""
    parts = {**{part: part for part in PARTS}, "committee member": "committee", "adjuster": "adjuster"}
    roles = {part: ROLES[role.upper().replace(" ", "_")] for part, role in parts.items()}
    return [(role, person(f"other {part}").address, 0) for part, role in roles.items()] + [
        (ROLES["PAYMENT_CLERK"], person("other payment clerk").address, 0)
    ]


def second_insurer(house: House, people: dict[str, Person], founder: Account | None = None) -> House:
    """Another insurer of the same network. Its people hold the same roles, each in their own house."""
    founder = founder or accounts[0]
    admit(house, people, founder.address)
    parties = Parties(
        deployer=founder,
        platform_administrator=people["platform administrator"].address,
        platform_registrar=people["platform registrar"].address,
        oracle_governor=people["oracle governor"].address,
        log_writer=people["log writer"].address,
        issuer=people["issuer"].address,
        signers=(),
        faults=1,
        administrator=person("other administrator").address,
        **{part.replace(" ", "_"): person(f"other {part}").address for part in PARTS},
        adjusters=(person("other adjuster").address,),
        committee=(person("other committee member").address,),
        payment_clerks=(person("other payment clerk").address,),
        admin_delay_seconds=HOUR,
    )
    return register_insurer(house.platform, parties, "Another Insurer", "aCAP")
