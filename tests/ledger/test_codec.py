"""ABI bytes both ways: every struct, every call, every event and error, held against web3.py and real reverts."""

from dataclasses import asdict, fields, is_dataclass
from typing import Any

import pytest
from faster_eth_abi.abi import decode, encode
from faster_eth_abi.exceptions import DecodingError
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import Web3
from web3._utils.method_formatters import log_entry_formatter

from domain.claim_reports import LossReport
from domain.money import Bps, TokenUnits
from domain.policy import Outcome
from domain.tiers import RiskTier
from ledger import bindings as b
from ledger.codec import (
    _STRUCTS,
    AbiItem,
    Call,
    ChainEvent,
    LogRef,
    Struct,
    call,
    canonical,
    decode_arguments,
    decode_error,
    encode_constructor,
    from_abi,
    load_artefact,
    register_struct,
    selector,
    to_abi,
)
from ledger.events import LogDecoder
from ledger.rpc import RpcError
from scripts.binding_writer import snake
from scripts.rehearsal import account
from tests.ledger import strategies as some
from tests.ledger.story import OPEN, Story

NOBODY = account("nobody").address
LOSS_REPORT_CALL = (
    "reportLoss((uint256,address,uint32,uint40,uint40,uint256,uint64,uint16,uint16,uint32,bytes32,bytes32,bytes32[]),"
    "bytes[])"
)


def _items(item: AbiItem) -> list[AbiItem]:
    inner = [found for component in item.get("components", []) for found in _items(component)]
    return [item, *inner] if item["type"] == "tuple" else inner


def struct_items() -> dict[str, AbiItem]:
    """One ABI item for each struct anywhere in the contracts."""
    entries = [e for abi in b.ABI.values() for e in abi]
    items = [i for e in entries for i in (*e.get("inputs", []), *e.get("outputs", []))]
    single = [{**i, "type": i["type"].split("[")[0]} for i in items]
    found = [nested for item in single for nested in _items({**item, "internalType": item.get("internalType", "")})]
    return {item["internalType"].removeprefix("struct ").split("[")[0].split(".")[-1]: item for item in found}


STRUCTS = struct_items()


def test_structs__all_of_the_contracts__are_registered() -> None:
    assert set(STRUCTS) <= set(_STRUCTS)
    assert {"RiskReport", "EventReport", "Binding", "ParametricTerms", "InsuredEvent", "Policy"} <= set(STRUCTS)


@pytest.mark.parametrize("name", sorted(set(STRUCTS) - {"ParametricTerms"}))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_to_abi_and_back__any_struct__is_the_same(name: str, data: st.DataObject) -> None:
    item = STRUCTS[name]
    value = data.draw(some.values(item, _STRUCTS))

    kinds = [canonical(item)]
    (raw,) = decode(kinds, encode(kinds, [to_abi(value, item)]))

    assert from_abi(raw, item) == value


def test_decode_arguments__what_an_event_kept_of_a_call__gives_the_call_back() -> None:
    report = LossReport(1, NOBODY, 2, 3, 4, 5, TokenUnits(6), 7, Bps(8), 9, bytes(32), b"\x01" * 32, (b"\x02" * 32,))
    data = b.ClaimsDesk.report_loss(report, [b"\x03" * 65]).data

    found = decode_arguments("ClaimsDesk", LOSS_REPORT_CALL, data[4:])

    assert found == (report, (b"\x03" * 65,))


def test_decode_arguments__cut_short__is_an_error() -> None:
    with pytest.raises(DecodingError):
        decode_arguments("ClaimsDesk", LOSS_REPORT_CALL, bytes(40))


def test_from_abi__enums_of_the_domain__are_those() -> None:
    item = {"name": "tier", "type": "uint8", "internalType": "enum RiskTier"}

    assert from_abi(2, item) is RiskTier.HIGH


