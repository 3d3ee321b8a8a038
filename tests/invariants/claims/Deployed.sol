// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimsDesk} from "../../../contracts/ClaimsDesk.sol";
import {Disbursement} from "../../../contracts/Disbursement.sol";
import {DisputePanel} from "../../../contracts/DisputePanel.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";

/// @notice What the checks look at beside the insurers.
struct Deployed {
    ClaimsDesk desk;
    DisputePanel panel;
    Disbursement disbursement;
    TestStablecoin token;
}
