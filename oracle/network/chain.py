"""The chain as rounds need it: a final block, and the signer set that speaks there."""

from __future__ import annotations

from ledger.bindings import OracleQuorum
from ledger.codec import checksum
from ledger.rpc import Rpc
from oracle.claims.facts import Block
from oracle.network.wanted import SignerSet


class RoundChain:
    """Reads over JSON-RPC. Every method raises `RpcError`, `RpcUnavailable`.

    The chain is looked at several times a block. Signer sets read at a block are kept until another is asked about;
    blocks are told apart by their hashes, so one that takes another's place is read anew.

    Args:
        confirmations: Depth at which a block counts as final; 1 is the newest.
    """

    def __init__(self, rpc: Rpc, confirmations: int) -> None:
        self._rpc = rpc
        self._confirmations = confirmations
        self._read_at = ""
        self._sets: dict[tuple[str, int | None], SignerSet] = {}

    def final_block(self) -> Block:
        """The newest block that counts as final."""
        header = self._rpc.block("latest")
        back = self._confirmations - 1
        if back:
            header = self._rpc.block(max(0, int(header["number"], 16) - back))
        return Block(int(header["number"], 16), str(header["hash"]), int(header["timestamp"], 16))

    def signer_set(self, quorum: str, block: Block, epoch: int | None = None) -> SignerSet:
        """Who speaks for a quorum at a block, or spoke in an epoch."""
        if self._read_at != block.hash:
            self._read_at = block.hash
            self._sets.clear()
        if (quorum, epoch) not in self._sets:
            self._sets[quorum, epoch] = self._read_set(quorum, block, epoch)
        return self._sets[quorum, epoch]

    def _read_set(self, quorum: str, block: Block, epoch: int | None) -> SignerSet:
        if epoch is None:
            epoch = self._rpc.eth_call(quorum, OracleQuorum.current_epoch(), block.hash)
        signers, _, _ = self._rpc.eth_call(quorum, OracleQuorum.signer_set(epoch), block.hash)
        ascending = sorted((checksum(signer) for signer in signers), key=lambda signer: int(signer, 16))
        return SignerSet(checksum(quorum), epoch, tuple(ascending))
