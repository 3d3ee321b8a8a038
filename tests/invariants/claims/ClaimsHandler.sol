// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Treasury} from "../../../contracts/Treasury.sol";
import {ClaimState} from "../../../contracts/types/ClaimTypes.sol";
import {Deployed} from "./Deployed.sol";
import {AttackActions} from "./AttackActions.sol";
import {ClaimsReplay} from "./ClaimsReplay.sol";

/// @notice Does everything two insurers, their policyholders, a panel, institutions and passers-by can do.
contract ClaimsHandler is AttackActions {
    constructor() {
        _found();
        _openRails();
        _addPeople();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            vm.startPrank(personAt(i));
            token.approve(_treasuryOf(0), type(uint256).max);
            token.approve(_treasuryOf(1), type(uint256).max);
            token.approve(address(panel), type(uint256).max);
            token.approve(address(disbursement), type(uint256).max);
            vm.stopPrank();
            _track(personAt(i));
        }
        _track(address(panel));
        _track(address(disbursement));
        replay_ = new ClaimsReplay(
            address(desk),
            address(disbursement),
            [address(insurers[0].product), address(insurers[1].product)],
            [_treasuryOf(0), _treasuryOf(1)]
        );
        for (uint256 i = 0; i < 2; ++i) {
            tills[i].ratioBps = 10_000;
            _issue(insurers[i].chief, CAPITAL);
            vm.prank(insurers[i].chief);
            insurers[i].treasury.deposit(CAPITAL, insurers[i].chief);
            _comesIn(i, insurers[i].chief, CAPITAL);
        }
    }

    /// @notice The contracts under test.
    function deployed() external view returns (Deployed memory) {
        return Deployed(desk, panel, disbursement, token);
    }

    /// @notice Leaf of one of the terms' clauses?
    function isClause(bytes32 leaf) external view returns (bool) {
        for (uint256 i = 0; i < CLAUSES; ++i) {
            if (_leaf(i) == leaf) return true;
        }
        return false;
    }

    /// @notice Everybody gets what is theirs: pauses and caps end, nobody is blocked, and every claim, dispute,
    /// instruction, held payout and held deposit comes to its end. What is left anywhere is returned.
    function endAll() external returns (uint256 stuckHeld, uint256 stuckPayouts, uint256 stuckDisputes) {
        vm.warp(block.timestamp + 366 days); // no award waits for other claims any longer
        for (uint256 k = 0; k < PEOPLE; ++k) {
            token.setBlocked(personAt(k), false);
        }
        stuckDisputes = _endDisputes();
        vm.warp(block.timestamp + 31 days);
        for (uint256 i = 0; i < 2; ++i) {
            Treasury t = insurers[i].treasury;
            for (uint256 k = 0; k < PEOPLE; ++k) {
                if (t.heldPayoutOf(personAt(k)) == 0) continue;
                try t.pushHeldPayout(personAt(k)) {} catch {}
            }
            stuckHeld += t.totalHeldPayouts();
        }
        for (uint256 k = 0; k < PEOPLE; ++k) {
            if (panel.heldDeposit(personAt(k), token) > 0) panel.pushHeldDeposit(token, personAt(k));
            stuckHeld += panel.heldDeposit(personAt(k), token);
        }
        stuckPayouts = _endPayouts();
    }

    /// @dev Nobody rules any more: even so every dispute ends, and its claim with it.
    function _endDisputes() private returns (uint256 stuck) {
        for (uint256 k = 0; k < quarrels.length; ++k) {
            if (quarrels[k].delivered) continue;
            for (uint256 round = 0; round < 6 && !_isClosed(k); ++round) {
                vm.roll(block.number + 5);
                // A panel that sits already, or a bench too small for one, needs no draw.
                (bool drawn,) = address(panel).call(abi.encodeCall(panel.draw, (k + 1)));
                vm.warp(block.timestamp + 3 hours);
                (bool concluded,) = address(panel).call(abi.encodeCall(panel.conclude, (k + 1)));
                if (!drawn && !concluded) ++stuck;
            }
            if (!_isClosed(k)) ++stuck;
        }
    }

    function _isClosed(uint256 quarrel) private view returns (bool) {
        return desk.claim(cases[quarrels[quarrel].claim].id).state == ClaimState.Closed;
    }

    /// @dev No institution says anything more: the payees take what is theirs.
    function _endPayouts() private returns (uint256) {
        uint256 count = disbursement.instructionCount();
        for (uint256 id = 1; id <= count; ++id) {
            uint8 state = uint8(disbursement.instructionAt(id).state);
            address payee = disbursement.instructionAt(id).payee;
            if (state > 2) continue;
            vm.prank(payee);
            disbursement.takePayout(id, payee);
        }
        uint256 collected = 0;
        for (uint256 k = 0; k < collections.length; ++k) {
            collected += collections[k].amount;
        }
        return token.balanceOf(address(disbursement)) - collected;
    }
}
