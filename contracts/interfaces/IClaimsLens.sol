// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimDeadlines} from "../types/ClaimTypes.sol";
import {ClaimRecord, Liabilities, NextStep, TreasuryStanding} from "../types/LensTypes.sol";
import {IClaimsDesk} from "./IClaimsDesk.sol";
import {ITreasury} from "./ITreasury.sol";

/// @notice What front ends and auditors want to know of claims and treasuries in one call.
/// @dev Keeps nothing, may do nothing, and is asked by no other contract. Does not check that desk, product or treasury
/// are the network's: who asks names them. Clocks are the desk's own, the treasury's pauses counted in.
interface IClaimsLens {
    /// @notice Until when who has to do what.
    /// @dev Rule S23. Reverts: `ClaimNotInState` if there is no such claim.
    function deadlines(IClaimsDesk desk, uint256 claimId) external view returns (ClaimDeadlines memory);

    /// @notice What the claimant could bring before the panel now, and the deposit it takes: none to escalate.
    /// @dev Rule S25. Nothing before notice, in dispute and after closing. Looks at no window. Reverts: `ClaimNotInState`
    /// if there is no such claim.
    /// @return disputed Token units.
    /// @return deposit Token units, by allowance to the panel.
    function depositFor(IClaimsDesk desk, uint256 claimId) external view returns (uint64 disputed, uint64 deposit);

    /// @notice Whose turn it is, with what, and until or from when.
    /// @dev No instant (0) to rule before a panel is drawn, and to deliver (`IDisputePanel.conclude`): what the panel has
    /// decided can be delivered at once, and is refused for as long as the treasury is paused or other claims of the policy
    /// have the limits in use; nobody keeps until when. Reverts: `ClaimNotInState` if there is no such claim.
    function nextStep(IClaimsDesk desk, uint256 claimId) external view returns (NextStep memory);

    /// @notice Claims under a policy from an ordinal on (the first is 0), at most `limit`.
    function claimsOf(IClaimsDesk desk, address product, uint256 policyId, uint256 from, uint256 limit)
        external
        view
        returns (ClaimRecord[] memory page);

    /// @notice A treasury's books.
    function treasuryStanding(ITreasury treasury) external view returns (TreasuryStanding memory);

    /// @notice What a treasury may come to owe by one product.
    function liabilities(ITreasury treasury, address product) external view returns (Liabilities memory);
}
