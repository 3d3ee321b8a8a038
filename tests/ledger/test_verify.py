"""Verification: a true ledger holds, and every kind of false one is found."""

from dataclasses import replace
from typing import Any

import pytest

from domain.policy import Outcome
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.replay import replay
from ledger.rpc import RpcError
from ledger.verify import WrongChain, verify, verify_events
from tests.ledger.story import Story


def test_verify__true_ledger__holds_against_events_and_chain(story: Story) -> None:
    result = verify(story.rehearsal.rpc, story.rehearsal.deployment, story.documents)

    assert result.discrepancies == ()
    assert result.unproven == ()
    assert (result.products, result.policies, result.payments) == (1, 12, 7)
    assert result.paid == sum((100_000_000 + n) * 5_000 // 10_000 for n in range(7))
    assert result.chain_checks > 12


def test_verify_events__offline__holds_without_a_chain(story: Story) -> None:
    result = verify_events(story.events, treasury=story.treasury, chain_id=31337, documents=story.documents)

    assert result.discrepancies == ()
    assert result.chain_checks == 0


def test_replay__whole_story__gives_the_books(story: Story) -> None:
    state = replay(story.events, story.treasury)

    assert state.treasury.total_held == 0
    assert state.treasury.total_exposure == 100_000_010 + 100_000_011
    assert len(state.policies) == 12
    assert {insured.outcome for insured in state.insured_events.values()} == {
        Outcome.MEASURED, Outcome.CANCELLED, Outcome.OPEN,
    }  # fmt: skip


def _first(events: list[ChainEvent], kind: type[ChainEvent]) -> int:
    """First event of a kind; of token transfers the last, which took tokens out of the treasury."""
    order = range(len(events)) if kind is not b.TestStablecoinTransfer else reversed(range(len(events)))
    return next(n for n in order if type(events[n]) is kind)


def _edited(story: Story, kind: type[ChainEvent], **changes: object) -> list[ChainEvent]:
    events = list(story.events)
    index = _first(events, kind)
    events[index] = replace(events[index], **changes)  # type: ignore[arg-type]  # fields of the event's own kind
    return events


def _found(story: Story, events: list[ChainEvent]) -> set[str]:
    result = verify_events(events, treasury=story.treasury, chain_id=31337, documents=story.documents)
    return {discrepancy.rule for discrepancy in result.discrepancies}


TAMPERINGS = [
    ("payment raised", b.PolicySettled, {"amount": 60_000_000}, {"S2", "I2"}),
    ("payment to another", b.PolicySettled, {"payee": "0x00000000000000000000000000000000000000aA"}, {"I6", "I2"}),
    ("outcome changed", b.EventClosed, {"value": 300}, {"I6"}),
    ("share changed", b.EventClosed, {"share_bps": 10_000}, {"S1"}),
    ("held payout hidden", b.PayoutHeld, {"amount": 1}, {"I2"}),
    ("transfer changed", b.TestStablecoinTransfer, {"value": 1}, {"I2"}),
    ("premium raised", b.ExposureLocked, {"exposure": 1}, {"I8"}),
    ("signatures missing", b.EventsReported, {"signatures": ()}, {"I13"}),
    ("digest changed", b.RisksReported, {"digest": bytes(32)}, {"I13"}),
    ("underwriter signature changed", b.PolicyBound, {"underwriter_signature": bytes(65)}, set()),
    ("step of settlement widened", b.PoliciesSettled, {"to": 5}, {"I7"}),
]


@pytest.mark.parametrize(("name", "kind", "changes", "rules"), TAMPERINGS, ids=[t[0] for t in TAMPERINGS])
def test_verify_events__tampered__names_the_rule(
    story: Story, name: str, kind: type[ChainEvent], changes: dict[str, object], rules: set[str]
) -> None:
    found = _found(story, _edited(story, kind, **changes))

    assert rules <= found, name


@pytest.mark.parametrize(
    "kind", [b.PolicyBound, b.PolicySettled, b.EventClosed, b.PoliciesSettled, b.EventsReported, b.RisksReported]
)
def test_verify_events__event_left_out__is_found(story: Story, kind: type[ChainEvent]) -> None:
    events = list(story.events)
    del events[_first(events, kind)]

    assert _found(story, events)


def test_verify_events__settled_twice__is_found(story: Story) -> None:
    events = list(story.events)
    index = _first(events, b.PolicySettled)
    again = replace(events[index], log=replace(events[index].log, log_index=10_000))
    events.insert(_first(events, b.PoliciesSettled), again)

    assert _found(story, events)


def test_verify__document_with_another_word__is_found(story: Story) -> None:
    altered = story.documents
    (document,) = altered.values()
    document["clauses"][0]["text"]["en"] += "!"

    result = verify_events(story.events, treasury=story.treasury, chain_id=31337, documents=altered)

    assert {d.rule for d in result.discrepancies} == {"S6"}


def test_verify__unsigned_quote__is_asked_of_the_wallet(story: Story) -> None:
    """Offline an odd signature may be a contract wallet's; with the chain at hand it is refused."""
    events = _edited(story, b.PolicyBound, underwriter_signature=bytes(65))

    result = verify_events(events, treasury=story.treasury, chain_id=31337, documents=story.documents)

    assert any("contract wallet" in note for note in result.unproven)


def test_verify__node_of_another_chain__says_so(story: Story) -> None:
    elsewhere = replace(story.rehearsal.deployment, block_hash="0x" + "99" * 32)

    with pytest.raises(WrongChain, match=f"{story.rehearsal.rpc.url} has another chain: block 0 is 0x"):
        verify(story.rehearsal.rpc, elsewhere, {})


def test_verify__no_contract_at_an_address__says_so(story: Story) -> None:
    contracts = story.rehearsal.deployment.contracts | {"OracleQuorum": story.rehearsal.underwriter.address}
    elsewhere = replace(story.rehearsal.deployment, contracts=contracts)

    with pytest.raises(RpcError, match=f"{story.rehearsal.underwriter.address} answers with 0x"):
        verify(story.rehearsal.rpc, elsewhere, {})


@pytest.mark.parametrize("name", ["Treasury", "OracleQuorum", "ProductFactory", "AccessManager", "TestStablecoin"])
def test_verify__other_code_at_an_address__is_found(story: Story, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One byte of code differs, and it stands where an immutable does not."""
    rpc, address = story.rehearsal.rpc, story.rehearsal.deployment.contracts[name]
    ask = rpc.call

    def lie(method: str, *params: Any) -> Any:
        answer = ask(method, *params)
        return "0x00" + answer[4:] if method == "eth_getCode" and params[0] == address else answer

    monkeypatch.setattr(rpc, "call", lie)

    result = verify(rpc, story.rehearsal.deployment, story.documents)

    assert [(d.rule, name in d.subject) for d in result.discrepancies] == [("I15", True)]


def test_verify__product_with_terms_of_another__is_found(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    rpc, ask = story.rehearsal.rpc, story.rehearsal.rpc.call

    def lie(method: str, *params: Any) -> Any:
        answer = ask(method, *params)
        return answer[:-1] + "1" if method == "eth_getCode" and params[0] == story.rehearsal.product else answer

    monkeypatch.setattr(rpc, "call", lie)

    result = verify(rpc, story.rehearsal.deployment, story.documents)

    assert [d.rule for d in result.discrepancies] == ["I15"]


def test_verify__getters_say_something_else__is_found(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a contract had changed without an event: every getter that is asked counts."""
    rpc, ask = story.rehearsal.rpc, story.rehearsal.rpc.eth_calls

    def lie(calls: Any, block: Any = "latest") -> list[Any]:
        return [None for _ in ask(calls, block)]

    monkeypatch.setattr(rpc, "eth_calls", lie)

    result = verify(rpc, story.rehearsal.deployment, story.documents)

    subjects = " ".join(d.subject for d in result.discrepancies)
    assert {d.rule for d in result.discrepancies} == {"I7"}
    assert len(result.discrepancies) > 12 + 4 + 8
    for expected in (
        "treasury assets",
        "treasury free capital",
        "signer set 1",
        "policy 0x",
        "event flight/",
        "held for",
    ):
        assert expected in subjects


def test_verify__reorganised_while_read__reads_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    rpc, ask = story.rehearsal.rpc, story.rehearsal.rpc.block
    answers = iter(["0x" + "98" * 32])

    def moving(block: int | str = "latest") -> dict[str, Any]:
        header = ask(block)
        return header if isinstance(block, int) else {**header, "hash": next(answers, header["hash"])}

    monkeypatch.setattr(rpc, "block", moving)

    assert verify(rpc, story.rehearsal.deployment, story.documents).discrepancies == ()


def test_verify__never_at_rest__says_so(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    rpc, ask = story.rehearsal.rpc, story.rehearsal.rpc.block

    def moving(block: int | str = "latest") -> dict[str, Any]:
        return {**ask(block), "hash": "0x" + "98" * 32} if block == "latest" else ask(block)

    monkeypatch.setattr(rpc, "block", moving)

    with pytest.raises(RpcError, match="reorganised 5 times"):
        verify(rpc, story.rehearsal.deployment, story.documents)
