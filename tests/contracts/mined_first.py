"""Brownie on anvil without a race.

Anvil answers `eth_sendTransaction` before the block is there, and shows the sender's new nonce a moment before the
receipt. Brownie, asking in between, takes the transaction for dropped, or sleeps a second before it asks again.
"""

from __future__ import annotations

import time
from typing import Any

from web3.middleware import Web3Middleware

SENDING = ("eth_sendTransaction", "eth_sendRawTransaction")
PATIENCE_SECONDS = 60.0


class MinedFirst(Web3Middleware):
    """Answers a sending call when the transaction has its receipt."""

    def wrap_make_request(self, make_request: Any) -> Any:
        def answer_when_mined(method: str, params: Any) -> Any:
            answer = make_request(method, params)
            until = time.monotonic() + PATIENCE_SECONDS
            while method in SENDING and answer.get("result") and time.monotonic() < until:
                if make_request("eth_getTransactionReceipt", [answer["result"]])["result"]:
                    break
                time.sleep(0.005)
            return answer

        return answer_when_mined
