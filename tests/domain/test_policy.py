"""Rules S6 (commitments) and S7 (names)."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import AmountInvalid, EventTextInvalid, IdentifierInvalid
from domain.hashing import canonical_json, keccak256
from domain.policy import Outcome, applicant_commitment, application_id, event_id, policy_id, split_policy_id

event_ids = st.integers(0, 2**224 - 1)
ordinals = st.integers(0, 2**32 - 1)
applicants = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), st.integers() | st.none(), max_size=4)


def test_outcome__numbers__are_those_of_the_contract() -> None:
    assert [(outcome.name, outcome.value) for outcome in Outcome] == [
        ("OPEN", 0),
        ("MEASURED", 1),
        ("CANCELLED", 2),
        ("DIVERTED", 3),
        ("NOT_REPORTED", 4),
    ]


@given(event_ids, ordinals)
def test_split_policy_id__what_policy_id_made__comes_back(event: int, ordinal: int) -> None:
    assert split_policy_id(policy_id(event, ordinal)) == (event, ordinal)


@given(st.integers(0, 2**256 - 1))
def test_policy_id__of_its_parts__is_the_id(identifier: int) -> None:
    assert policy_id(*split_policy_id(identifier)) == identifier


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=32))
def test_event_id__any_text__is_the_upper_224_bits_of_its_keccak(text: str) -> None:
    assert event_id(text).to_bytes(28, "big") == keccak256(text.encode())[:28]


@pytest.mark.parametrize(("text", "fits"), [("", False), ("x" * 128, True), ("x" * 129, False), ("误" * 43, False)])
def test_event_id__length_in_bytes__is_bounded_as_on_chain(text: str, fits: bool) -> None:
    if fits:
        assert event_id(text) < 2**224
        return

    with pytest.raises(EventTextInvalid, match="1 to 128 are allowed"):
        event_id(text)


@pytest.mark.parametrize(
    ("event", "ordinal", "field"),
    [(-1, 0, "event_id"), (2**224, 0, "event_id"), (0, -1, "ordinal"), (0, 2**32, "ordinal"), (True, 0, "event_id")],
)
def test_policy_id__out_of_range__is_refused(event: int, ordinal: int, field: str) -> None:
    with pytest.raises(IdentifierInvalid) as refused:
        policy_id(event, ordinal)

    assert refused.value.field == field


@pytest.mark.parametrize("identifier", [-1, 2**256])
def test_split_policy_id__out_of_range__is_refused(identifier: int) -> None:
    with pytest.raises(IdentifierInvalid, match="policy_id is "):
        split_policy_id(identifier)


@given(st.integers(0, 2**248 - 1), st.integers(0, 255))
def test_application_id__one_batch__shares_one_word_of_the_bitmap(batch: int, index: int) -> None:
    assert application_id(batch, index) >> 8 == batch
    assert application_id(batch, index) & 0xFF == index


@pytest.mark.parametrize(("batch", "index", "field"), [(2**248, 0, "batch"), (0, 256, "index"), (0, -1, "index")])
def test_application_id__out_of_range__is_refused(batch: int, index: int, field: str) -> None:
    with pytest.raises(IdentifierInvalid) as refused:
        application_id(batch, index)

    assert refused.value.field == field


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), applicants)
def test_applicant_commitment__other_salt__hides_the_same_data(
    salt: bytes, other_salt: bytes, applicant: dict[str, object]
) -> None:
    assume(salt != other_salt)

    commitment = applicant_commitment(salt, applicant)

    assert commitment == keccak256(salt + canonical_json(applicant))
    assert commitment != applicant_commitment(other_salt, applicant)


def test_applicant_commitment__keys_in_another_order__is_the_same() -> None:
    salt = b"\x07" * 32

    one = applicant_commitment(salt, {"name": "Ada", "contact": "a@example.org"})

    assert one == applicant_commitment(salt, {"contact": "a@example.org", "name": "Ada"})
    assert one != applicant_commitment(salt, {"contact": "a@example.org", "name": "Ida"})


@pytest.mark.parametrize(("salt", "applicant"), [(b"short", {}), (bytes(33), {}), (bytes(32), {"weight": 1.5})])
def test_applicant_commitment__bad_salt_or_float__is_refused(salt: bytes, applicant: dict[str, object]) -> None:
    with pytest.raises(AmountInvalid):
        applicant_commitment(salt, applicant)
