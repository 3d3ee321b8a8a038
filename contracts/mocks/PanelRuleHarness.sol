// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PanelRule} from "../libraries/PanelRule.sol";
import {Seat} from "../types/DisputeTypes.sol";

/// @title PanelRuleHarness
/// @notice The panel's rule, open to be asked from outside. Never deployed.
contract PanelRuleHarness {
    struct Outcome {
        uint64 award;
        uint16 reasonCode;
        bytes32 clause;
        uint8 revealed;
    }

    function decideEach(Seat[3][] calldata panels) external pure returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](panels.length);
        for (uint256 i = 0; i < panels.length; ++i) {
            (uint64 award, uint16 reasonCode, bytes32 clause, uint8 revealed) = PanelRule.decide(panels[i]);
            outcomes[i] = Outcome({award: award, reasonCode: reasonCode, clause: clause, revealed: revealed});
        }
    }
}
