"""What fits: whole numbers within bounds. `True` counts as no number."""

MAX_UINT8 = (1 << 8) - 1
MAX_UINT16 = (1 << 16) - 1
MAX_UINT32 = (1 << 32) - 1
MAX_UINT40 = (1 << 40) - 1
MAX_UINT64 = (1 << 64) - 1
MAX_UINT96 = (1 << 96) - 1
MIN_INT32 = -(1 << 31)
MAX_INT32 = (1 << 31) - 1


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether `value` is an integer from `least` to `most`, both inclusive."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
