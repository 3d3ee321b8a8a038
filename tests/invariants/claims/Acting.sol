// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, ClaimState} from "../../../contracts/types/ClaimTypes.sol";
import {PayoutState} from "../../../contracts/types/DisbursementTypes.sol";
import {ClaimsReplay} from "./ClaimsReplay.sol";
import {RailBooks} from "./RailBooks.sol";

/// @notice What all actions share: events go to the replay, the other insurer is watched, attacks are counted.
abstract contract Acting is RailBooks {
    uint256 private constant NOBODY = 2;

    ClaimsReplay internal replay_;
    /// @notice By number of the invariant: calls that had to be refused, and were not.
    mapping(uint256 invariant => uint256) public accepted;
    uint256 public touchedOthers; // calls that changed something of an insurer they were not for
    uint256 public differed; // answers of contracts that differ from the books
    bytes4 public refusedWith; // the last refusal that had another reason than the one it was made for
    uint256 public wentBack; // states that went down
    uint256 public finalsChanged; // records that changed after closing
    mapping(uint256 claimId => bytes32) public finalRecordOf; // 0: not closed
    mapping(uint256 claimId => ClaimState) private _lastState;
    mapping(uint256 instructionId => PayoutState) private _lastPayout;
    uint256 private _acting = NOBODY;

    /// @dev Events of the action go to the replay; whoever it was not for must be as before.
    modifier recorded() {
        bytes32[2] memory before = [_standing(0), _standing(1)];
        _acting = NOBODY;
        vm.recordLogs();
        _;
        replay_.take(vm.getRecordedLogs());
        _watch();
        for (uint256 i = 0; i < 2; ++i) {
            if (i != _acting && _standing(i) != before[i]) ++touchedOthers;
        }
    }

    function theReplay() external view returns (ClaimsReplay) {
        return replay_;
    }

    function insurerAt(uint256 index) external view returns (Insurer memory) {
        return insurers[index];
    }

    function _on(uint256 insurer) internal {
        _acting = insurer;
    }

    /// @dev The answer of a contract against the books.
    function _agree(uint256 told, uint256 should) internal {
        if (told != should) ++differed;
    }

    /// @dev A call that must be refused, for this reason and no other.
    function _refused(uint256 invariant, address caller, address target, bytes memory data, bytes4 reason) internal {
        vm.prank(caller);
        (bool done, bytes memory answer) = target.call(data);
        if (done) {
            ++accepted[invariant];
            return;
        }
        // Logs of a call that reverts are recorded too.
        vm.getRecordedLogs();
        if (bytes4(answer) != reason) refusedWith = bytes4(answer);
    }

    /// @dev States and final records of what the action touched. Kept here: what an invariant writes is forgotten.
    function _watch() private {
        uint256[] memory claims = replay_.touched();
        for (uint256 k = 0; k < claims.length; ++k) {
            uint256 id = claims[k];
            Claim memory c = desk.claim(id);
            if (c.state < _lastState[id]) ++wentBack;
            _lastState[id] = c.state;
            if (c.state != ClaimState.Closed && finalRecordOf[id] == 0) continue;
            bytes32 record = keccak256(abi.encode(c));
            if (finalRecordOf[id] == 0) finalRecordOf[id] = record;
            if (finalRecordOf[id] != record) ++finalsChanged;
        }
        for (uint256 k = 0; k < replay_.touchedPayoutCount(); ++k) {
            uint256 id = replay_.touchedPayouts(k);
            PayoutState state = disbursement.instructionAt(id).state;
            if (state < _lastPayout[id]) ++wentBack;
            _lastPayout[id] = state;
        }
    }

    /// @dev Everything of an insurer that only its own people and policyholders may change.
    function _standing(uint256 i) private view returns (bytes32) {
        Insurer storage n = insurers[i];
        uint256[4] memory owed = [
            n.treasury.totalExposure(),
            n.treasury.totalReserves(),
            n.treasury.totalHeldPayouts(),
            n.treasury.totalUnearnedPremium()
        ];
        (uint256 cap,) = n.treasury.payoutCap();
        return keccak256(
            abi.encode(
                token.balanceOf(address(n.treasury)),
                n.treasury.bookedAssets(),
                owed,
                n.treasury.totalSupply(),
                n.treasury.requiredRatioBps(),
                cap,
                n.treasury.pausedUntil(),
                n.product.policyCount(),
                n.product.salesSuspended()
            )
        );
    }
}
