"""OracleQuorum: signer sets, their rotation, and whether enough of them signed."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, OracleQuorum
from chain_clock import DAY, HOUR, travel_to
from eth_utils import keccak
from parties import person, signers
from refusals import refused

DIGEST = keccak(text="something to sign")
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SIXTY_FOUR_BYTES = bytes(64)


@pytest.fixture
def quorum(house):
    return house.quorum


@pytest.fixture
def governor(people):
    return people["oracle governor"]


def addresses(*nodes):
    return [node.address for node in nodes]


def signed(*nodes, digest=DIGEST):
    return [node.sign(digest) for node in nodes]


# The first set


def test_constructor__four_signers__speak_as_epoch_one_with_threshold_three(house, quorum, nodes):
    assert quorum.currentEpoch() == 1
    assert plain(quorum.signerSet(1)) == (tuple(addresses(*nodes)), 3, 0)
    assert quorum.authority() == house.platform.authority


@pytest.mark.parametrize("count", [0, 3, 32])
def test_constructor__count_out_of_range__refuses(house, accounts, count):
    with refused("SignerCountInvalid", count):
        OracleQuorum.deploy(house.platform.authority, addresses(*signers(count)), 1, {"from": accounts[0]})


@pytest.mark.parametrize(("count", "faults"), [(4, 0), (4, 2), (6, 2), (31, 11), (4, 255)])
def test_rotate_signers__faults_not_below_a_third__refuses(quorum, governor, count, faults):
    with refused("FaultsInvalid", faults, count):
        quorum.rotateSigners.call(addresses(*signers(count)), faults, 0, governor.sends)


@pytest.mark.parametrize(
    ("count", "faults", "threshold"),
    [(4, 1, 3), (5, 1, 4), (6, 1, 4), (7, 2, 5), (9, 2, 6), (10, 3, 7), (31, 1, 17), (31, 10, 21)],
)
def test_rotate_signers__faults_below_a_third__needs_a_majority_of_signers_and_faults(
    quorum, governor, count, faults, threshold
):
    quorum.rotateSigners(addresses(*signers(count)), faults, 0, governor.sends)

    assert plain(quorum.signerSet(2)) == (tuple(addresses(*signers(count))), threshold, 0)


# Rotation


@pytest.mark.parametrize("count", [0, 3, 32])
def test_rotate_signers__count_out_of_range__refuses(quorum, governor, count):
    with refused("SignerCountInvalid", count):
        quorum.rotateSigners.call(addresses(*signers(count)), 1, 0, governor.sends)


def test_rotate_signers__zero_address__refuses(quorum, governor):
    with refused("SignerOrderInvalid", ZERO_ADDRESS, ZERO_ADDRESS):
        quorum.rotateSigners.call([ZERO_ADDRESS, *addresses(*signers(3))], 1, 0, governor.sends)


def test_rotate_signers__signer_twice__refuses(quorum, governor):
    a, b, c = addresses(*signers(3))

    with refused("SignerOrderInvalid", b, b):
        quorum.rotateSigners.call([a, b, b, c], 1, 0, governor.sends)


def test_rotate_signers__not_ascending__refuses(quorum, governor):
    a, b, c, d = addresses(*signers(4))

    with refused("SignerOrderInvalid", c, b):
        quorum.rotateSigners.call([a, c, b, d], 1, 0, governor.sends)


def test_rotate_signers__overlap_above_thirty_days__refuses(quorum, governor, nodes):
    with refused("OverlapTooLong", 30 * DAY + 1, 30 * DAY):
        quorum.rotateSigners.call(addresses(*nodes), 1, 30 * DAY + 1, governor.sends)


def test_rotate_signers__without_role__refuses(quorum, nodes, people):
    stranger = people["stranger"]

    with refused("AccessManagedUnauthorized", stranger):
        quorum.rotateSigners.call(addresses(*nodes), 1, 0, stranger.sends)


def test_rotate_signers__overlap__retires_the_previous_set_later(quorum, governor, nodes):
    fresh = signers(7, "successor")

    receipt = quorum.rotateSigners(addresses(*fresh), 2, 5 * DAY, governor.sends)

    retires_at = receipt.timestamp + 5 * DAY
    assert receipt.return_value == 2
    assert quorum.currentEpoch() == 2
    assert quorum.signerSet(1)[2] == retires_at
    event = receipt.events["SignerSetRotated"]
    assert fields(event, "epoch", "faults", "threshold", "previousRetiresAt") == (2, 2, 5, retires_at)
    assert list(event["signers"]) == addresses(*fresh)


def test_is_signer__rotation__tells_the_sets_apart(quorum, governor, nodes):
    fresh = signers(4, "successor")
    quorum.rotateSigners(addresses(*fresh), 1, 0, governor.sends)

    assert quorum.isSigner(1, nodes[0])
    assert not quorum.isSigner(2, nodes[0])
    assert quorum.isSigner(2, fresh[0])
    assert not quorum.isSigner(1, fresh[0])


# Is it signed by enough of them?


@pytest.mark.parametrize("count", [3, 4])
def test_require_quorum__enough_signatures__passes(quorum, nodes, count):
    quorum.requireQuorum(DIGEST, 1, 3, signed(*nodes[:count]))


@pytest.mark.parametrize("missing", range(4))
def test_require_quorum__any_one_node_down__passes(quorum, nodes, missing):
    quorum.requireQuorum(DIGEST, 1, 3, signed(*nodes[:missing], *nodes[missing + 1 :]))


@pytest.mark.parametrize("epoch", [0, 2])
def test_require_quorum__set_never_made__refuses(quorum, nodes, epoch):
    with refused("SignerSetUnknown", epoch):
        quorum.requireQuorum(DIGEST, epoch, 3, signed(*nodes))


@pytest.mark.parametrize("count", [0, 2])
def test_require_quorum__below_the_threshold__refuses(quorum, nodes, count):
    with refused("TooFewSignatures", count, 3):
        quorum.requireQuorum(DIGEST, 1, 0, signed(*nodes[:count]))


def test_require_quorum__caller_asks_for_more_than_the_threshold__refuses(quorum, nodes):
    with refused("TooFewSignatures", 3, 4):
        quorum.requireQuorum(DIGEST, 1, 4, signed(*nodes[:3]))


def test_require_quorum__signer_of_no_set__refuses(quorum, nodes):
    outsider = person("outsider")
    trio = sorted((nodes[0], nodes[1], outsider), key=lambda node: int(node.address, 16))

    with refused("SignerNotInSet", outsider, 1):
        quorum.requireQuorum(DIGEST, 1, 3, signed(*trio))


def test_require_quorum__three_bad_signatures_of_four__refuses(quorum, nodes):
    liars = signers(3, "liar")
    everybody = sorted((nodes[0], *liars), key=lambda node: int(node.address, 16))
    first_liar = next(node for node in everybody if node in liars)

    with refused("SignerNotInSet", first_liar, 1):
        quorum.requireQuorum(DIGEST, 1, 3, signed(*everybody))


def test_require_quorum__three_good_and_one_bad_signature__refuses(quorum, nodes):
    bad = signed(*nodes[:3], nodes[3], digest=DIGEST)
    bad[3] = person("outsider").sign(DIGEST)

    with refused("SignerNotInSet", person("outsider"), 1):
        quorum.requireQuorum(DIGEST, 1, 3, bad)


def test_require_quorum__signature_twice__refuses(quorum, nodes):
    with refused("SignaturesNotAscending", nodes[0], nodes[0]):
        quorum.requireQuorum(DIGEST, 1, 3, signed(nodes[0], nodes[0], nodes[1]))


def test_require_quorum__signatures_out_of_order__refuses(quorum, nodes):
    with refused("SignaturesNotAscending", nodes[2], nodes[1]):
        quorum.requireQuorum(DIGEST, 1, 3, signed(nodes[0], nodes[2], nodes[1]))


def test_require_quorum__signature_too_short__refuses(quorum, nodes):
    with refused("ECDSAInvalidSignatureLength", 64):
        quorum.requireQuorum(DIGEST, 1, 3, [*signed(*nodes[:2]), SIXTY_FOUR_BYTES])


def test_require_quorum__compact_signature__refuses(quorum, nodes):
    whole = nodes[2].sign(DIGEST)
    s = int.from_bytes(whole[32:64]) | (whole[64] - 27) << 255

    with refused("ECDSAInvalidSignatureLength", 64):
        quorum.requireQuorum(DIGEST, 1, 3, [*signed(*nodes[:2]), whole[:32] + s.to_bytes(32)])


def test_require_quorum__mirrored_signature__refuses(quorum, nodes):
    whole = nodes[2].sign(DIGEST)
    high_s = (CURVE_ORDER - int.from_bytes(whole[32:64])).to_bytes(32)
    mirrored = whole[:32] + high_s + bytes([27 + 28 - whole[64]])

    with refused("ECDSAInvalidSignatureS", high_s):
        quorum.requireQuorum(DIGEST, 1, 3, [*signed(*nodes[:2]), mirrored])


def test_require_quorum__signature_of_nobody__refuses(quorum, nodes):
    with refused("ECDSAInvalidSignature"):
        quorum.requireQuorum(DIGEST, 1, 3, [*signed(*nodes[:2]), bytes(65)])


def test_require_quorum__previous_set_during_the_overlap__passes_until_its_last_second(quorum, governor, nodes):
    receipt = quorum.rotateSigners(addresses(*signers(4, "successor")), 1, HOUR, governor.sends)

    travel_to(receipt.timestamp + HOUR - 1)

    quorum.requireQuorum(DIGEST, 1, 3, signed(*nodes[:3]))
    quorum.requireQuorum(DIGEST, 2, 3, signed(*signers(4, "successor")[:3]))


def test_require_quorum__previous_set_after_the_overlap__refuses(quorum, governor, nodes):
    receipt = quorum.rotateSigners(addresses(*signers(4, "successor")), 1, HOUR, governor.sends)
    retired_at = receipt.timestamp + HOUR

    travel_to(retired_at)

    with refused("SignerSetRetired", 1, retired_at):
        quorum.requireQuorum(DIGEST, 1, 3, signed(*nodes[:3]))


def test_require_quorum__no_overlap__silences_the_previous_set_at_once(quorum, governor, nodes):
    receipt = quorum.rotateSigners(addresses(*signers(4, "successor")), 1, 0, governor.sends)

    with refused("SignerSetRetired", 1, receipt.timestamp):
        quorum.requireQuorum(DIGEST, 1, 3, signed(*nodes[:3]))


def test_require_quorum__set_before_the_previous__is_silent_at_once(quorum, governor, nodes):
    second = signers(4, "second")
    quorum.rotateSigners(addresses(*second), 1, 10 * DAY, governor.sends)
    receipt = quorum.rotateSigners(addresses(*signers(4, "third")), 1, DAY, governor.sends)

    with refused("SignerSetRetired", 1, receipt.timestamp):
        quorum.requireQuorum(DIGEST, 1, 3, signed(*nodes[:3]))
    quorum.requireQuorum(DIGEST, 2, 3, signed(*second[:3]))


def test_require_quorum__set_that_ended_before_a_further_rotation__keeps_its_end(quorum, governor):
    first = quorum.rotateSigners(addresses(*signers(4, "second")), 1, HOUR, governor.sends)
    travel_to(first.timestamp + DAY)

    quorum.rotateSigners(addresses(*signers(4, "third")), 1, 0, governor.sends)

    assert quorum.signerSet(1)[2] == first.timestamp + HOUR


def test_require_quorum__signatures_of_two_sets_mixed__refuses(quorum, governor, nodes):
    fresh = signers(4, "successor")
    quorum.rotateSigners(addresses(*fresh), 1, DAY, governor.sends)
    mixed = sorted((*nodes[:2], *fresh[:2]), key=lambda node: int(node.address, 16))
    first_fresh = next(node for node in mixed if node in fresh)

    with refused("SignerNotInSet", first_fresh, 1):
        quorum.requireQuorum(DIGEST, 1, 3, signed(*mixed))


def test_set_authority__anyone_but_the_authority__refuses(quorum, people):
    for someone in people.values():
        with refused("AccessManagedUnauthorized", someone):
            quorum.setAuthority.call(someone, someone.sends)
