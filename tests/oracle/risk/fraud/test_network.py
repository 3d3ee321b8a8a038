"""Which claims hang together, against a slow search that is plainly right."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.fraud.network import LinkedClaim, network_of

CLAIMS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from("abcdef"), st.lists(st.integers(0, 25).map(str), max_size=3)),
    max_size=25,
    unique_by=lambda each: each[0],
)


def slow_groups(claims: list[LinkedClaim], hub_claims: int) -> dict[int, tuple[int, ...]]:
    """Grow each claim's group until nothing is added."""
    linking = {
        token
        for each in claims
        for token in each.contacts
        if sum(token in other.contacts for other in claims) <= hub_claims
    }
    found = {}
    for start in claims:
        group = {start.claim_id}
        while True:
            tokens = {token for each in claims if each.claim_id in group for token in each.contacts} & linking
            larger = group | {each.claim_id for each in claims if tokens & set(each.contacts)}
            if larger == group:
                break
            group = larger
        found[start.claim_id] = tuple(sorted(group))
    return found


@given(CLAIMS, st.integers(1, 6))
def test_network_of__any_claims__groups_of_the_slow_search(
    drawn: list[tuple[int, str, list[str]]], hub_claims: int
) -> None:
    claims = [LinkedClaim(number, holder, tuple(contacts)) for number, holder, contacts in drawn]

    network = network_of(claims, hub_claims)

    expected = slow_groups(claims, hub_claims)
    assert dict(network.members) == expected
    holder_of = {each.claim_id: each.holder for each in claims}
    assert all(network.holders_linked(key) == len({holder_of[m] for m in group}) for key, group in expected.items())


def test_network_of__chain_of_contacts__one_group() -> None:
    claims = [LinkedClaim(place, f"h{place}", (f"t{place}", f"t{place + 1}")) for place in range(20_000)]

    network = network_of(claims, hub_claims=50)

    assert network.holders_linked(0) == network.holders_linked(19_999) == 20_000


def test_network_of__phone_of_a_broker__links_nobody() -> None:
    claims = [LinkedClaim(place, f"h{place}", ("broker",)) for place in range(51)]

    assert network_of(claims, hub_claims=50).holders_linked(0) == 1
    assert network_of(claims[:50], hub_claims=50).holders_linked(0) == 50


def test_holders_linked__claim_not_known__nobody() -> None:
    assert network_of([], hub_claims=50).holders_linked(1) == 0
