"""Signatures as the contract takes them: who signed, remembered, and `OracleQuorum.requireQuorum` in Python."""

from collections import OrderedDict
from collections.abc import Collection, Sequence

from ledger.typed_data import SignatureInvalid, recover

REMEMBERED = 20_000


class Verifier:
    """Who signed a digest. Equal pairs of digest and signature are worked out once; the oldest are forgotten."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._signers: OrderedDict[tuple[bytes, bytes], str | None] = OrderedDict()
        self.worked_out = 0

    def signer(self, digest: bytes, signature: bytes) -> str | None:
        """Address; None for bytes the contract would refuse."""
        key = (digest, signature)
        if key in self._signers:
            return self._signers[key]
        self.worked_out += 1
        try:
            found: str | None = recover(digest, signature)
        except SignatureInvalid:
            found = None
        self._signers[key] = found
        if len(self._signers) > self._remembered:
            self._signers.popitem(last=False)
        return found

    def signed_by(self, node: str, digest: bytes, signature: bytes) -> bool:
        """Whether it is this node's own signature."""
        return self.signer(digest, signature) == node


class QuorumRefused(Exception):
    """The contract would revert; `code` is the name of its error."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(f"{code}: {detail}")


def require_quorum(
    digest: bytes, signers: Collection[str], threshold: int, signatures: Sequence[bytes], verifier: Verifier
) -> None:
    """What `OracleQuorum.requireQuorum` asks of signatures, in its order.

    Raises:
        QuorumRefused: TooFewSignatures, SignatureInvalid (high s among others), SignerNotInSet, SignaturesNotAscending.
    """
    if len(signatures) < threshold:
        raise QuorumRefused("TooFewSignatures", f"{len(signatures)} given, {threshold} needed")
    previous = 0
    for signature in signatures:
        signer = verifier.signer(digest, signature)
        if signer is None:
            raise QuorumRefused("SignatureInvalid", f"0x{signature.hex()} is no signature the contract takes")
        if signer not in signers:
            raise QuorumRefused("SignerNotInSet", f"{signer} is not in the set")
        if int(signer, 16) <= previous:
            raise QuorumRefused("SignaturesNotAscending", f"{signer} stands after a higher one or twice")
        previous = int(signer, 16)
