// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What every sale of a policy must keep, whatever the policy insures.
interface ISaleRules {
    /// @notice Sale was suspended or resumed. Policies in force are not touched.
    event SalesSuspended(bool suspended);

    /// @notice 1 to 100 policies are bound at once.
    error BindingCountInvalid(uint256 count);
    /// @notice Sale is suspended.
    error SaleSuspended();
    /// @notice The report has no such assessment.
    error AssessmentMissing(uint256 index, uint256 count);
    /// @notice Quote and assessment speak of different applications.
    error ApplicationMismatch(uint256 quoted, uint256 assessed);
    /// @notice The application was bound before.
    error ApplicationUsed(uint256 applicationId);
    /// @notice The holder is the zero address, the treasury or this contract.
    error HolderInvalid(address holder);
    /// @notice The quote's time is past.
    error QuoteExpired(uint40 validUntil, uint256 now_);
    /// @notice The sum insured lies outside what terms and assessment allow.
    error SumInsuredOutOfRange(uint96 sumInsured, uint96 least, uint96 most);
    /// @notice The premium is not what terms and assessment give.
    error PremiumNotAsPriced(uint96 quoted, uint256 due);
    /// @notice The premium reaches the sum insured: there is nothing to insure.
    error PremiumTooHigh(uint256 premium, uint96 sumInsured);
    /// @notice The quote's signer is not an underwriter of this insurer.
    error UnderwriterNotAuthorised(address underwriter);
    /// @notice The underwriter did not sign this quote.
    error UnderwriterSignatureInvalid(address underwriter);
    /// @notice The holder did not accept this quote.
    error AcceptanceInvalid(address holder);
}
