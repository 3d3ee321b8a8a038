// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Heads of append-only logs kept off the chain (audit logs as in RFC 6962), so that nobody can show different
/// people different logs, or take an entry back.
/// @dev Not checked here: that a head is consistent with the one before. Whoever has the log proves or refutes that with
/// RFC 6962 consistency proofs between any two heads; doing it on chain would cost each head a proof nobody may read.
interface ITransparencyAnchor {
    /// @notice Head of a log at one time.
    struct LogHead {
        bytes32 rootHash; // slot 0
        uint64 treeSize; // slot 1: bytes 0-7, entries
        uint40 anchoredAt; // slot 1: bytes 8-12, unix seconds
    }

    /// @notice A log's next head. `previousRoot` is the one before, 0 for the first.
    event LogHeadAnchored(
        bytes32 indexed logId, uint256 indexed index, uint64 treeSize, bytes32 rootHash, bytes32 previousRoot
    );

    /// @notice A log only grows.
    error TreeSizeNotGrown(bytes32 logId, uint64 treeSize, uint64 previous);
    /// @notice A head needs a root.
    error RootHashMissing(bytes32 logId);
    /// @notice The log has no head of this number.
    error LogHeadUnknown(bytes32 logId, uint256 index);
    /// @notice A page has at most 500 heads.
    error LogPageTooLong(uint256 limit, uint256 most);

    /// @notice Appends a head to a log's history; the first head makes the log.
    /// @dev Restricted (log writer). Nothing is ever changed or taken out.
    /// Reverts: {TreeSizeNotGrown}, {RootHashMissing}.
    /// @param logId Name of the log, any 32 bytes.
    /// @param treeSize Entries in the log, more than at the head before.
    /// @return index Number of the head, from 0.
    function anchor(bytes32 logId, uint64 treeSize, bytes32 rootHash) external returns (uint256 index);

    /// @notice How many heads a log has.
    function logHeadCount(bytes32 logId) external view returns (uint256);

    /// @notice One head. Reverts: {LogHeadUnknown}.
    function logHead(bytes32 logId, uint256 index) external view returns (LogHead memory);

    /// @notice The newest head. Reverts: {LogHeadUnknown}.
    function latestLogHead(bytes32 logId) external view returns (LogHead memory);

    /// @notice A page of a log's history, oldest first; shorter at its end. Reverts: {LogPageTooLong}.
    function logHeads(bytes32 logId, uint256 from, uint256 limit) external view returns (LogHead[] memory);
}
