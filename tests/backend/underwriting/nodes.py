"""Real underwriting nodes, asked without sockets: each is the node's own application over a pretended chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from backend.chain.nodes import Answer, NodeHealth
from tests.oracle.underwriting_samples import PretendedUnderwritingChain, client_of, make_underwriter, product_view


class RealNodes:
    """Implements `OracleNodes` over nodes in this process. `down` are not asked, `altered` change what they say."""

    def __init__(self, clients: Sequence[TestClient]) -> None:
        self.clients = list(clients)
        self.down: set[int] = set()
        self.altered: dict[int, Callable[[Answer], Answer]] = {}
        self.asked: list[str] = []

    @classmethod
    def over_pretended_chain(cls, folder: Path) -> tuple[RealNodes, PretendedUnderwritingChain]:
        """Four nodes, and the chain they see."""
        chain = PretendedUnderwritingChain(product_view(folder))
        return cls([client_of(make_underwriter(n, chain, folder)) for n in range(4)]), chain

    def ask(self, path: str, body: Answer, enough: Callable[[Sequence[Answer]], bool]) -> list[Answer]:
        """See `OracleNodes`."""
        self.asked.append(path)
        answers: list[Answer] = []
        for number, client in enumerate(self.clients):
            if number in self.down:
                continue
            response = client.post(path, json=body)
            if response.status_code == 200:
                found: dict[str, Any] = response.json()
                answers.append(self.altered.get(number, lambda each: each)(found))
                if enough(answers):
                    break
        return answers

    def health(self) -> list[NodeHealth]:
        """See `OracleNodes`."""
        return [NodeHealth(str(n), n not in self.down, None, None) for n in range(len(self.clients))]
