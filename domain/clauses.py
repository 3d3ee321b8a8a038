"""Clauses people read, and the Merkle tree that binds them to a product. Rule S6."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import TermsInvalid
from domain.hashing import keccak256, utf8

LANGUAGES = ("en", "zh")
EXCLUSION_BITS = 32
"""Places in the bitmap of exclusions that reports, quotes and policies carry."""


class ClauseKind(StrEnum):
    """What a clause is for."""

    COVER = "cover"
    DEFINITION = "definition"
    EXCLUSION = "exclusion"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What a clause excludes, but only from policies that name it.

    Attributes:
        code: Its name in tables and files, as in "stroke-from-hypertension".
        bit: Its place in the bitmap, 0 to 31.
        diagnoses: ICD-10 codes and ranges that touch it (`domain.diagnoses`), for whoever reads evidence; none: no
            code does.
    """

    code: str
    bit: int
    diagnoses: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As it stands in a product document."""
        told: dict[str, object] = {"code": self.code, "bit": self.bit}
        return {**told, "diagnoses": list(self.diagnoses)} if self.diagnoses else told


@dataclass(frozen=True, slots=True)
class Template:
    """A clause's text with its placeholders, in both languages."""

    en: str
    zh: str

    def text(self, language: str) -> str:
        """The template in one of `LANGUAGES`."""
        return {"en": self.en, "zh": self.zh}[language]


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause in both languages, its numbers filled in from the parameters.

    Attributes:
        says: Parameters whose values it states, in alphabetical order. Bound, like `exclusion`, by the document hash,
            not by the leaf, as are the next two.
        exclusion: If it holds only for policies that name it.
        template: What its text was made of, kept where documents show it.
    """

    id: str
    kind: ClauseKind
    text_en: str
    text_zh: str
    says: tuple[str, ...] = ()
    exclusion: Exclusion | None = None
    template: Template | None = None

    def text(self, language: str) -> str:
        """The clause in one of `LANGUAGES`."""
        return {"en": self.text_en, "zh": self.text_zh}[language]

    def leaf(self) -> bytes:
        """Leaf of the clause tree: a double keccak, so that no inner node can pass for a leaf."""
        return keccak256(self.words_hash())

    def words_hash(self) -> bytes:
        """The hash under the leaf: contracts take this one and hash it once more themselves."""
        return keccak256(b"".join(keccak256(utf8(part)) for part in (self.id, self.text_en, self.text_zh)))

    def as_json(self) -> dict[str, object]:
        """The clause as it stands in a product document, without its leaf."""
        text = {"en": self.text_en, "zh": self.text_zh}
        written: dict[str, object] = {"id": self.id, "kind": self.kind.value, "says": list(self.says), "text": text}
        if self.exclusion is not None:
            written["exclusion"] = self.exclusion.as_json()
        if self.template is not None:
            written["template"] = {"en": self.template.en, "zh": self.template.zh}
        return written


def clause_root(clauses: Sequence[Clause]) -> bytes:
    """Root of the clause tree, in the order of the clauses. A node without a partner is carried up.

    Raises:
        TermsInvalid: There are no clauses.
    """
    return _levels(clauses)[-1][0]


def clause_proof(clauses: Sequence[Clause], clause_id: str) -> tuple[bytes, ...]:
    """Sibling hashes from a clause's leaf up to the root, as OpenZeppelin's MerkleProof takes them.

    Raises:
        TermsInvalid: No clause has this id.
    """
    ids = [clause.id for clause in clauses]
    if clause_id not in ids:
        raise TermsInvalid("clause_id", clause_id, "is no clause of this product", f"Choose one of {', '.join(ids)}")
    index = ids.index(clause_id)
    proof = []
    for level in _levels(clauses)[:-1]:
        if index ^ 1 < len(level):
            proof.append(level[index ^ 1])
        index //= 2
    return tuple(proof)


def verify_clause(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a clause with this leaf stands in the product with this root."""
    node = leaf
    for sibling in proof:
        node = _parent(node, sibling)
    return node == root


def _levels(clauses: Sequence[Clause]) -> list[list[bytes]]:
    if not clauses:
        raise TermsInvalid("clauses", [], "are missing", "Write at least one clause")
    levels = [[clause.leaf() for clause in clauses]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [_parent(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(pairs + below[len(pairs) * 2 :])
    return levels


def _parent(left: bytes, right: bytes) -> bytes:
    return keccak256(min(left, right) + max(left, right))
