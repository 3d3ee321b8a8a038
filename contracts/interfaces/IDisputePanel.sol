// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Arbitrator, Dispute, DisputeRequest, Ruling, Seat} from "../types/DisputeTypes.sol";

/// @notice Decides the disputed difference of a claim: three arbitrators are drawn, one of them a consumer advocate;
/// they commit to rulings unseen, reveal them, and the middle one holds. Nobody can change or stop an outcome, and
/// every dispute has one: if the panel stays silent twice, or none can be drawn, the claimant gets all that is disputed.
/// @dev Money: the deposits only. Everything but opening and the bench is open to anyone.
interface IDisputePanel {
    /// @notice A court may open disputes for good.
    event CourtEnrolled(address indexed court);
    /// @notice A claimant disputes. `hashBlock` is the block whose hash will draw the panel.
    event DisputeOpened(
        uint256 indexed disputeId,
        uint256 indexed claimId,
        address indexed claimant,
        address court,
        address token,
        uint64 disputed,
        uint64 deposit,
        address depositTo,
        bytes32 clauseRoot,
        uint40 hashBlock
    );
    /// @notice The hash of the block fixed before is gone, or too few could be drawn by it: a later one counts.
    event DrawPostponed(uint256 indexed disputeId, uint40 hashBlock);
    /// @notice Three arbitrators sit, the consumer advocate first. `panel` is 1 or 2.
    event PanelDrawn(
        uint256 indexed disputeId, uint8 panel, address[3] arbitrators, uint40 commitUntil, uint40 revealUntil
    );
    /// @notice An arbitrator has ruled, unseen.
    event RulingCommitted(uint256 indexed disputeId, address indexed arbitrator, bytes32 commitment);
    /// @notice An arbitrator has shown the ruling committed before.
    event RulingRevealed(
        uint256 indexed disputeId, address indexed arbitrator, uint64 award, uint16 reasonCode, bytes32 clause
    );
    /// @notice An arbitrator showed no ruling in time. `strikes` is how often that happened since admission; 0
    /// if they have left the bench.
    event ArbitratorSilent(uint256 indexed disputeId, address indexed arbitrator, uint8 strikes);
    /// @notice Nobody revealed: a second panel is drawn by the hash of `hashBlock`.
    event PanelSilent(uint256 indexed disputeId, uint40 hashBlock);
    /// @notice The outcome, final. `revealed` rulings made it; none: the claimant gets all by default.
    event DisputeDecided(
        uint256 indexed disputeId,
        uint256 indexed claimId,
        uint64 award,
        uint16 reasonCode,
        bytes32 clause,
        uint8 revealed
    );
    /// @notice The court took the award.
    event AwardDelivered(uint256 indexed disputeId, uint256 indexed claimId);
    /// @notice The court could not take the award now; anyone may deliver it again.
    event AwardUndelivered(uint256 indexed disputeId, uint256 indexed claimId);
    /// @notice The deposit left.
    event DepositPaid(uint256 indexed disputeId, address indexed to, uint256 amount);
    /// @notice The token refused the deposit's transfer. It is this account's, for ever.
    event DepositHeld(uint256 indexed disputeId, address indexed account, uint256 amount);
    /// @notice A held deposit left: to its owner, or where the owner asked.
    event HeldDepositTaken(address indexed account, address indexed token, address indexed to, uint256 amount);
    /// @notice Somebody may be drawn from now on.
    event ArbitratorAdmitted(address indexed arbitrator, bool consumerAdvocate);
    /// @notice Somebody is drawn no more; `struckOff` for silence, else by the registrar.
    event ArbitratorRemoved(address indexed arbitrator, bool struckOff);

