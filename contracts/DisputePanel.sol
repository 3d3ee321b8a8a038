// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ArbitratorBench} from "./ArbitratorBench.sol";
import {PanelTerms} from "./PanelTerms.sol";
import {IDisputeCourt} from "./interfaces/IDisputeCourt.sol";
import {IDisputePanel} from "./interfaces/IDisputePanel.sol";
import {ClauseProof} from "./libraries/ClauseProof.sol";
import {PanelRule} from "./libraries/PanelRule.sol";
import {Dispute, DisputeRequest, DisputeState, Ruling, Seat} from "./types/DisputeTypes.sol";

/// @title DisputePanel
/// @notice Three drawn arbitrators decide the disputed difference of a claim, by commit and reveal.
contract DisputePanel is PanelTerms, ArbitratorBench, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint16 public constant REASON_PANEL_SILENT = 900;
    uint256 public constant MAX_PAGE = 500;

    uint256 private _count;
    mapping(uint256 disputeId => Dispute) private _disputes;
    mapping(uint256 disputeId => mapping(uint8 panel => Seat[3])) private _seats;
    mapping(address court => mapping(uint256 claimId => uint256 disputeId)) private _disputeOf;
    mapping(address account => mapping(IERC20 token => uint256 amount)) private _heldDeposits;
    mapping(address court => bool) private _isCourt; // enrolled: its role is not asked about any more

    constructor(address authority, uint40 commitSeconds, uint40 revealSeconds, uint40 drawSeconds, uint16 depositCapBps)
        AccessManaged(authority)
        PanelTerms(commitSeconds, revealSeconds, drawSeconds, depositCapBps)
    {}

    /// @inheritdoc IDisputePanel
    function enrolCourt(address court) external {
        // Check
        (bool may,) = IAccessManager(authority()).canCall(court, address(this), this.openDispute.selector);
        if (!may) revert CourtNotAdmitted(court);
        // Effect
        if (_isCourt[court]) return;
        _isCourt[court] = true;
        emit CourtEnrolled(court);
    }

    /// @inheritdoc IDisputePanel
    function openDispute(DisputeRequest calldata request) external nonReentrant returns (uint256 disputeId) {
        // Check
        if (!_isCourt[msg.sender]) _checkCanCall(msg.sender, msg.data);
        _requireComplete(request);
        // Effect
        disputeId = ++_count;
        _disputeOf[msg.sender][request.claimId] = disputeId;
        Dispute storage d = _disputes[disputeId];
        (d.claimId, d.court, d.disputed) = (request.claimId, msg.sender, request.disputed);
        (d.claimant, d.deposit, d.token) = (request.claimant, request.deposit, request.token);
        (d.depositTo, d.clauseRoot) = (request.depositTo, request.clauseRoot);
        d.state = DisputeState.Opened;
        uint40 hashBlock = _awaitDraw(d);
        _announce(disputeId, request, hashBlock);
        // Interaction
        if (request.deposit > 0) _takeDeposit(request);
    }

    /// @inheritdoc IDisputePanel
    function draw(uint256 disputeId) external returns (bool drawn) {
        // Check
        Dispute storage d = _known(disputeId);
        bool again = d.state == DisputeState.OpenedAgain;
        if (!again && d.state != DisputeState.Opened) revert DrawNotAwaited(disputeId);
        if (block.number <= d.hashBlock) revert DrawTooEarly(disputeId, d.hashBlock);
        // Effect
        address[3] memory panel = _drawPanel(disputeId, d, again);
        if (panel[0] == address(0) || panel[2] == address(0)) {
            emit DrawPostponed(disputeId, _fixDraw(d));
            return false;
        }
        uint8 number = again ? 2 : 1;
        for (uint256 i = 0; i < 3; ++i) {
            _seats[disputeId][number][i].arbitrator = panel[i];
        }
        d.state = again ? DisputeState.SittingAgain : DisputeState.Sitting;
        (d.drawnAt, d.committed, d.revealed) = (uint40(block.timestamp), 0, 0);
        (uint40 commitUntil, uint40 revealUntil) = _windowsFrom(d.drawnAt);
        emit PanelDrawn(disputeId, number, panel, commitUntil, revealUntil);
        return true;
    }

    /// @inheritdoc IDisputePanel
    function commit(uint256 disputeId, bytes32 commitment) external {
        // Check
        Dispute storage d = _known(disputeId);
        Seat storage seat = _seatOf(disputeId, d);
        if (commitment == bytes32(0)) revert CommitmentMissing(disputeId);
        if (seat.commitment != bytes32(0)) revert RulingCommittedAlready(disputeId, msg.sender);
        (uint40 commitUntil,) = _windowsFrom(d.drawnAt);
        if (block.timestamp >= commitUntil) revert CommitClosed(disputeId, commitUntil);
        // Effect
        seat.commitment = commitment;
        ++d.committed;
        emit RulingCommitted(disputeId, msg.sender, commitment);
    }

    /// @inheritdoc IDisputePanel
    function reveal(uint256 disputeId, Ruling calldata ruling) external {
        // Check: it is time, and it is what was committed.
        Dispute storage d = _known(disputeId);
        Seat storage seat = _seatOf(disputeId, d);
        _requireRevealTime(disputeId, d);
        if (seat.reasonCode != 0) revert RulingRevealedAlready(disputeId, msg.sender);
        bytes32 shown = commitmentOf(disputeId, msg.sender, ruling);
        if (shown != seat.commitment) revert RulingDiffers(disputeId, shown, seat.commitment);
        // Check: it is a ruling.
        if (ruling.award > d.disputed) revert AwardTooHigh(disputeId, ruling.award, d.disputed);
        if (ruling.reasonCode == 0 || ruling.reasonCode == REASON_PANEL_SILENT) {
            revert ReasonInvalid(disputeId, ruling.reasonCode);
        }
        bytes32 clause = ClauseProof.leafOf(ruling.clauseWords);
        if (!ClauseProof.stands(d.clauseRoot, clause, ruling.proof)) {
            revert ClauseNotInTerms(disputeId, clause, d.clauseRoot);
        }
        // Effect
        (seat.award, seat.reasonCode, seat.clause) = (ruling.award, ruling.reasonCode, clause);
        ++d.revealed;
        emit RulingRevealed(disputeId, msg.sender, ruling.award, ruling.reasonCode, clause);
    }

    /// @inheritdoc IDisputePanel
    function conclude(uint256 disputeId) external nonReentrant {
        // Check
        Dispute storage d = _known(disputeId);
        DisputeState state = d.state;
        if (state == DisputeState.Delivered) revert DisputeDelivered(disputeId);
        if (state == DisputeState.Decided) {
            // Interaction: the court's error, if any, is the caller's.
            d.state = DisputeState.Delivered;
            emit AwardDelivered(disputeId, d.claimId);
            IDisputeCourt(d.court).award(d.claimId, d.award, d.reasonCode, d.clause);
            return;
        }
        bool sitting = state == DisputeState.Sitting || state == DisputeState.SittingAgain;
        if (sitting) _requireSat(disputeId, d);
        else _requireUndrawable(disputeId, d);
        // Effect
        if (sitting) _strikeSilent(disputeId, _panelOf(state));
        if (state == DisputeState.Sitting && d.revealed == 0) {
            d.state = DisputeState.OpenedAgain;
            emit PanelSilent(disputeId, _awaitDraw(d));
            return;
        }
        _decide(disputeId, d, sitting);
        // Interaction: neither a token nor a court that refuses undoes the decision.
        _payDeposit(disputeId, d);
        _deliver(disputeId, d);
    }

    /// @inheritdoc IDisputePanel
    function takeHeldDeposit(IERC20 token, address to) external nonReentrant {
        if (to == address(0)) revert DepositRecipientMissing();
        _payHeldDeposit(msg.sender, token, to);
    }

    /// @inheritdoc IDisputePanel
    function pushHeldDeposit(IERC20 token, address account) external nonReentrant {
        _payHeldDeposit(account, token, account);
    }

    /// @inheritdoc IDisputePanel
    function isCourt(address court) external view returns (bool) {
        return _isCourt[court];
    }

    /// @inheritdoc IDisputePanel
    function dispute(uint256 disputeId) external view returns (Dispute memory) {
        return _known(disputeId);
    }

    /// @inheritdoc IDisputePanel
    function disputes(uint256 from, uint256 limit) external view returns (Dispute[] memory page) {
        if (limit > MAX_PAGE) revert DisputePageTooLong(limit, MAX_PAGE);
        if (from == 0) from = 1;
        uint256 length = from > _count ? 0 : _count + 1 - from;
        page = new Dispute[](length < limit ? length : limit);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _disputes[from + i];
        }
    }

    /// @inheritdoc IDisputePanel
    function disputeCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IDisputePanel
    function disputeOf(address court, uint256 claimId) external view returns (uint256 disputeId) {
        return _disputeOf[court][claimId];
    }

    /// @inheritdoc IDisputePanel
    function seats(uint256 disputeId, uint8 panel) external view returns (Seat[3] memory) {
        return _seats[disputeId][panel];
    }

    /// @inheritdoc IDisputePanel
    function windows(uint256 disputeId) external view returns (uint40 commitUntil, uint40 revealUntil) {
        Dispute storage d = _known(disputeId);
        return _panelOf(d.state) == 0 ? (0, 0) : _windowsFrom(d.drawnAt);
    }

    /// @inheritdoc IDisputePanel
    function heldDeposit(address account, IERC20 token) external view returns (uint256) {
        return _heldDeposits[account][token];
    }

    /// @inheritdoc IDisputePanel
    function commitmentOf(uint256 disputeId, address arbitrator, Ruling calldata ruling) public pure returns (bytes32) {
        return keccak256(
            abi.encode(
                disputeId,
                arbitrator,
                ruling.award,
                ruling.reasonCode,
                ClauseProof.leafOf(ruling.clauseWords),
                ruling.salt
            )
        );
    }

    // Opening

    function _requireComplete(DisputeRequest calldata request) private view {
        uint256 claimId = request.claimId;
        if (msg.sender.code.length == 0) revert CourtHasNoCode(msg.sender);
        if (
            claimId == 0 || request.claimant == address(0) || address(request.token) == address(0)
                || request.disputed == 0 || request.clauseRoot == bytes32(0)
                || (request.deposit > 0 && request.depositTo == address(0))
        ) revert DisputeIncomplete(claimId);
        uint256 earlier = _disputeOf[msg.sender][claimId];
        if (earlier != 0) revert ClaimDisputedAlready(claimId, earlier);
        uint64 most = depositCap(request.disputed);
        if (request.deposit > most) revert DepositTooHigh(claimId, request.deposit, most);
    }

    function _announce(uint256 disputeId, DisputeRequest calldata request, uint40 hashBlock) private {
        emit DisputeOpened(
            disputeId,
            request.claimId,
            request.claimant,
            msg.sender,
            address(request.token),
            request.disputed,
            request.deposit,
            request.depositTo,
            request.clauseRoot,
            hashBlock
        );
    }

    function _takeDeposit(DisputeRequest calldata request) private {
        uint256 before = request.token.balanceOf(address(this));
        request.token.safeTransferFrom(request.claimant, address(this), request.deposit);
        uint256 received = request.token.balanceOf(address(this)) - before;
        if (received != request.deposit) revert DepositReceivedDiffers(request.claimId, received, request.deposit);
    }

    // Drawing

    /// @dev A panel has to be drawn from now on.
    function _awaitDraw(Dispute storage d) private returns (uint40 hashBlock) {
        d.waitingSince = uint40(block.timestamp);
        return _fixDraw(d);
    }

    /// @dev Those on the bench now, by a hash nobody knows yet.
    function _fixDraw(Dispute storage d) private returns (uint40 hashBlock) {
        hashBlock = uint40(block.number + DRAW_DELAY_BLOCKS);
        (d.benchBlock, d.hashBlock) = (uint40(block.number), hashBlock);
    }

    /// @dev Zeros if the hash is gone, or too few are on the bench.
    function _drawPanel(uint256 disputeId, Dispute storage d, bool again)
        private
        view
        returns (address[3] memory panel)
    {
        bytes32 random = blockhash(d.hashBlock);
        if (random == bytes32(0)) return panel;
        address[3] memory before;
        if (again) {
            Seat[3] storage first = _seats[disputeId][1];
            before = [first[0].arbitrator, first[1].arbitrator, first[2].arbitrator];
        }
        return _drawFrom(keccak256(abi.encode(random, disputeId)), d.benchBlock, d.claimant, before);
    }

    /// @dev Nobody can be drawn, and there was time to change that.
    function _requireUndrawable(uint256 disputeId, Dispute storage d) private view {
        uint40 until = d.waitingSince + DRAW_SECONDS;
        if (block.timestamp < until || _benchSuffices(d.claimant)) revert PanelNotDrawn(disputeId, until);
    }

    // Sitting

    /// @dev 1 or 2 while a panel sits, else 0.
    function _panelOf(DisputeState state) private pure returns (uint8) {
        if (state == DisputeState.Sitting) return 1;
        return state == DisputeState.SittingAgain ? 2 : 0;
    }

    /// @dev The caller's seat on the panel that sits.
    function _seatOf(uint256 disputeId, Dispute storage d) private view returns (Seat storage seat) {
        uint8 panel = _panelOf(d.state);
        if (panel == 0) revert PanelNotSitting(disputeId);
        for (uint256 i = 0; i < 3; ++i) {
            seat = _seats[disputeId][panel][i];
            if (seat.arbitrator == msg.sender) return seat;
        }
        revert NotOnPanel(disputeId, msg.sender);
    }

    function _requireRevealTime(uint256 disputeId, Dispute storage d) private view {
        (uint40 commitUntil, uint40 revealUntil) = _windowsFrom(d.drawnAt);
        if (block.timestamp >= revealUntil) revert RevealClosed(disputeId, revealUntil);
        if (d.committed < 3 && block.timestamp < commitUntil) revert RevealTooEarly(disputeId, commitUntil);
    }

    // Ending

    /// @dev All have revealed, or cannot any more.
    function _requireSat(uint256 disputeId, Dispute storage d) private view {
        (, uint40 revealUntil) = _windowsFrom(d.drawnAt);
        if (d.revealed < 3 && block.timestamp < revealUntil) revert PanelStillSitting(disputeId, revealUntil);
    }

    function _strikeSilent(uint256 disputeId, uint8 panel) private {
        for (uint256 i = 0; i < 3; ++i) {
            Seat storage seat = _seats[disputeId][panel][i];
            if (seat.reasonCode == 0) _strike(disputeId, seat.arbitrator);
        }
    }

    function _decide(uint256 disputeId, Dispute storage d, bool sat) private {
        uint8 revealed = 0;
        if (sat && d.revealed > 0) {
            (d.award, d.reasonCode, d.clause, revealed) = PanelRule.decide(_seats[disputeId][_panelOf(d.state)]);
        } else {
            (d.award, d.reasonCode) = (d.disputed, REASON_PANEL_SILENT);
        }
        d.state = DisputeState.Decided;
        emit DisputeDecided(disputeId, d.claimId, d.award, d.reasonCode, d.clause, revealed);
    }

    /// @dev To the claimant who won anything, else to the other side.
    function _payDeposit(uint256 disputeId, Dispute storage d) private {
        uint256 deposit = d.deposit;
        if (deposit == 0) return;
        (address to, IERC20 token) = (d.award > 0 ? d.claimant : d.depositTo, d.token);
        if (token.trySafeTransfer(to, deposit)) {
            emit DepositPaid(disputeId, to, deposit);
        } else {
            _heldDeposits[to][token] += deposit;
            emit DepositHeld(disputeId, to, deposit);
        }
    }

    function _payHeldDeposit(address account, IERC20 token, address to) private {
        // Check
        uint256 amount = _heldDeposits[account][token];
        if (amount == 0) revert NoDepositHeld(account, address(token));
        // Effect
        delete _heldDeposits[account][token];
        emit HeldDepositTaken(account, address(token), to, amount);
        // Interaction
        token.safeTransfer(to, amount);
    }

    /// @dev What a court says when it refuses is not copied, so that it cannot be made too long to pay for.
    function _deliver(uint256 disputeId, Dispute storage d) private {
        d.state = DisputeState.Delivered;
        try IDisputeCourt(d.court).award(d.claimId, d.award, d.reasonCode, d.clause) {
            emit AwardDelivered(disputeId, d.claimId);
        } catch {
            d.state = DisputeState.Decided;
            emit AwardUndelivered(disputeId, d.claimId);
        }
    }

    function _known(uint256 disputeId) private view returns (Dispute storage d) {
        d = _disputes[disputeId];
        if (d.state == DisputeState.None) revert DisputeUnknown(disputeId);
    }
}
