"""Hypothesis strategies for what is signed, and for anything an ABI can describe."""

from typing import Any

from hypothesis import strategies as st

from domain.hashing import checksum_address
from domain.policy import Outcome
from domain.reports import Assessment, EventReport, Measurement, Quote, RiskReport
from ledger.codec import ENUMS, AbiItem, Struct

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: checksum_address("0x" + raw.hex()))
words = st.binary(min_size=32, max_size=32)


def uints(bits: int) -> st.SearchStrategy[int]:
    """Unsigned integers of a width."""
    return st.integers(0, (1 << bits) - 1)


assessments = st.builds(
    Assessment, application_id=uints(256), event_id=uints(256), occurs_at=uints(40), expected_share_ppb=uints(32),
    sum_insured_cap=uints(96), commitment=words,
)  # fmt: skip
measurements = st.builds(
    Measurement, event_id=uints(256), outcome=st.sampled_from(Outcome), value=st.integers(-(1 << 31), (1 << 31) - 1)
)
_head = {
    "chain_id": uints(64), "product": addresses, "signer_epoch": uints(32), "observed_at": uints(40),
    "valid_until": uints(40),
}  # fmt: skip
risk_reports = st.builds(
    RiskReport, **_head, model_hash=words, assessments=st.lists(assessments, max_size=4).map(tuple)
)
event_reports = st.builds(
    EventReport, **_head, source_hash=words, measurements=st.lists(measurements, max_size=4).map(tuple)
)
quotes = st.builds(
    Quote, application_id=uints(256), holder=addresses, underwriter=addresses, insured_event=st.text(max_size=60),
    occurs_at=uints(40), sum_insured=uints(96), premium=uints(96), valid_until=uints(40),
)  # fmt: skip


def values(item: AbiItem, structs: dict[str, Struct]) -> st.SearchStrategy[Any]:
    """Python values for an ABI item, in the form `ledger.codec` gives them back."""
    kind = str(item["type"])
    if kind.endswith("]"):
        element, size = kind[:-1].rsplit("[", 1)
        least, most = (int(size), int(size)) if size else (0, 3)
        return st.lists(values({**item, "type": element}, structs), min_size=least, max_size=most).map(tuple)
    if kind == "tuple":
        struct = structs[str(item["internalType"]).removeprefix("struct ").split("[")[0].split(".")[-1]]
        parts = {f: values(c, structs) for f, c in zip(struct.fields, item["components"], strict=True)}
        return st.fixed_dictionaries(parts).map(lambda found: struct.python(**found))
    if item.get("internalType") in ENUMS:
        return st.sampled_from(ENUMS[item["internalType"]])
    return _plain(kind)


def _plain(kind: str) -> st.SearchStrategy[Any]:
    if kind.startswith("uint"):
        return uints(int(kind[4:]))
    if kind.startswith("int"):
        half = 1 << (int(kind[3:]) - 1)
        return st.integers(-half, half - 1)
    if kind.startswith("bytes") and kind != "bytes":
        size = int(kind[5:])
        return st.binary(min_size=size, max_size=size)
    return {"address": addresses, "bool": st.booleans(), "string": st.text(max_size=40), "bytes": st.binary()}[kind]
