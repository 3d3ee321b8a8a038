"""Claim files of policies an institution took the premium of, and of money that was held and left later."""

import json
from pathlib import Path

import pytest

from domain.payouts import CollectionReceipt
from ledger import bindings as b
from ledger.bindings import ClaimsDesk
from ledger.claim_file import export_claim, verify_claim
from ledger.claim_form import load_claim
from ledger.codec import ChainEvent
from ledger.findings import Discrepancy
from ledger.typed_claims import loss_report_digest
from scripts.anvil import chain_time
from tests.ledger.indemnity.claim_files import Json, claims_of, forged, rehashed, said_instead
from tests.ledger.indemnity.claims_house import DAY, ClaimsHouse
from tests.ledger.indemnity.player import Player
from tests.ledger.indemnity.rail_scene import RailScene
from tests.scenarios.household import TUSD
from tests.scenarios.scenario import Step, load_scenario


class PremiumScene(RailScene):
    """The bank collects Ben's premium; a storm comes, and his claim is paid."""

    def _claims(self, count: int) -> None:
        """None of Ann's."""

    def _play(self) -> None:
        self.premium()
        house, papers = self.house, self.player.papers
        bound = [event for event in house.events() if isinstance(event, b.IndemnityPolicyBound)]
        papers.policies["flat"] = bound[-1].policy_id
        at = chain_time(house.rpc) + 30 * DAY
        loss = {"policy": "flat", "claim": "roof", "peril": "storm", "occurred_at": at - 60, "claimed": 200 * TUSD}
        house.send(
            "ben", house.place.desk, ClaimsDesk.notify(papers.notice(Step(at, "notify", loss, {}, "", ()))), at=at
        )
        (papers.claims["roof"],) = claims_of(house)
        report = papers.loss_report(Step(at + 60, "report", {"claim": "roof", "loss": 200 * TUSD}, {}, "", ()))
        signatures = house.sign_quorum(loss_report_digest(report))
        house.send("relayer", house.place.desk, ClaimsDesk.report_loss(report, signatures), at=at + 60)


