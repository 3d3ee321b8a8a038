"""JSON-RPC against nodes that misbehave: every way of it is an error with a name and the node's address."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ledger.bindings import TestStablecoin
from ledger.codec import selector
from ledger.rpc import MAX_BATCH, Rpc, RpcError, RpcUnavailable
from scripts.anvil import free_port

Answer = Callable[[Any], tuple[int, bytes]]


class Node:
    """A node that answers as the test says."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _: (200, b"{}")
        self.bodies: list[Any] = []
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # http.server's name
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                node.bodies.append(body)
                status, text = node.answer(body)
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def node() -> Iterator[Node]:
    running = Node()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.server.shutdown()
    running.server.server_close()
    thread.join()


@pytest.fixture
def rpc(node: Node) -> Iterator[Rpc]:
    client = Rpc(node.url, timeout_seconds=0.3)
    yield client
    client.close()


def says(value: object, status: int = 200) -> Answer:
    """The same answer to everything."""
    return lambda _: (status, json.dumps(value).encode())


def test_batch__some_fail__keeps_the_order(node: Node, rpc: Rpc) -> None:
    def answer(body: list[dict[str, Any]]) -> tuple[int, bytes]:
        answers = [
            {"id": r["id"], "error": {"code": -32000, "message": f"no {r['params'][0]}"}}
            if r["params"][0] % 3 == 0
            else {"id": r["id"], "result": r["params"][0]}
            for r in reversed(body)
        ]
        return 200, json.dumps(answers).encode()

    node.answer = answer

    results = rpc.batch([("echo", (n,)) for n in range(MAX_BATCH + 7)])

    assert [r for r in results if not isinstance(r, RpcError)] == [n for n in range(MAX_BATCH + 7) if n % 3]
    assert [r.message for r in results if isinstance(r, RpcError)] == [f"no {n}" for n in range(0, MAX_BATCH + 7, 3)]
    assert [len(body) for body in node.bodies] == [MAX_BATCH, 7]


def test_batch__refused_as_a_whole__raises_the_nodes_error(node: Node, rpc: Rpc) -> None:
    node.answer = says({"jsonrpc": "2.0", "id": None, "error": {"code": -32005, "message": "batch too large"}})

    with pytest.raises(RpcError, match="batch too large") as caught:
        rpc.batch([("eth_chainId", ()), ("eth_chainId", ())])

    assert caught.value.code == -32005


@pytest.mark.parametrize("answer", [{"result": 1}, "text", None, [1, 2], 7])
def test_batch__answer_is_no_list_of_answers__names_the_node(node: Node, rpc: Rpc, answer: object) -> None:
    node.answer = says(answer)

    with pytest.raises(RpcUnavailable, match=node.url):
        rpc.batch([("eth_chainId", ())])


def test_batch__an_id_is_missing__names_node_and_method(node: Node, rpc: Rpc) -> None:
    node.answer = lambda body: (200, json.dumps([{"id": body[0]["id"], "result": 1}]).encode())

    with pytest.raises(RpcUnavailable, match=f"{node.url} left eth_blockNumber out"):
        rpc.batch([("eth_chainId", ()), ("eth_blockNumber", ())])


def test_batch__nothing_asked__asks_nothing(node: Node, rpc: Rpc) -> None:
    assert rpc.batch([]) == []
    assert node.bodies == []


def test_call__nobody_listens__names_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(RpcUnavailable, match=url):
        Rpc(url).chain_id()


@pytest.mark.parametrize(
    "secret", ["http://key-of-ours@{}/", "http://{}/v3/key-of-ours", "http://{}/?token=key-of-ours"]
)
def test_call__key_in_the_address__is_in_no_error(node: Node, secret: str) -> None:
    place = node.url.removeprefix("http://")
    node.answer = says({})

    for url in (secret.format(place), secret.format(f"127.0.0.1:{free_port()}")):
        with pytest.raises(RpcUnavailable, match=r"127\.0\.0\.1:") as caught:
            Rpc(url).chain_id()

        assert "key-of-ours" not in str(caught.value)


