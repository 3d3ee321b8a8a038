"""What a node is bound to, on disk."""

import threading
from pathlib import Path

import pytest

from oracle.rounds.journal import RoundJournal
from oracle.rounds.outcome import Proof
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.rules import Request
from oracle.rounds.runner import carrier_of, request_of
from oracle.rounds.simulation import START, seats_of
from oracle.rounds.statements import SignedObservation, sign_observation
from oracle.rounds.steps import Store
from tests.oracle.rounds.worlds import request, seen

SEAT = seats_of(4)[0]
LEDGER = "31337:0xaa"


def observation(value: int, asked: Request | None = None) -> SignedObservation:
    return sign_observation(asked or request(), SEAT.node, seen(value), SEAT.sign)


def opened(folder: Path, asked: Request | None = None, *, chain_time: int = START) -> RoundJournal:
    journal = RoundJournal(folder / "j.sqlite", LEDGER)
    journal.open(asked or request(), carrier_of(asked or request()), now=5, chain_time=chain_time)
    return journal


def test_put__same_again__allowed_after_reopening_and_said_comes_back(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.put(request(), Store("observation", observation(1)), chain_time=START)
    first.close()

    again = RoundJournal(tmp_path / "j.sqlite", LEDGER)
    again_opened = again.open(request(), carrier_of(request()), now=99, chain_time=START)
    again.put(request(), Store("observation", observation(1)), chain_time=START)

    assert again_opened.started_at == 5
    assert again_opened.said == {"observation": observation(1)}


def test_put__another_statement_in_the_slot__refused_and_the_first_stays(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.put(request(), Store("observation", observation(1)), chain_time=START)

    with pytest.raises(RoundRefused, match=r"slot observation .* is taken") as refused:
        journal.put(request(), Store("observation", observation(2)), chain_time=START)

    assert refused.value.code == "said_otherwise"
    found = journal.open(request(), carrier_of(request()), now=9, chain_time=START)
    assert found.said == {"observation": observation(1)}


def test_put__never_opened__refused(tmp_path: Path) -> None:
    with pytest.raises(RoundRefused, match="open it first"):
        RoundJournal(tmp_path / "j.sqlite", LEDGER).put(
            request(), Store("observation", observation(1)), chain_time=START
        )


def test_put__other_epoch_request_or_ledger__another_slot(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    other = request(claim=78)
    journal.open(other, carrier_of(other), now=5, chain_time=START)
    elsewhere = RoundJournal(tmp_path / "j.sqlite", "31337:0xbb")
    elsewhere.open(request(), carrier_of(request()), now=5, chain_time=START)

    journal.put(request(), Store("observation", observation(1)), chain_time=START)
    journal.put(other, Store("observation", observation(2, other)), chain_time=START)
    elsewhere.put(request(), Store("observation", observation(3)), chain_time=START)

    assert elsewhere.open(request(), b"", now=5, chain_time=START).said == {"observation": observation(3)}


def test_open__subject_has_an_open_request__refused_until_it_ended(tmp_path: Path) -> None:
    journal, later = opened(tmp_path), request(sequence=1)

    with pytest.raises(RoundRefused, match="of the same subject is open"):
        journal.open(later, carrier_of(later), now=6, chain_time=START)
    journal.end(request(), "no report")

    assert journal.open(later, carrier_of(later), now=6, chain_time=START).ended is None
    assert [request_of(each).id for each in journal.unfinished()] == [later.id]


@pytest.mark.parametrize("later", [request(sequence=1), request(epoch=2)], ids=["asked anew", "other signer set"])
def test_open__bound_to_a_report_of_the_subject__refused_until_its_time_is_past(tmp_path: Path, later: Request) -> None:
    journal = opened(tmp_path)
    journal.put(request(), Store("lock/0", observation(1), binds_until=START + 10), chain_time=START)
    journal.end(request(), "no report")

    with pytest.raises(RoundRefused, match=f"counts until {START + 10}") as refused:
        journal.open(later, carrier_of(later), now=6, chain_time=START + 10)
    journal.open(later, carrier_of(later), now=6, chain_time=START + 11)

    assert refused.value.code == "bound_by_earlier_request"


def test_end__told_twice__the_first_stays(tmp_path: Path) -> None:
    journal = opened(tmp_path)

    journal.end(request(), "report")
    journal.end(request(), "no report")

    assert journal.open(request(), b"", now=9, chain_time=START).ended == "report"
    assert journal.unfinished() == []


def test_keep_proof__reopened__both_statements_come_back(tmp_path: Path) -> None:
    journal, proof = opened(tmp_path), Proof(SEAT.node, observation(1), observation(2))

    journal.keep_proof(request(), proof)
    journal.keep_proof(request(), Proof(SEAT.node, observation(1), observation(3)))
    journal.close()

    assert RoundJournal(tmp_path / "j.sqlite", LEDGER).proofs() == [proof]


def test_put__two_processes_at_once__one_statement_wins(tmp_path: Path) -> None:
    opened(tmp_path).close()
    journals = [RoundJournal(tmp_path / "j.sqlite", LEDGER) for _ in range(2)]
    won: list[int] = []

    def say(number: int) -> None:
        try:
            journals[number].put(request(), Store("observation", observation(number)), chain_time=START)
            won.append(number)
        except RoundRefused:
            pass

    threads = [threading.Thread(target=say, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    found = journals[0].open(request(), b"", now=9, chain_time=START)
    assert found.said == {"observation": observation(won[0])}
