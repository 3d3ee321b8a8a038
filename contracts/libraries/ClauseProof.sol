// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice Whether a clause stands in a product's terms. Same tree as `domain/clauses.py`. Rule S6.
/// @dev Takes the hash under the leaf, never a leaf: hashed once more here, no inner node and no root can pass for a
/// clause, which it could if callers handed in leaves.
library ClauseProof {
    /// @notice Leaf of a clause.
    /// @param clauseWords keccak256(abi.encode(keccak256(id), keccak256(English text), keccak256(Chinese text))).
    function leafOf(bytes32 clauseWords) internal pure returns (bytes32) {
        return keccak256(abi.encode(clauseWords));
    }

    /// @notice Whether the leaf belongs to the tree.
    /// @param leaf From {leafOf}.
    function stands(bytes32 clauseRoot, bytes32 leaf, bytes32[] memory proof) internal pure returns (bool) {
        return MerkleProof.verify(proof, clauseRoot, leaf);
    }
}