def test_call__address_is_none__is_unavailable() -> None:
    with pytest.raises(RpcUnavailable, match="no answer from"):
        Rpc("http://").chain_id()


def test_call__server_error_with_a_page__says_the_status(node: Node, rpc: Rpc) -> None:
    node.answer = lambda _: (500, b"<html>Internal Server Error</html>")

    with pytest.raises(RpcUnavailable, match=f"{node.url} answered HTTP 500"):
        rpc.call("eth_chainId")


def test_call__server_error_with_json_rpc_in_it__is_the_nodes_error(node: Node, rpc: Rpc) -> None:
    node.answer = says({"id": 1, "error": {"code": -32603, "message": "internal"}}, status=500)

    with pytest.raises(RpcError, match="internal"):
        rpc.call("eth_chainId")


def test_call__slow_node__is_out_of_time(node: Node, rpc: Rpc) -> None:
    go_on = threading.Event()

    def slow(_: object) -> tuple[int, bytes]:
        go_on.wait(5)
        return 200, b"{}"

    node.answer = slow

    with pytest.raises(RpcUnavailable, match=f"no answer from {node.url} in time"):
        rpc.call("eth_chainId")
    go_on.set()


@pytest.mark.parametrize("answer", [{}, [], "text", None, {"id": 1}])
def test_call__neither_result_nor_error__names_the_node(node: Node, rpc: Rpc, answer: object) -> None:
    node.answer = says(answer)

    with pytest.raises(RpcUnavailable, match=node.url):
        rpc.call("eth_chainId")


def test_call__null_result__is_none(node: Node, rpc: Rpc) -> None:
    node.answer = says({"id": 1, "result": None, "error": None})

    assert rpc.call("eth_getTransactionByHash", "0x00") is None


def test_call__error_is_plain_text__is_an_rpc_error(node: Node, rpc: Rpc) -> None:
    node.answer = says({"id": 1, "error": "rate limited"})

    with pytest.raises(RpcError, match="rate limited"):
        rpc.call("eth_chainId")


def test_block__there_is_none__raises(node: Node, rpc: Rpc) -> None:
    node.answer = says({"id": 1, "result": None})

    with pytest.raises(RpcError, match="block 99 not found"):
        rpc.block(99)


@pytest.mark.parametrize("nested", [False, True], ids=["plain", "one level deeper"])
def test_call__reverted_with_our_error__decodes_it(node: Node, rpc: Rpc, nested: bool) -> None:
    reverted = "0x" + (selector("NothingToSettle()")).hex()
    data = {"data": reverted} if nested else reverted
    node.answer = says({"id": 1, "error": {"code": 3, "message": "execution reverted", "data": data}})

    with pytest.raises(RpcError, match=r"^NothingToSettle\(\)$"):
        rpc.call("eth_call", {})


@pytest.mark.parametrize("data", ["Reverted 0x08c379a0", "0x", "0xzz", "0x123", 7, None, {"x": 1}, "0x" + "ab" * 40])
def test_call__reverted_with_anything_else__keeps_the_message(node: Node, rpc: Rpc, data: object) -> None:
    node.answer = says({"id": 1, "error": {"code": 3, "message": "execution reverted", "data": data}})

    with pytest.raises(RpcError, match=r"execution reverted \(code 3\)") as caught:
        rpc.call("eth_call", {})

    assert caught.value.contract_error is None


def test_eth_calls__one_fails__raises_it(node: Node, rpc: Rpc) -> None:
    node.answer = lambda body: (
        200,
        json.dumps([{"id": r["id"], "error": {"code": 3, "message": "no such block"}} for r in body]).encode(),
    )

    with pytest.raises(RpcError, match="no such block"):
        rpc.eth_calls([("0x" + "11" * 20, TestStablecoin.decimals())], "0x" + "22" * 32)

    assert node.bodies[0][0]["params"][1] == {"blockHash": "0x" + "22" * 32}