    /// @notice A window is outside its bounds, an hour to 30 days.
    error PanelWindowInvalid(uint40 windowSeconds, uint40 least, uint40 most);
    /// @notice The deposit cap is above 100 %.
    error DepositCapInvalid(uint16 capBps);
    /// @notice Who opens a dispute must be a contract, to take the award.
    error CourtHasNoCode(address court);
    /// @notice The AccessManager does not let this account open disputes.
    error CourtNotAdmitted(address court);
    /// @notice Claim, claimant, token, difference, clause root or the deposit's other taker is missing.
    error DisputeIncomplete(uint256 claimId);
    /// @notice A claim is disputed once.
    error ClaimDisputedAlready(uint256 claimId, uint256 disputeId);
    /// @notice The deposit exceeds its share of the disputed difference.
    error DepositTooHigh(uint256 claimId, uint64 deposit, uint64 most);
    /// @notice The token delivered something else than the deposit.
    error DepositReceivedDiffers(uint256 claimId, uint256 received, uint256 deposit);
    /// @notice No dispute has this number.
    error DisputeUnknown(uint256 disputeId);
    /// @notice The dispute does not wait for a panel.
    error DrawNotAwaited(uint256 disputeId);
    /// @notice The block whose hash draws is not there yet.
    error DrawTooEarly(uint256 disputeId, uint256 hashBlock);
    /// @notice No panel sits on this dispute.
    error PanelNotSitting(uint256 disputeId);
    /// @notice This account has no seat on the dispute's panel.
    error NotOnPanel(uint256 disputeId, address account);
    /// @notice A commitment is not 0.
    error CommitmentMissing(uint256 disputeId);
    /// @notice A seat commits once.
    error RulingCommittedAlready(uint256 disputeId, address arbitrator);
    /// @notice Time to commit is over.
    error CommitClosed(uint256 disputeId, uint40 closedAt);
    /// @notice Rulings are shown when all three have committed, or time to commit is over.
    error RevealTooEarly(uint256 disputeId, uint40 opensAt);
    /// @notice Time to reveal is over. A late ruling changes nothing.
    error RevealClosed(uint256 disputeId, uint40 closedAt);
    /// @notice A seat reveals once.
    error RulingRevealedAlready(uint256 disputeId, address arbitrator);
    /// @notice The ruling is not what was committed.
    error RulingDiffers(uint256 disputeId, bytes32 shown, bytes32 committed);
    /// @notice More is awarded than is disputed.
    error AwardTooHigh(uint256 disputeId, uint64 award, uint64 disputed);
    /// @notice A ruling needs a reason; 0 and 900 are none.
    error ReasonInvalid(uint256 disputeId, uint16 reasonCode);
    /// @notice The clause does not stand in the policy's terms.
    error ClauseNotInTerms(uint256 disputeId, bytes32 clause, bytes32 clauseRoot);
    /// @notice The panel still has time, until then, or until its last ruling.
    error PanelStillSitting(uint256 disputeId, uint40 until);
    /// @notice A panel can be drawn, or there is time until then to fill the bench.
    error PanelNotDrawn(uint256 disputeId, uint40 until);
    /// @notice Everything about this dispute is done.
    error DisputeDelivered(uint256 disputeId);
    /// @notice Nothing is held for this account in this token.
    error NoDepositHeld(address account, address token);
    /// @notice Held deposits are not sent to the zero address.
    error DepositRecipientMissing();
    /// @notice Zero cannot be an arbitrator.
    error ArbitratorMissing();
    /// @notice The arbitrator is on the bench already.
    error ArbitratorOnBench(address arbitrator);
    /// @notice The arbitrator is not on the bench.
    error ArbitratorNotOnBench(address arbitrator);
    /// @notice The bench has at most 96 places, those left within the last 260 blocks included.
    error BenchFull(uint256 most);
    /// @notice Removal must leave a consumer advocate and two others. Admit somebody first.
    error BenchTooSmall(address arbitrator, uint256 advocates, uint256 others);
    /// @notice A page has at most 500 disputes.
    error DisputePageTooLong(uint256 limit, uint256 most);

    /// @notice Keeps for good that a court may open disputes: those insured under products that name it as their desk rely
    /// on the panel, and no later change of roles takes it from them. Anyone, while the AccessManager lets the court.
    /// @dev Ends with nothing but the claims it is for: a desk that is no longer wanted gets no new products
    /// (`InsurerRegistry`). Reverts: {CourtNotAdmitted}.
    function enrolCourt(address court) external;

    /// @notice Opens a dispute and takes the deposit from the claimant's allowance.
    /// @dev Restricted (desk) unless enrolled. The caller, which has made sure that the claimant asked for it, becomes the
    /// dispute's court. Reverts: {CourtHasNoCode}, {DisputeIncomplete}, {ClaimDisputedAlready}, {DepositTooHigh},
    /// {DepositReceivedDiffers}, and what the token says.
    /// @return disputeId From 1.
    function openDispute(DisputeRequest calldata request) external returns (uint256 disputeId);

    /// @notice Draws three arbitrators by the hash of the block fixed before. Anyone may call.
    /// @dev What comes out depends on that hash and on who was admitted before it was known, on nothing else: not on the
    /// caller, not on when they call, not on changes of the bench in between. A hash lives for 256 blocks; after that
    /// this fixes a further block and returns false. So somebody who wants the panel must call in time: see
    /// docs/threats.md. Never on the panel: the claimant. A second panel has nobody of the first where there are enough
    /// others. Reverts: {DisputeUnknown}, {DrawNotAwaited}, {DrawTooEarly}.
    /// @return drawn Whether a panel sits now; false: call again from the block after the next fixed one.
    function draw(uint256 disputeId) external returns (bool drawn);

