// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClauseProof} from "../../../contracts/libraries/ClauseProof.sol";
import {IndemnityMath} from "../../../contracts/libraries/IndemnityMath.sol";
import {PayoutCurve} from "../../../contracts/libraries/PayoutCurve.sol";

/// @notice Library functions whose refusals or calldata need a call from outside.
contract LibraryDoor {
    function stands(bytes32 root, bytes32 leaf, bytes32[] calldata proof) external pure returns (bool) {
        return ClauseProof.stands(root, leaf, proof);
    }

    function check(int32[] memory thresholds, uint16[] memory sharesBps) external pure {
        PayoutCurve.check(thresholds, sharesBps);
    }

    function earned(uint256 premium, uint256 start, uint256 end, uint256 instant) external pure returns (uint256) {
        return IndemnityMath.earned(premium, start, end, instant);
    }
}
