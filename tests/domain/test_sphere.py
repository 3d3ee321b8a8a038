import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EventTextInvalid
from domain.sphere import (
    DEGREE,
    EARTH_RADIUS_METRES,
    Place,
    degrees_text,
    distance_metres,
    least_distance_metres,
    place_from_decimals,
)

places = st.builds(
    Place, st.integers(-90 * DEGREE, 90 * DEGREE), st.integers(-180 * DEGREE, 180 * DEGREE - 1)
)  # fmt: skip


def by_float(one: Place, other: Place) -> float:
    a, b, c, d = (math.radians(x / DEGREE) for x in (one.latitude, one.longitude, other.latitude, other.longitude))
    chord = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(min(chord, 1.0)))


@given(places, places)
def test_distance_metres__any_places__as_floating_point_within_a_metre_and_above_the_bound(
    one: Place, other: Place
) -> None:
    found = distance_metres(one, other)

    assert abs(found + 0.5 - by_float(one, other)) <= 0.6
    assert distance_metres(other, one) == found
    assert least_distance_metres(one, other) <= found


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        (Place(377_749, -1_224_194), Place(377_749, -1_224_194), 0),
        (Place(0, -180 * DEGREE), Place(0, 180 * DEGREE - 1), 11),
        (Place(0, 0), Place(0, -180 * DEGREE), 20_015_115),
        (Place(90 * DEGREE, 5), Place(-90 * DEGREE, 77), 20_015_115),
        (Place(0, 0), Place(0, DEGREE), 111_195),
    ],
)
def test_distance_metres__known_pairs__to_the_metre(one: Place, other: Place, metres: int) -> None:
    assert distance_metres(one, other) == metres


def test_distance_metres__further_north__never_less() -> None:
    distances = [distance_metres(Place(0, 0), Place(north, 0)) for north in range(0, 90 * DEGREE, 9_973)]

    assert all(near < far for near, far in pairwise(distances))


@pytest.mark.parametrize(("latitude", "longitude"), [("91", "0"), ("0", "180.1"), ("NaN", "0"), ("0", "Infinity")])
def test_place_from_decimals__not_on_the_earth__refused(latitude: str, longitude: str) -> None:
    with pytest.raises(EventTextInvalid, match="is not on the earth"):
        place_from_decimals(Decimal(latitude), Decimal(longitude))


def test_place_from_decimals__halves__to_the_even_digit_and_east_180_is_west() -> None:
    assert place_from_decimals(Decimal("0.00005"), Decimal("0.00015")) == Place(0, 2)
    assert place_from_decimals(Decimal("1"), Decimal("180")) == Place(DEGREE, -180 * DEGREE)
    assert degrees_text(-1_224_194) == "-122.4194"
