"""The chain as claims ask it. Implements `ClaimChain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from faster_eth_abi.abi import encode

from backend.chain.simulation import Refusal, simulate
from backend.claims.ports import Postage, Token
from domain.panel import SEATS
from ledger.bindings import ClaimsDesk, ClaimsLens, DisputePanel, NextStep, TestStablecoin, Treasury
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError
from ledger.sender import FeeTooHigh
from ledger.signing import FeePolicy
from ledger.typed_data import SignatureInvalid, recover

FEES: Final = FeePolicy()
_IS_VALID: Final = bytes.fromhex("1626ba7e")
"""`isValidSignature(bytes32,bytes)`, which is also what it answers. Source: ERC-1271."""


@dataclass(frozen=True, slots=True)
class DeployedClaims:
    """One deployment's desk, lens and panel."""

    rpc: Rpc
    deployment: Deployment

    @property
    def chain_id(self) -> int:
        """See `ClaimChain`."""
        return self.deployment.chain_id

    @property
    def desk(self) -> str:
        """See `ClaimChain`."""
        return self.deployment.contracts["ClaimsDesk"]

    @property
    def panel(self) -> str:
        """See `ClaimChain`."""
        return self.deployment.contracts["DisputePanel"]

    def time(self) -> int:
        """See `ClaimChain`."""
        return int(self.rpc.block("latest")["timestamp"], 16)

    def nonce(self, signer: str) -> int:
        """See `ClaimChain`."""
        return self.rpc.eth_call(self.desk, ClaimsDesk.nonces(signer), "latest")

    def next_step(self, claim_id: int) -> NextStep:
        """See `ClaimChain`."""
        return self.rpc.eth_call(self._lens, ClaimsLens.next_step(self.desk, claim_id), "latest")

    def draw_until(self, claim_id: int) -> int:
        """See `ClaimChain`."""
        number = self.rpc.eth_call(self.panel, DisputePanel.dispute_of(self.desk, claim_id), "latest")
        dispute = self.rpc.eth_call(self.panel, DisputePanel.dispute(number), "latest")
        return dispute.waiting_since + self.rpc.eth_call(self.panel, DisputePanel.draw_seconds(), "latest")

    def deposit_for(self, claim_id: int) -> tuple[int, int]:
        """See `ClaimChain`."""
        return self.rpc.eth_call(self._lens, ClaimsLens.deposit_for(self.desk, claim_id), "latest")

    def refusal(self, sender: str, calldata: bytes, to: str = "") -> Refusal | None:
        """See `ClaimChain`."""
        return simulate(self.rpc, sender, to or self.desk, calldata)

    def draws_in_vain(self, claimant: str, calldata: bytes) -> bool:
        """See `ClaimChain`. A draw whose block's hash is gone seats nobody, but lets the next one."""
        call = {"from": claimant, "to": self.panel, "data": "0x" + calldata.hex()}
        if int(str(self.rpc.call("eth_call", call, "latest")), 16):
            return False
        bench = self.rpc.eth_call(self.panel, DisputePanel.bench(), "latest")
        able = [one.consumer_advocate for one in bench if not one.removed_block and one.account != claimant]
        return not any(able) or able.count(False) < SEATS - 1

    def granted(self, adjuster: str, calldata: bytes) -> int:
        """See `ClaimChain`."""
        call = {"from": adjuster, "to": self.desk, "data": "0x" + calldata.hex()}
        return int(str(self.rpc.call("eth_call", call, "latest")), 16)

    def is_signed(self, signer: str, digest: bytes, signature: bytes) -> bool:
        """See `ClaimChain`."""
        try:
            if recover(digest, signature) == signer:
                return True
        except SignatureInvalid:
            pass  # of a contract, perhaps
        if self.rpc.call("eth_getCode", signer, "latest") in ("0x", "0x0", None):
            return False
        data = _IS_VALID + encode(["bytes32", "bytes"], [digest, signature])
        try:
            answer = self.rpc.call("eth_call", {"to": signer, "data": "0x" + data.hex()}, "latest")
        except RpcError:
            return False  # it reverted: not this wallet's signature
        return isinstance(answer, str) and bytes.fromhex(answer[2:]) == _IS_VALID + bytes(28)

    def token_of(self, treasury: str, holder: str) -> Token:
        """See `ClaimChain`."""
        token = self.rpc.eth_call(treasury, Treasury.asset(), "latest")
        name, allowance, balance, nonce = self.rpc.eth_calls(
            [
                (token, TestStablecoin.name()),
                (token, TestStablecoin.allowance(holder, self.panel)),
                (token, TestStablecoin.balance_of(holder)),
                (token, TestStablecoin.nonces(holder)),
            ]
        )
        return Token(token, name, allowance, balance, nonce)

    def postage(self, sender: str, calldata: bytes) -> Postage:
        """See `ClaimChain`. Twice the base fee, so that it is mined in some blocks whatever the next ones cost."""
        request = {"from": sender, "to": self.desk, "data": "0x" + calldata.hex()}
        gas = int(str(self.rpc.call("eth_estimateGas", request)), 16) * 5 // 4
        base = int(self.rpc.block("latest").get("baseFeePerGas", "0x0"), 16)
        if 2 * base + FEES.priority_fee > FEES.cap:
            raise FeeTooHigh(f"base fee {base} wei a gas, twice and with a tip, exceeds the cap of {FEES.cap} wei")
        nonce = int(str(self.rpc.call("eth_getTransactionCount", sender, "latest")), 16)
        balance = int(str(self.rpc.call("eth_getBalance", sender, "latest")), 16)
        return Postage(nonce, gas, 2 * base + FEES.priority_fee, FEES.priority_fee, balance)

    def reverted(self, transaction_hash: bytes) -> int | None:
        """See `ClaimChain`."""
        receipt = self.rpc.call("eth_getTransactionReceipt", "0x" + transaction_hash.hex())
        return None if receipt is None or int(receipt["status"], 16) else int(receipt["blockNumber"], 16)

    def broadcast(self, raw: bytes) -> None:
        """See `ClaimChain`."""
        self.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())

    @property
    def _lens(self) -> str:
        return self.deployment.contracts["ClaimsLens"]
