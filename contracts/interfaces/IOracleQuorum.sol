// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who may speak for the world, and how many of them must agree.
/// @dev Signer sets are numbered by epoch, from 1. Of n signers f may be faulty, f < n / 3; more than half of
/// n + f must sign, 2f + 1 where n = 3f + 1.
interface IOracleQuorum {
    /// @notice A new signer set speaks from now on; the one before is heard until `previousRetiresAt`, exclusive; all
    /// older ones are silent at once.
    /// @param threshold Signatures needed, floor((signers + `faults`) ÷ 2) + 1.
    event SignerSetRotated(
        uint32 indexed epoch, address[] signers, uint8 faults, uint8 threshold, uint40 previousRetiresAt
    );

    /// @notice A set has 4 to 31 signers.
    error SignerCountInvalid(uint256 count);
    /// @notice `faults` must be at least 1 and below a third of `count`.
    error FaultsInvalid(uint256 faults, uint256 count);
    /// @notice Signers are listed in ascending order, without zero and without repeats.
    error SignerOrderInvalid(address previous, address next);
    /// @notice The overlap with the previous set is at most 30 days.
    error OverlapTooLong(uint40 overlapSeconds, uint40 most);
    /// @notice No set has this number.
    error SignerSetUnknown(uint32 epoch);
    /// @notice The set no longer speaks.
    error SignerSetRetired(uint32 epoch, uint40 retiredAt);
    /// @notice Fewer signatures than needed.
    error TooFewSignatures(uint256 got, uint256 needed);
    /// @notice A signature recovers to somebody outside the set: a wrong key, or other bytes than were signed.
    error SignerNotInSet(address signer, uint32 epoch);
    /// @notice Signatures go in ascending order of their signers, so that none counts twice.
    error SignaturesNotAscending(address previous, address next);

    /// @notice Replaces the signer set. Only the current set and the one before it are ever heard.
    /// @dev Restricted (oracle governor). Reverts: {SignerCountInvalid}, {FaultsInvalid}, {SignerOrderInvalid},
    /// {OverlapTooLong}.
    /// @param signers Ascending addresses, 4 to 31.
    /// @param faults How many of them may fail or lie, f.
    /// @param overlapSeconds How long the previous set is still heard.
    /// @return epoch Number of the new set.
    function rotateSigners(address[] calldata signers, uint8 faults, uint40 overlapSeconds)
        external
        returns (uint32 epoch);

    /// @notice Reverts unless enough signers of the set signed the digest.
    /// @dev Does not know what was signed: caller and digest bind it to chain, contract and use.
    /// Reverts: {SignerSetUnknown}, {SignerSetRetired}, {TooFewSignatures}, {SignerNotInSet},
    /// {SignaturesNotAscending}, and OpenZeppelin's `ECDSAInvalidSignature`, `ECDSAInvalidSignatureLength`,
    /// `ECDSAInvalidSignatureS`.
    /// @param digest EIP-712 digest.
    /// @param atLeast Signatures the caller asks for; the set's own threshold holds if it is higher.
    function requireQuorum(bytes32 digest, uint32 epoch, uint256 atLeast, bytes[] calldata signatures) external view;

    /// @notice Number of the set that speaks now.
    function currentEpoch() external view returns (uint32);

    /// @notice A set's signers, threshold and when it stops being heard (0: not yet).
    function signerSet(uint32 epoch) external view returns (address[] memory signers, uint8 threshold, uint40 retiresAt);

    /// @notice Whether an address is in a set.
    function isSigner(uint32 epoch, address signer) external view returns (bool);
}
