"""Which passwords are taken: long enough, and not one that everybody would think of.

No rule of composition and no change by calendar. A password is refused when nothing is left of it after taking out
what guessers try first: common words and names, walks over the keyboard, runs, repetitions, years, the person's own
name and the insurer's. That is the list of common passwords, said by what it is made of instead of written out.
Source: NIST SP 800-63B-4 3.1.1.2, OWASP ASVS 5.0 6.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

MIN_LENGTH = 12
MAX_LENGTH = 128
ENOUGH_LETTERS = 5
ENOUGH_OF_ANY = 10
"""What must be left once everything common is taken out: so many letters, or so many characters of any kind."""
_MIN_PART = 3
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s",
                       "!": "i", "+": "t", "(": "c", "|": "l"})  # fmt: skip
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
         "1234567890", "abcdefghijklmnopqrstuvwxyz", "qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
         "1q2w3e4r5t6y7u8i9o0p", "zaqxswcdevfrbgtnhymjukilop")  # fmt: skip
_WALK = 4


class PasswordUnfit(ValueError):
    """The password is not taken. The text says why; it repeats nothing of it."""


def normalise(password: str) -> str:
    """The password as it is hashed: NFKC, so that every keyboard writes the same."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, about: Iterable[str] = ()) -> str:
    """The normalised password.

    Args:
        about: Words of its owner: name, e-mail, insurer. They count as common.
    Raises:
        PasswordUnfit
    """
    wanted = normalise(password)
    if len(wanted) < MIN_LENGTH:
        raise PasswordUnfit(f"password has {len(wanted)} characters, at least {MIN_LENGTH} are needed. Add words.")
    if len(wanted) > MAX_LENGTH:
        raise PasswordUnfit(f"password has {len(wanted)} characters, at most {MAX_LENGTH} are taken. Shorten it.")
    if is_common(wanted, about):
        raise PasswordUnfit("password is among those that are guessed first. Take several words of your own choice.")
    return wanted


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Whether a password is made of common parts only."""
    own = {part for text in about for part in re.split(r"[^\w]+", text.casefold()) if len(part) >= _MIN_PART}
    lowered = password.casefold()
    rests = [_rest(text, own) for text in (lowered, lowered.translate(_LEET))]
    return any(sum(map(str.isalpha, rest)) < ENOUGH_LETTERS and len(rest) < ENOUGH_OF_ANY for rest in rests)


def _rest(text: str, own: set[str]) -> str:
    """What is left after taking out common parts; a repetition counts once."""
    words = _words() | own
    longest = max(len(word) for word in words)
    kept: list[str] = []
    position = 0
    while position < len(text):
        step = _common_part(text, position, words, longest)
        if step == 0:
            kept.append(text[position])
            step = 1
        position += step
    return re.sub(r"(.{1,8}?)\1+", r"\1", "".join(kept))


def _common_part(text: str, position: int, words: set[str] | frozenset[str], longest: int) -> int:
    """Length of the longest common part that begins at `position`, 0 for none."""
    for length in range(min(longest, len(text) - position), _MIN_PART - 1, -1):
        part = text[position : position + length]
        if part in words or (length >= _WALK and part in _walks()):
            return length
    return 0


@cache
def _words() -> frozenset[str]:
    text = resources.files("backend.identity.passwords").joinpath("common.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def _walks() -> frozenset[str]:
    lines = [line for row in _ROWS for line in (row, row[::-1])]
    return frozenset(
        line[start:end] for line in lines for start in range(len(line)) for end in range(start + _WALK, len(line) + 1)
    )
