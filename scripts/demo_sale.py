"""Selling policies over the API, as policyholders with wallets would buy them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx
from eth_account.signers.local import LocalAccount

from domain.flight import FlightKey
from domain.money import TokenUnits
from domain.reports import Quote
from ledger.bindings import TestStablecoin
from ledger.sender import Sender
from ledger.typed_data import acceptance_digest, permit_digest, sign_digest

BATCH = 50
SELLERS = 3
HOLDERS_PER_MINT = 200
PURSE = 1_000_000_000
"""Token units each policyholder has, enough for any premium."""
TOKEN_NAME = "Test Dollar"
SUM_STEP = 50_000_000


class SaleFailed(RuntimeError):
    """The API refused what it should have taken; says what it said."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one policyholder wants. `sum_insured` in token units."""

    holder: LocalAccount
    flight: FlightKey
    sum_insured: int


def draw_wishes(
    flights: Sequence[FlightKey], holders: Sequence[LocalAccount], *, seed: int, least: int, most: int
) -> list[Wish]:
    """One wish for each holder: a flight and a sum insured in steps of 50 tokens, drawn by the seed alone."""
    chance = random.Random(seed)  # not for secrets: a demonstration must be repeatable
    steps = (most - least) // SUM_STEP
    return [Wish(h, chance.choice(flights), least + SUM_STEP * chance.randint(0, steps)) for h in holders]


def fund(sender: Sender, token: str, holders: Sequence[LocalAccount]) -> Iterator[int]:
    """Issue test tokens to all holders; yields how many have theirs."""
    addresses = [holder.address for holder in holders]
    keys = []
    for start in range(0, len(addresses), HOLDERS_PER_MINT):
        page = addresses[start : start + HOLDERS_PER_MINT]
        key = f"fund/{start}"
        sender.submit(key, token, TestStablecoin.mint_each(page, PURSE).data, gas=80_000 + 32_000 * len(page))
        keys.append(key)
    for number, key in enumerate(keys, start=1):
        if not sender.wait([key])[0].succeeded:
            raise SaleFailed(f"test tokens could not be issued ({key})")
        yield min(number * HOLDERS_PER_MINT, len(addresses))


@dataclass(frozen=True, slots=True)
class Shop:
    """Where to buy: API, the till's key to it, product and the addresses a holder signs over."""

    api: str
    key: str = field(repr=False)
    chain_id: int
    product: str
    token: str
    treasury: str


@dataclass(frozen=True, slots=True)
class Sold:
    """Acceptances that were taken, and applications that were refused, with the reason."""

    quotes: list[dict[str, Any]]
    refusals: list[str]


def sell(shop: Shop, wishes: Sequence[Wish], progress: Callable[[int], None]) -> Sold:
    """Ask for quotes, accept them, and hand the acceptances in; `progress` is told how many more are in.

    Raises:
        SaleFailed
    """
    pages = [wishes[start : start + BATCH] for start in range(0, len(wishes), BATCH)]
    sold = Sold([], [])
    with (
        httpx.Client(
            base_url=shop.api, headers={"Authorization": f"Bearer {shop.key}"}, timeout=120, trust_env=False
        ) as client,
        ThreadPoolExecutor(SELLERS) as sellers,
    ):
        for page in sellers.map(lambda batch: _sell_batch(client, shop, batch), pages):
            sold.quotes.extend(page.quotes)
            sold.refusals.extend(page.refusals)
            progress(len(page.quotes))
    return sold


def _sell_batch(client: httpx.Client, shop: Shop, wishes: Sequence[Wish]) -> Sold:
    applications = [
        {
            "insured_event": wish.flight.text(), "holder": wish.holder.address, "sum_insured": wish.sum_insured,
            "applicant": _applicant(wish.holder.address),
        }
        for wish in wishes
    ]  # fmt: skip
    answer = _post(client, "/v1/quotes", {"product": shop.product, "applications": applications})
    by_holder = {wish.holder.address: wish.holder for wish in wishes}
    acceptances = [accepted(shop, quote, by_holder[quote["holder"]]) for quote in answer["quotes"]]
    if acceptances:
        _post(client, "/v1/policies", {"acceptances": acceptances})
    refusals = [f"{refusal['insured_event']}: {refusal['detail']}" for refusal in answer["refusals"]]
    return Sold(answer["quotes"], refusals)


def _applicant(address: str) -> dict[str, str]:
    """A made-up person: encrypted by the backend like a real one."""
    return {"name": f"Passenger {address[-6:]}", "contact": f"{address}@example.org"}


def accepted(shop: Shop, view: dict[str, Any], holder: LocalAccount) -> dict[str, Any]:
    """A holder's acceptance of a quote, with the permit for its premium, as the API takes it."""
    quote = Quote(
        application_id=int(view["application_id"], 16), holder=view["holder"], underwriter=view["underwriter"],
        insured_event=view["insured_event"], occurs_at=view["occurs_at"], sum_insured=TokenUnits(view["sum_insured"]),
        premium=TokenUnits(view["premium"]), valid_until=view["valid_until"],
    )  # fmt: skip
    key = bytes(holder.key)
    accepted = sign_digest(key, acceptance_digest(quote, chain_id=shop.chain_id, product=shop.product))
    digest = permit_digest(
        token=shop.token, token_name=TOKEN_NAME, chain_id=shop.chain_id, owner=quote.holder, spender=shop.treasury,
        value=quote.premium, nonce=0, deadline=quote.valid_until,
    )  # fmt: skip
    permit = sign_digest(key, digest)
    return {
        "quote_id": view["quote_id"],
        "acceptance": "0x" + accepted.hex(),
        "permit": {
            "value": quote.premium, "deadline": quote.valid_until, "v": permit[64],
            "r": "0x" + permit[:32].hex(), "s": "0x" + permit[32:64].hex(),
        },
    }  # fmt: skip


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
    if response.is_success:
        answer: dict[str, Any] = response.json()
        return answer
    try:
        detail = response.json().get("detail", response.text)
    except ValueError:
        detail = response.text
    raise SaleFailed(f"POST {path} answered {response.status_code}: {str(detail)[:400]}")


def replaced(wishes: Sequence[Wish], flights: Sequence[FlightKey], refused: Sequence[str], seed: int) -> list[Wish]:
    """The wishes for refused flights again, each for another flight, drawn by the seed."""
    chance = random.Random(seed + 1)
    gone = {text.split(": ")[0] for text in refused}
    others = [flight for flight in flights if flight.text() not in gone]
    if not others:
        raise SaleFailed("no flight of this day can be insured: choose another --day")
    return [replace(wish, flight=chance.choice(others)) for wish in wishes if wish.flight.text() in gone]
