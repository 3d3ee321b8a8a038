"""A claim in one file proves itself; whatever is altered in it is found."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import bindings as b
from ledger.block_proof import header_hash
from ledger.claim_file import ClaimNotOnChain, export_claim, verify_claim
from ledger.claim_form import ClaimFileInvalid, load_claim
from tests.ledger.indemnity.claim_files import claims_of
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.scenarios.scenario import load_scenario

Json = dict[str, Any]
Place = tuple[str | int, ...]
STORIES = (
    "part_approval_and_dispute", "endorsement", "held_again", "institution", "instalments", "same_incident", "renewal",
    "silent_panel",
)  # fmt: skip


NOT_OF_THIS_CLAIM = {"Disbursement", "IncidentRegistry"}
"""Nothing of the claim at hand was paid through an institution, and nobody else named its incident."""
BYTES_TRIED = 150
PLACES_APART = 8


@pytest.fixture(scope="module")
def paid(claims_house: ClaimsHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a claim that was granted in part, disputed, awarded and paid; its chain stands meanwhile."""
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario("part_approval_and_dispute").steps)
        path = tmp_path_factory.mktemp("claim") / "claim.json"
        export_claim(claims_house.rpc, claims_house.deployment, {}, claims_of(claims_house)[0], path)
        yield path


@pytest.mark.parametrize("story", STORIES)
def test_verify_claim__each_claim_of_a_story__is_done_again_to_its_end(
    claims_house: ClaimsHouse, story: str, tmp_path: Path
) -> None:
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario(story).steps)
        events = claims_house.events()
        for claim in claims_of(claims_house):
            export_claim(claims_house.rpc, claims_house.deployment, {}, claim, tmp_path / "claim.json")
            result = verify_claim(tmp_path / "claim.json")

            of_claim = [e for e in events if isinstance(e, b.ClaimPaid) and e.claim_id == claim]
            assert result.discrepancies == ()
            assert result.paid == sum(event.indemnity + event.interest for event in of_claim)
            assert verify_claim(tmp_path / "claim.json", claims_house.rpc).discrepancies == ()


def test_export_claim__other_peoples_claims__are_not_in_the_file(claims_house: ClaimsHouse, tmp_path: Path) -> None:
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario("same_incident").steps)
        first, *others = claims_of(claims_house)
        export_claim(claims_house.rpc, claims_house.deployment, {}, first, tmp_path / "claim.json")

    found = load_claim(tmp_path / "claim.json").events()
    text = (tmp_path / "claim.json").read_text()
    assert {event.claim_id for event in found if isinstance(event, b.ClaimNoticed)} == {first}
    assert not [other for other in others if f"{other:064x}" in text]


def test_verify_claim__without_a_node__says_what_is_not_proved(paid: Path, claims_house: ClaimsHouse) -> None:
    offline, asked = verify_claim(paid), verify_claim(paid, claims_house.rpc)

    notes = [note for note in offline.unproven if note.endswith("which any node of it can tell")]
    assert len(notes) == offline.blocks > 10
    assert not [note for note in asked.unproven if note.endswith("which any node of it can tell")]
    assert [note.split(":")[0] for note in asked.unproven if note.startswith(("completeness", "the rest"))] == [
        "completeness",
        "the rest of the ledger",
    ]


def test_verify_claim__block_made_up_whole__is_found_by_a_node_only(
    paid: Path, claims_house: ClaimsHouse, tmp_path: Path
) -> None:
    content: Json = json.loads(paid.read_text())
    last = content["blocks"][-1]
    last["header"]["timestamp"] = hex(int(last["header"]["timestamp"], 16) + 1)
    last["hash"] = f"0x{header_hash(last['header']).hex()}"
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(content))

    offline, asked = verify_claim(path), verify_claim(path, claims_house.rpc)

    assert any(last["hash"] in note for note in offline.unproven)
    assert [wrong.rule for wrong in asked.discrepancies if "the node has" in wrong.detail] == ["I7"]


def test_export_claim__claim_nobody_noticed__is_refused(paid: Path, claims_house: ClaimsHouse, tmp_path: Path) -> None:
    unknown = load_claim(paid).claim_id + 7

    with pytest.raises(ClaimNotOnChain, match=f"0x{unknown:064x}"):
        export_claim(claims_house.rpc, claims_house.deployment, {}, unknown, tmp_path / "claim.json")


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where every single value of a file stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*place, number))
    else:
        yield place


