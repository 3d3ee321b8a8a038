// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Test} from "forge-std/Test.sol";

import {OracleQuorum} from "../../contracts/OracleQuorum.sol";

/// @notice Who speaks for the quorum: enough signers, each once, of a set that still counts. Rotation by its role only.
contract QuorumProof is Test {
    uint256 private constant SIGNERS = 4;
    uint256 private constant NEEDED = 3;
    OracleQuorum private _quorum;
    address private _governor = address(0x60);

    function setUp() public {
        _quorum = new OracleQuorum(address(this), _set(0x1000), 1);
    }

    /// @dev Stands in for the AccessManager: one account may call, and that at once.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == _governor, 0);
    }

    /// Whatever passes was signed by enough different members of the set, whatever bytes were handed in.
    function check_requireQuorum_OnlyEnoughDifferentSigners(bytes32 digest, bytes[3] calldata given, uint8 count)
        public
        view
    {
        vm.assume(count <= 3);
        bytes[] memory signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = given[i];
        }

        try _quorum.requireQuorum(digest, 1, 0, signatures) {
            assert(count >= NEEDED);
            address first = ECDSA.recover(digest, given[0]);
            address second = ECDSA.recover(digest, given[1]);
            address third = ECDSA.recover(digest, given[2]);
            assert(_quorum.isSigner(1, first) && _quorum.isSigner(1, second) && _quorum.isSigner(1, third));
            assert(first != second && second != third && first != third);
        } catch {}
    }

    /// A product may ask for more signatures than the set does, never for fewer.
    function check_requireQuorum_AtLeastWhatIsAsked(bytes32 digest, bytes[3] calldata given, uint256 atLeast)
        public
        view
    {
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = given[i];
        }

        try _quorum.requireQuorum(digest, 1, atLeast, signatures) {
            assert(atLeast <= 3);
        } catch {}
    }

    /// A set that was never made does not count, whatever is signed in its name.
    function check_requireQuorum_UnknownSetNever(bytes32 digest, bytes[3] calldata given, uint32 epoch) public view {
        vm.assume(epoch != 1);
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = given[i];
        }

        try _quorum.requireQuorum(digest, epoch, 0, signatures) {
            assert(false);
        } catch {}
    }

    /// Only the governor rotates, whatever anybody else hands in.
    function check_rotateSigners_OnlyItsRole(address caller, uint8 faults, uint40 overlapSeconds) public {
        vm.assume(caller != _governor);

        vm.prank(caller);
        try _quorum.rotateSigners(_set(0x2000), faults, overlapSeconds) {
            assert(false);
        } catch {
            assert(_quorum.currentEpoch() == 1);
        }
    }

    /// Once its overlap has run, a set that was replaced never counts again.
    function check_requireQuorum_RetiredSetNever(
        bytes32 digest,
        bytes[3] calldata given,
        uint40 overlapSeconds,
        uint40 later
    ) public {
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = given[i];
        }
        vm.warp(1_700_000_000);
        vm.assume(overlapSeconds <= _quorum.MAX_OVERLAP_SECONDS());
        vm.prank(_governor);
        _quorum.rotateSigners(_set(0x2000), 1, overlapSeconds);
        vm.assume(later >= overlapSeconds);
        vm.warp(1_700_000_000 + uint256(later));

        try _quorum.requireQuorum(digest, 1, 0, signatures) {
            assert(false);
        } catch {}
    }

    function _set(uint160 from) private pure returns (address[] memory signers) {
        signers = new address[](SIGNERS);
        for (uint256 i = 0; i < SIGNERS; ++i) {
            signers[i] = address(from + uint160(i));
        }
    }
}