def test_to_abi_and_back__terms_of_a_product__are_the_same(story: Story) -> None:
    item, terms = STRUCTS["ParametricTerms"], story.rehearsal.terms

    kinds = [canonical(item)]
    (raw,) = decode(kinds, encode(kinds, [to_abi(terms, item)]))

    assert from_abi(raw, item) == terms


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def _plain(value: object) -> Any:
    """Dataclasses as web3 wants them: mappings by Solidity's names."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(f.name): _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, Outcome) else value


@settings(max_examples=25, deadline=None)
@given(some.event_reports, st.lists(st.binary(min_size=65, max_size=65), max_size=3), some.uints(256))
def test_call__report_and_settle__encodes_as_web3_does(report: Any, signatures: list[bytes], most: int) -> None:
    contract = Web3().eth.contract(abi=load_artefact("ParametricProduct")["abi"])

    call = b.ParametricProduct.report_and_settle(report, signatures, most)

    arguments = [_plain(report), signatures, most]
    assert "0x" + call.data.hex() == contract.encode_abi("reportAndSettle", arguments)


def test_call__decodes_what_views_return__one_several_and_none(story: Story) -> None:
    rpc, house = story.rehearsal.rpc, story.rehearsal
    quorum = house.deployment.contracts["OracleQuorum"]

    signers, threshold, retires_at = rpc.eth_call(quorum, b.OracleQuorum.signer_set(1))
    terms = rpc.eth_call(house.product, b.ParametricProduct.terms())

    assert signers == tuple(node.address for node in house.nodes)
    assert (threshold, retires_at) == (3, 0)
    assert "0x" + terms.hash().hex() == house.deployment.products[0].terms_hash
    assert b.ParametricProduct.suspend_sales(True).decode(b"") is None


def test_call__contract_has_no_such_function__raises() -> None:
    with pytest.raises(KeyError, match="Treasury has no function steal"):
        call(b.ABI, "Treasury", "steal()", ())


def test_encode_constructor__arguments__are_appended_to_the_code() -> None:
    code = bytes.fromhex(load_artefact("TestStablecoin")["bytecode"][2:])

    found = encode_constructor("TestStablecoin", NOBODY)

    assert found == code + bytes(12) + bytes.fromhex(NOBODY[2:])


def test_register_struct__dataclass_lacks_a_field__raises() -> None:
    with pytest.raises(TypeError, match=r"LogRef lacks the fields \['holder'\] of struct Policy"):
        register_struct(Struct("Policy", LogRef, ("address", "holder")))


def _web3_view(value: object) -> Any:
    """What web3 decoded, in our types."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {snake(name): _web3_view(item) for name, item in value.items()}
    return [_web3_view(item) for item in value] if isinstance(value, list | tuple) else value


def _our_view(value: object) -> Any:
    if isinstance(value, dict):
        return {name: _our_view(item) for name, item in value.items()}
    return [_our_view(item) for item in value] if isinstance(value, list | tuple) else value


def test_decode_log__every_event_on_a_real_chain__equals_web3s_decoder(story: Story) -> None:
    deployment, rpc = story.rehearsal.deployment, story.rehearsal.rpc
    kinds, web3 = deployment.contract_kinds(), Web3()
    raw = rpc.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": list(kinds)})
    decoder = LogDecoder(kinds)
    seen: set[type[ChainEvent]] = set()

    for log in raw:
        event = decoder.decode(log)
        assert event is not None
        seen.add(type(event))
        contract = web3.eth.contract(abi=load_artefact(type(event).SPEC.contract)["abi"])
        expected = contract.events[type(event).SPEC.name]().process_log(log_entry_formatter(log))
        ours = {name: value for name, value in asdict(event).items() if name != "log"}
        assert _our_view(ours) == _web3_view(dict(expected["args"]))

    assert len(raw) == len(story.events)
    assert {b.RisksReported, b.PolicyBound, b.EventsReported, b.EventClosed, b.PolicySettled, b.PayoutHeld} <= seen


