"""Rule S6: the clause tree."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clauses import Clause, ClauseKind, clause_proof, clause_root, verify_clause
from domain.errors import TermsInvalid
from domain.hashing import keccak256
from domain.terms import ProductFile
from tests.domain.samples import three_clauses

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
clause_lists = st.lists(
    st.builds(
        Clause,
        id=st.integers(1, 99).map(lambda number: f"C{number}"),
        kind=st.sampled_from(ClauseKind),
        text_en=texts,
        text_zh=texts,
    ),
    min_size=1,
    max_size=17,
    unique_by=lambda clause: clause.id,
)


def test_leaf__one_clause__is_a_double_hash_of_its_parts() -> None:
    clause = Clause("C1", ClauseKind.COVER, "We pay.", "我们赔付。")

    parts = keccak256(b"C1") + keccak256(b"We pay.") + keccak256("我们赔付。".encode())

    assert clause.words_hash() == keccak256(parts)
    assert clause.leaf() == keccak256(keccak256(parts))


def test_clause_root__three_clauses__carries_the_odd_one_up() -> None:
    first, second, third = three_clauses()
    low, high = sorted((first.leaf(), second.leaf()))
    pair = keccak256(low + high)
    left, right = sorted((pair, third.leaf()))

    assert clause_root([first, second, third]) == keccak256(left + right)
    assert clause_root([first]) == first.leaf()
    assert clause_proof([first, second, third], "C3") == (pair,)


def test_clause_root__no_clauses__is_refused() -> None:
    with pytest.raises(TermsInvalid, match="Write at least one clause"):
        clause_root([])


@given(clause_lists)
def test_verify_clause__every_clause_with_its_proof__stands_in_the_product(clauses: list[Clause]) -> None:
    root = clause_root(clauses)

    for clause in clauses:
        assert verify_clause(root, clause.leaf(), clause_proof(clauses, clause.id))


@given(clause_lists, st.data())
def test_clause_root__one_changed_word__breaks_root_and_proof(clauses: list[Clause], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(clauses) - 1))
    english = data.draw(st.booleans())
    changed = replace(clauses[index], text_en="Nothing.") if english else replace(clauses[index], text_zh="不赔。")
    root, proof = clause_root(clauses), clause_proof(clauses, clauses[index].id)
    altered = [*clauses[:index], changed, *clauses[index + 1 :]]

    same = changed == clauses[index]

    assert (clause_root(altered) == root) == same
    assert verify_clause(root, changed.leaf(), proof) == same


@given(clause_lists.filter(lambda clauses: len(clauses) > 2), st.data())
def test_verify_clause__inner_node_or_other_proof__proves_nothing(clauses: list[Clause], data: st.DataObject) -> None:
    root = clause_root(clauses)
    one, other = data.draw(st.permutations([clause.id for clause in clauses]))[:2]
    leaves = {clause.id: clause.leaf() for clause in clauses}

    proof = clause_proof(clauses, one)

    assert not verify_clause(root, leaves[one], ())
    assert not verify_clause(root, leaves[one], proof[:-1])
    # A sibling's proof differs in its first hash, so no other clause passes with it.
    assert not verify_clause(root, leaves[other], proof)


def test_clause_proof__unknown_clause__names_those_there_are() -> None:
    with pytest.raises(TermsInvalid, match="Choose one of C1, C2, C3"):
        clause_proof(three_clauses(), "C9")


def test_clause_proof__every_flight_delay_clause__verifies(product: ProductFile) -> None:
    for clause in product.clauses:
        assert verify_clause(product.clause_root, clause.leaf(), clause_proof(product.clauses, clause.id))


@pytest.mark.parametrize(("language", "text"), [("en", "text 1"), ("zh", "条款1")])
def test_text__each_language__is_its_own(language: str, text: str) -> None:
    assert three_clauses()[0].text(language) == text
