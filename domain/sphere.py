"""Places on the earth, and how far apart they are: decimal arithmetic, so that every node finds the same metre."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext

from domain.errors import EventTextInvalid
from domain.ranges import is_whole

EARTH_RADIUS_METRES = 6_371_009
"""Mean radius (IUGG), to the metre."""
DEGREE = 10_000
"""A position counts ten-thousandths of a degree: eleven metres at most."""
_DIGITS = 40
_HALVINGS = 4
_UNHALVED = Decimal(2) ** _HALVINGS


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point on the sphere.

    Attributes:
        latitude, longitude: Ten-thousandths of a degree, north and east positive; longitude 180 is written -180.
    Raises:
        EventTextInvalid: One is out of range.
    """

    latitude: int
    longitude: int

    def __post_init__(self) -> None:
        if not is_whole(self.latitude, -90 * DEGREE, 90 * DEGREE):
            raise EventTextInvalid("latitude", self.latitude, "is out of range", "Give -90 to 90 degrees")
        if not is_whole(self.longitude, -180 * DEGREE, 180 * DEGREE - 1):
            raise EventTextInvalid("longitude", self.longitude, "is out of range", "Give -180 to below 180 degrees")

    def text(self) -> str:
        """As in event texts: `37.7749/-122.4194`, always four decimals."""
        return f"{degrees_text(self.latitude)}/{degrees_text(self.longitude)}"


def degrees_text(value: int) -> str:
    """Ten-thousandths of a degree with four decimals: -1224194 is `-122.4194`."""
    whole, rest = divmod(abs(value), DEGREE)
    return f"{'-' if value < 0 else ''}{whole}.{rest:04d}"


def place_from_decimals(latitude: Decimal, longitude: Decimal) -> Place:
    """The place nearest to a position in degrees; half-way cases go to the even digit.

    Raises:
        EventTextInvalid: It is no position on the earth.
    """
    if not (latitude.is_finite() and longitude.is_finite() and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise EventTextInvalid("position", f"{latitude}, {longitude}", "is not on the earth", "Give degrees")
    east = _rounded(longitude * DEGREE)
    return Place(_rounded(latitude * DEGREE), -180 * DEGREE if east == 180 * DEGREE else east)


def distance_metres(one: Place, other: Place) -> int:
    """Length of the great circle between two places, whole metres, rounded down.

    Haversine on a sphere of `EARTH_RADIUS_METRES`, in decimal arithmetic of forty digits with a fixed order of steps:
    no floating point, so the result depends on no machine.
    """
    with localcontext(Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)):
        radian = _pi() / (180 * DEGREE)
        half_north = abs(one.latitude - other.latitude) * radian / 2
        half_east = abs(one.longitude - other.longitude) * radian / 2
        cosines = _cos(one.latitude * radian) * _cos(other.latitude * radian)
        chord_squared = min(_sin(half_north) ** 2 + cosines * _sin(half_east) ** 2, Decimal(1))
        chord = chord_squared.sqrt()
        angle = 2 * _arctan(chord / (1 + (1 - chord_squared).sqrt()))
        return int((2 * EARTH_RADIUS_METRES * angle).to_integral_value(ROUND_FLOOR))


def least_distance_metres(one: Place, other: Place) -> int:
    """A bound that is quick to find: never more than `distance_metres`. What the latitudes alone put between them."""
    # A degree of latitude is 111,195.08 metres on this sphere. Taken as 111,194, and a metre less for the rounding.
    return max(abs(one.latitude - other.latitude) * 111_194 // DEGREE - 1, 0)


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_EVEN))


def _pi() -> Decimal:
    return Decimal("3.1415926535897932384626433832795028841971694")


def _sin(x: Decimal) -> Decimal:
    return _series(x, x, 1)


def _cos(x: Decimal) -> Decimal:
    return _series(Decimal(1), x, 0)


def _series(first: Decimal, x: Decimal, power: int) -> Decimal:
    """Taylor's series of sine (power 1) or cosine (power 0), until a term no longer counts."""
    total, term, square = first, first, x * x
    while True:
        power += 2
        term = -term * square / (power * (power - 1))
        grown = total + term
        if grown == total:
            return total
        total = grown


def _arctan(x: Decimal) -> Decimal:
    """For 0 to 1: the argument is halved four times, then the series."""
    for _ in range(_HALVINGS):
        x = x / (1 + (1 + x * x).sqrt())
    total, power, square, n = x, x, x * x, 1
    while True:
        power, n = -power * square, n + 2
        grown = total + power / n
        if grown == total:
            return total * _UNHALVED
        total = grown