def altered(content: Json, place: Place) -> Json:
    """A copy with the value at one place changed."""
    changed = copy.copy(content)
    inner: Any = changed
    for step in place[:-1]:
        inner[step] = copy.copy(inner[step])
        inner = inner[step]
    value = inner[place[-1]]
    if isinstance(value, int):
        inner[place[-1]] = value + 1
    elif value.startswith("0x") and len(value) > 3:
        middle = len(value) // 2
        inner[place[-1]] = value[:middle] + ("1" if value[middle] != "1" else "2") + value[middle + 1 :]
    else:
        inner[place[-1]] = value + "1"
    return changed


def is_found(content: Json, path: Path) -> bool:
    path.write_text(json.dumps(content))
    try:
        return bool(verify_claim(path).discrepancies)
    except ClaimFileInvalid:
        return True


def test_verify_claim__any_value_altered__is_found(paid: Path, tmp_path: Path) -> None:
    content: Json = json.loads(paid.read_text())
    places = list(leaves(content))

    tried = [place for n, place in enumerate(places) if len(place) < 4 or n % PLACES_APART == 0]
    unseen = [place for place in tried if not is_found(altered(content, place), tmp_path / "claim.json")]

    assert len(places) > 300
    assert [place for place in unseen if not is_only_a_name(content, place)] == []


def test_verify_claim__any_byte_altered__is_found(paid: Path, tmp_path: Path) -> None:
    chance, path, text = random.Random(6), tmp_path / "claim.json", paid.read_bytes()  # nothing secret
    unseen = []
    for place in chance.sample(range(len(text) - 1), BYTES_TRIED):
        byte = chance.choice([b for b in b' 0123456789abcdefxABCDEF",:[]{}' if b != text[place]])
        path.write_bytes(text[:place] + bytes([byte]) + text[place + 1 :])
        try:
            found = bool(verify_claim(path).discrepancies)
        except ClaimFileInvalid:
            found = True
        if not found:
            unseen.append(text[place - 100 : place + 1])

    assert [before for before in unseen if b'"transactionHash":"0x' not in before] == []


def is_only_a_name(content: Json, place: Place) -> bool:
    """A transaction's hash where its bytes are not at hand: noted as not proved, and nothing rests on it."""
    return place[-1] == "transactionHash" and not content["blocks"][place[1]]["entries"][place[3]]["transaction"]


def test_verify_claim__contract_left_out__is_found_unless_the_claim_has_nothing_of_it(
    paid: Path, tmp_path: Path
) -> None:
    content: Json = json.loads(paid.read_text())
    unseen = set()
    for address, kind in content["contracts"].items():
        rest = {name: other for name, other in content["contracts"].items() if name != address}
        if not is_found(content | {"contracts": rest}, tmp_path / "claim.json"):
            unseen.add(kind)

    assert unseen <= NOT_OF_THIS_CLAIM


def test_verify_claim__what_it_rests_on_left_out__is_found(paid: Path, tmp_path: Path) -> None:
    content: Json = json.loads(paid.read_text())
    blocks, missed = content["blocks"], list[int]()
    for number in range(len(blocks)):
        rest = blocks[:number] + blocks[number + 1 :]
        if not is_found(content | {"blocks": rest}, tmp_path / "claim.json"):
            missed.append(int(blocks[number]["header"]["number"], 16))

    kinds = {type(e).__name__ for e in load_claim(paid).events() if e.log.block_number in missed}
    rested_on = {
        "IndemnityProductCreated", "SignerSetRotated", "IndemnityPolicyBound", "ClaimNoticed", "LossReported",
        "ClaimDecided", "ClaimDisputed", "RulingRevealed",
    }  # fmt: skip
    assert kinds & rested_on == set()  # its end may be cut off whole, which the file says it does not prove


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "quittance-ledger-bundle/1"}'])
def test_verify_claim__no_claim_file__says_so_in_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    path.write_text(text)

    with pytest.raises(ClaimFileInvalid, match="export it again"):
        verify_claim(path)


def test_verify_claim__transactions_without_their_bytes__are_noted(paid: Path, tmp_path: Path) -> None:
    content: Json = json.loads(paid.read_text())
    for block in content["blocks"]:
        for entry in block["entries"]:
            entry.update(transaction="", transaction_proof=[])
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(content))

    result = verify_claim(path)

    assert result.discrepancies == ()
    assert len([note for note in result.unproven if "as its bytes are not at hand" in note]) == result.transactions
