// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";

import {DisputePanel} from "../../contracts/DisputePanel.sol";
import {RecordingCourt} from "../../contracts/mocks/RecordingCourt.sol";
import {TestStablecoin} from "../../contracts/mocks/TestStablecoin.sol";
import {Dispute, DisputeRequest, DisputeState, Ruling, Seat} from "../../contracts/types/DisputeTypes.sol";

/// @notice Does everything claimants, arbitrators, registrar, court, token and passers-by can do to a panel, and keeps
/// books of what should follow. Dispute ids are 1, 2, 3 …
contract PanelHandler is Test {
    struct Book {
        address claimant;
        uint64 deposit;
        DisputeState highest; // the highest state ever seen
        bool decided;
        uint64 award; // as first decided
        uint16 reasonCode;
        bytes32 clause;
        uint64[] shown; // awards revealed by the panel that sat last
    }

    uint256 private constant ARBITRATORS = 8; // of these, the first three are advocates
    uint256 private constant CLAIMANTS = 2;
    uint256 private constant MAX_DISPUTES = 6;
    bytes32 private constant WORDS = keccak256("words of the only clause");

    DisputePanel public immutable panel;
    RecordingCourt public immutable court;
    TestStablecoin public immutable token;
    uint256 public acceptedWrongly; // calls that should have been refused
    uint256 public touched; // the dispute of the last call; 0 if none
    uint256 public depositsIn; // deposits of disputes not decided yet
    mapping(address account => uint256) public heldDue;
    address[] private _accounts; // claimants, arbitrators and the other side
    Book[] private _books;
    mapping(uint256 disputeId => mapping(address arbitrator => mapping(uint8 panel => uint64))) private _meant;

    constructor() {
        vm.roll(1_000);
        vm.warp(1_700_000_000);
        AccessManager manager = new AccessManager(address(this));
        panel = new DisputePanel(address(manager), 5 days, 3 days, 7 days, 1_000);
        court = new RecordingCourt(panel);
        token = new TestStablecoin(address(this));
        bytes4[] memory desk = new bytes4[](1);
        desk[0] = DisputePanel.openDispute.selector;
        manager.setTargetFunctionRole(address(panel), desk, 10);
        manager.grantRole(10, address(court), 0);
        panel.admitArbitrator(arbitratorAt(0), true); // a bench that just suffices; others come and go
        panel.admitArbitrator(arbitratorAt(3), false);
        panel.admitArbitrator(arbitratorAt(4), false);
        for (uint256 i = 0; i < CLAIMANTS; ++i) {
            address claimant = claimantAt(i);
            _accounts.push(claimant);
            token.mint(claimant, 1_000_000e6);
            vm.prank(claimant);
            token.approve(address(panel), type(uint256).max);
        }
        _accounts.push(insurer());
    }

    // Actions

    function open(uint256 seed, uint64 disputed, uint64 deposit) external {
        if (_books.length == MAX_DISPUTES) return;
        disputed = uint64(bound(disputed, 1, 1_000e6));
        DisputeRequest memory request = DisputeRequest({
            claimId: _books.length + 1,
            claimant: claimantAt(seed % CLAIMANTS),
            token: IERC20(address(token)),
            disputed: disputed,
            deposit: uint64(bound(deposit, 0, panel.depositCap(disputed))),
            depositTo: insurer(),
            clauseRoot: keccak256(abi.encode(WORDS))
        });
        if (token.isBlocked(request.claimant)) request.deposit = 0;
        assertEq(court.open(request), _books.length + 1);
        Book storage b = _books.push();
        (b.claimant, b.deposit) = (request.claimant, request.deposit);
        depositsIn += request.deposit;
        touched = _books.length;
    }

    function draw(uint256 seed, uint256 blocks) external {
        uint256 id = _pick(seed);
        if (id != 0) _draw(id, bound(blocks, 1, 300));
    }

    /// @dev From the draw to the end in one go: `silent` of the three try to reveal when it is too late.
    function rule(uint256 seed, uint64[3] calldata awards, uint8 silent) external {
        uint256 id = _pick(seed);
        if (id == 0) return;
        _draw(id, 1);
        (uint8 sitting, bool open_) = _sits(id);
        if (!open_) return;
        _commitEach(id, sitting, awards, 3);
        vm.warp(block.timestamp + 5 days);
        for (uint256 i = silent % 4; i < 3; ++i) {
            _reveal(id, i, false);
        }
        vm.warp(block.timestamp + 3 days);
        for (uint256 i = 0; i < silent % 4; ++i) {
            _reveal(id, i, false);
        }
        _conclude(id);
    }

    /// @dev Everybody who sits commits to something, or all but one.
    function commit(uint256 seed, uint64[3] calldata awards, uint8 silent) external {
        uint256 id = _pick(seed);
        (uint8 sitting, bool open_) = _sits(id);
        if (open_) _commitEach(id, sitting, awards, silent % 5);
    }

    /// @dev One seat reveals if it may; if it may not, or lies, it has to be refused.
    function reveal(uint256 seed, uint8 place, bool lies) external {
        uint256 id = _pick(seed);
        if (id != 0) _reveal(id, place % 3, lies);
    }

    function conclude(uint256 seed) external {
        uint256 id = _pick(seed);
        if (id != 0) _conclude(id);
    }

    function passTime(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 9 days));
        vm.roll(block.number + bound(time, 1, 20));
    }

    function endWindows(uint256 seed) external {
        uint256 id = _pick(seed);
        if (id == 0) return;
        (, uint40 until) = panel.windows(id);
        if (until > block.timestamp) vm.warp(until);
        _conclude(id);
    }

    function admit(uint256 seed) external {
        uint256 index = seed % ARBITRATORS;
        address who = arbitratorAt(index);
        try panel.admitArbitrator(who, index < 3) {} catch {}
    }

    function remove(uint256 seed) external {
        try panel.removeArbitrator(arbitratorAt(seed % ARBITRATORS)) {} catch {}
    }

    function block_(uint256 seed, bool blocked) external {
        token.setBlocked(_accounts[seed % _accounts.length], blocked);
    }

    function closeCourt(bool closed) external {
        court.setClosed(closed);
    }

    function takeHeld(uint256 seed) external {
        address owner = _accounts[seed % _accounts.length];
        uint256 due = heldDue[owner];
        uint256 before = token.balanceOf(address(0xFEED));
        vm.prank(owner);
        try panel.takeHeldDeposit(IERC20(address(token)), address(0xFEED)) {
            if (due == 0) ++acceptedWrongly;
            heldDue[owner] = 0;
            assertEq(token.balanceOf(address(0xFEED)), before + due, "D1: taken != held");
        } catch {
            assertEq(due, 0, "D1: held but refused");
        }
    }

    function pushHeld(uint256 seed) external {
        address owner = _accounts[seed % _accounts.length];
        (uint256 due, uint256 before) = (heldDue[owner], token.balanceOf(owner));
        try panel.pushHeldDeposit(IERC20(address(token)), owner) {
            if (due == 0) ++acceptedWrongly;
            heldDue[owner] = 0;
            assertEq(token.balanceOf(owner), before + due, "D1: pushed != held");
        } catch {
            assertTrue(due == 0 || token.isBlocked(owner), "D1: held but not pushed");
        }
    }

    /// @dev Somebody without a seat commits, and somebody without a role opens: both have to be refused.
    function intrude(uint256 seed, bytes32 hash) external {
        uint256 id = _pick(seed);
        if (id == 0) return;
        vm.startPrank(insurer());
        try panel.commit(id, hash) {
            ++acceptedWrongly;
        } catch {}
        try panel.removeArbitrator(arbitratorAt(seed % ARBITRATORS)) {
            ++acceptedWrongly;
        } catch {}
        vm.stopPrank();
    }

    // Books

    function disputeCount() external view returns (uint256) {
        return _books.length;
    }

    function book(uint256 id) external view returns (Book memory) {
        return _books[id - 1];
    }

    function accounts() external view returns (address[] memory) {
        return _accounts;
    }

    /// @dev The first claimant is an arbitrator as well.
    function claimantAt(uint256 index) public pure returns (address) {
        return index == 0 ? arbitratorAt(4) : address(uint160(0xC1A0 + index));
    }

    function arbitratorAt(uint256 index) public pure returns (address) {
        return address(uint160(0xA0B0 + index));
    }

    function insurer() public pure returns (address) {
        return address(0x1175);
    }

    function ruling(uint256 id, uint256 place, uint64 award) public pure returns (Ruling memory) {
        bytes32[] memory proof = new bytes32[](0);
        bytes32 salt = keccak256(abi.encode(id, place));
        return Ruling({award: award, reasonCode: uint16(10 + place), clauseWords: WORDS, proof: proof, salt: salt});
    }

    function _draw(uint256 id, uint256 blocks) private {
        Dispute memory d = panel.dispute(id);
        if (d.state != DisputeState.Opened && d.state != DisputeState.OpenedAgain) return;
        vm.roll(_max(block.number, d.hashBlock) + blocks);
        panel.draw(id);
        _look(id);
    }

    function _commitEach(uint256 id, uint8 sitting, uint64[3] calldata awards, uint256 silent) private {
        Seat[3] memory seats = panel.seats(id, sitting);
        for (uint256 i = 0; i < 3; ++i) {
            if (i == silent || seats[i].commitment != 0) continue;
            uint64 award = uint64(bound(awards[i], 0, panel.dispute(id).disputed));
            _meant[id][seats[i].arbitrator][sitting] = award;
            bytes32 hash = panel.commitmentOf(id, seats[i].arbitrator, ruling(id, i, award));
            vm.prank(seats[i].arbitrator);
            panel.commit(id, hash);
        }
    }

    function _reveal(uint256 id, uint256 place, bool lies) private {
        uint8 sitting = _sitting(panel.dispute(id).state);
        if (sitting == 0) return;
        Seat memory seat = panel.seats(id, sitting)[place];
        uint64 award = _meant[id][seat.arbitrator][sitting];
        bool right = _mayReveal(id, seat) && !lies;
        Ruling memory shown = ruling(id, place, lies ? award + 1 : award);
        vm.prank(seat.arbitrator);
        try panel.reveal(id, shown) {
            if (!right) ++acceptedWrongly;
            _books[id - 1].shown.push(award);
        } catch {
            assertFalse(right, "a right ruling was refused");
        }
    }

    /// @dev Concludes if that is possible; what it then has to do stands in the books.
    function _conclude(uint256 id) private {
        Book storage b = _books[id - 1];
        Dispute memory before = panel.dispute(id);
        (uint256 ofClaimant, uint256 ofInsurer) = (token.balanceOf(b.claimant), token.balanceOf(insurer()));
        try panel.conclude(id) {
            _look(id);
        } catch {
            return;
        }
        Dispute memory d = panel.dispute(id);
        if (before.state >= DisputeState.Decided || d.state < DisputeState.Decided) return;
        b.decided = true;
        (b.award, b.reasonCode, b.clause) = (d.award, d.reasonCode, d.clause);
        depositsIn -= b.deposit;
        (address owner, uint256 had) = d.award > 0 ? (b.claimant, ofClaimant) : (insurer(), ofInsurer);
        if (token.isBlocked(owner)) heldDue[owner] += b.deposit;
        else assertEq(token.balanceOf(owner), had + b.deposit, "D1: deposit not paid to whom it belongs");
    }

    /// @dev Keeps the highest state, and forgets what a first panel showed.
    function _look(uint256 id) private {
        DisputeState state = panel.dispute(id).state;
        Book storage b = _books[id - 1];
        if (state > b.highest) b.highest = state;
    }

    function _pick(uint256 seed) private returns (uint256) {
        return touched = _books.length == 0 ? 0 : seed % _books.length + 1;
    }

    /// @dev The panel that sits, and whether it may still commit.
    function _sits(uint256 id) private view returns (uint8 sitting, bool open_) {
        if (id == 0) return (0, false);
        sitting = _sitting(panel.dispute(id).state);
        (uint40 until,) = panel.windows(id);
        return (sitting, sitting != 0 && block.timestamp < until);
    }

    function _sitting(DisputeState state) private pure returns (uint8) {
        if (state == DisputeState.Sitting) return 1;
        return state == DisputeState.SittingAgain ? 2 : 0;
    }

    function _mayReveal(uint256 id, Seat memory seat) private view returns (bool) {
        (uint40 commitUntil, uint40 revealUntil) = panel.windows(id);
        bool time = block.timestamp >= commitUntil || panel.dispute(id).committed == 3;
        return time && block.timestamp < revealUntil && seat.commitment != 0 && seat.reasonCode == 0;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
