"""Treasuries of other tokens, to see what a bad token can do."""

from brownie import Treasury
from market import TUSD
from parties import person

from scripts.brownie.deploy import ROLES

CAPITAL = 100_000 * TUSD


def registered(house, treasury, people):
    registrar = person("registrar")
    house.authority.grantRole(ROLES["FACTORY"], registrar, 0, people["administrator"].sends)
    treasury.registerProduct(person("desk"), registrar.sends)
    return person("desk")


def own_treasury(house, people, token, accounts, capital=CAPITAL):
    """A second treasury of the same insurer, in another token, with capital (if any) and a desk."""
    administrator, treasurer = people["administrator"], people["treasurer"]
    treasury = Treasury.deploy(token, house.authority, "Other capital", "oCAP", {"from": accounts[0]})
    assign = house.authority.setTargetFunctionRole
    assign(treasury, [treasury.registerProduct.signature], ROLES["FACTORY"], administrator.sends)
    capital_moves = [treasury.deposit.signature, treasury.absorbSurplus.signature]
    assign(treasury, capital_moves, ROLES["TREASURER"], administrator.sends)
    token.mint(treasurer, CAPITAL, treasurer.sends)
    token.approve(treasury, CAPITAL, treasurer.sends)
    if capital:
        treasury.deposit(capital, treasurer, treasurer.sends)
    return treasury, registered(house, treasury, people)
