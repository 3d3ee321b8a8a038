"""An insurer's contracts together, and steps that happen whole or not at all."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import TypeVar

from domain.claims_desk import ClaimsDesk
from domain.held_deposits import HeldDeposits
from domain.indemnity_product import IndemnityProduct
from domain.token import Token
from domain.treasury import Treasury

Answer = TypeVar("Answer")


@dataclass(slots=True)
class House:
    """Token, treasury, one product, the claims desk, and what the panel holds, as the contracts of one deployment."""

    token: Token
    treasury: Treasury
    product: IndemnityProduct
    desk: ClaimsDesk
    deposits: HeldDeposits


def applied(house: House, step: Callable[[House], Answer]) -> tuple[House, Answer]:
    """The house after a step, and the step's answer. One that raises leaves `house` as it was, as a transaction does.

    Raises:
        StepRefused: What the step raises.
    """
    after = deepcopy(house)
    return after, step(after)
