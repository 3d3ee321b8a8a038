// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {ClaimsDesk} from "../../../contracts/ClaimsDesk.sol";
import {Treasury} from "../../../contracts/Treasury.sol";
import {IAdjusterAuthority} from "../../../contracts/interfaces/IAdjusterAuthority.sol";
import {IClaimsDesk} from "../../../contracts/interfaces/IClaimsDesk.sol";
import {IDisbursement} from "../../../contracts/interfaces/IDisbursement.sol";
import {IDisputePanel} from "../../../contracts/interfaces/IDisputePanel.sol";
import {IIndemnityProduct} from "../../../contracts/interfaces/IIndemnityProduct.sol";
import {IOracleQuorum} from "../../../contracts/interfaces/IOracleQuorum.sol";
import {IReportRules} from "../../../contracts/interfaces/IReportRules.sol";
import {ISaleRules} from "../../../contracts/interfaces/ISaleRules.sol";
import {ITreasury} from "../../../contracts/interfaces/ITreasury.sol";
import {ClaimOutcome, ClaimState, Decision, LossReport} from "../../../contracts/types/ClaimTypes.sol";
import {PayoutOrder, PayoutState} from "../../../contracts/types/DisbursementTypes.sol";
import {Cause, ClaimPayment, RiskTier} from "../../../contracts/types/IndemnityTypes.sol";
import {CapitalActions} from "./CapitalActions.sol";
import {PanelActions} from "./PanelActions.sol";
import {RailActions} from "./RailActions.sol";
import {SaleActions} from "./SaleActions.sol";

