// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Test} from "forge-std/Test.sol";

import {IncidentRegistry} from "../../../contracts/IncidentRegistry.sol";
import {OracleQuorum} from "../../../contracts/OracleQuorum.sol";
import {TransparencyAnchor} from "../../../contracts/TransparencyAnchor.sol";
import {IIncidentRegistry} from "../../../contracts/interfaces/IIncidentRegistry.sol";
import {IOracleQuorum} from "../../../contracts/interfaces/IOracleQuorum.sol";
import {ITransparencyAnchor} from "../../../contracts/interfaces/ITransparencyAnchor.sol";

/// @notice What all insurers share: signer sets, incidents, log heads.
contract NetworkTest is Test {
    uint40 private constant START = 1_700_000_000;
    address private constant ANYBODY = address(0xA9);

    AccessManager private _manager;
    OracleQuorum private _quorum;
    IncidentRegistry private _incidents;
    TransparencyAnchor private _anchor;
    uint256[] private _keys;
    address[] private _signers;

    function setUp() public {
        vm.warp(START);
        _manager = new AccessManager(address(this));
        for (uint256 key = 0xA0; _keys.length < 4; ++key) {
            if (_signers.length > 0 && vm.addr(key) <= _signers[_signers.length - 1]) continue;
            _keys.push(key);
            _signers.push(vm.addr(key));
        }
        _quorum = new OracleQuorum(address(_manager), _signers, 1);
        _incidents = new IncidentRegistry(address(_manager));
        _incidents.admitDesk(address(this), true);
        _anchor = new TransparencyAnchor(address(_manager));
    }

    // OracleQuorum

    function test_constructor__first_set__is_current() public view {
        (address[] memory signers, uint8 threshold, uint40 retiresAt) = _quorum.signerSet(1);
        assertEq(abi.encode(signers), abi.encode(_signers));
        assertEq(threshold, 3);
        assertEq(retiresAt, 0);
        assertEq(_quorum.currentEpoch(), 1);
        assertTrue(_quorum.isSigner(1, _signers[0]));
        assertFalse(_quorum.isSigner(1, ANYBODY));
    }

    function test_requireQuorum__enough__passes_and_one_too_few_reverts() public {
        _quorum.requireQuorum("digest", 1, 0, _sign(3));
        _quorum.requireQuorum("digest", 1, 4, _sign(4));
        bytes[] memory two = _sign(2);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.TooFewSignatures.selector, 2, 3));
        _quorum.requireQuorum("digest", 1, 0, two);
        bytes[] memory three = _sign(3);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.TooFewSignatures.selector, 3, 4));
        _quorum.requireQuorum("digest", 1, 4, three);
    }

    function test_requireQuorum__wrong_signers__reverts() public {
        bytes[] memory twice = _sign(3);
        twice[1] = twice[0];
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignaturesNotAscending.selector, _signers[0], _signers[0]));
        _quorum.requireQuorum("digest", 1, 0, twice);
        bytes[] memory foreign = _sign(3);
        foreign[2] = _signature(0xBAD);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignerNotInSet.selector, vm.addr(0xBAD), 1));
        _quorum.requireQuorum("digest", 1, 0, foreign);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignerSetUnknown.selector, 2));
        _quorum.requireQuorum("digest", 2, 0, foreign);
    }

    function test_rotateSigners__overlap__old_set_counts_until_then() public {
        vm.expectEmit(address(_quorum));
        emit IOracleQuorum.SignerSetRotated(2, _signers, 1, 3, START + 1 days);
        assertEq(_quorum.rotateSigners(_signers, 1, 1 days), 2);
        bytes[] memory signatures = _sign(3);
        vm.warp(START + 1 days - 1);
        _quorum.requireQuorum("digest", 1, 0, signatures);
        _quorum.requireQuorum("digest", 2, 0, signatures);
        vm.warp(START + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignerSetRetired.selector, 1, START + 1 days));
        _quorum.requireQuorum("digest", 1, 0, signatures);
        assertEq(_quorum.currentEpoch(), 2);
    }

    function test_rotateSigners__twice__ends_the_first_overlap() public {
        _quorum.rotateSigners(_signers, 1, 30 days);
        vm.warp(START + 1);
        _quorum.rotateSigners(_signers, 1, 0);

        (,, uint40 retiresAt) = _quorum.signerSet(1);
        assertEq(retiresAt, START + 1);
        (,, retiresAt) = _quorum.signerSet(2);
        assertEq(retiresAt, START + 1);
        vm.warp(START + 9);
        _quorum.rotateSigners(_signers, 1, 0);
        (,, retiresAt) = _quorum.signerSet(2);
        assertEq(retiresAt, START + 1);
    }

    function test_rotateSigners__not_a_set__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignerCountInvalid.selector, 3));
        _quorum.rotateSigners(_many(3), 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignerCountInvalid.selector, 32));
        _quorum.rotateSigners(_many(32), 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.FaultsInvalid.selector, 0, 4));
        _quorum.rotateSigners(_many(4), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.FaultsInvalid.selector, 2, 6));
        _quorum.rotateSigners(_many(6), 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.OverlapTooLong.selector, 30 days + 1, 30 days));
        _quorum.rotateSigners(_many(4), 1, 30 days + 1);
        address[] memory unordered = _many(4);
        unordered[2] = unordered[1];
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.SignerOrderInvalid.selector, unordered[1], unordered[1]));
        _quorum.rotateSigners(unordered, 1, 0);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        _quorum.rotateSigners(unordered, 1, 0);
        _quorum.rotateSigners(_many(31), 10, 30 days);
        (, uint8 threshold,) = _quorum.signerSet(2);
        assertEq(threshold, 21);
    }

    // IncidentRegistry

    function test_register__another_claim__is_a_hit_and_the_first_stays() public {
        vm.expectEmit(address(_incidents));
        emit IIncidentRegistry.IncidentRegistered("a", 5);
        assertFalse(_incidents.register(_named("a", "b"), 5));
        assertFalse(_incidents.register(_named("a", "b"), 5));
        vm.expectEmit(address(_incidents));
        emit IIncidentRegistry.IncidentDuplicate("b", 6, 5);
        assertTrue(_incidents.register(_named("b", "c"), 6));

        assertEq(_incidents.firstClaimOf("a"), 5);
        assertEq(_incidents.firstClaimOf("b"), 5);
        assertEq(_incidents.firstClaimOf("c"), 6);
        assertEq(_incidents.firstClaimOf("d"), 0);
        assertTrue(_incidents.isDesk(address(this)));
        assertFalse(_incidents.isDesk(ANYBODY));
    }

    function test_register__no_claim_or_too_many__reverts() public {
        vm.expectRevert(IIncidentRegistry.IncidentClaimMissing.selector);
        _incidents.register(_named("a", "b"), 0);
        vm.expectRevert(abi.encodeWithSelector(IIncidentRegistry.TooManyIncidents.selector, 5, 17, 16));
        _incidents.register(new bytes32[](17), 5);
        assertFalse(_incidents.register(new bytes32[](16), 5));
    }

    function test_register__not_a_desk_or_no_longer__reverts() public {
        vm.startPrank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IIncidentRegistry.IncidentDeskRequired.selector, ANYBODY));
        _incidents.register(_named("a", "b"), 5);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        _incidents.admitDesk(ANYBODY, true);
        vm.stopPrank();
        vm.expectEmit(address(_incidents));
        emit IIncidentRegistry.DeskAdmitted(address(this), false);
        _incidents.admitDesk(address(this), false);
        vm.expectRevert(abi.encodeWithSelector(IIncidentRegistry.IncidentDeskRequired.selector, address(this)));
        _incidents.register(_named("a", "b"), 5);
    }

    // TransparencyAnchor

    function test_anchor__growing__kept_one_after_the_other() public {
        assertEq(_anchor.anchor("log", 10, "first"), 0);
        vm.expectEmit(address(_anchor));
        emit ITransparencyAnchor.LogHeadAnchored("log", 1, 11, "second", "first");
        assertEq(_anchor.anchor("log", 11, "second"), 1);
        assertEq(_anchor.anchor("other", 1, "third"), 0);

        assertEq(_anchor.logHeadCount("log"), 2);
        assertEq(_anchor.logHead("log", 0).rootHash, "first");
        assertEq(_anchor.latestLogHead("log").treeSize, 11);
        assertEq(_anchor.latestLogHead("log").anchoredAt, START);
        assertEq(_anchor.logHeads("log", 0, 500).length, 2);
        assertEq(_anchor.logHeads("log", 0, 1).length, 1);
        assertEq(_anchor.logHeads("log", 1, 9)[0].rootHash, "second");
        assertEq(_anchor.logHeads("log", 2, 9).length, 0);
    }

    function test_anchor__not_grown_or_unknown__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ITransparencyAnchor.TreeSizeNotGrown.selector, bytes32("log"), 0, 0));
        _anchor.anchor("log", 0, "first");
        vm.expectRevert(abi.encodeWithSelector(ITransparencyAnchor.RootHashMissing.selector, bytes32("log")));
        _anchor.anchor("log", 1, 0);
        vm.expectRevert(abi.encodeWithSelector(ITransparencyAnchor.LogHeadUnknown.selector, bytes32("log"), 0));
        _anchor.latestLogHead("log");
        _anchor.anchor("log", 10, "first");
        vm.expectRevert(abi.encodeWithSelector(ITransparencyAnchor.TreeSizeNotGrown.selector, bytes32("log"), 10, 10));
        _anchor.anchor("log", 10, "second");
        vm.expectRevert(abi.encodeWithSelector(ITransparencyAnchor.LogHeadUnknown.selector, bytes32("log"), 1));
        _anchor.logHead("log", 1);
        vm.expectRevert(abi.encodeWithSelector(ITransparencyAnchor.LogPageTooLong.selector, 501, 500));
        _anchor.logHeads("log", 0, 501);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY));
        _anchor.anchor("log", 11, "second");
    }

    function _named(bytes32 first, bytes32 second) private pure returns (bytes32[] memory nullifiers) {
        nullifiers = new bytes32[](2);
        (nullifiers[0], nullifiers[1]) = (first, second);
    }

    function _many(uint160 count) private pure returns (address[] memory signers) {
        signers = new address[](count);
        for (uint160 i = 0; i < count; ++i) {
            signers[i] = address(i + 1);
        }
    }

    function _sign(uint256 count) private view returns (bytes[] memory signatures) {
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _signature(_keys[i]);
        }
    }

    function _signature(uint256 key) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, "digest");
        return abi.encodePacked(r, s, v);
    }
}
