"""A private anvil for one measurement: start, send, read receipts, stop."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from scripts.anvil import running_anvil
from scripts.figures.artifacts import artifacts

TRANSACTION_GAS_CAP: Final = 2**24  # EIP-7825


class MeasurementFailed(RuntimeError):
    """The chain did not do what the measurement needs; the message says what and how to mend it."""


def derived_account(label: str, number: int = 0) -> LocalAccount:
    """A key anybody can derive again: for measurements only, it guards nothing."""
    account: LocalAccount = Account.from_key(Web3.keccak(text=f"quittance figures {label} {number}"))
    return account


class LocalChain:
    """One anvil, its first account, and what a measurement needs of them."""

    def __init__(self, url: str) -> None:
        self.w3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 600}))
        self.sender = self.w3.eth.accounts[0]

    def now(self) -> int:
        """Time of the latest block, unix seconds."""
        return int(self.w3.eth.get_block("latest")["timestamp"])

    def rpc(self, method: str, *params: object) -> object:
        """One raw JSON-RPC call.

        Raises:
            MeasurementFailed: The node answered with an error.
        """
        answer: Mapping[str, Any] = self.w3.provider.make_request(method, list(params))  # type: ignore[arg-type]  # RPCEndpoint is a NewType of str
        if "error" in answer:
            raise MeasurementFailed(f"{method}: {answer['error']}")
        return answer.get("result")

    def move_to(self, timestamp: int) -> None:
        """Mines one block at `timestamp`, unix seconds."""
        self.rpc("evm_setNextBlockTimestamp", timestamp)
        self.rpc("evm_mine")

    def deploy(self, name: str, *args: object) -> Contract:
        """Deploys a compiled contract from the first account."""
        built = artifacts()[name]
        factory = self.w3.eth.contract(abi=built["abi"], bytecode=built["bytecode"])
        receipt = self.w3.eth.wait_for_transaction_receipt(factory.constructor(*args).transact({"from": self.sender}))
        return self.at(name, str(receipt["contractAddress"]))

    def at(self, name: str, address: str) -> Contract:
        """A contract that is there already."""
        return self.w3.eth.contract(address=Web3.to_checksum_address(address), abi=artifacts()[name]["abi"])

    def send(self, contract: Contract, function: str, *args: object, sender: str | None = None) -> int:
        """Sends a transaction under the gas cap of EIP-7825 and returns the gas its receipt says was used.

        Raises:
            MeasurementFailed: It reverted.
        """
        transaction = {"from": sender or self.sender, "gas": TRANSACTION_GAS_CAP}
        data = contract.encode_abi(function, args=list(args))
        sent = self.w3.eth.send_transaction({**transaction, "to": contract.address, "data": data})  # type: ignore[typeddict-item]  # plain strings
        receipt = self.w3.eth.wait_for_transaction_receipt(sent)
        if receipt["status"] != 1:
            raise MeasurementFailed(f"{function}: reverted with {receipt['gasUsed']} gas used")
        return int(receipt["gasUsed"])


@contextmanager
def local_chain() -> Iterator[LocalChain]:
    """Anvil on a free port for as long as the block lasts, its clock set to the present."""
    with running_anvil() as rpc:
        yield LocalChain(rpc.url)
