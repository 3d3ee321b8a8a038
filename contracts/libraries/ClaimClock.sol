// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The legal clock of a claim: it runs on working days. Same formulas as `domain/claim_clock.py`.
/// @dev Days are those of UTC. Saturdays and Sundays do not count; holidays are not known on chain, so a product whose
/// law stops the clock for them grants itself days for it in its terms.
library ClaimClock {
    uint256 internal constant WEEK = 7 days;
    uint256 internal constant WORKING_WEEK = 5 days;
    /// @dev 1 January 1970 was a Thursday, three days after its Monday.
    uint256 internal constant MONDAY_TO_EPOCH = 3 days;

    /// @notice First instant at which so many working days, of 24 hours each, have run since `from`. Rule S16.
    /// @dev A clock started on a weekend runs from Monday 00:00; one that ends with Friday ends on Saturday 00:00.
    /// @param from Unix seconds.
    /// @param workingDays Zero: `from` itself.
    /// @return Unix seconds.
    function deadline(uint256 from, uint256 workingDays) internal pure returns (uint256) {
        if (workingDays == 0) return from;
        uint256 intoWeek = (from + MONDAY_TO_EPOCH) % WEEK;
        uint256 worked = intoWeek < WORKING_WEEK ? intoWeek : WORKING_WEEK;
        // Working time from that Monday to the deadline; the last week is never an empty one.
        uint256 due = worked + workingDays * 1 days;
        uint256 wholeWeeks = (due - 1) / WORKING_WEEK;
        // In this order nothing is below zero, even in the week of 1970.
        return from + wholeWeeks * WEEK + (due - wholeWeeks * WORKING_WEEK) - intoWeek;
    }

    /// @notice Seconds by which `instant` is past the deadline `due`: weekends count too, for money that is owed. Rule S17.
    function lateSeconds(uint256 due, uint256 instant) internal pure returns (uint256) {
        return instant > due ? instant - due : 0;
    }
}