def test_decode_log__not_ours__is_none(story: Story) -> None:
    kinds = story.rehearsal.deployment.contract_kinds()
    log = {
        "address": NOBODY, "topics": ["0x" + "11" * 32], "data": "0x", "blockNumber": "0x1",
        "blockHash": "0x" + "22" * 32,
        "transactionHash": "0x" + "33" * 32, "transactionIndex": "0x0", "logIndex": "0x0",
    }  # fmt: skip

    assert LogDecoder(kinds).decode(log) is None
    assert LogDecoder(kinds).decode({**log, "address": story.treasury}) is None
    assert LogDecoder(kinds).decode({**log, "address": story.treasury, "topics": []}) is None


def _refused(story: Story, to: str | None, data: bytes) -> RpcError:
    request = {"from": NOBODY, "data": "0x" + data.hex()} | ({} if to is None else {"to": to})
    with pytest.raises(RpcError) as caught:
        story.rehearsal.rpc.call("eth_call", request, "latest")
    return caught.value


def test_decode_error__real_reverts__names_and_arguments(story: Story) -> None:
    house = story.rehearsal
    contracts = house.deployment.contracts
    open_event = next(i.event_id for i in story.state.insured_events.values() if i.insured_event == OPEN)
    holder = story.state.policies[next(iter(story.state.policies))]
    cases: list[tuple[str, Call[Any], str, dict[str, Any]]] = [
        (contracts["Treasury"], b.Treasury.push_held_payout(NOBODY), "NothingHeld", {"payee": NOBODY}),
        (house.product, b.ParametricProduct.settle([open_event], 9), "EventStillOpen", {"eventId": open_event}),
        (house.product, b.ParametricProduct.settle([], 9), "NothingToSettle", {}),
        (house.product, b.ParametricProduct.approve(NOBODY, holder.policy_id), "ApprovalDisabled", {}),
        (
            contracts["OracleQuorum"], b.OracleQuorum.require_quorum(bytes(32), 1, 3, [b"\1" * 65]),
            "TooFewSignatures", {"got": 1, "needed": 3},
        ),
        (
            contracts["TestStablecoin"], b.TestStablecoin.transfer(house.product, 5), "ERC20InsufficientBalance",
            {"sender": NOBODY, "balance": 0, "needed": 5},
        ),
        (house.product, b.ParametricProduct.suspend_sales(True), "AccessManagedUnauthorized", {"caller": NOBODY}),
    ]  # fmt: skip

    for to, view, name, arguments in cases:
        error = _refused(story, to, view.data).contract_error

        assert error is not None, name
        assert (error.name, dict(error.arguments)) == (name, arguments)
    assert str(_refused(story, house.product, cases[1][1].data)) == f"EventStillOpen(eventId={open_event})"


def test_decode_error__panic_of_a_real_contract__has_its_code(story: Story) -> None:
    call = b.Treasury.convert_to_shares((1 << 256) - 1)

    error = _refused(story, story.treasury, call.data).contract_error

    assert error is not None
    assert (error.name, error.arguments) == ("Panic", (("code", 0x11),))


def test_decode_error__reason_as_text__is_read(story: Story) -> None:
    """Creation code that copies what follows it to memory and reverts with it."""
    reason = selector("Error(string)") + encode(["string"], ["the pump is out of order"])
    revert_with_rest = bytes.fromhex("600c 38 03 80 600c 5f 39 5f fd".replace(" ", ""))
    code = revert_with_rest + b"\0" * (12 - len(revert_with_rest)) + reason

    error = _refused(story, None, code).contract_error

    assert error is not None
    assert error.arguments == (("reason", "the pump is out of order"),)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x01\x02\x03\x04", selector("NothingHeld(address)"), selector("Error(string)") + b"\xff" * 64],
    ids=["empty", "one byte", "unknown", "cut short", "length out of bounds"],
)
def test_decode_error__none_of_ours_or_broken__is_none(data: bytes) -> None:
    assert decode_error(data) is None


@given(
    st.binary(max_size=200), st.sampled_from(["Panic(uint256)", "Error(string)", "EventAlreadyClosed(uint256,uint8)"])
)
def test_decode_error__any_bytes_after_a_known_selector__never_raises(rest: bytes, signature: str) -> None:
    decode_error(selector(signature) + rest)