    /// @notice Commits a ruling, unseen: see {commitmentOf}.
    /// @dev The hash has the arbitrator in it, so that a copied commitment cannot be revealed.
    /// Reverts: {DisputeUnknown}, {PanelNotSitting}, {NotOnPanel}, {CommitmentMissing}, {RulingCommittedAlready},
    /// {CommitClosed}.
    function commit(uint256 disputeId, bytes32 commitment) external;

    /// @notice Shows the ruling committed before.
    /// @dev Reverts: {DisputeUnknown}, {PanelNotSitting}, {NotOnPanel}, {RevealTooEarly}, {RevealClosed},
    /// {RulingRevealedAlready}, {RulingDiffers}, {AwardTooHigh}, {ReasonInvalid}, {ClauseNotInTerms}.
    function reveal(uint256 disputeId, Ruling calldata ruling) external;

    /// @notice Ends what can be ended: decides, delivers the award to the court, and pays the deposit out. Anyone may
    /// call. Rule, with r rulings revealed: 3: the middle one; 2: half their sum, rounded down, with reason and clause
    /// of the lower; 1: that one; none: a second panel, once; then all that is disputed.
    /// @dev A court that reverts does not undo the decision, nor keep the deposit: {AwardUndelivered}. Call again to
    /// deliver; then the court's own error is passed on. Reverts: {DisputeUnknown}, {PanelStillSitting},
    /// {PanelNotDrawn}, {DisputeDelivered}.
    function conclude(uint256 disputeId) external;

    /// @notice Pays what was held for the caller to any address. Reverts: {DepositRecipientMissing}, {NoDepositHeld}.
    function takeHeldDeposit(IERC20 token, address to) external;

    /// @notice Pays what is held for an account to that account. Anyone may call: it can go nowhere else.
    /// @dev A treasury, to which lost deposits go, cannot call {takeHeldDeposit}. Reverts: {NoDepositHeld}, and what the
    /// token says.
    function pushHeldDeposit(IERC20 token, address account) external;

    /// @notice Puts somebody on the bench. They may be drawn for what is opened from this block on.
    /// @dev Restricted (registrar). Reverts: {ArbitratorMissing}, {ArbitratorOnBench}, {BenchFull}.
    function admitArbitrator(address arbitrator, bool consumerAdvocate) external;

    /// @notice Takes somebody off the bench. Seats they have, or win in a draw already fixed, they keep.
    /// @dev Restricted (registrar), so the registrar cannot unseat who sits. Reverts: {ArbitratorNotOnBench},
    /// {BenchTooSmall}.
    function removeArbitrator(address arbitrator) external;

    /// @notice The hash to commit to: keccak256 of dispute, arbitrator, award, reason, leaf of the clause, and salt, each
    /// as one word. The proof is not in it.
    function commitmentOf(uint256 disputeId, address arbitrator, Ruling calldata ruling) external pure returns (bytes32);

    /// @notice Whether a court is enrolled.
    function isCourt(address court) external view returns (bool);

    /// @notice One dispute. Reverts: {DisputeUnknown}.
    function dispute(uint256 disputeId) external view returns (Dispute memory);

    /// @notice A page of disputes, oldest first, from number `from`; shorter at the end.
    /// Reverts: {DisputePageTooLong}.
    function disputes(uint256 from, uint256 limit) external view returns (Dispute[] memory);

    /// @notice How many disputes there are; the newest has this number.
    function disputeCount() external view returns (uint256);

    /// @notice The dispute a court opened on a claim; 0 if none.
    function disputeOf(address court, uint256 claimId) external view returns (uint256 disputeId);

    /// @notice Seats of a panel, the consumer advocate's first; `panel` is 1 or 2. Empty if it was never drawn.
    function seats(uint256 disputeId, uint8 panel) external view returns (Seat[3] memory);

    /// @notice Until when the panel that sits may commit and reveal, exclusive; zeros when none sits.
    function windows(uint256 disputeId) external view returns (uint40 commitUntil, uint40 revealUntil);

    /// @notice The most a claimant may be asked to deposit for this difference, token units.
    function depositCap(uint64 disputed) external view returns (uint64);

    /// @notice What is held for an account in a token.
    function heldDeposit(address account, IERC20 token) external view returns (uint256);

    /// @notice All places of the bench, also those left but not yet given to somebody else; at most 96.
    function bench() external view returns (Arbitrator[] memory);
}
