// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Cancellation,
    Endorsement,
    IndemnityPolicy,
    IndemnityTerms,
    PolicyStanding,
    RuleContext
} from "../types/IndemnityTypes.sol";

/// @notice What sales, changes and cancellations of indemnity policies must keep. Reads, and keeps nothing.
/// @dev Errors are those of `IIndemnityProduct`, `ISaleRules` and `IReportRules`, which the product lets through.
interface IPolicyRules {
    /// @notice Reverts unless the report is signed by its quorum and every binding is one it allows.
    /// @param sale Arguments of `IIndemnityProduct.bind`: (UnderwritingReport, bytes[], IndemnityBinding[]).
    /// @return digest EIP-712 digest of the report.
    function checkSale(RuleContext calldata context, bytes calldata sale) external view returns (bytes32 digest);

    /// @notice Reverts unless underwriter and holder signed this change, and terms and time allow it at this price.
    function checkEndorsement(
        RuleContext calldata context,
        Endorsement calldata order,
        PolicyStanding calldata standing,
        bytes calldata underwriterSignature,
        bytes calldata acceptance
    ) external view;

    /// @notice Reverts unless the holder sent or signed this cancellation, in time.
    function checkCancellation(
        bytes32 domain,
        address sender,
        Cancellation calldata order,
        IndemnityPolicy calldata policy,
        bytes calldata signature
    ) external view;

    /// @notice Terms of a product.
    function termsOf(address product) external view returns (IndemnityTerms memory);

    /// @notice The hash that binds clauses, document and parameters.
    function termsHash(uint256[] calldata words) external pure returns (bytes32);
}
