// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IReportRules} from "./interfaces/IReportRules.sol";

/// @title ReportRules
/// @notice What a report must keep before its signatures are asked for, and who signed a party's words.
abstract contract ReportRules {
    uint256 public constant MAX_REPORT_SIZE = 400;

    /// @dev The report is for this chain and contract, and its time is now.
    function _checkReport(uint256 chainId, address product, uint40 observedAt, uint40 validUntil, uint256 size)
        internal
        view
    {
        _checkReport(chainId, address(this), product, observedAt, validUntil, size);
    }

    /// @dev The same for a report made for `self`.
    function _checkReport(
        uint256 chainId,
        address self,
        address product,
        uint40 observedAt,
        uint40 validUntil,
        uint256 size
    ) internal view {
        if (chainId != block.chainid) {
            revert IReportRules.ReportForOtherChain(chainId, block.chainid);
        }
        if (product != self) revert IReportRules.ReportForOtherContract(product, self);
        if (validUntil < block.timestamp) revert IReportRules.ReportExpired(validUntil, block.timestamp);
        if (observedAt > block.timestamp) revert IReportRules.ReportFromFuture(observedAt, block.timestamp);
        if (size == 0 || size > MAX_REPORT_SIZE) revert IReportRules.ReportSizeInvalid(size);
    }

    /// @dev By key first, which spares a look at the signer's code; else by contract (ERC-1271).
    function _signed(address signer, bytes32 digest, bytes memory signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, signature);
        if (err == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }
}
