"""Two institutions and their payouts, for the tests of the disbursement's twin."""

import pytest

from domain.disbursement import Disbursement
from domain.errors import StepRefused
from domain.institutions import DAY_SECONDS, InstitutionTerms
from domain.money import TokenUnits
from domain.payouts import CollectionReceipt, PayoutOrder, PayoutReceipt
from domain.token import Token

SELF, TOKEN, PAYEE, PRODUCT, DESK = "0xrail", "0xtoken", "0xpayee", "0xproduct", "0xdesk"
BANK, VAULT, OTHER_BANK, OTHER_VAULT = "0xbank", "0xvault", "0xother-bank", "0xother-vault"
FIRST, SECOND, NOBODY = 1, 2, 3
NOON = 20_000 * DAY_SECONDS + DAY_SECONDS // 2
WAIT = 2 * DAY_SECONDS
AMOUNT = TokenUnits(400)
PER_PAYOUT, PER_DAY = TokenUnits(1_000), TokenUnits(2_500)
PURSE = 100_000


def make_terms(signer: str, account: str) -> InstitutionTerms:
    return InstitutionTerms(signer, account, PER_PAYOUT, PER_DAY, WAIT)


def build_rail() -> Disbursement:
    """A disbursement with two institutions; desk, payee and institutions have full purses."""
    token = Token()
    for account in (PAYEE, VAULT, OTHER_VAULT, DESK):
        token.balances[account] = PURSE
    rail = Disbursement(SELF, {TOKEN: token})
    for signer, account in ((BANK, VAULT), (OTHER_BANK, OTHER_VAULT)):
        rail.book.accept_token(rail.book.register(make_terms(signer, account)), TOKEN)
    return rail


def order(**changes: object) -> PayoutOrder:
    """A claim's payout of 400 through the first institution."""
    fields = {"claim_id": 7, "payee": PAYEE, "institution": FIRST, "token": TOKEN, "amount": AMOUNT, **changes}
    return PayoutOrder(**fields)  # type: ignore[arg-type] # fields by name


def opened(rail: Disbursement, now: int = NOON, **changes: object) -> int:
    """A funded payout that waits for its receipt; its number."""
    wanted = order(**changes)
    rail.tokens[TOKEN].move(DESK, SELF, wanted.amount)
    return rail.open_payout(wanted, now)


def receipt(instruction: int, **changes: object) -> PayoutReceipt:
    """What the institution says when it has paid."""
    reference = instruction.to_bytes(32, "big")
    fields = {
        "instruction_id": instruction, "payee": PAYEE, "token": TOKEN, "amount": AMOUNT, "currency": b"EUR",
        "rate": 920_000, "reference_hash": reference, **changes,
    }  # fmt: skip
    return PayoutReceipt(**fields)  # type: ignore[arg-type] # fields by name


def collection(**changes: object) -> CollectionReceipt:
    """What the first institution says when it has received a premium."""
    fields = {
        "institution": FIRST, "product": PRODUCT, "application_id": 5, "holder": PAYEE, "token": TOKEN,
        "amount": AMOUNT, "currency": b"EUR", "rate": 920_000, "reference_hash": b"\x05" * 32,
        "valid_until": NOON + DAY_SECONDS, **changes,
    }  # fmt: skip
    return CollectionReceipt(**fields)  # type: ignore[arg-type] # fields by name


def refusal(code: str, *arguments: object) -> "pytest.RaisesExc[StepRefused]":
    """The step must be refused with exactly this error and these arguments."""
    return pytest.RaisesExc(StepRefused, check=lambda error: (error.code, error.arguments) == (code, arguments))


def balances(rail: Disbursement) -> tuple[int, int]:
    """What the contract has, and what of it is promised."""
    return rail.tokens[TOKEN].balances[SELF], rail.booked[TOKEN]
