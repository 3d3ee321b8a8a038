// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a signed report must keep, whoever takes it.
interface IReportRules {
    /// @notice The report was made for another chain.
    error ReportForOtherChain(uint256 reported, uint256 actual);
    /// @notice The report was made for another contract.
    error ReportForOtherContract(address reported, address actual);
    /// @notice The report's time is past.
    error ReportExpired(uint40 validUntil, uint256 now_);
    /// @notice The report is dated in the future.
    error ReportFromFuture(uint40 observedAt, uint256 now_);
    /// @notice A report says something of 1 to 400 subjects.
    error ReportSizeInvalid(uint256 count);
}
