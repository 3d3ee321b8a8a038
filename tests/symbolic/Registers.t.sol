// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IncidentRegistry} from "../../contracts/IncidentRegistry.sol";
import {ReportRules} from "../../contracts/ReportRules.sol";
import {TransparencyAnchor} from "../../contracts/TransparencyAnchor.sol";
import {ITransparencyAnchor} from "../../contracts/interfaces/ITransparencyAnchor.sol";
import {PanelRule} from "../../contracts/libraries/PanelRule.sol";
import {Seat} from "../../contracts/types/DisputeTypes.sol";

/// @notice What is written once stays; which report counts; and what a panel can decide.
contract RegistersProof is Test, ReportRules {
    address private constant WRITER = address(0x3);
    TransparencyAnchor private _anchor;
    IncidentRegistry private _incidents;

    /// @dev Stands in for the AccessManager.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == WRITER || caller == address(this), 0);
    }

    function setUp() public {
        vm.warp(1_700_000_000);
        _anchor = new TransparencyAnchor(address(this));
        _incidents = new IncidentRegistry(address(this));
        _incidents.admitDesk(address(this), true);
        _anchor.anchor("log", 10, "first");
    }

    /// A log's head is only ever followed by a larger one, and what was anchored stays as it was.
    function check_anchor_GrowsAndKeepsWhatWas(uint64 size, bytes32 root) public {
        try _anchor.anchor("log", size, root) {
            assert(size > 10 && root != 0);
            assert(_anchor.latestLogHead("log").treeSize == size && _anchor.latestLogHead("log").rootHash == root);
            assert(_anchor.logHeadCount("log") == 2);
        } catch {
            assert(_anchor.logHeadCount("log") == 1);
        }
        ITransparencyAnchor.LogHead memory first = _anchor.logHead("log", 0);
        assert(first.treeSize == 10 && first.rootHash == "first" && first.anchoredAt == 1_700_000_000);
    }

    /// An incident stays with the claim that named it first; any other claim is a hit, that claim itself is not.
    function check_register_FirstClaimStays(bytes32 nullifier, uint256 first, uint256 second) public {
        vm.assume(first != 0 && second != 0);
        bytes32[] memory nullifiers = new bytes32[](1);
        nullifiers[0] = nullifier;
        assert(!_incidents.register(nullifiers, first));

        assert(_incidents.register(nullifiers, second) == (first != second));
        assert(_incidents.firstClaimOf(nullifier) == first);
    }

    /// Only their writers anchor heads and register incidents.
    function check_restricted_OnlyTheWriters(address caller, uint64 size, bytes32 root, uint256 claimId) public {
        vm.assume(caller != WRITER && caller != address(this));
        vm.startPrank(caller);
        try _anchor.anchor("log", size, root) {
            assert(false);
        } catch {}
        try _incidents.register(new bytes32[](1), claimId) {
            assert(false);
        } catch {}
    }

    /// A report counts only on its chain, at its contract, and between when it was made and when it expires.
    function check_checkReport_OnlyHereAndNow(
        uint256 chainId,
        address contract_,
        uint40 observedAt,
        uint40 validUntil,
        uint16 size,
        uint40 now_
    ) public {
        vm.warp(now_);
        try this.checkReport(chainId, contract_, observedAt, validUntil, size) {
            assert(chainId == block.chainid && contract_ == address(this));
            assert(observedAt <= now_ && now_ <= validUntil);
            assert(size > 0 && size <= MAX_REPORT_SIZE);
        } catch {}
    }

    /// Whatever one arbitrator does, the award lies between the lowest and the highest that were revealed, and two
    /// who agree decide.
    function check_decide_BetweenTheRulings(uint64[3] memory awards, bool[3] memory shown) public pure {
        Seat[3] memory seats;
        (uint256 least, uint256 most, uint256 count) = (type(uint64).max, 0, 0);
        for (uint256 i = 0; i < 3; ++i) {
            (seats[i].award, seats[i].reasonCode) = (awards[i], shown[i] ? 1 : 0);
            if (!shown[i]) continue;
            ++count;
            if (awards[i] < least) least = awards[i];
            if (awards[i] > most) most = awards[i];
        }

        (uint64 award,,, uint8 revealed) = PanelRule.decide(seats);

        assert(revealed == count);
        assert(count == 0 ? award == 0 : award >= least && award <= most);
        if (count == 3 && awards[0] == awards[1]) assert(award == awards[0]);
    }

    function checkReport(uint256 chainId, address contract_, uint40 observedAt, uint40 validUntil, uint256 size)
        external
        view
    {
        _checkReport(chainId, contract_, observedAt, validUntil, size);
    }
}
