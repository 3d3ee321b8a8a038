// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputeCourt} from "../interfaces/IDisputeCourt.sol";
import {IDisputePanel} from "../interfaces/IDisputePanel.sol";
import {DisputeRequest} from "../types/DisputeTypes.sol";

/// @title RecordingCourt
/// @notice A court for tests: opens disputes for anybody, writes down what is awarded, and can be made to refuse.
contract RecordingCourt is IDisputeCourt {
    struct Award {
        uint64 amount;
        uint16 reasonCode;
        bytes32 clause;
        uint256 times;
    }

    IDisputePanel private immutable PANEL;

    bool private _closed;
    uint256 private _concludesAgain;
    mapping(uint256 claimId => Award) private _awards;

    error CourtClosed(uint256 claimId);

    constructor(IDisputePanel panel) {
        PANEL = panel;
    }

    function open(DisputeRequest calldata request) external returns (uint256 disputeId) {
        return PANEL.openDispute(request);
    }

    /// @notice Refuse awards from now on, or no longer.
    function setClosed(bool closed) external {
        _closed = closed;
    }

    /// @notice Come back into the panel, to conclude this dispute, while an award is taken; 0: not.
    function setConcludesAgain(uint256 disputeId) external {
        _concludesAgain = disputeId;
    }

    /// @inheritdoc IDisputeCourt
    function award(uint256 claimId, uint64 amount, uint16 reasonCode, bytes32 clause) external {
        if (_closed) revert CourtClosed(claimId);
        if (_concludesAgain != 0) PANEL.conclude(_concludesAgain);
        uint256 times = _awards[claimId].times + 1;
        _awards[claimId] = Award({amount: amount, reasonCode: reasonCode, clause: clause, times: times});
    }

    function awardOf(uint256 claimId) external view returns (Award memory) {
        return _awards[claimId];
    }
}
