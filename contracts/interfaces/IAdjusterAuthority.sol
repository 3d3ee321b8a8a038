// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AdjusterLimit, DecisionCase} from "../types/ClaimTypes.sol";

/// @notice Who may decide what: roles, limits, second signatures, and that every decision rests on a clause.
/// @dev Belongs to one `ClaimsDesk`, which made it and lets its errors through. Limits are kept for each treasury.
interface IAdjusterAuthority {
    /// @notice What an adjuster may grant alone.
    event AdjusterLimitSet(address indexed treasury, address indexed adjuster, uint64 perDecision, uint64 perDay);

    /// @notice Only an adjuster of the claim's insurer.
    error AdjusterRequired(uint256 claimId, address caller);
    /// @notice Nobody decides, alone or as the second, a claim they are paid for or hold the policy of.
    error OwnClaim(uint256 claimId, address account);
    /// @notice An oracle's key decides nothing that is less than claimed.
    error MachineCannotDeny(uint256 claimId, address signer);
    /// @notice A decision has a reason.
    error ReasonMissing(uint256 claimId);
    /// @notice The clause is not one of the terms'.
    error ClauseNotProven(uint256 claimId, bytes32 clause, bytes32 clauseRoot);
    /// @notice Nobody grants more than was claimed.
    error LossAboveClaimed(uint256 claimId, uint64 loss, uint64 claimed);
    /// @notice The decision's time is past.
    error DecisionExpired(uint256 claimId, uint40 validUntil, uint256 now_);
    /// @notice The claim is worth so much that another adjuster has to sign too.
    error SecondSignatureRequired(uint256 claimId, uint256 worth, uint256 limit);
    /// @notice The second signer is the first, no adjuster, did not sign this decision, or is an oracle's key under a
    /// decision that grants less than claimed.
    error SecondSignatureInvalid(uint256 claimId, address second);
    /// @notice The adjuster may not grant that much alone.
    error AuthorityExceeded(address adjuster, uint256 granted, uint256 limit);
    /// @notice The adjuster may not grant that much in one day.
    error DailyAuthorityExceeded(address adjuster, uint256 granted, uint256 limit);
    /// @notice Only the insurer's administrator.
    error AdministratorRequired(address treasury, address caller);
    /// @notice Only the desk.
    error ClaimsDeskRequired(address caller);

    /// @notice Sets what an adjuster may grant alone. The insurer's administrator, or through its AccessManager.
    /// @dev Without a limit an adjuster grants nothing. Reverts: {AdministratorRequired}.
    /// @param perDecision Token units.
    /// @param perDay Token units in a UTC day.
    function setAdjusterLimit(address treasury, address adjuster, uint64 perDecision, uint64 perDay) external;

    /// @notice Reverts unless this decision may be taken by this adjuster, and counts it against the day's limit. Only
    /// the desk.
    /// @dev Compares accounts: whether somebody acts for another is not seen. Reverts: {ClaimsDeskRequired},
    /// {AdjusterRequired}, {OwnClaim}, {DecisionExpired}, {ReasonMissing}, {LossAboveClaimed}, {ClauseNotProven},
    /// {MachineCannotDeny}, {SecondSignatureRequired}, {SecondSignatureInvalid}, {AuthorityExceeded},
    /// {DailyAuthorityExceeded}, `IClaimsDesk.InstalmentsInvalid`.
    /// @param decision As the desk was handed it: the arguments of `IClaimsDesk.decide`, ABI-encoded.
    function authorise(DecisionCase calldata case_, bytes calldata decision) external;

    /// @notice What a claim is still worth within all limits, of other claims on its policy only what was paid or is
    /// promised in instalments counted: what others have reserved takes nothing from it. Decides how many sign, and what
    /// can be disputed; what is paid keeps what is reserved for others too.
    /// @dev Looks at every claim of the policy. Kept here because a contract's code has a size limit.
    /// @param atAward What the panel's award waits for: as above, but claims that came before the panel after this one
    /// keep their reserves, so that no two wait for each other; and after {MAX_AWARD_WAIT_SECONDS} all do.
    /// @return Token units.
    function worthApart(uint256 claimId, bool atAward) external view returns (uint64);

    /// @notice From the start of a claim's clock, this long an award waits for other claims' reserves.
    function MAX_AWARD_WAIT_SECONDS() external view returns (uint256);

    /// @notice Reverts unless the account is an adjuster of the treasury's insurer.
    /// @dev Reverts: {AdjusterRequired}.
    function requireAdjuster(uint256 claimId, address treasury, address account) external view;

    /// @notice What an adjuster may grant alone, and has granted today.
    function adjusterLimit(address treasury, address adjuster) external view returns (AdjusterLimit memory);
}
