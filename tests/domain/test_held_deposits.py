"""Held deposits: to their owner by anybody's push, elsewhere by the owner's word, and once."""

import pytest

from domain.errors import StepRefused
from domain.held_deposits import HeldDeposits
from domain.money import TokenUnits
from domain.token import Token

PANEL, TOKEN, ANN, BEN = "panel", "token", "ann", "ben"
DEPOSIT = TokenUnits(12)


@pytest.fixture
def deposits() -> HeldDeposits:
    """Ann's deposit is held: the token has blocked her. Ben's was not."""
    token = Token(blocked={ANN})
    token.balances[PANEL] = 3 * DEPOSIT
    held = HeldDeposits(PANEL, token, TOKEN)
    assert not held.pay_or_hold(ANN, DEPOSIT)
    assert held.pay_or_hold(BEN, DEPOSIT)
    return held


def test_push__owner_no_longer_blocked__pays_once(deposits: HeldDeposits) -> None:
    deposits.token.blocked.clear()

    assert deposits.push(ANN) == DEPOSIT

    assert dict(deposits.token.balances) == {PANEL: DEPOSIT, ANN: DEPOSIT, BEN: DEPOSIT}
    with pytest.raises(StepRefused, match="NoDepositHeld"):
        deposits.push(ANN)


def test_push__owner_still_blocked__is_refused_and_keeps_it(deposits: HeldDeposits) -> None:
    with pytest.raises(StepRefused, match="AccountBlocked"):
        deposits.push(ANN)

    assert deposits.amounts[ANN] == DEPOSIT


def test_take__elsewhere__pays_there(deposits: HeldDeposits) -> None:
    assert deposits.take(ANN, BEN) == DEPOSIT
    assert deposits.token.balances[BEN] == 2 * DEPOSIT


def test_pay_or_hold__twice_for_one_owner__adds_up(deposits: HeldDeposits) -> None:
    deposits.pay_or_hold(ANN, DEPOSIT)

    assert deposits.amounts[ANN] == 2 * DEPOSIT


def test_push__nothing_held__is_refused(deposits: HeldDeposits) -> None:
    with pytest.raises(StepRefused, match="NoDepositHeld") as refused:
        deposits.push(BEN)

    assert tuple(refused.value.arguments) == (BEN, TOKEN)
