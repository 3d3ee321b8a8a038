// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimsChecks} from "./ClaimsChecks.sol";

/// @notice All invariants of indemnity insurance after each call.
contract AllClaimsInvariantsTest is ClaimsChecks {
    function invariant_AllHold() public {
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
