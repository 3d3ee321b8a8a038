// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Disbursement} from "../../../contracts/Disbursement.sol";
import {PayoutReceipt, PayoutState} from "../../../contracts/types/DisbursementTypes.sol";
import {Acting} from "./Acting.sol";

/// @notice Institutions pay, refuse, are slow and are suspended; payees take their money or send it elsewhere.
abstract contract RailActions is Acting {
    bytes internal usedReceipt; // calldata of a receipt that went through
    uint256 private _references;

    /// @notice An institution hands in its receipt, in time or late.
    function confirm(uint256 seed) external recorded {
        uint256 index = _findPayout(seed, false);
        if (index == payouts.length || rails[payouts[index].institution].suspended) return;
        Payout storage p = payouts[index];
        bytes memory receipt = _receipt(index);
        (bool done,) = address(disbursement).call(receipt);
        if (!done) ++differed;
        usedReceipt = receipt;
        p.state = PayoutState.Confirmed;
        _flow(address(disbursement), _institutionAccount(p.institution - 1), p.amount);
    }

    function refuse(uint256 seed) external recorded {
        uint256 index = _findPayout(seed, false);
        if (index == payouts.length || rails[payouts[index].institution].suspended) return;
        Payout storage p = payouts[index];
        vm.prank(_institutionAccount(p.institution - 1));
        disbursement.refusePayout(index + 1, 7);
        p.state = PayoutState.Refused;
    }

    /// @notice A payee takes what no institution has paid, by hand or by signature.
    function take(uint256 seed, bool signed, bool later) external recorded {
        uint256 index = _freePayout(seed, later);
        if (index == payouts.length) return;
        Payout storage p = payouts[index];
        address to = signed ? address(0xCAFE) : personAt(p.payee);
        if (blocked[to]) return;
        if (signed) {
            uint40 deadline = uint40(block.timestamp);
            bytes memory signature = _signIn(_personKey(p.payee), _railDomain(), words.take(index + 1, to, deadline));
            disbursement.takePayoutFor(index + 1, to, deadline, signature);
        } else {
            vm.prank(personAt(p.payee));
            disbursement.takePayout(index + 1, to);
        }
        p.state = PayoutState.Taken;
        _flow(address(disbursement), to, p.amount);
    }

    function reroute(uint256 seed, bool signed, bool later) external recorded {
        uint256 index = _freePayout(seed, later);
        if (index == payouts.length) return;
        Payout storage p = payouts[index];
        uint256 other = 3 - p.institution;
        if (!(p.claimId == 0 ? _funds(other, p.amount) : _takes(other, p.amount))) return;
        uint40 deadline = uint40(block.timestamp);
        bytes memory signature =
            _signIn(_personKey(p.payee), _railDomain(), words.reroute(index + 1, uint32(other), deadline));
        uint256 successor;
        if (!signed) vm.prank(personAt(p.payee));
        if (signed) successor = disbursement.reroutePayoutFor(index + 1, uint32(other), deadline, signature);
        else successor = disbursement.reroutePayout(index + 1, uint32(other));
        p.state = PayoutState.Rerouted;
        _enterInstruction(p.claimId, p.payee, other, p.amount);
        _agree(successor, payouts.length);
    }

    /// @notice Somebody sends money of their own through an institution.
    function fund(uint256 seed, uint64 amount) external recorded {
        uint256 institution = 1 + seed % 2;
        address person = personAt((seed >> 8) % PEOPLE);
        amount = uint64(bound(amount, 1, 400 * UNIT));
        if (blocked[person] || !_funds(institution, amount)) return;
        _issue(person, amount);
        vm.prank(person);
        _agree(disbursement.fundPayout(uint32(institution), address(token), amount), payouts.length + 1);
        _flow(person, address(disbursement), amount);
        _enterInstruction(0, (seed >> 8) % PEOPLE, institution, amount);
    }

    /// @notice What was collected and not needed goes back.
    function returnCollection(uint256 seed) external recorded {
        for (uint256 k = 0; k < collections.length; ++k) {
            Collection storage c = collections[(seed % collections.length + k) % collections.length];
            bool free = c.amount > 0 && (c.released || block.timestamp > c.validUntil);
            if (!free || rails[c.institution].suspended) continue;
            disbursement.returnCollection(address(insurers[c.insurer].product), c.applicationId);
            _flow(address(disbursement), _institutionAccount(c.institution - 1), c.amount);
            c.amount = 0;
            return;
        }
    }

    /// @notice The registrar suspends, resumes, limits and renews an institution.
    function govern(uint256 seed) external recorded {
        uint32 id = uint32(1 + seed % 2);
        Rail storage r = rails[id];
        uint256 way = (seed >> 8) % 5;
        if (r.suspended) {
            disbursement.resumeInstitution(id);
            r.suspended = false;
        } else if (way == 0) {
            disbursement.suspendInstitution(id);
            r.suspended = true;
        } else if (way == 1) {
            (r.perPayout, r.perDay) = ((400 + (seed >> 16) % 600) * UNIT, (1_000 + (seed >> 32) % 1_000) * UNIT);
            disbursement.changeLimits(id, uint64(r.perPayout), uint64(r.perDay), RECEIPT_SECONDS);
        } else if (way == 2) {
            r.refusesToken = !r.refusesToken;
            disbursement.acceptToken(id, address(token), !r.refusesToken);
        } else {
            disbursement.rotateKeys(id, vm.addr(institutionKey + id - 1), _institutionAccount(id - 1));
        }
    }

    /// @dev Calldata of a receipt for an instruction.
    function _receipt(uint256 index) internal returns (bytes memory) {
        Payout storage p = payouts[index];
        PayoutReceipt memory receipt = PayoutReceipt({
            instructionId: index + 1,
            payee: personAt(p.payee),
            token: address(token),
            amount: uint64(p.amount),
            currency: "EUR",
            rate: 920_000,
            referenceHash: keccak256(abi.encode("payout", _references++))
        });
        bytes memory signature = _signIn(institutionKey + p.institution - 1, _railDomain(), words.payout(receipt));
        return abi.encodeCall(Disbursement.confirmPayout, (receipt, signature));
    }

    function _freePayout(uint256 seed, bool later) private returns (uint256 index) {
        index = _findPayout(seed, true);
        if (index < payouts.length || !later) return index;
        index = _findPayout(seed, false);
        if (index < payouts.length) vm.warp(payouts[index].due + 1);
    }
}
