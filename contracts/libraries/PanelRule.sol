// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Seat} from "../types/DisputeTypes.sol";

/// @notice What three arbitrators decided. Same rule as `domain/panel.py`.
/// @dev Whatever an arbitrator does, reveal or not, the outcome stays between the rulings of the other two if both
/// reveal: the middle of three lies there, and so does half the sum of two.
library PanelRule {
    /// @notice 3 rulings: the middle one; 2: half their sum, rounded down, with reason and clause of the lower; 1: that
    /// one; 0: zeros. Of equal rulings the earlier seat's comes first.
    function decide(Seat[3] memory seats)
        internal
        pure
        returns (uint64 award, uint16 reasonCode, bytes32 clause, uint8 revealed)
    {
        Seat[3] memory shown;
        for (uint256 i = 0; i < 3; ++i) {
            if (seats[i].reasonCode == 0) continue;
            uint256 place = revealed++;
            for (; place > 0 && shown[place - 1].award > seats[i].award; --place) {
                shown[place] = shown[place - 1];
            }
            shown[place] = seats[i];
        }
        Seat memory ruling = shown[revealed == 3 ? 1 : 0];
        award = ruling.award;
        if (revealed == 2) award = uint64((uint256(award) + shown[1].award) / 2);
        return (award, ruling.reasonCode, ruling.clause, revealed);
    }
}
