"""Brownie on its own anvil: without a race, and without asking what cannot have changed.

Anvil answers `eth_sendTransaction` before the block is there, and shows the sender's new nonce a moment before the
receipt. Brownie, asking in between, takes the transaction for dropped, or sleeps a second before it asks again.

As it comes, Brownie also spends half its requests on the chain's number, on limits that are a setting of this
anvil, and on a snapshot after every transaction for an `undo` that no test uses.
"""

from __future__ import annotations

import time
from typing import Any

import requests
from brownie import network, web3
from brownie.network.state import Chain
from web3 import HTTPProvider
from web3.middleware import Web3Middleware

SENDING = ("eth_sendTransaction", "eth_sendRawTransaction")
CONSTANT = ("eth_chainId",)
PATIENCE_SECONDS = 60.0


class QuickAnvil(Web3Middleware):
    """Answers a sending call when the transaction has its receipt, and asks for the chain's number once."""

    def wrap_make_request(self, make_request: Any) -> Any:
        known: dict[str, Any] = {}

        def answer_when_mined(method: str, params: Any) -> Any:
            if method in known:
                return known[method]
            answer = make_request(method, params)
            if method in CONSTANT and answer.get("result"):
                known[method] = answer
            until = time.monotonic() + PATIENCE_SECONDS
            while method in SENDING and answer.get("result") and time.monotonic() < until:
                if make_request("eth_getTransactionReceipt", [answer["result"]])["result"]:
                    break
                time.sleep(0.005)
            return answer

        return answer_when_mined


def _remember_nothing(*_: object) -> None:
    """In place of what Brownie does after each transaction to undo it alone: tests return to a snapshot instead."""


def make_quick() -> None:
    """Speak to the anvil Brownie has started over one kept connection, with its limit as it is now."""
    session = requests.Session()
    session.trust_env = False  # else it reads the environment's proxies for every request to this machine
    web3.provider = HTTPProvider(web3.provider.endpoint_uri, {"timeout": 60}, session=session)
    web3.middleware_onion.add(QuickAnvil, "quick anvil")
    network.gas_limit(web3.eth.get_block("latest").gasLimit)
    Chain._add_to_undo_buffer = _remember_nothing
