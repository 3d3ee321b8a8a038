// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimsChecks} from "./ClaimsChecks.sol";

/// @notice All invariants of indemnity insurance after each call.
contract AllClaimsInvariantsTest is ClaimsChecks {
    function invariant_AllHold() public view {
        _checkI1();
        _checkI2();
        _checkI3();
        _checkI4();
        _checkI5();
        _checkI6();
        _checkI7();
        _checkI8();
        _checkI9();
        _checkI10();
        _checkI11();
        _checkI12();
        _checkI13();
        _checkI14();
        _checkI15();
        _checkI16();
        _checkI17();
    }

    function afterInvariant() public {
        _checkAtTheEnd();
    }
}

/// @notice One by one, so that a planted bug is seen to be caught by the invariant it was planted for.
contract EachClaimsInvariantTest is ClaimsChecks {
    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I1_AssetsCoverWhatIsOwed() public view {
        _checkI1();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I2_EveryUnitIsWhereItBelongs() public view {
        _checkI2();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I3_LimitsAreKept() public view {
        _checkI3();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I4_NoStateGoesDown() public view {
        _checkI4();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I5_NothingIsPaidTwice() public view {
        _checkI5();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I6_NobodyIsPaidUnfounded() public view {
        _checkI6();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I7_EventsRebuildState() public view {
        _checkI7();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I8_LockedCapitalStays() public view {
        _checkI8();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I9_NoMachineDenies() public view {
        _checkI9();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I10_DenialsHaveReasonAndClause() public view {
        _checkI10();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I12_OneFailureStopsNobodyElse() public view {
        _checkI12();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I13_SignaturesCountOnce() public view {
        _checkI13();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I14_InsurersAreApart() public view {
        _checkI14();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I15_FinalRecordsStay() public view {
        _checkI15();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I16_LiabilitiesRollForward() public view {
        _checkI16();
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I17_LocksAreWhole() public view {
        _checkI17();
    }
}

/// @notice What only the end of a history shows: that nothing is stuck.
contract EachClaimsEndInvariantTest is ClaimsChecks {
    /// forge-config: default.invariant.runs = 1
    /// forge-config: planted.invariant.runs = 512
    function invariant_I11_HeldMoneyIsNeverLost() public view {
        _checkI11();
    }

    function afterInvariant() public {
        _checkAtTheEnd();
    }
}
