// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checks} from "./Checks.sol";

/// @notice All invariants after each call: what `make invariants` and CI run, 256 runs of 64 calls.
contract AllInvariantsTest is Checks {
    function invariant_AllHold() public view {
        _checkI1();
        _checkI2();
        _checkI3();
        _checkI5();
        _checkI7();
        _checkI8();
        _checkI12();
        _checkI13();
    }

    function afterInvariant() public view {
        _checkAtTheEnd();
    }
}

/// @notice One by one, so that a planted bug is seen to be caught by the invariant it was planted for.
contract EachInvariantTest is Checks {
    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I1_AssetsCoverHeldPayouts() public view {
        _checkI1();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I2_NoMoneyAppearsOrVanishes() public view {
        _checkI2();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I3_IndemnityWithinSumInsured() public view {
        _checkI3();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I5_SettledAtMostOnce() public view {
        _checkI5();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I7_EventsRebuildState() public view {
        _checkI7();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I8_LockedCapitalStays() public view {
        _checkI8();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I12_OneFailureStopsNobodyElse() public view {
        _checkI12();
    }

    /// forge-config: default.invariant.runs = 4
    /// forge-config: planted.invariant.runs = 64
    function invariant_I13_ReportsCountOnce() public view {
        _checkI13();
    }
}