/// @notice What must be refused. Each attack is right in everything but one point, and refused for that point.
abstract contract AttackActions is SaleActions, PanelActions, RailActions, CapitalActions {
    /// @dev A decision that has to be refused.
    struct Attempt {
        Decision decision;
        address adjuster;
        uint256 invariant;
        bytes4 reason;
    }

    address private constant STRANGER = address(0xBAD);

    /// @notice What went through once, once more. I13.
    function repeat(uint256 seed) external recorded {
        uint256 way = seed % 5;
        if (way == 0 && usedSale.length > 0) _repeatSale();
        if (way == 1 && usedReport.length > 0) {
            _refused(13, STRANGER, address(desk), usedReport, IClaimsDesk.ClaimNotInState.selector);
        }
        if (way == 2 && usedOrder.length > 0) {
            _refused(13, STRANGER, address(desk), usedOrder, Nonces.InvalidAccountNonce.selector);
        }
        if (way == 3 && usedRedirect.length > 0) _repeatRedirect();
        if (way == 4 && usedCollection.length > 0) _repeatCollection();
    }

    /// @notice A loss report that is wrong in one point. I13.
    function reportWrongly(uint256 seed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Acknowledged);
        if (index == cases.length) return;
        Case storage c = cases[index];
        LossReport memory r = _lossReport(c, seed, uint64(c.claimed));
        uint256 way = (seed >> 8) % 8;
        if (way == 0) r.chainId = block.chainid + 1;
        if (way == 1) r.desk = address(disbursement);
        if (way == 2) r.validUntil = uint40(block.timestamp - 1);
        if (way == 3) r.observedAt = uint40(block.timestamp + 1);
        if (way == 4) r.signerEpoch = 2;
        if (way == 5) r.observedAt = uint40(c.clockFrom - 1);
        bytes[] memory signatures = _quorumSigns(desk.domainSeparator(), words.loss(r));
        if (way == 6) signatures[2] = signatures[1];
        if (way == 7) (signatures, signatures[1]) = (new bytes[](2), signatures[1]);
        bytes4 reason = [
            IReportRules.ReportForOtherChain.selector,
            IReportRules.ReportForOtherContract.selector,
            IReportRules.ReportExpired.selector,
            IReportRules.ReportFromFuture.selector,
            IOracleQuorum.SignerSetUnknown.selector,
            IClaimsDesk.ReportBeforeNotice.selector,
            IOracleQuorum.SignaturesNotAscending.selector,
            IOracleQuorum.TooFewSignatures.selector
        ][way];
        _refused(13, STRANGER, address(desk), abi.encodeCall(ClaimsDesk.reportLoss, (r, signatures)), reason);
    }

    /// @notice A decision that may not be taken: by an oracle's key (I9), without reason or clause (I10), above the
    /// authority, without the second signature or of one's own claim (I6), by the other insurer's adjuster (I14).
    function decideWrongly(uint256 seed, uint64 loss) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Referred);
        if (index == cases.length) return;
        Case storage c = cases[index];
        Attempt memory a;
        (a.decision, a.adjuster) = (_decision(c, seed, loss), _adjuster(c, 0));
        uint256 full = _worthApart(c, false);
        bool two = full + c.paid > TWO_SIGN_ABOVE;
        uint256 way = (seed >> 64) % 6;
        if (way < 4 && personAt(c.claimant) == _insider()) way = 6;
        if (way == 0 && (full == 0 || two)) return;
        if (way == 4 && _payable(c, c.claimed) <= MOST_A_DECISION) return;
        if (way == 5 && !two) return;
        _spoil(a, c, way);
        address second;
        bytes memory signature;
        if (way != 5) (second, signature) = _signedToo(c, a.decision, a.adjuster, 1, full);
        bytes memory decided = abi.encodeCall(desk.decide, (a.decision, second, signature));
        _refused(a.invariant, a.adjuster, address(desk), decided, a.reason);
    }

    /// @notice More than the quorum would insure. I3.
    function endorseWrongly(uint256 seed, uint64 sum) external recorded {
        uint256 deal = _findDeal(seed, _canRaiseTooFar);
        if (deal == deals.length) return;
        Deal storage d = deals[deal];
        bytes memory order = _changeSigned(d, _change(d, uint64(bound(sum, d.cap + 1, MOST_SUM)), address(0)));
        bytes4 reason = IIndemnityProduct.SumInsuredAboveCap.selector;
        _refused(3, STRANGER, address(insurers[d.insurer].product), order, reason);
    }

    /// @notice Money by other ways than report, decision and award. I6.
    function payWrongly(uint256 seed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Disputed);
        if (index == cases.length) return;
        Case storage c = cases[index];
        Insurer storage n = insurers[_insurerOf(c)];
        uint256 way = (seed >> 8) % 5;
        ClaimPayment memory payment =
            ClaimPayment(c.id, personAt(c.claimant), address(0), uint64(c.reserve), 0, uint64(c.reserve), 0);
        if (way == 0) {
            bytes memory awarded = abi.encodeCall(desk.award, (c.id, uint64(c.reserve), 1, clauseWords[0]));
            _refused(6, n.chief, address(desk), awarded, IClaimsDesk.PanelRequired.selector);
        } else if (way == 1) {
            Cause memory cause = Cause(uint8(c.coverage), c.coverage == 1 ? 2 : 0, uint40(c.occurredAt));
            bytes memory paid = abi.encodeCall(n.product.payClaim, (cause, payment));
            _refused(6, n.chief, address(n.product), paid, IIndemnityProduct.DeskRequired.selector);
        } else if (way == 2) {
            bytes memory paid = abi.encodeCall(n.treasury.payClaim, (payment));
            _refused(6, n.chief, address(n.treasury), paid, ITreasury.ProductNotRegistered.selector);
        } else if (way == 3) {
            PayoutOrder memory order = PayoutOrder(c.id, personAt(c.claimant), 1, address(token), 1);
            bytes memory opened = abi.encodeCall(disbursement.openPayout, (order));
            _refused(6, n.chief, address(disbursement), opened, IAccessManaged.AccessManagedUnauthorized.selector);
        } else {
            bytes memory moved = abi.encodeCall(n.treasury.changeReserve, (c.id, c.reserve, 0));
            _refused(6, _adjuster(c, 0), address(n.treasury), moved, ITreasury.ProductNotRegistered.selector);
        }
    }

    /// @notice More often than once: instalments (I5), both legs (I5), awards (I5).
    function payTwice(uint256 seed) external recorded {
        uint256 way = seed % 3;
        if (way == 0 && cases.length > 0) _instalmentTooMuch(cases[(seed >> 8) % cases.length]);
        if (way == 1 && payouts.length > 0) _bothLegs((seed >> 8) % payouts.length);
        if (way == 2 && quarrels.length > 0) {
            uint256 index = (seed >> 8) % quarrels.length;
            if (!quarrels[index].delivered) return;
            bytes memory again = abi.encodeCall(panel.conclude, (index + 1));
            _refused(5, STRANGER, address(panel), again, IDisputePanel.DisputeDelivered.selector);
        }
    }

    /// @notice A final claim is decided, disputed or reopened again. I15.
    function changeFinal(uint256 seed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Closed, ClaimState.Closed);
        if (index == cases.length) return;
        Case storage c = cases[index];
        address claimant = personAt(c.claimant);
        uint256 way = (seed >> 8) % 4;
        if (way == 0) {
            Decision memory d = _decision(c, seed, uint64(c.claimed));
            bytes memory decided = abi.encodeCall(desk.decide, (d, address(0), ""));
            _refused(15, _adjuster(c, 0), address(desk), decided, IClaimsDesk.ClaimNotInState.selector);
        } else if (way == 1) {
            bytes memory disputed = abi.encodeCall(desk.dispute, (c.id));
            _refused(15, claimant, address(desk), disputed, IClaimsDesk.ClaimNotInState.selector);
        } else if (way == 2) {
            bytes memory chosen = abi.encodeCall(desk.chooseInstitution, (c.id, 1));
            _refused(15, claimant, address(desk), chosen, IClaimsDesk.ClaimNotInState.selector);
        } else if (_isFinal(c)) {
            bool byPanel = c.outcome == ClaimOutcome.Awarded || c.outcome == ClaimOutcome.Upheld;
            bytes4 reason = IClaimsDesk.WindowClosed.selector;
            if (byPanel) reason = IClaimsDesk.PanelDecisionFinal.selector;
            else if (c.successor != 0) reason = IClaimsDesk.ClaimSuperseded.selector;
            else if (c.reopenings == 3) reason = IClaimsDesk.ReopeningsExhausted.selector;
            bytes memory reopened = abi.encodeCall(desk.reopen, (c.id, uint64(c.claimed), "new"));
            _refused(15, claimant, address(desk), reopened, reason);
        }
    }

    /// @notice One insurer's people in the other's house. I14.
    function intrude(uint256 seed) external recorded {
        uint256 i = seed % 2;
        (Insurer storage n, address chief) = (insurers[i], insurers[1 - i].chief);
        bytes4 reason = IAccessManaged.AccessManagedUnauthorized.selector;
        bytes[7] memory calls = [
            abi.encodeCall(n.treasury.setRequiredRatio, (10_000)),
            abi.encodeCall(n.treasury.setPayoutCap, (1)),
            abi.encodeCall(n.treasury.pause, (1)),
            abi.encodeCall(n.treasury.unpause, ()),
            abi.encodeCall(n.treasury.deposit, (1, chief)),
            abi.encodeCall(n.treasury.absorbSurplus, ()),
            abi.encodeCall(n.treasury.registerProduct, (chief))
        ];
        uint256 way = (seed >> 8) % 10;
        if (way < 7) {
            _refused(14, chief, address(n.treasury), calls[way], reason);
        } else if (way == 7) {
            bytes memory limited =
                abi.encodeCall(IAdjusterAuthority.setAdjusterLimit, (address(n.treasury), _machine(), 1, 1));
            address authority = address(desk.adjusters());
            _refused(14, chief, authority, limited, IAdjusterAuthority.AdministratorRequired.selector);
        } else if (way == 8) {
            _refused(14, chief, address(n.product), abi.encodeCall(n.product.suspendSales, (true)), reason);
        } else {
            bytes memory paid = abi.encodeCall(n.treasury.runOff, (1, 0));
            address other = address(insurers[1 - i].product);
            _refused(14, other, address(n.treasury), paid, ITreasury.ProductNotRegistered.selector);
        }
    }

    /// @notice Nothing new is paid while a treasury is paused. I6.
    function payWhilePaused(uint256 seed) external recorded {
        uint256 index = _findCase(seed, ClaimState.Noticed, ClaimState.Referred);
        if (index == cases.length || !_isPaused(_insurerOf(cases[index]))) return;
        Case storage c = cases[index];
        uint256 full = _payable(c, c.claimed);
        if (full == 0 || full + c.paid > TWO_SIGN_ABOVE || full < _worthApart(c, false)) return;
        // On a day of its own, so that nothing is counted against the adjuster's authority.
        Decision memory d = _decision(c, seed, 0);
        d.loss = uint64(c.claimed);
        bytes memory decided = abi.encodeCall(desk.decide, (d, address(0), ""));
        _refused(6, _machine(), address(desk), decided, ITreasury.TreasuryPaused.selector);
    }

    // Parts

    function _canRaiseTooFar(Deal storage d) private view returns (bool) {
        return d.tier == RiskTier.Low && d.cap < MOST_SUM && _canChange(d);
    }

    /// @dev Makes a decision wrong in one point.
    function _spoil(Attempt memory a, Case storage c, uint256 way) private view {
        if (way == 0) {
            (a.adjuster, a.decision.loss, a.invariant) = (_machine(), 0, 9);
            a.reason = IAdjusterAuthority.MachineCannotDeny.selector;
        } else if (way == 1) {
            (a.decision.reasonCode, a.invariant, a.reason) = (0, 10, IAdjusterAuthority.ReasonMissing.selector);
        } else if (way == 2) {
            a.decision.clause = "not a clause";
            (a.invariant, a.reason) = (10, IAdjusterAuthority.ClauseNotProven.selector);
        } else if (way == 3) {
            a.adjuster = vm.addr(insurers[1 - _insurerOf(c)].adjusterKeys[c.claimed % 2]);
            a.decision.loss = 0; // needs no limit
            (a.invariant, a.reason) = (14, IAdjusterAuthority.AdjusterRequired.selector);
        } else if (way == 4) {
            a.decision.loss = uint64(c.claimed);
            (a.invariant, a.reason) = (6, IAdjusterAuthority.AuthorityExceeded.selector);
        } else if (way == 5) {
            (a.invariant, a.reason) = (6, IAdjusterAuthority.SecondSignatureRequired.selector);
        } else {
            (a.adjuster, a.decision.loss) = (_insider(), 0);
            (a.invariant, a.reason) = (6, IAdjusterAuthority.OwnClaim.selector);
        }
    }

    function _repeatSale() private {
        // The quote may be too old by now; it may never be an application that counts twice.
        vm.prank(STRANGER);
        (bool done, bytes memory answer) = usedSaleProduct.call(usedSale);
        if (done) ++accepted[13];
        else vm.getRecordedLogs();
        bytes4 reason = bytes4(answer);
        bool expected = reason == ISaleRules.ApplicationUsed.selector || reason == ISaleRules.QuoteExpired.selector
            || reason == IIndemnityProduct.RenewalInvalid.selector || reason == IReportRules.ReportExpired.selector;
        if (!done && !expected) refusedWith = reason;
    }

    function _repeatRedirect() private {
        vm.prank(STRANGER);
        (bool done, bytes memory answer) = usedRedirectTreasury.call(usedRedirect);
        if (done) ++accepted[13];
        else vm.getRecordedLogs();
        bytes4 reason = bytes4(answer);
        bool expected =
            reason == ITreasury.RedirectSignatureInvalid.selector || reason == ITreasury.RedirectExpired.selector;
        if (!done && !expected) refusedWith = reason;
    }

    function _repeatCollection() private {
        vm.prank(STRANGER);
        (bool done,) = address(disbursement).call(usedCollection);
        if (done) ++accepted[13];
        else vm.getRecordedLogs();
    }

    function _instalmentTooMuch(Case storage c) private {
        if (c.left > 0 && block.timestamp >= c.nextDue) return;
        bytes4 reason = IClaimsDesk.NoInstalments.selector;
        if (c.left > 0) reason = IClaimsDesk.InstalmentNotDue.selector;
        bool open = c.state == ClaimState.Decided || c.state == ClaimState.Disputed;
        if (!open) reason = IClaimsDesk.ClaimNotInState.selector;
        _refused(5, STRANGER, address(desk), abi.encodeCall(desk.payInstalment, (c.id)), reason);
    }

    /// @dev The institution after the payee, the payee after the institution, the payee too early.
    function _bothLegs(uint256 index) private {
        Payout storage p = payouts[index];
        bytes memory taken = abi.encodeCall(disbursement.takePayout, (index + 1, personAt(p.payee)));
        if (p.state == PayoutState.Waiting) {
            if (block.timestamp > p.due) return;
            _refused(5, personAt(p.payee), address(disbursement), taken, IDisbursement.PayoutNotFree.selector);
            return;
        }
        bytes4 reason = IDisbursement.PayoutNotInState.selector;
        _refused(5, STRANGER, address(disbursement), _receipt(index), reason);
        if (p.state == PayoutState.Refused) return;
        _refused(5, personAt(p.payee), address(disbursement), taken, reason);
    }
}
