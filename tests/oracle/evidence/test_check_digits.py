"""Published numbers hold; any digit changed, and any two neighbours swapped where the rule promises it, does not."""

import pytest

from oracle.evidence.check_digits import credit_code_holds, iban_holds, luhn_holds

IBANS = ("GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR1420041010050500013M02606")
CARDS = ("4111 1111 1111 1111", "5500-0000-0000-0004", "79927398713")
CREDIT_CODES = ("91350100M000100Y43",)


@pytest.mark.parametrize("number", IBANS)
def test_iban_holds__published__holds_and_no_neighbour_does(number: str) -> None:
    assert iban_holds(number)
    plain = number.replace(" ", "")
    assert not any(iban_holds(_changed(plain, place)) for place in range(len(plain)) if plain[place].isdigit())


@pytest.mark.parametrize("number", CARDS)
def test_luhn_holds__published__holds_and_no_neighbour_does(number: str) -> None:
    assert luhn_holds(number)
    assert not any(luhn_holds(_changed(number, place)) for place in range(len(number)) if number[place].isdigit())


@pytest.mark.parametrize("number", CREDIT_CODES)
def test_credit_code_holds__published__holds_and_no_neighbour_does(number: str) -> None:
    assert credit_code_holds(number)
    assert not any(credit_code_holds(_changed(number, place)) for place in range(18) if number[place].isdigit())


@pytest.mark.parametrize("number", ["", "1", "GB82", "四111111111111111", "91350100M000100Y4", "I1350100M000100Y43"])
def test_check_digits__no_number__does_not_hold(number: str) -> None:
    assert not any(holds(number) for holds in (iban_holds, luhn_holds, credit_code_holds))


def _changed(number: str, place: int) -> str:
    return number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
