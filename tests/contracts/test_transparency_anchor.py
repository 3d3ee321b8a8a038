"""TransparencyAnchor: heads of logs, one after the other."""

import pytest
from answers import fields, plain
from brownie import TransparencyAnchor, accounts
from eth_utils import keccak
from panel_room import new_authority
from parties import person
from refusals import refused

from scripts.brownie.deploy import ROLES

LOG, OTHER_LOG = keccak(text="audit log"), keccak(text="another log")
ROOTS = [keccak(text=f"root {n}") for n in range(4)]
NO_ROOT = bytes(32)
MAX_SIZE = 2**64 - 1


@pytest.fixture(scope="module")
def anchor(module_undone):
    sender = {"from": accounts[0]}
    authority = new_authority()
    anchor = TransparencyAnchor.deploy(authority, sender)
    authority.setTargetFunctionRole(anchor, [anchor.anchor.signature], ROLES["LOG_WRITER"], sender)
    authority.grantRole(ROLES["LOG_WRITER"], person("log writer"), 0, sender)
    return anchor


@pytest.fixture(scope="module")
def writer(anchor):
    return person("log writer")


@pytest.fixture
def history(anchor, writer):
    """Three heads: root, size and time."""
    heads = []
    for size, root in zip((1, 5, 40), ROOTS[:3], strict=True):
        receipt = anchor.anchor(LOG, size, root, writer.sends)
        heads.append((root, size, receipt.timestamp))
    return heads


def seen(heads):
    return [plain(head) for head in heads]


def test_anchor__first_head__makes_the_log(anchor, writer):
    receipt = anchor.anchor(LOG, 3, ROOTS[0], writer.sends)

    assert receipt.return_value == 0
    assert anchor.logHeadCount(LOG) == 1
    assert seen([anchor.logHead(LOG, 0)]) == [(ROOTS[0], 3, receipt.timestamp)]
    event = receipt.events["LogHeadAnchored"]
    assert fields(event, "logId", "index", "treeSize", "rootHash", "previousRoot") == (LOG, 0, 3, ROOTS[0], NO_ROOT)


def test_anchor__next_head__names_the_one_before_and_leaves_it(anchor, writer, history):
    receipt = anchor.anchor(LOG, 41, ROOTS[3], writer.sends)

    event = receipt.events["LogHeadAnchored"]
    assert fields(event, "index", "treeSize", "rootHash", "previousRoot") == (3, 41, ROOTS[3], ROOTS[2])
    assert seen(anchor.logHeads(LOG, 0, 3)) == history


def test_anchor__two_logs__have_a_history_each(anchor, writer, history):
    anchor.anchor(OTHER_LOG, 1, ROOTS[3], writer.sends)

    assert (anchor.logHeadCount(LOG), anchor.logHeadCount(OTHER_LOG)) == (3, 1)
    assert seen(anchor.logHeads(LOG, 0, 9)) == history


def test_anchor__largest_size__is_the_last(anchor, writer):
    anchor.anchor(LOG, MAX_SIZE, ROOTS[0], writer.sends)

    with refused("TreeSizeNotGrown", LOG, MAX_SIZE, MAX_SIZE):
        anchor.anchor.call(LOG, MAX_SIZE, ROOTS[1], writer.sends)


@pytest.mark.parametrize("size", [0, 39, 40])
def test_anchor__size_not_grown__refuses(anchor, writer, history, size):
    with refused("TreeSizeNotGrown", LOG, size, 40):
        anchor.anchor.call(LOG, size, ROOTS[3], writer.sends)


def test_anchor__empty_log__refuses(anchor, writer):
    with refused("TreeSizeNotGrown", LOG, 0, 0):
        anchor.anchor.call(LOG, 0, ROOTS[0], writer.sends)


def test_anchor__no_root__refuses(anchor, writer):
    with refused("RootHashMissing", LOG):
        anchor.anchor.call(LOG, 1, NO_ROOT, writer.sends)


def test_anchor__without_role__refuses(anchor):
    for someone in (person("stranger"), person("network registrar")):
        with refused("AccessManagedUnauthorized", someone):
            anchor.anchor.call(LOG, 1, ROOTS[0], someone.sends)


def test_set_authority__anyone_but_the_authority__refuses(anchor, writer):
    with refused("AccessManagedUnauthorized", writer):
        anchor.setAuthority.call(writer, writer.sends)


def test_latest_log_head__three_heads__is_the_last(anchor, history):
    assert seen([anchor.latestLogHead(LOG)]) == history[2:]


def test_latest_log_head__no_log__refuses(anchor):
    with refused("LogHeadUnknown", LOG, 0):
        anchor.latestLogHead(LOG)


def test_log_head__beyond_the_last__refuses(anchor, history):
    with refused("LogHeadUnknown", LOG, 3):
        anchor.logHead(LOG, 3)


@pytest.mark.parametrize(("start", "limit", "part"), [(0, 500, (0, 3)), (0, 2, (0, 2)), (1, 9, (1, 3)), (3, 9, (3, 3))])
def test_log_heads__pages__are_cut_at_the_end(anchor, history, start, limit, part):
    assert seen(anchor.logHeads(LOG, start, limit)) == history[slice(*part)]


def test_log_heads__far_beyond_the_end__are_none(anchor, history):
    assert len(anchor.logHeads(LOG, 2**255, 500)) == 0


def test_log_heads__page_too_long__refuses(anchor):
    with refused("LogPageTooLong", 501, 500):
        anchor.logHeads(LOG, 0, 501)
