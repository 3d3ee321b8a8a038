"""Disbursement and its twin in `domain/`: the same steps, drawn at random, do the same on both, refusals included."""

import random
from copy import deepcopy

import pytest
from answers import plain
from chain_clock import DAY, HOUR, next_block_at, now
from disbursing import AMOUNT, FIRST, PER_DAY, PER_PAYOUT, PURSE, RECEIPT_SECONDS, SECOND
from parties import person
from refusals import refused
from typed_messages import values

from domain.disbursement import Disbursement as Twin
from domain.errors import StepRefused
from domain.institutions import InstitutionTerms
from domain.payouts import CollectionReceipt, PayoutOrder, PayoutReceipt
from domain.token import Token

STEPS = 50


class Pair:
    """Contract and twin side by side. A step is taken on the twin first: it says what the contract must do."""

    def __init__(self, rail, blocking, seed):
        self.rail, self.dice, self.blocking = rail, random.Random(seed), blocking
        self.done, self.refusals, self.moment = 0, set(), now()
        self.number, self.who = 1, rail.payee
        self.token = Token()
        self.accounts = (rail.desk, rail.payee, rail.vault, rail.other_vault, rail.product, rail.contract)
        for account in self.accounts:
            self.token.balances[str(account)] = int(rail.token.balanceOf(account))
        self.twin = Twin(rail.contract.address, {rail.token.address: self.token})
        for signer, account in ((rail.bank, rail.vault), (rail.other_bank, rail.other_vault)):
            terms = InstitutionTerms(signer.address, account.address, PER_PAYOUT, PER_DAY, RECEIPT_SECONDS)
            self.twin.book.accept_token(self.twin.book.register(terms), rail.token.address)
        rail.token.approve(rail.contract, 2**255, rail.payee.sends)
        for vault in (rail.vault, rail.other_vault):
            rail.token.approve(rail.contract, 2**255, vault.sends)

    def step(self, on_twin, on_chain):
        """The step at the next moment, on both: the same answer, or the same refusal with the same arguments."""
        self.moment = max(now() + 1, self.moment)
        tried = deepcopy(self.twin)
        try:
            on_twin(tried)
        except StepRefused as refusal:
            self.refusals.add(refusal.code)
            next_block_at(self.moment)
            with refused(refusal.code, *refusal.arguments):
                on_chain()
            return
        next_block_at(self.moment)
        on_chain()
        self.twin, self.done = tried, self.done + 1
        self.token = tried.tokens[self.rail.token.address]

    def compare(self):
        """Everything the contract says of itself is what the twin says."""
        rail, twin = self.rail, self.twin
        for account in self.accounts:
            assert rail.token.balanceOf(account) == self.token.balances[str(account)]
        assert rail.contract.bookedOf(rail.token) == twin.booked[rail.token.address]
        kept = [
            (
                i.order.payee,
                i.order.amount,
                i.order.institution,
                i.order.token,
                i.receipt_due,
                i.state,
                i.order.claim_id,
            )
            for i in twin.instructions
        ]
        assert plain(rail.contract.instructionsFrom(1, 1_000)) == tuple(map(plain, kept))
        for number in (FIRST, SECOND):
            use = twin.book.known(number).today(now())
            assert plain(rail.contract.useToday(number)) == (use.day, use.opened, use.funded, use.collected)
            assert rail.contract.accepts(number, rail.token, AMOUNT) == twin.book.accepts(
                number, rail.token.address, AMOUNT, now()
            )

    def chance(self):
        """Something anybody might do, sensible or not."""
        dice, rail, twin = self.dice, self.rail, self.twin
        self.moment += dice.choice((1, 60, 2 * HOUR, DAY))
        latest = len(twin.instructions)
        self.number = dice.randint(max(1, latest - 2), latest + 1)
        self.who = dice.choice((rail.bank, rail.other_bank, rail.payee, rail.payee))
        dice.choice(
            (
                self.open, self.open, self.fund, self.confirm, self.confirm, self.refuse, self.take, self.take,
                self.reroute, self.collect, self.release, self.give_back, self.suspend, self.block,
            )
        )()  # fmt: skip

    def open(self):
        rail, amount = self.rail, self.dice.choice((1, AMOUNT, AMOUNT, PER_PAYOUT, PER_PAYOUT + 1))
        order = (7, rail.payee.address, self.dice.randint(1, 3), rail.token.address, amount)
        if self.dice.random() < 0.9:
            rail.token.transfer(rail.contract, amount, rail.desk.sends)
            self.token.move(rail.desk.address, rail.contract.address, amount)
        self.step(
            lambda twin: twin.open_payout(PayoutOrder(*order), self.moment),
            lambda: rail.contract.openPayout(order, rail.desk.sends),
        )

    def fund(self):
        rail, institution, amount = self.rail, self.dice.randint(1, 2), self.dice.choice((0, 3, AMOUNT, PER_PAYOUT))
        self.step(
            lambda twin: twin.fund_payout(rail.payee.address, institution, rail.token.address, amount, self.moment),
            lambda: rail.contract.fundPayout(institution, rail.token, amount, rail.payee.sends),
        )

    def confirm(self):
        known = self.twin.instructions[self.number - 1].order if self.number <= len(self.twin.instructions) else None
        amount = known.amount if known and self.dice.random() < 0.9 else 2
        message = self.rail.receipt(self.number, amount=amount, currency=self.dice.choice((b"EUR", b"CNY", b"eu1")))
        owner = self.rail.other_bank if known and known.institution == SECOND else self.rail.bank
        signer = self.dice.choice((owner, owner, self.who))
        self.step(
            lambda twin: twin.confirm_payout(PayoutReceipt(*message.values()), signer.address),
            lambda: self.rail.confirm(message, by=signer),
        )

    def refuse(self):
        reason = self.dice.randint(0, 3)
        self.step(
            lambda twin: twin.refuse_payout(self.number, self.who.address, reason),
            lambda: self.rail.contract.refusePayout(self.number, reason, self.who.sends),
        )

    def take(self):
        to = self.dice.choice((self.rail.payee.address, self.rail.payee.address, self.rail.contract.address))
        self.step(
            lambda twin: twin.take_payout(self.number, self.who.address, to, self.moment),
            lambda: self.rail.contract.takePayout(self.number, to, self.who.sends),
        )

    def reroute(self):
        institution = self.dice.randint(1, 3)
        self.step(
            lambda twin: twin.reroute_payout(self.number, self.who.address, institution, self.moment),
            lambda: self.rail.contract.reroutePayout(self.number, institution, self.who.sends),
        )

    def collect(self):
        dice = self.dice
        message = self.rail.collection(
            applicationId=self.number, amount=dice.choice((AMOUNT, AMOUNT, 0)), referenceHash=dice.randbytes(32),
            validUntil=max(self.moment, now()) + dice.choice((-1, 1, 3 * HOUR)),
        )  # fmt: skip
        signer = dice.choice((self.rail.bank, self.rail.bank, self.who))
        self.step(
            lambda twin: twin.collect_premium(CollectionReceipt(*message.values()), signer.address, self.moment),
            lambda: self.rail.collect(message, by=signer),
        )

    def release(self):
        application, premium = self.named(), self.dice.choice((AMOUNT, AMOUNT - 1, AMOUNT + 1))
        product, payee, token = (x.address for x in (self.rail.product, self.rail.payee, self.rail.token))
        self.step(
            lambda twin: twin.release_premium(product, application, payee, token, premium, self.moment),
            lambda: self.rail.release(applicationId=application, premium=premium),
        )

    def give_back(self):
        application, product = self.named(), self.rail.product.address
        self.step(
            lambda twin: twin.return_collection(product, application, self.moment),
            lambda: self.rail.contract.returnCollection(product, application, self.who.sends),
        )

    def named(self):
        """An application something was collected for, if there is one."""
        collected = [application for _, application in self.twin.earmarks]
        return self.dice.choice(collected) if collected else self.number

    def suspend(self):
        institution, governance = self.dice.randint(1, 2), self.rail.registrar.sends
        if self.dice.random() < 0.25:
            self.step(
                lambda twin: twin.book.suspend(institution),
                lambda: self.rail.contract.suspendInstitution(institution, governance),
            )
        else:
            self.step(
                lambda twin: twin.book.resume(institution),
                lambda: self.rail.contract.resumeInstitution(institution, governance),
            )

    def block(self):
        """The issuer blocks or unblocks an account that is only paid."""
        paid, blocked = self.rail.product, self.dice.random() < 0.3
        self.blocking(paid, blocked)
        self.token.blocked.add(paid.address) if blocked else self.token.blocked.discard(paid.address)


def stored(instruction):
    """The twin's instruction as the contract keeps it."""
    order = instruction.order
    whom = (order.payee, order.amount, order.institution, order.token)
    return (*whom, instruction.receipt_due, instruction.state, order.claim_id)


@pytest.mark.parametrize("seed", range(3))
def test_twin__any_history__does_what_the_contract_does(rail, blocking, seed):
    pair = Pair(rail, blocking, seed)

    for _ in range(STEPS):
        pair.chance()
        pair.compare()

    assert pair.done > STEPS // 8
    assert len(pair.refusals) > 5
    assert sum(pair.token.balances.values()) == 4 * PURSE


def test_twin__receipts__have_the_fields_of_the_contracts(rail):
    payout, collection = rail.receipt(1), rail.collection()

    assert tuple(vars_of(PayoutReceipt(*payout.values()))) == values("PayoutReceipt", payout)
    assert tuple(vars_of(CollectionReceipt(*collection.values()))) == values("CollectionReceipt", collection)
    assert person("rail payee").address == payout["payee"]


def vars_of(record):
    """Fields of a record with slots, in order."""
    return [getattr(record, name) for name in record.__slots__]
