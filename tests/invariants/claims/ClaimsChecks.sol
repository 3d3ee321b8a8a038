// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Test} from "forge-std/Test.sol";

import {Treasury} from "../../../contracts/Treasury.sol";
import {ClaimIds} from "../../../contracts/libraries/ClaimIds.sol";
import {Claim, ClaimOutcome, ClaimState} from "../../../contracts/types/ClaimTypes.sol";
import {PayoutInstruction} from "../../../contracts/types/DisbursementTypes.sol";
import {IndemnityPolicy} from "../../../contracts/types/IndemnityTypes.sol";
import {HeldPayout} from "../../../contracts/types/TreasuryTypes.sol";
import {ClaimBooks} from "./ClaimBooks.sol";
import {ClaimsHandler} from "./ClaimsHandler.sol";
import {ClaimsReplay} from "./ClaimsReplay.sol";
import {Deployed} from "./Deployed.sol";
import {MoneyBooks} from "./MoneyBooks.sol";
import {Network} from "./Network.sol";
import {RailBooks} from "./RailBooks.sol";
import {TreasuryReplay} from "./TreasuryReplay.sol";

/// @notice What must never happen to policies, claims and the money of two insurers. Numbers and planted bugs:
/// docs/invariants.md.
abstract contract ClaimsChecks is Test {
    ClaimsHandler private _handler;
    ClaimsReplay private _replay;
    Deployed private _d;
    Network.Insurer[2] private _insurers;

    function setUp() public {
        vm.recordLogs();
        _handler = new ClaimsHandler();
        (_replay, _d) = (_handler.theReplay(), _handler.deployed());
        (_insurers[0], _insurers[1]) = (_handler.insurerAt(0), _handler.insurerAt(1));
        _replay.take(vm.getRecordedLogs());
        _begin();
        targetContract(address(_handler));
        bytes4[] memory ours = new bytes4[](1);
        ours[0] = ClaimsHandler.endAll.selector;
        excludeSelector(FuzzSelector({addr: address(_handler), selectors: ours}));
    }

    /// @dev Every history begins with policies and claims of both insurers, and of every person.
    function _begin() private {
        for (uint256 k = 0; k < 8; ++k) {
            _handler.sell(uint256(keccak256(abi.encode("sold", k))) / 2 * 2 + k % 2, k % 4 == 3, false);
        }
        _handler.wait_(2 days);
        for (uint256 k = 0; k < 6; ++k) {
            uint256 seed = uint256(keccak256(abi.encode("loss", k)));
            _handler.notify(seed, uint64(seed % 900_000_000), uint8(k));
        }
    }

    /// I1: a treasury owns what it has reserved, holds and has not earned; the rail owns what it has booked.
    function _checkI1() internal view {
        for (uint256 i = 0; i < 2; ++i) {
            (MoneyBooks.Till memory t, Treasury treasury) = (_handler.till(i), _insurers[i].treasury);
            uint256 there = _d.token.balanceOf(address(treasury));
            assertGe(there, t.reserves + t.held + t.unearned, "I1: assets < reserves + held + unearned");
            assertGe(there, treasury.bookedAssets(), "I1: assets < booked");
            uint256 told = treasury.totalReserves() + treasury.totalHeldPayouts() + treasury.totalUnearnedPremium();
            assertGe(there, told, "I1: assets < reserves + held + unearned as told");
        }
        address rail = address(_d.disbursement);
        assertGe(_d.token.balanceOf(rail), _d.disbursement.bookedOf(address(_d.token)), "I1: rail < booked");
    }

    /// I2: every unit is where the books say, everywhere. The books are the handler's.
    function _checkI2() internal view {
        for (uint256 k = 0; k < _handler.trackedCount(); ++k) {
            (address account, uint256 owns) = _handler.tracked(k);
            assertEq(_d.token.balanceOf(account), owns, "I2: not what the books say");
        }
        for (uint256 i = 0; i < 2; ++i) {
            (MoneyBooks.Till memory t, Treasury treasury) = (_handler.till(i), _insurers[i].treasury);
            assertEq(treasury.bookedAssets(), t.booked, "I2: booked");
            assertEq(treasury.totalHeldPayouts(), t.held, "I2: held");
            assertEq(treasury.totalUnearnedPremium(), t.unearned, "I2: unearned");
            assertEq(treasury.totalReserves(), t.reserves, "I2: reserves");
            assertEq(treasury.totalExposure(), t.exposure, "I2: exposure");
        }
        assertEq(_handler.differed(), 0, "I2: an answer differs from the books");
    }

    /// I3: no claim is paid above its own limit, no policy above its limits. Sums from the treasury's events.
    function _checkI3() internal view {
        uint256[] memory claims = _replay.touched();
        for (uint256 k = 0; k < claims.length; ++k) {
            (address product, uint256 policyId,) = ClaimIds.split(claims[k]);
            ClaimBooks.Case memory c = _handler.caseById(claims[k]);
            uint256 sum = _handler.sumAt(c.deal, c.occurredAt);
            uint256 paid = 0;
            for (uint256 id = claims[k]; id != 0; id = _replay.supersedes(id)) {
                paid += _replay.paidByTreasury(id);
            }
            assertLe(paid, sum * (c.coverage == 0 ? 60 : 20) / 100, "I3: paid > claim limit");
            uint256[4] memory used = _replay.used(product, policyId);
            uint256 most = _handler.mostOf(c.deal);
            assertLe(used[0] + used[1], most, "I3: paid and reserved > sum insured");
            assertLe(used[1], most * 30 / 100, "I3: paid and reserved > coverage");
        }
        assertEq(_handler.accepted(3), 0, "I3: insured above the quorum's cap");
    }

    /// I4: a claim's state never goes down, and nor does an instruction's.
    function _checkI4() internal view {
        assertEq(_handler.wentBack(), 0, "I4: a state went down");
    }

    /// I5: a claim is paid what was granted, no more, and an instruction's tokens leave once.
    function _checkI5() internal view {
        uint256[] memory claims = _replay.touched();
        for (uint256 k = 0; k < claims.length; ++k) {
            uint256 id = claims[k];
            ClaimsReplay.Said memory s = _replay.said(id);
            assertLe(_replay.paidByTreasury(id), s.granted, "I5: paid > granted");
            uint256 most = (_replay.paidByTreasury(id) + s.instalments) * 300 / 10_000;
            assertLe(_replay.interestByTreasury(id), most, "I5: interest above its cap");
            assertEq(_d.desk.claim(id).paid, _handler.caseById(id).paid, "I5: paid is not what was owed");
        }
        for (uint256 k = 0; k < _replay.touchedPayoutCount(); ++k) {
            assertLe(_replay.timesLeft(_replay.touchedPayouts(k)), 1, "I5: paid on both legs");
        }
        assertEq(_handler.accepted(5), 0, "I5: a second payment was accepted");
    }

    /// I6: every payment rests on a report, a decision, an award, or an instalment one of them promised.
    function _checkI6() internal view {
        assertEq(_replay.unfounded(), 0, "I6: paid on nobody's word");
        assertEq(_handler.accepted(6), 0, "I6: a payment without authority was accepted");
    }

    /// I7: events alone rebuild the state. What the last action touched is compared each time, the rest at the end.
    function _checkI7() internal view {
        assertEq(_replay.misestimated(), 0, "I7: claim estimated otherwise than told");
        for (uint256 i = 0; i < 2; ++i) {
            _compareTreasury(i);
        }
        uint256[] memory claims = _replay.touched();
        for (uint256 k = 0; k < claims.length; ++k) {
            _compareClaim(claims[k]);
        }
        for (uint256 k = 0; k < _replay.touchedPayoutCount(); ++k) {
            _comparePayout(_replay.touchedPayouts(k));
        }
    }

    /// I8: what policies in force may cost stays. Capital leaves only above the required ratio; where the ratio is above
    /// 100 %, a reserve that is set free asks for more than before, and then nothing leaves until there is enough.
    function _checkI8() internal view {
        for (uint256 i = 0; i < 2; ++i) {
            MoneyBooks.Till memory t = _handler.till(i);
            uint256 locked = t.exposure + t.reserves + t.held + t.unearned;
            assertGe(_insurers[i].treasury.heldAssets(), locked, "I8: assets < what is locked");
        }
        assertEq(_handler.accepted(8), 0, "I8: locked capital was withdrawn");
    }

    /// I9: a machine pays or refers, and never decides for less.
    function _checkI9() internal view {
        assertEq(_replay.deniedByMachine(), 0, "I9: denied by a machine");
        assertEq(_handler.accepted(9), 0, "I9: an oracle's key decided");
        uint256[] memory claims = _replay.touched();
        for (uint256 k = 0; k < claims.length; ++k) {
            Claim memory c = _d.desk.claim(claims[k]);
            ClaimsReplay.Said memory s = _replay.said(claims[k]);
            if (c.state != ClaimState.Closed || s.decision + s.award > 0 || c.outcome == ClaimOutcome.Withdrawn) {
                continue;
            }
            assertEq(uint8(c.outcome), uint8(ClaimOutcome.Paid), "I9: closed by a machine, and not paid");
            ClaimBooks.Case memory book = _handler.caseById(claims[k]);
            assertEq(c.paid, book.paid, "I9: closed by a machine for less");
            assertEq(s.referral, 0, "I9: referred, and closed all the same");
        }
    }

    /// I10: whoever grants less than claimed says why, and under which clause of the terms.
    function _checkI10() internal view {
        ClaimsReplay.Word[] memory words = _replay.decisions();
        for (uint256 k = 0; k < words.length; ++k) {
            bool silentPanel = words[k].adjuster == address(0) && words[k].reasonCode == 900;
            assertGt(words[k].reasonCode, 0, "I10: no reason");
            assertTrue(silentPanel || _handler.isClause(words[k].clause), "I10: no clause of the terms");
        }
        assertEq(_handler.accepted(10), 0, "I10: a decision without reason or clause was accepted");
    }

    /// I11: held is what the books say, to the unit, and nobody's is forgotten. That it leaves: {_checkAtTheEnd}.
    function _checkI11() internal view {
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 k = 0; k < 5; ++k) {
                address person = _handler.personAt(k);
                MoneyBooks.Hold memory due = _handler.holdOf(i, person);
                uint256 held = due.ripe + due.waiting[0] + due.waiting[1];
                assertEq(_insurers[i].treasury.heldPayoutOf(person), held, "I11: not held as owed");
                HeldPayout memory told = _insurers[i].treasury.heldPayout(person);
                assertEq(told.ripe, due.ripe, "I11: not ripe as owed");
                assertEq(told.ripening, due.waiting[0], "I11: ripens not as owed");
                uint256 since = due.waiting[0] == 0 ? told.ripeningSince : due.since[0];
                assertEq(told.ripeningSince, since, "I11: not ripe when owed");
            }
        }
        for (uint256 k = 0; k < 5; ++k) {
            address person = _handler.personAt(k);
            assertEq(_d.panel.heldDeposit(person, _d.token), _handler.heldDepositOf(person), "I11: deposit not held");
        }
    }

    /// I12: whoever can be paid is paid, to the unit, whatever happens to others.
    function _checkI12() internal view {
        for (uint256 k = 0; k < _handler.trackedCount() && k < 5; ++k) {
            (address account, uint256 owns) = _handler.tracked(k);
            assertEq(_d.token.balanceOf(account), owns, "I12: not paid as owed");
        }
    }

    /// I13: nothing signed counts twice, elsewhere, out of time, or without its quorum.
    function _checkI13() internal view {
        assertEq(_handler.accepted(13), 0, "I13: accepted what had to be refused");
        assertEq(_handler.refusedWith(), bytes4(0), "I13: refused for another reason");
    }

    /// I14: what is done for one insurer leaves the other as it was.
    function _checkI14() internal view {
        assertEq(_handler.touchedOthers(), 0, "I14: another insurer was touched");
        assertEq(_handler.accepted(14), 0, "I14: another insurer's role counted");
    }

    /// I15: a final record never changes.
    function _checkI15() internal view {
        assertEq(_handler.finalsChanged(), 0, "I15: a final record changed");
        assertEq(_handler.accepted(15), 0, "I15: a final claim was changed");
    }

    /// I16: a liability that was opened is closed by what was paid: opening + notified ± re-estimated − paid = closing.
    function _checkI16() internal view {
        for (uint256 i = 0; i < 2; ++i) {
            TreasuryReplay.Totals memory t = _replay.totalsOf(address(_insurers[i].treasury));
            int256 closing = int256(t.notified) + t.reestimated - int256(t.paid);
            assertEq(closing, int256(_insurers[i].treasury.totalReserves()), "I16: roll-forward");
        }
    }

    /// I17: exposure + reserves + paid + interest of a policy is what it locked, until it is closed.
    function _checkI17() internal view {
        uint256[] memory claims = _replay.touched();
        for (uint256 k = 0; k < claims.length; ++k) {
            _checkLock(_handler.caseById(claims[k]).deal);
        }
    }

    function _checkLock(uint256 deal) private view returns (uint256 insurer, uint256 exposure) {
        ClaimBooks.Deal memory d = _handler.dealAt(deal);
        exposure = _insurers[d.insurer].product.exposureOf(d.id);
        if (d.closed) {
            assertEq(exposure, 0, "I17: closed, and not free");
            return (d.insurer, 0);
        }
        (uint256[4] memory used,) = _insurers[d.insurer].product.coverageUse(d.id);
        assertEq(exposure + used[0] + used[1] + d.interest, _handler.lockOf(deal), "I17: not what was locked");
        return (d.insurer, exposure);
    }

    /// @dev What no single action touched, and whether everything comes to an end.
    function _checkAtTheEnd() internal {
        uint256[2] memory exposures;
        for (uint256 k = 0; k < _handler.caseCount(); ++k) {
            uint256 id = _handler.caseAt(k).id;
            _compareClaim(id);
            _checkFinal(id);
        }
        for (uint256 k = 0; k < _handler.payoutCount(); ++k) {
            _comparePayout(k + 1);
        }
        for (uint256 k = 0; k < _handler.dealCount(); ++k) {
            _comparePolicy(_handler.dealAt(k));
            (uint256 insurer, uint256 exposure) = _checkLock(k);
            exposures[insurer] += exposure;
        }
        assertEq(_insurers[0].treasury.totalExposure(), exposures[0], "I17: exposure of all policies");
        assertEq(_insurers[1].treasury.totalExposure(), exposures[1], "I17: exposure of all policies");
        (uint256 held, uint256 rail, uint256 disputes) = _handler.endAll();
        assertEq(held, 0, "I11: held money stuck");
        assertEq(rail, 0, "I11: a payout stuck");
        assertEq(disputes, 0, "I11: a dispute without outcome");
    }

    function _checkFinal(uint256 id) private view {
        Claim memory c = _d.desk.claim(id);
        bytes32 record = c.state == ClaimState.Closed ? keccak256(abi.encode(c)) : bytes32(0);
        assertEq(record, _handler.finalRecordOf(id), "I15: a final record changed");
    }

    function _compareTreasury(uint256 i) private view {
        Treasury treasury = _insurers[i].treasury;
        TreasuryReplay.Totals memory t = _replay.totalsOf(address(treasury));
        (uint256 cap,) = treasury.payoutCap();
        assertEq(treasury.bookedAssets(), t.booked, "I7: booked");
        assertEq(treasury.totalExposure(), t.exposure, "I7: exposure");
        assertEq(treasury.totalReserves(), t.reserves, "I7: reserves");
        assertEq(treasury.totalHeldPayouts(), t.held, "I7: held");
        assertEq(treasury.totalUnearnedPremium(), t.unearned, "I7: unearned");
        assertEq(treasury.requiredRatioBps(), t.ratioBps, "I7: ratio");
        assertEq(cap, t.cap, "I7: cap");
        assertEq(treasury.pausedUntil(), t.pausedUntil, "I7: paused until");
        uint256 paused = _replay.pausedSince(address(treasury), 1_700_000_000);
        assertEq(treasury.pausedSecondsSince(1_700_000_000), paused, "I7: paused seconds");
        for (uint256 k = 0; k < 5; ++k) {
            address person = _handler.personAt(k);
            assertEq(treasury.heldPayoutOf(person), _replay.heldOf(address(treasury), person), "I7: held for one");
        }
    }

    function _compareClaim(uint256 id) private view {
        assertEq(abi.encode(_d.desk.claim(id)), abi.encode(_replay.claim(id)), "I7: claim");
        assertEq(_d.desk.supersededBy(id), _replay.supersededBy(id), "I7: successor");
        assertEq(_d.desk.institutionOf(id), _replay.institutionOf(id), "I7: institution");
        assertEq(_replay.claimReserve(id), _d.desk.claim(id).reserve, "I7: reserve of a claim");
        (bytes memory kept, bytes memory told) = (abi.encode(_d.desk.instalments(id)), abi.encode(_replay.plan(id)));
        assertEq(kept, told, "I7: instalments");
    }

    function _comparePayout(uint256 id) private view {
        PayoutInstruction memory kept = _d.disbursement.instructionAt(id);
        assertEq(abi.encode(kept), abi.encode(_replay.payout(id)), "I7: instruction");
    }

    function _comparePolicy(ClaimBooks.Deal memory d) private view {
        address product = address(_insurers[d.insurer].product);
        IndemnityPolicy memory kept = _insurers[d.insurer].product.policy(d.id);
        assertEq(abi.encode(kept), abi.encode(_replay.policy(product, d.id)), "I7: policy");
        (uint256[4] memory used,) = _insurers[d.insurer].product.coverageUse(d.id);
        assertEq(abi.encode(used), abi.encode(_replay.used(product, d.id)), "I7: use of coverages");
        assertEq(uint256(kept.unearned), d.unearned, "I2: unearned premium of a policy");
        assertEq(uint256(kept.premium), d.premium, "I2: premium of a policy");
    }
}