@pytest.fixture(scope="module")
def collected(claims_house: ClaimsHouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a claim on a policy whose premium an institution collected."""
    path = tmp_path_factory.mktemp("collected") / "claim.json"
    with claims_house.undone():
        PremiumScene(claims_house)
        export_claim(claims_house.rpc, claims_house.deployment, {}, claims_of(claims_house)[0], path)
    return path


@pytest.fixture(scope="module")
def held(claims_house: ClaimsHouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the first of three claims that were held by the day's cap, and left bit by bit."""
    path = tmp_path_factory.mktemp("held") / "claim.json"
    with claims_house.undone():
        Player(claims_house).play_all(load_scenario("held_again").steps)
        export_claim(claims_house.rpc, claims_house.deployment, {}, claims_of(claims_house)[0], path)
    return path


def found(content: Json, path: Path) -> tuple[Discrepancy, ...]:
    path.write_text(json.dumps(content))
    return verify_claim(path).discrepancies


def without(content: Json, kind: type[ChainEvent], path: Path) -> Json:
    """The file without the first block that has an event of a kind."""
    number = next(event.log.block_number for event in load_claim(path).events() if isinstance(event, kind))
    return content | {"blocks": [each for each in content["blocks"] if int(each["header"]["number"], 16) != number]}


def test_verify_claim__premium_by_an_institution__is_done_again_from_its_receipt(collected: Path) -> None:
    result, events = verify_claim(collected), load_claim(collected).events()

    (premium,) = [event for event in events if isinstance(event, b.PremiumCollected)]
    assert isinstance(premium.receipt, CollectionReceipt)
    assert result.discrepancies == ()
    assert result.paid == 80 * TUSD


def test_verify_claim__premium_altered_or_left_out__is_found(collected: Path, tmp_path: Path) -> None:
    content, path = json.loads(collected.read_text()), tmp_path / "claim.json"
    (premium,) = [event for event in load_claim(collected).events() if isinstance(event, b.PremiumCollected)]
    amount = premium.receipt.amount

    more = found(forged(content, b.PremiumCollected, said_instead(amount, amount + 1)), path)
    released = found(forged(content, b.PremiumReleased, said_instead(5 * TUSD, 4 * TUSD)), path)
    missing = found(without(content, b.PremiumCollected, collected), path)

    assert {wrong.rule for wrong in more} >= {"S31"}, "the institution did not sign that amount"
    assert {wrong.rule for wrong in released} >= {"S31"}
    assert {wrong.rule for wrong in missing} >= {"I5"}


def test_verify_claim__held_and_paid_bit_by_bit__is_followed_to_the_last_unit(held: Path) -> None:
    result = verify_claim(held)

    left = [event.amount for event in load_claim(held).events() if isinstance(event, b.HeldPayoutPaid)]
    assert result.discrepancies == ()
    assert (sum(left), len(left), result.held) == (480 * TUSD, 6, 0)


def test_verify_claim__held_money_of_which_the_last_was_not_paid__says_how_much_waits(
    held: Path, tmp_path: Path
) -> None:
    content, path = json.loads(held.read_text()), tmp_path / "claim.json"
    last = [event for event in load_claim(held).events() if isinstance(event, b.HeldPayoutPaid)][-1]
    path.write_text(json.dumps(content | {"blocks": content["blocks"][:-1]}))

    result = verify_claim(path)

    assert result.discrepancies == ()
    assert result.held == last.amount > 0


@pytest.mark.parametrize("more", [1, -1])
def test_verify_claim__held_money_paid_in_another_amount__is_found(held: Path, more: int, tmp_path: Path) -> None:
    content = json.loads(held.read_text())
    last = [event for event in load_claim(held).events() if isinstance(event, b.HeldPayoutPaid)][-1]

    # both the payment and the transfer, in a block that hashes rightly
    wrong = found(
        forged(content, b.HeldPayoutPaid, said_instead(last.amount, last.amount + more)), tmp_path / "claim.json"
    )

    assert {each.rule for each in wrong} == {"I11"}


def test_verify_claim__transfer_of_held_money_to_somebody_else__is_found(held: Path, tmp_path: Path) -> None:
    content, transfer = json.loads(held.read_text()), f"0x{b.TestStablecoinTransfer.SPEC.topic.hex()}"

    def to_another(block: Json) -> None:
        (log,) = [each for each in block["entries"][0]["receipt"]["logs"] if each["topics"][0] == transfer]
        log["topics"][2] = f"0x{7:064x}"

    wrong = found(forged(content, b.HeldPayoutPaid, to_another), tmp_path / "claim.json")

    assert {each.rule for each in wrong} == {"I2"}


def test_verify_claim__money_that_was_held_left_out__is_found(held: Path, tmp_path: Path) -> None:
    content = json.loads(held.read_text())

    assert found(without(content, b.PayoutHeld, held), tmp_path / "claim.json")


@pytest.mark.parametrize("kind", [b.ClaimPaid, b.ReserveChanged, b.TestStablecoinTransfer])
def test_verify_claim__figure_of_the_payment_recomputed_with_its_block__is_found(
    collected: Path, kind: type[ChainEvent], tmp_path: Path
) -> None:
    content, topic = json.loads(collected.read_text()), f"0x{kind.SPEC.topic.hex()}"

    def one_more(block: Json) -> None:
        log = [each for each in block["entries"][0]["receipt"]["logs"] if each["topics"][0] == topic][-1]
        log["data"] = f"0x{int(log['data'][2:66], 16) + 1:064x}{log['data'][66:]}"

    assert found(forged(content, kind, one_more), tmp_path / "claim.json")


def test_forged__nothing_changed__is_the_file_itself(collected: Path) -> None:
    content = json.loads(collected.read_text())

    assert forged(content, b.ClaimPaid, rehashed) == content
