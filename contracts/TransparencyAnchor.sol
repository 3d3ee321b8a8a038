// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {ITransparencyAnchor} from "./interfaces/ITransparencyAnchor.sol";

/// @title TransparencyAnchor
/// @notice Heads of append-only logs kept off the chain, one after the other.
contract TransparencyAnchor is ITransparencyAnchor, AccessManaged {
    uint256 public constant MAX_PAGE = 500;

    mapping(bytes32 logId => LogHead[]) private _heads;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc ITransparencyAnchor
    function anchor(bytes32 logId, uint64 treeSize, bytes32 rootHash) external restricted returns (uint256 index) {
        // Check
        LogHead[] storage heads = _heads[logId];
        index = heads.length;
        (bytes32 previousRoot, uint64 previous) = (bytes32(0), 0);
        if (index > 0) (previousRoot, previous) = (heads[index - 1].rootHash, heads[index - 1].treeSize);
        if (treeSize <= previous) revert TreeSizeNotGrown(logId, treeSize, previous);
        if (rootHash == bytes32(0)) revert RootHashMissing(logId);
        // Effect
        heads.push(LogHead({rootHash: rootHash, treeSize: treeSize, anchoredAt: uint40(block.timestamp)}));
        emit LogHeadAnchored(logId, index, treeSize, rootHash, previousRoot);
    }

    /// @inheritdoc ITransparencyAnchor
    function logHeadCount(bytes32 logId) external view returns (uint256) {
        return _heads[logId].length;
    }

    /// @inheritdoc ITransparencyAnchor
    function logHead(bytes32 logId, uint256 index) external view returns (LogHead memory) {
        LogHead[] storage heads = _heads[logId];
        if (index >= heads.length) revert LogHeadUnknown(logId, index);
        return heads[index];
    }

    /// @inheritdoc ITransparencyAnchor
    function latestLogHead(bytes32 logId) external view returns (LogHead memory) {
        LogHead[] storage heads = _heads[logId];
        if (heads.length == 0) revert LogHeadUnknown(logId, 0);
        return heads[heads.length - 1];
    }

    /// @inheritdoc ITransparencyAnchor
    function logHeads(bytes32 logId, uint256 from, uint256 limit) external view returns (LogHead[] memory page) {
        if (limit > MAX_PAGE) revert LogPageTooLong(limit, MAX_PAGE);
        LogHead[] storage heads = _heads[logId];
        uint256 length = from >= heads.length ? 0 : heads.length - from;
        page = new LogHead[](length < limit ? length : limit);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = heads[from + i];
        }
    }
}
