// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IDisputePanel} from "./interfaces/IDisputePanel.sol";
import {Arbitrator} from "./types/DisputeTypes.sol";

/// @notice Who may be drawn for a panel, now and at any of the last 260 blocks.
/// @dev A draw asks who was on the bench at one block, so that nobody who knows the hash can still bend the draw by
/// adding, removing or striking off arbitrators. Those who left are kept as long as a draw may ask for them.
abstract contract ArbitratorBench is IDisputePanel, AccessManaged {
    uint256 public constant MAX_BENCH = 96;
    uint8 public constant STRIKES_TO_LEAVE = 2;
    /// @notice Blocks between fixing a draw and the block whose hash draws.
    uint256 public constant DRAW_DELAY_BLOCKS = 4;
    uint256 private constant HASH_LIFE_BLOCKS = 256;
    uint256 private constant ADVOCATE_SEATS = 1;
    uint256 private constant OTHER_SEATS = 2;

    uint128 private _advocates; // slot 0: on the bench now
    uint128 private _others; // slot 0: on the bench now
    Arbitrator[] private _bench;
    mapping(address arbitrator => uint256 numberFromOne) private _place; // 0: not on the bench now

    /// @inheritdoc IDisputePanel
    function admitArbitrator(address arbitrator, bool consumerAdvocate) external restricted {
        // Check
        if (arbitrator == address(0)) revert ArbitratorMissing();
        if (_place[arbitrator] != 0) revert ArbitratorOnBench(arbitrator);
        uint256 place = _freePlace();
        // Effect
        if (place == _bench.length) _bench.push();
        _bench[place] = Arbitrator({
            account: arbitrator,
            admittedBlock: uint40(block.number),
            removedBlock: 0,
            strikes: 0,
            consumerAdvocate: consumerAdvocate
        });
        _place[arbitrator] = place + 1;
        if (consumerAdvocate) ++_advocates;
        else ++_others;
        emit ArbitratorAdmitted(arbitrator, consumerAdvocate);
    }

    /// @inheritdoc IDisputePanel
    function removeArbitrator(address arbitrator) external restricted {
        // Check
        uint256 number = _place[arbitrator];
        if (number == 0) revert ArbitratorNotOnBench(arbitrator);
        (uint256 advocates, uint256 others) = _without(arbitrator);
        if (advocates < ADVOCATE_SEATS || others < OTHER_SEATS) revert BenchTooSmall(arbitrator, advocates, others);
        // Effect
        _leave(_bench[number - 1], false);
    }

    /// @inheritdoc IDisputePanel
    function bench() external view returns (Arbitrator[] memory) {
        return _bench;
    }

    /// @dev Whether a panel could be drawn today on a dispute of this claimant.
    function _benchSuffices(address claimant) internal view returns (bool) {
        (uint256 advocates, uint256 others) = _without(claimant);
        return advocates >= ADVOCATE_SEATS && others >= OTHER_SEATS;
    }

    /// @dev The advocate and the two others with the lowest ranks; zeros where there are too few. A rank is a hash of
    /// seed and account, so that somebody more or less on the bench moves nobody but their own seat. Those who sat
    /// before rank behind all who did not.
    /// @param seed Hash nobody knew at `benchBlock`.
    /// @param barred Never drawn.
    /// @param before Panel that sat before, or zeros.
    function _drawFrom(bytes32 seed, uint256 benchBlock, address barred, address[3] memory before)
        internal
        view
        returns (address[3] memory panel)
    {
        uint256[3] memory ranks = [type(uint256).max, type(uint256).max, type(uint256).max];
        uint256 places = _bench.length;
        for (uint256 i = 0; i < places; ++i) {
            Arbitrator memory a = _bench[i];
            bool left = a.removedBlock != 0 && a.removedBlock <= benchBlock;
            if (left || a.admittedBlock > benchBlock || a.account == barred) continue;
            uint256 rank = uint256(keccak256(abi.encode(seed, a.account))) >> 1;
            if (a.account == before[0] || a.account == before[1] || a.account == before[2]) rank |= 1 << 255;
            if (a.consumerAdvocate) {
                if (rank < ranks[0]) (ranks[0], panel[0]) = (rank, a.account);
            } else if (rank < ranks[1]) {
                (ranks[2], panel[2]) = (ranks[1], panel[1]);
                (ranks[1], panel[1]) = (rank, a.account);
            } else if (rank < ranks[2]) {
                (ranks[2], panel[2]) = (rank, a.account);
            }
        }
    }

    /// @dev Notes that an arbitrator stayed silent; the second time they leave, however small the bench becomes.
    function _strike(uint256 disputeId, address arbitrator) internal {
        uint256 number = _place[arbitrator];
        if (number == 0) {
            emit ArbitratorSilent(disputeId, arbitrator, 0);
            return;
        }
        Arbitrator storage a = _bench[number - 1];
        uint8 strikes = ++a.strikes;
        emit ArbitratorSilent(disputeId, arbitrator, strikes);
        if (strikes == STRIKES_TO_LEAVE) _leave(a, true);
    }

    function _leave(Arbitrator storage a, bool struckOff) private {
        address arbitrator = a.account;
        a.removedBlock = uint40(block.number);
        delete _place[arbitrator];
        if (a.consumerAdvocate) --_advocates;
        else --_others;
        emit ArbitratorRemoved(arbitrator, struckOff);
    }

    /// @dev A place no draw can ask for any more, else a new one.
    function _freePlace() private view returns (uint256 place) {
        uint256 places = _bench.length;
        for (; place < places; ++place) {
            uint256 removedBlock = _bench[place].removedBlock;
            if (removedBlock != 0 && removedBlock + DRAW_DELAY_BLOCKS + HASH_LIFE_BLOCKS <= block.number) return place;
        }
        if (places == MAX_BENCH) revert BenchFull(MAX_BENCH);
    }

    /// @dev How many are on the bench, one person left out.
    function _without(address account) private view returns (uint256 advocates, uint256 others) {
        (advocates, others) = (_advocates, _others);
        uint256 number = _place[account];
        if (number == 0) return (advocates, others);
        return _bench[number - 1].consumerAdvocate ? (advocates - 1, others) : (advocates, others - 1);
    }
}
