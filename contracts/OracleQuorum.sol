// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";

/// @title OracleQuorum
/// @notice Signer sets by epoch, and one question: did enough of them sign this digest?
contract OracleQuorum is IOracleQuorum, AccessManaged {
    struct SignerSet {
        uint8 threshold; // slot 0: byte  0
        uint40 retiresAt; // slot 0: bytes 1-5, unix seconds; 0 while it is the current set
        address[] signers; // slot 1
    }

    uint256 public constant MIN_SIGNERS = 4;
    uint256 public constant MAX_SIGNERS = 31;
    uint40 public constant MAX_OVERLAP_SECONDS = 30 days;

    uint32 private _currentEpoch;
    mapping(uint32 epoch => SignerSet) private _sets;
    mapping(uint32 epoch => mapping(address signer => bool)) private _isSigner;

    /// @param signers First set, ascending.
    /// @param faults How many of them may fail or lie.
    constructor(address authority, address[] memory signers, uint8 faults) AccessManaged(authority) {
        _rotate(signers, faults, 0);
    }

    /// @inheritdoc IOracleQuorum
    function rotateSigners(address[] calldata signers, uint8 faults, uint40 overlapSeconds)
        external
        restricted
        returns (uint32 epoch)
    {
        return _rotate(signers, faults, overlapSeconds);
    }

    /// @inheritdoc IOracleQuorum
    function requireQuorum(bytes32 digest, uint32 epoch, uint256 atLeast, bytes[] calldata signatures) external view {
        SignerSet storage set = _sets[epoch];
        (uint256 needed, uint40 retiresAt) = (set.threshold, set.retiresAt);
        if (needed == 0) revert SignerSetUnknown(epoch);
        if (retiresAt != 0 && block.timestamp >= retiresAt) revert SignerSetRetired(epoch, retiresAt);
        if (atLeast > needed) needed = atLeast;
        if (signatures.length < needed) revert TooFewSignatures(signatures.length, needed);
        address previous = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (!_isSigner[epoch][signer]) revert SignerNotInSet(signer, epoch);
            if (signer <= previous) revert SignaturesNotAscending(previous, signer);
            previous = signer;
        }
    }

    /// @inheritdoc IOracleQuorum
    function currentEpoch() external view returns (uint32) {
        return _currentEpoch;
    }

    /// @inheritdoc IOracleQuorum
    function signerSet(uint32 epoch)
        external
        view
        returns (address[] memory signers, uint8 threshold, uint40 retiresAt)
    {
        SignerSet storage set = _sets[epoch];
        return (set.signers, set.threshold, set.retiresAt);
    }

    /// @inheritdoc IOracleQuorum
    function isSigner(uint32 epoch, address signer) external view returns (bool) {
        return _isSigner[epoch][signer];
    }

    function _rotate(address[] memory signers, uint8 faults, uint40 overlapSeconds) private returns (uint32 epoch) {
        // Check
        uint256 count = signers.length;
        if (count < MIN_SIGNERS || count > MAX_SIGNERS) revert SignerCountInvalid(count);
        if (faults == 0 || uint256(faults) * 3 >= count) revert FaultsInvalid(faults, count);
        if (overlapSeconds > MAX_OVERLAP_SECONDS) revert OverlapTooLong(overlapSeconds, MAX_OVERLAP_SECONDS);
        // Effect
        uint40 previousRetiresAt = uint40(block.timestamp) + overlapSeconds;
        epoch = ++_currentEpoch;
        if (epoch > 1) _sets[epoch - 1].retiresAt = previousRetiresAt;
        if (epoch > 2) _silence(_sets[epoch - 2]);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            if (signers[i] <= previous) revert SignerOrderInvalid(previous, signers[i]);
            previous = signers[i];
            _isSigner[epoch][previous] = true;
        }
        // Any two quorums share an honest signer, so no two reports on one thing can both have one.
        uint8 threshold = uint8((count + faults) / 2 + 1);
        _sets[epoch] = SignerSet({threshold: threshold, retiresAt: 0, signers: signers});
        emit SignerSetRotated(epoch, signers, faults, threshold, previousRetiresAt);
    }

    /// @dev Ends an overlap that a further rotation has overtaken. By induction every older set is silent already.
    function _silence(SignerSet storage set) private {
        if (set.retiresAt > block.timestamp) set.retiresAt = uint40(block.timestamp);
    }
}
