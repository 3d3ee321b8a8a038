"""Pictures that look the same, and pictures that do not."""

import itertools

from PIL import ImageEnhance

from oracle.evidence.duplicates import MOST_BITS_APART, SeenPicture, bits_apart, file_print, look_alikes
from oracle.evidence.reading.pictures import picture_hash
from tests.oracle.evidence.papers import picture, saved


def hashed(seed: int) -> str:
    found = picture_hash(picture(seed))
    assert found is not None
    return found


def test_picture_hash__saved_anew_shrunk_or_lightened__stays_near() -> None:
    import io

    from PIL import Image

    original = picture(3)
    changed = [
        Image.open(io.BytesIO(saved(original, "JPEG", quality=40))),
        original.resize((200, 150)),
        ImageEnhance.Brightness(original).enhance(1.1),
    ]

    assert all(bits_apart(hashed(3), picture_hash(each) or "f" * 64) <= MOST_BITS_APART for each in changed)


def test_picture_hash__other_pictures__are_far() -> None:
    hashes = [hashed(seed) for seed in range(1, 12)]

    assert all(bits_apart(one, other) > MOST_BITS_APART for one, other in itertools.combinations(hashes, 2))


def test_picture_hash__blank__is_none() -> None:
    from PIL import Image

    assert picture_hash(Image.new("RGB", (300, 300), "white")) is None


def test_look_alikes__own_claim__does_not_count() -> None:
    seen = [SeenPicture(hashed(1), 7), SeenPicture(hashed(1), 5), SeenPicture(hashed(2), 6)]

    assert look_alikes([hashed(1)], seen, 9) == ((hashed(1), 5),)
    assert look_alikes([hashed(2)], seen, 6) == ()


def test_file_print__one_byte__changes_it() -> None:
    assert file_print(b"a") != file_print(b"b")
