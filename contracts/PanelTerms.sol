// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputePanel} from "./interfaces/IDisputePanel.sol";

/// @notice What holds for every panel of a network and is never changed: its windows, and how much a deposit may be.
abstract contract PanelTerms is IDisputePanel {
    uint40 public constant MIN_WINDOW_SECONDS = 1 hours;
    uint40 public constant MAX_WINDOW_SECONDS = 30 days;
    uint16 private constant BPS = 10_000;

    /// @notice From the draw, how long a panel may commit.
    uint40 public immutable COMMIT_SECONDS;
    /// @notice After that, how long it may reveal.
    uint40 public immutable REVEAL_SECONDS;
    /// @notice How long there is to fill a bench that is too small for a draw.
    uint40 public immutable DRAW_SECONDS;
    /// @notice The most a deposit may be of the disputed difference.
    uint16 public immutable DEPOSIT_CAP_BPS;

    constructor(uint40 commitSeconds, uint40 revealSeconds, uint40 drawSeconds, uint16 depositCapBps) {
        COMMIT_SECONDS = _window(commitSeconds);
        REVEAL_SECONDS = _window(revealSeconds);
        DRAW_SECONDS = _window(drawSeconds);
        if (depositCapBps > BPS) revert DepositCapInvalid(depositCapBps);
        DEPOSIT_CAP_BPS = depositCapBps;
    }

    /// @inheritdoc IDisputePanel
    function depositCap(uint64 disputed) public view returns (uint64) {
        return uint64(uint256(disputed) * DEPOSIT_CAP_BPS / BPS);
    }

    /// @dev Until when a panel drawn then may commit and reveal, exclusive.
    function _windowsFrom(uint40 drawnAt) internal view returns (uint40 commitUntil, uint40 revealUntil) {
        commitUntil = drawnAt + COMMIT_SECONDS;
        return (commitUntil, commitUntil + REVEAL_SECONDS);
    }

    function _window(uint40 windowSeconds) private pure returns (uint40) {
        if (windowSeconds < MIN_WINDOW_SECONDS || windowSeconds > MAX_WINDOW_SECONDS) {
            revert PanelWindowInvalid(windowSeconds, MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS);
        }
        return windowSeconds;
    }
}
