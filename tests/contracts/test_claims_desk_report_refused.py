"""ClaimsDesk.reportLoss: reports that are refused."""

import pytest
from brownie import web3
from chain_clock import DAY, next_block_at, now, travel_to
from claim_steps import (
    CLOSED,
    NOTICED,
    REFERRED,
    WORTH,
)
from parties import person
from refusals import refused


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"chainId": 1}, "ReportForOtherChain"),
        ({"desk": "0x" + "11" * 20}, "ReportForOtherContract"),
    ],
)
def test_report_loss__for_elsewhere__is_refused(claims, noticed, changes, error):
    arguments = claims.report_arguments(claims.loss_report(noticed, **changes))
    here = web3.eth.chain_id if "chainId" in changes else claims.desk

    with refused(error, *changes.values(), here):
        claims.desk.reportLoss.call(*arguments, claims.market.relayer.sends)


def test_report_loss__expired__is_refused(claims, noticed):
    until = now() + 60
    arguments = claims.report_arguments(claims.loss_report(noticed, validUntil=until))

    next_block_at(until + 1)
    with refused("ReportExpired", until, until + 1):
        claims.desk.reportLoss(*arguments, claims.market.relayer.sends)


def test_report_loss__from_the_future__is_refused(claims, noticed):
    then = now() + 60
    arguments = claims.report_arguments(claims.loss_report(noticed, observedAt=then + 1))

    next_block_at(then)
    with refused("ReportFromFuture", then + 1, then):
        claims.desk.reportLoss(*arguments, claims.market.relayer.sends)


def test_report_loss__made_before_the_notice__is_refused(claims, noticed):
    noticed_at = claims.claim(noticed)["clockFrom"]
    arguments = claims.report_arguments(claims.loss_report(noticed, observedAt=noticed_at - 1))

    with refused("ReportBeforeNotice", noticed, noticed_at - 1, noticed_at):
        claims.desk.reportLoss.call(*arguments, claims.market.relayer.sends)


def test_report_loss__too_few_signatures__is_refused(claims, noticed, nodes):
    arguments = claims.report_arguments(claims.loss_report(noticed), nodes[:2])

    with refused("TooFewSignatures", 2, 3):
        claims.desk.reportLoss.call(*arguments, claims.market.relayer.sends)


def test_report_loss__signed_by_somebody_else__is_refused(claims, noticed, nodes):
    strangers = sorted((*nodes[:2], person("stranger")), key=lambda node: int(node.address, 16))
    arguments = claims.report_arguments(claims.loss_report(noticed), strangers)

    with refused("SignerNotInSet", person("stranger"), 1):
        claims.desk.reportLoss.call(*arguments, claims.market.relayer.sends)


def test_report_loss__a_second_time__is_refused(claims, insured, claimant, noticed):
    arguments = claims.report_arguments(claims.loss_report(noticed))
    claims.desk.reportLoss(*arguments, claims.market.relayer.sends)
    referred = claims.notify(insured, claimant)
    claims.report(referred, fraudScore=9_000)

    with refused("ClaimNotInState", noticed, CLOSED):
        claims.desk.reportLoss.call(*arguments, claims.market.relayer.sends)
    with refused("ClaimNotInState", referred, REFERRED):
        again = claims.report_arguments(claims.loss_report(referred))
        claims.desk.reportLoss.call(*again, claims.market.relayer.sends)


def test_report_loss__while_paused__pays_nothing_and_can_come_again(claims, home, noticed, gained):
    home.treasury.pause(DAY, home.guardian.sends)
    arguments = claims.report_arguments(claims.loss_report(noticed, validUntil=now() + 3 * DAY))
    with refused("TreasuryPaused", home.treasury.pausedUntil()):
        claims.desk.reportLoss.call(*arguments, claims.market.relayer.sends)
    assert claims.claim(noticed)["state"] == NOTICED

    travel_to(home.treasury.pausedUntil())
    claims.desk.reportLoss(*arguments, claims.market.relayer.sends)

    assert gained() == WORTH
