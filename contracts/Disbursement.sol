// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {InstitutionBook} from "./InstitutionBook.sol";
import {IDisbursement} from "./interfaces/IDisbursement.sol";
import {TypedReceipts} from "./libraries/TypedReceipts.sol";
import {
    CollectionReceipt,
    Earmark,
    Institution,
    PayoutInstruction,
    PayoutOrder,
    PayoutReceipt,
    PayoutState
} from "./types/DisbursementTypes.sol";

/// @title Disbursement
/// @notice Payouts and premiums through institutions, never on both legs: a token leaves once, against the
/// institution's receipt or to the payee.
contract Disbursement is InstitutionBook, EIP712, Multicall, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint40 public constant MAX_COLLECTION_SECONDS = 30 days;

    uint256 private _instructionCount;
    mapping(uint256 instructionId => PayoutInstruction) private _instructions;
    mapping(address product => mapping(uint256 applicationId => Earmark)) private _earmarks;
    mapping(address token => uint256 amount) private _booked;

    constructor(address authority) AccessManaged(authority) EIP712("Quittance", "1") {}

    /// @inheritdoc IDisbursement
    function openPayout(PayoutOrder calldata order) external restricted nonReentrant returns (uint256 instructionId) {
        // Check and effect
        _requireRecipient(order.payee);
        instructionId = _open(order, Engagement.Claim);
        // Check: what arrived carries the payout beside all that is promised to others.
        uint256 needed = _booked[order.token] + order.amount;
        uint256 held = IERC20(order.token).balanceOf(address(this));
        if (held < needed) revert PayoutUnfunded(order.token, needed, held);
        _booked[order.token] = needed;
    }

    /// @inheritdoc IDisbursement
    function fundPayout(uint32 institution, address token, uint64 amount)
        external
        nonReentrant
        returns (uint256 instructionId)
    {
        // Check and effect
        PayoutOrder memory order =
            PayoutOrder({claimId: 0, payee: msg.sender, institution: institution, token: token, amount: amount});
        instructionId = _open(order, Engagement.Funded);
        _booked[token] += amount;
        // Interaction
        _pull(token, msg.sender, amount);
    }

    /// @inheritdoc IDisbursement
    function confirmPayout(PayoutReceipt calldata receipt, bytes calldata signature) external nonReentrant {
        // Check
        uint256 id = receipt.instructionId;
        PayoutInstruction storage kept = _instructions[id];
        (address token, uint64 amount, uint32 institution) = (kept.token, kept.amount, kept.institution);
        if (kept.state != PayoutState.Waiting) revert PayoutNotInState(id, kept.state);
        if (receipt.payee != kept.payee || receipt.token != token || receipt.amount != amount) {
            revert ReceiptMismatch(id, kept.payee, token, amount);
        }
        address account = _requireSigned(institution, _hashTypedDataV4(TypedReceipts.hash(receipt)), signature).account;
        // Effect
        _useReference(institution, receipt.currency, receipt.rate, receipt.referenceHash);
        kept.state = PayoutState.Confirmed;
        _booked[token] -= amount;
        emit PayoutConfirmed(
            id,
            institution,
            receipt.referenceHash,
            amount,
            receipt.currency,
            receipt.rate,
            block.timestamp > kept.receiptDue,
            signature
        );
        // Interaction
        IERC20(token).safeTransfer(account, amount);
    }

    /// @inheritdoc IDisbursement
    function refusePayout(uint256 instructionId, uint16 reasonCode) external {
        // Check
        PayoutInstruction storage kept = _instructions[instructionId];
        if (kept.state != PayoutState.Waiting) revert PayoutNotInState(instructionId, kept.state);
        Institution storage institution = _active(kept.institution);
        if (msg.sender != institution.signer && msg.sender != institution.account) {
            revert InstitutionRequired(instructionId, msg.sender);
        }
        if (reasonCode == 0) revert RefusalReasonMissing(instructionId);
        // Effect
        kept.state = PayoutState.Refused;
        emit PayoutRefused(instructionId, kept.institution, reasonCode);
    }

    /// @inheritdoc IDisbursement
    function takePayout(uint256 instructionId, address to) external nonReentrant {
        // Check
        PayoutInstruction storage kept = _undecided(instructionId);
        if (msg.sender != kept.payee) revert PayeeRequired(instructionId, msg.sender);
        // Check, effect, interaction
        _take(instructionId, kept, to);
    }

    /// @inheritdoc IDisbursement
    function takePayoutFor(uint256 instructionId, address to, uint40 deadline, bytes calldata signature)
        external
        nonReentrant
    {
        // Check
        PayoutInstruction storage kept = _undecided(instructionId);
        bytes32 order = TypedReceipts.takeOrder(instructionId, to, deadline);
        _requireOrder(instructionId, kept.payee, order, deadline, signature);
        // Check, effect, interaction
        _take(instructionId, kept, to);
    }

    /// @inheritdoc IDisbursement
    function reroutePayout(uint256 instructionId, uint32 institution)
        external
        nonReentrant
        returns (uint256 successor)
    {
        // Check
        PayoutInstruction storage kept = _undecided(instructionId);
        if (msg.sender != kept.payee) revert PayeeRequired(instructionId, msg.sender);
        // Check and effect
        return _reroute(instructionId, kept, institution);
    }

    /// @inheritdoc IDisbursement
    function reroutePayoutFor(uint256 instructionId, uint32 institution, uint40 deadline, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 successor)
    {
        // Check
        PayoutInstruction storage kept = _undecided(instructionId);
        bytes32 order = TypedReceipts.rerouteOrder(instructionId, institution, deadline);
        _requireOrder(instructionId, kept.payee, order, deadline, signature);
        // Check and effect
        return _reroute(instructionId, kept, institution);
    }

    /// @inheritdoc IDisbursement
    function collectPremium(CollectionReceipt calldata receipt, bytes calldata signature) external nonReentrant {
        // Check
        (address product, uint256 applicationId) = (receipt.product, receipt.applicationId);
        (address token, uint64 amount, uint32 institution) = (receipt.token, receipt.amount, receipt.institution);
        _requireRecipient(product);
        _requireRecipient(receipt.holder);
        uint256 latest = block.timestamp + MAX_COLLECTION_SECONDS;
        if (receipt.validUntil < block.timestamp || receipt.validUntil > latest) {
            revert CollectionTimeInvalid(receipt.validUntil, block.timestamp, latest);
        }
        Earmark storage kept = _earmarks[product][applicationId];
        if (kept.institution != 0) revert PremiumAlreadyCollected(product, applicationId);
        address account = _requireSigned(institution, _hashTypedDataV4(TypedReceipts.hash(receipt)), signature).account;
        // Check and effect
        _engage(institution, token, amount, Engagement.Premium);
        _useReference(institution, receipt.currency, receipt.rate, receipt.referenceHash);
        (kept.token, kept.amount, kept.institution) = (token, amount, institution);
        (kept.holder, kept.validUntil) = (receipt.holder, receipt.validUntil);
        _booked[token] += amount;
        emit PremiumCollected(product, applicationId, institution, receipt, signature);
        // Interaction
        _pull(token, account, amount);
    }

    /// @inheritdoc IDisbursement
    function releasePremium(uint256 applicationId, address holder, address token, uint64 premium)
        external
        nonReentrant
    {
        // Check
        Earmark storage kept = _earmarks[msg.sender][applicationId];
        uint64 collected = kept.amount;
        if (collected == 0 || kept.released) revert PremiumNotCollected(msg.sender, applicationId);
        if (kept.validUntil < block.timestamp) revert PremiumExpired(msg.sender, applicationId, kept.validUntil);
        if (kept.holder != holder) revert PremiumHolderWrong(msg.sender, applicationId, kept.holder);
        if (kept.token != token) revert PremiumTokenWrong(msg.sender, applicationId, kept.token);
        if (collected < premium) revert CollectionTooSmall(msg.sender, applicationId, premium, collected);
        // Effect
        uint64 rest = collected - premium;
        if (rest == 0) delete _earmarks[msg.sender][applicationId];
        else (kept.amount, kept.released) = (rest, true);
        _booked[token] -= premium;
        emit PremiumReleased(msg.sender, applicationId, premium, rest);
        // Interaction
        IERC20(token).safeTransfer(msg.sender, premium);
    }

    /// @inheritdoc IDisbursement
    function returnCollection(address product, uint256 applicationId) external nonReentrant {
        // Check
        Earmark memory kept = _earmarks[product][applicationId];
        if (kept.amount == 0) revert PremiumNotCollected(product, applicationId);
        if (!kept.released && block.timestamp <= kept.validUntil) {
            revert PremiumStillValid(product, applicationId, kept.validUntil);
        }
        address account = _active(kept.institution).account;
        // Effect
        delete _earmarks[product][applicationId];
        _booked[kept.token] -= kept.amount;
        emit CollectionReturned(product, applicationId, kept.institution, kept.amount);
        // Interaction
        IERC20(kept.token).safeTransfer(account, kept.amount);
    }

    /// @inheritdoc IDisbursement
    function instructionCount() external view returns (uint256) {
        return _instructionCount;
    }

    /// @inheritdoc IDisbursement
    function instructionAt(uint256 instructionId) external view returns (PayoutInstruction memory) {
        return _instructions[instructionId];
    }

    /// @inheritdoc IDisbursement
    function instructionsFrom(uint256 from, uint256 limit) external view returns (PayoutInstruction[] memory page) {
        uint256 first = Math.max(from, 1);
        page = new PayoutInstruction[](Math.min(Math.saturatingSub(_instructionCount + 1, first), limit));
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _instructions[first + i];
        }
    }

    /// @inheritdoc IDisbursement
    function earmarkOf(address product, uint256 applicationId) external view returns (Earmark memory) {
        return _earmarks[product][applicationId];
    }

    /// @inheritdoc IDisbursement
    function bookedOf(address token) external view returns (uint256) {
        return _booked[token];
    }

    /// @dev A new instruction within the institution's limits. Booking its tokens is the caller's work.
    function _open(PayoutOrder memory order, Engagement kind) private returns (uint256 instructionId) {
        Institution storage institution = _engage(order.institution, order.token, order.amount, kind);
        uint40 receiptDue = uint40(block.timestamp) + institution.receiptSeconds;
        instructionId = ++_instructionCount;
        _instructions[instructionId] = PayoutInstruction({
            payee: order.payee,
            amount: order.amount,
            institution: order.institution,
            token: order.token,
            receiptDue: receiptDue,
            state: PayoutState.Waiting,
            claimId: order.claimId
        });
        emit PayoutOpened(
            instructionId, order.claimId, order.institution, order.payee, order.token, order.amount, receiptDue
        );
    }

    /// @dev The tokens stay booked: they go on to the new instruction.
    function _reroute(uint256 instructionId, PayoutInstruction storage kept, uint32 institution)
        private
        returns (uint256 successor)
    {
        // Check
        _requireFree(instructionId, kept);
        // Effect
        kept.state = PayoutState.Rerouted;
        PayoutOrder memory order = PayoutOrder({
            claimId: kept.claimId, payee: kept.payee, institution: institution, token: kept.token, amount: kept.amount
        });
        successor = _open(order, kept.claimId == 0 ? Engagement.Funded : Engagement.Claim);
        emit PayoutRerouted(instructionId, successor, institution);
    }

    function _take(uint256 instructionId, PayoutInstruction storage kept, address to) private {
        // Check
        _requireFree(instructionId, kept);
        _requireRecipient(to);
        // Effect
        (address token, uint64 amount) = (kept.token, kept.amount);
        kept.state = PayoutState.Taken;
        _booked[token] -= amount;
        emit PayoutTaken(instructionId, kept.payee, to, amount);
        // Interaction
        IERC20(token).safeTransfer(to, amount);
    }

    /// @dev Takes tokens by allowance, and all of them must arrive.
    function _pull(address token, address from, uint64 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(from, address(this), amount);
        uint256 held = IERC20(token).balanceOf(address(this));
        if (held < before + amount) revert TokensShort(token, amount, Math.saturatingSub(held, before));
    }

    function _requireOrder(
        uint256 instructionId,
        address payee,
        bytes32 order,
        uint40 deadline,
        bytes calldata signature
    ) private {
        if (deadline < block.timestamp) revert OrderExpired(instructionId, deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(payee, _hashTypedDataV4(order), signature)) {
            revert OrderSignatureInvalid(instructionId, payee);
        }
        emit OrderUsed(instructionId, deadline, signature);
    }

    /// @dev Signed by the institution's present signer, and the institution is not suspended.
    function _requireSigned(uint32 id, bytes32 digest, bytes calldata signature)
        private
        view
        returns (Institution storage institution)
    {
        institution = _active(id);
        if (!SignatureChecker.isValidSignatureNowCalldata(institution.signer, digest, signature)) {
            revert ReceiptSignatureInvalid(id, institution.signer);
        }
    }

    /// @dev An instruction on which neither leg has been paid.
    function _undecided(uint256 instructionId) private view returns (PayoutInstruction storage kept) {
        kept = _instructions[instructionId];
        PayoutState state = kept.state;
        if (state != PayoutState.Waiting && state != PayoutState.Refused) {
            revert PayoutNotInState(instructionId, state);
        }
    }

    function _requireFree(uint256 instructionId, PayoutInstruction storage kept) private view {
        if (kept.state == PayoutState.Waiting && block.timestamp <= kept.receiptDue) {
            revert PayoutNotFree(instructionId, kept.receiptDue);
        }
    }

    function _requireRecipient(address to) private view {
        if (to == address(0) || to == address(this)) revert RecipientInvalid(to);
    }
}
