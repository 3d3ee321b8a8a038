// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CollectionReceipt,
    DayUse,
    Earmark,
    Institution,
    InstitutionTerms,
    PayoutInstruction,
    PayoutOrder,
    PayoutReceipt,
    PayoutState
} from "../types/DisbursementTypes.sol";

/// @notice Payouts and premiums through institutions that move ordinary money: the token waits against a signed
/// receipt, and a payout is made on one leg only.
/// @dev Amounts are token units. Not for tokens that take a fee on transfer, rebase or call back. What is *not*
/// checked: that a receipt is true (no contract sees a bank account) and that its rate is fair. Both stand in the
/// event, signed, for auditors and courts; what a false one can cost is bounded by the institution's limits.
interface IDisbursement {
    /// @notice An institution may now be named by payouts.
    event InstitutionRegistered(
        uint32 indexed institution,
        address signer,
        address account,
        uint64 perPayoutLimit,
        uint64 perDayLimit,
        uint32 receiptSeconds
    );
    /// @notice From now on only the new signer's receipts count, and tokens go to the new account.
    event InstitutionKeysRotated(uint32 indexed institution, address signer, address account);
    /// @notice Limits of what comes from now on. Deadlines that run already stay.
    event InstitutionLimitsChanged(
        uint32 indexed institution, uint64 perPayoutLimit, uint64 perDayLimit, uint32 receiptSeconds
    );
    /// @notice The institution takes this token, or no longer.
    event InstitutionTokenChanged(uint32 indexed institution, address indexed token, bool accepted);
    /// @notice Nothing new is handed to the institution, nothing it says counts, and nothing goes to its account.
    event InstitutionSuspended(uint32 indexed institution);
    /// @notice The suspension is over.
    event InstitutionResumed(uint32 indexed institution);
    /// @notice The token waits for the institution's receipt. `claimId` is 0 when the payee funded it.
    event PayoutOpened(
        uint256 indexed instructionId,
        uint256 indexed claimId,
        uint32 indexed institution,
        address payee,
        address token,
        uint64 amount,
        uint40 receiptDue
    );
    /// @notice The institution paid the payee, by its receipt, and has the token. Final.
    event PayoutConfirmed(
        uint256 indexed instructionId,
        uint32 indexed institution,
        bytes32 indexed referenceHash,
        uint64 amount,
        bytes3 currency,
        uint64 rate,
        bool late,
        bytes signature
    );
    /// @notice The institution will not pay: the payee is free at once.
    event PayoutRefused(uint256 indexed instructionId, uint32 indexed institution, uint16 reasonCode);
    /// @notice The payee has the token. Final.
    event PayoutTaken(uint256 indexed instructionId, address indexed payee, address indexed to, uint64 amount);
    /// @notice The payee sent the payout elsewhere: it goes on as instruction `successor`. Final for this one.
    event PayoutRerouted(uint256 indexed instructionId, uint256 indexed successor, uint32 indexed institution);
    /// @notice The payee decided by this signature, which anyone can check with what the payout's event says.
    event OrderUsed(uint256 indexed instructionId, uint40 deadline, bytes signature);
    /// @notice An institution put the premium it received aside for one application.
    event PremiumCollected(
        address indexed product,
        uint256 indexed applicationId,
        uint32 indexed institution,
        CollectionReceipt receipt,
        bytes signature
    );
    /// @notice The premium went to the product that binds; `rest` goes back to the institution.
    event PremiumReleased(address indexed product, uint256 indexed applicationId, uint64 premium, uint64 rest);
    /// @notice What was not needed went back to the institution.
    event CollectionReturned(
        address indexed product, uint256 indexed applicationId, uint32 indexed institution, uint64 amount
    );

    /// @notice There is no such institution.
    error InstitutionUnknown(uint32 institution);
    /// @notice Signer and account must be set, and the account must not be this contract.
    error InstitutionKeysInvalid(address signer, address account);
    /// @notice A payout's limit must be above 0 and at most the day's.
    error InstitutionLimitsInvalid(uint64 perPayoutLimit, uint64 perDayLimit);
    /// @notice The time for a receipt must be between the two bounds.
    error ReceiptSecondsInvalid(uint32 receiptSeconds, uint32 least, uint32 most);
    /// @notice The institution is suspended.
    error InstitutionIsSuspended(uint32 institution);
    /// @notice The institution is not suspended.
    error InstitutionNotSuspended(uint32 institution);
    /// @notice A token has code.
    error InstitutionTokenInvalid(address token);
    /// @notice The institution does not take this token.
    error TokenNotAccepted(uint32 institution, address token);
    /// @notice Nothing to pay.
    error AmountZero();
    /// @notice More than the institution may take on at once.
    error PayoutLimitExceeded(uint32 institution, uint64 amount, uint64 limit);
    /// @notice More than the institution may take on today.
    error DayLimitExceeded(uint32 institution, uint256 total, uint256 limit);
    /// @notice No payout, receipt or premium may go to this address.
    error RecipientInvalid(address to);
    /// @notice The tokens of the payout have not arrived.
    error PayoutUnfunded(address token, uint256 needed, uint256 held);
    /// @notice The token delivered less than was sent: it takes a fee, or rebases.
    error TokensShort(address token, uint256 expected, uint256 received);
    /// @notice The instruction is in another state than the call needs.
    error PayoutNotInState(uint256 instructionId, PayoutState state);
    /// @notice The institution still has time for its receipt.
    error PayoutNotFree(uint256 instructionId, uint256 receiptDue);
    /// @notice Only the payee decides where a freed payout goes.
    error PayeeRequired(uint256 instructionId, address caller);
    /// @notice Only the institution's signer or account refuses a payout.
    error InstitutionRequired(uint256 instructionId, address caller);
    /// @notice A refusal must say why.
    error RefusalReasonMissing(uint256 instructionId);
    /// @notice The payee's order is too old.
    error OrderExpired(uint256 instructionId, uint256 deadline);
    /// @notice The order is not signed by the payee.
    error OrderSignatureInvalid(uint256 instructionId, address payee);
    /// @notice The receipt speaks of another payee, token or amount than the instruction, which has these.
    error ReceiptMismatch(uint256 instructionId, address payee, address token, uint64 amount);
    /// @notice A currency is three capital letters (ISO 4217).
    error CurrencyInvalid(bytes3 currency);
    /// @notice A receipt must have a rate and a reference.
    error ReceiptIncomplete(uint64 rate, bytes32 referenceHash);
    /// @notice One transfer of money settles one receipt.
    error ReferenceUsed(uint32 institution, bytes32 referenceHash);
    /// @notice The receipt is not signed by the institution's present signer.
    error ReceiptSignatureInvalid(uint32 institution, address signer);
    /// @notice The collection receipt is past, or reaches further than allowed.
    error CollectionTimeInvalid(uint256 validUntil, uint256 earliest, uint256 latest);
    /// @notice A premium is set aside for this application already.
    error PremiumAlreadyCollected(address product, uint256 applicationId);
    /// @notice No premium is set aside for this application.
    error PremiumNotCollected(address product, uint256 applicationId);
    /// @notice The premium set aside is another holder's.
    error PremiumHolderWrong(address product, uint256 applicationId, address holder);
    /// @notice The premium set aside is in another token.
    error PremiumTokenWrong(address product, uint256 applicationId, address token);
    /// @notice Less was set aside than the premium.
    error CollectionTooSmall(address product, uint256 applicationId, uint64 needed, uint64 collected);
    /// @notice The premium set aside is no longer good for a policy.
    error PremiumExpired(address product, uint256 applicationId, uint256 validUntil);
    /// @notice The premium set aside may still be needed for a policy.
    error PremiumStillValid(address product, uint256 applicationId, uint256 validUntil);

    /// @notice Admits an institution. Restricted (registrar). It takes no token yet: see {acceptToken}.
    /// @dev Reverts: {InstitutionKeysInvalid}, {InstitutionLimitsInvalid}, {ReceiptSecondsInvalid}.
    /// @return institution Its number, from 1.
    function registerInstitution(InstitutionTerms calldata terms) external returns (uint32 institution);

    /// @notice Replaces an institution's signer and account, for payouts on the way too. Restricted (registrar).
    /// @dev Reverts: {InstitutionUnknown}, {InstitutionKeysInvalid}.
    function rotateKeys(uint32 institution, address signer, address account) external;

    /// @notice Sets limits and time for receipts of what comes from now on. Restricted (registrar).
    /// @dev Reverts: {InstitutionUnknown}, {InstitutionLimitsInvalid}, {ReceiptSecondsInvalid}.
    /// @param perPayoutLimit Token units.
    /// @param perDayLimit Token units.
    function changeLimits(uint32 institution, uint64 perPayoutLimit, uint64 perDayLimit, uint32 receiptSeconds) external;

    /// @notice Says whether an institution takes a token. Restricted (registrar).
    /// @dev Reverts: {InstitutionUnknown}, {InstitutionTokenInvalid} for an address without code.
    function acceptToken(uint32 institution, address token, bool accepted) external;

    /// @notice Suspends an institution: it gets nothing new, nothing it says counts and nothing goes to its account.
    /// Restricted (registrar). Its payees are free when the time for the receipt is over, not before: it may have
    /// paid them.
    /// @dev Reverts: {InstitutionUnknown}, {InstitutionIsSuspended}.
    function suspendInstitution(uint32 institution) external;

    /// @notice Ends a suspension. Restricted (registrar).
    /// @dev Reverts: {InstitutionUnknown}, {InstitutionNotSuspended}.
    function resumeInstitution(uint32 institution) external;

    /// @notice Hands a claim's payout to an institution. Restricted (desk).
    /// @dev The tokens come by transfer in the same transaction, before this call. Tokens that somebody gave to this
    /// contract for nothing count too: they are nobody's. What is promised to others never does.
    /// Reverts: {RecipientInvalid}, {InstitutionUnknown}, {InstitutionIsSuspended}, {TokenNotAccepted}, {AmountZero},
    /// {PayoutLimitExceeded}, {DayLimitExceeded}, {PayoutUnfunded}.
    /// @return instructionId Its number, from 1.
    function openPayout(PayoutOrder calldata order) external returns (uint256 instructionId);

    /// @notice Sends the caller's own tokens through an institution; the caller is the payee. Needs an allowance.
    /// @dev Uses at most half of the institution's day, so that nobody's own money shuts claims out.
    /// Reverts: {InstitutionUnknown}, {InstitutionIsSuspended}, {TokenNotAccepted}, {AmountZero},
    /// {PayoutLimitExceeded}, {DayLimitExceeded}, {TokensShort}, and the token's own errors.
    /// @param amount Token units.
    function fundPayout(uint32 institution, address token, uint64 amount) external returns (uint256 instructionId);

    /// @notice Hands in the institution's receipt: the token goes to its account. Anyone may call. A late receipt
    /// counts as long as the payee has not taken the token or chosen another institution.
    /// @dev Reverts: {PayoutNotInState}, {ReceiptMismatch}, {InstitutionIsSuspended}, {CurrencyInvalid},
    /// {ReceiptIncomplete}, {ReferenceUsed}, {ReceiptSignatureInvalid}, and the token's own errors (then nothing has
    /// happened, and the receipt is good later).
    function confirmPayout(PayoutReceipt calldata receipt, bytes calldata signature) external;

    /// @notice The institution will not pay. Only its signer or account. The payee is free at once.
    /// @dev Reverts: {PayoutNotInState}, {InstitutionIsSuspended}, {InstitutionRequired}, {RefusalReasonMissing}.
    function refusePayout(uint256 instructionId, uint16 reasonCode) external;

    /// @notice The payee takes the token of a freed payout. Nothing expires.
    /// @dev Reverts: {PayoutNotInState}, {PayeeRequired}, {PayoutNotFree}, {RecipientInvalid}, and the token's own
    /// errors (then nothing has happened).
    function takePayout(uint256 instructionId, address to) external;

    /// @notice As {takePayout}, by the payee's EIP-712 `TakeOrder`. Anyone may hand it in.
    /// @dev Reverts: {PayoutNotInState}, {OrderExpired}, {OrderSignatureInvalid}, {PayoutNotFree},
    /// {RecipientInvalid}, and the token's own errors. An order is good once: the state is final.
    /// @param deadline Last second of the order, unix seconds.
    function takePayoutFor(uint256 instructionId, address to, uint40 deadline, bytes calldata signature) external;

    /// @notice The payee sends a freed payout to another institution, or to the same once more.
    /// @dev Reverts: {PayoutNotInState}, {PayeeRequired}, {PayoutNotFree}, {InstitutionUnknown},
    /// {InstitutionIsSuspended}, {TokenNotAccepted}, {PayoutLimitExceeded}, {DayLimitExceeded}.
    /// @return successor The new instruction: the old institution's receipt says nothing about it.
    function reroutePayout(uint256 instructionId, uint32 institution) external returns (uint256 successor);

    /// @notice As {reroutePayout}, by the payee's EIP-712 `RerouteOrder`. Anyone may hand it in.
    /// @dev Reverts: {OrderExpired}, {OrderSignatureInvalid}, else as {reroutePayout}.
    /// @param deadline Last second of the order, unix seconds.
    function reroutePayoutFor(uint256 instructionId, uint32 institution, uint40 deadline, bytes calldata signature)
        external
        returns (uint256 successor);

    /// @notice Hands in an institution's receipt of a premium: its tokens, by allowance, are set aside for the
    /// application. Anyone may call.
    /// @dev Bounded by the institution's limits: a stolen key costs it a day's premiums at most.
    /// Reverts: {RecipientInvalid} for product or holder zero, {CollectionTimeInvalid}, {PremiumAlreadyCollected},
    /// {InstitutionUnknown}, {InstitutionIsSuspended}, {TokenNotAccepted}, {AmountZero}, {PayoutLimitExceeded},
    /// {DayLimitExceeded}, {CurrencyInvalid}, {ReceiptIncomplete}, {ReferenceUsed}, {ReceiptSignatureInvalid},
    /// {TokensShort}, and the token's own errors.
    function collectPremium(CollectionReceipt calldata receipt, bytes calldata signature) external;

    /// @notice Gives the premium set aside for an application to the calling product, which pays its treasury.
    /// @dev By transfer, not by allowance: an allowance somebody leaves unused would be money promised twice.
    /// Only the product the receipt names finds anything. What is left above the premium goes back by
    /// {returnCollection}, at once.
    /// Reverts: {PremiumNotCollected}, {PremiumExpired}, {PremiumHolderWrong}, {PremiumTokenWrong},
    /// {CollectionTooSmall}, and the token's own errors.
    /// @param holder Who is to hold the policy: must be who paid.
    /// @param token The asset of the product's treasury.
    /// @param premium Token units.
    function releasePremium(uint256 applicationId, address holder, address token, uint64 premium) external;

    /// @notice Sends back to the institution what was set aside and not needed. Anyone may call.
    /// @dev Reverts: {PremiumNotCollected}, {PremiumStillValid} before `validUntil` unless released,
    /// {InstitutionIsSuspended}, and the token's own errors.
    function returnCollection(address product, uint256 applicationId) external;

    /// @notice Whether {openPayout} would take this payout today, its tokens apart.
    /// @param amount Token units.
    function accepts(uint32 institution, address token, uint64 amount) external view returns (bool);

    /// @notice Whether {openPayout} would take this payout from this desk today, its tokens apart.
    /// @param amount Token units.
    function acceptsFrom(address desk, uint32 institution, address token, uint64 amount) external view returns (bool);

    /// @notice Number of institutions ever admitted; they are numbered from 1.
    function institutionCount() external view returns (uint32);

    /// @notice One institution.
    /// @dev Reverts: {InstitutionUnknown}.
    function institutionAt(uint32 institution) external view returns (Institution memory);

    /// @notice Institutions from a number on, at most `limit`.
    function institutionsFrom(uint32 from, uint32 limit) external view returns (Institution[] memory page);

    /// @notice Whether an institution takes a token.
    function isTokenAccepted(uint32 institution, address token) external view returns (bool);

    /// @notice What an institution has taken on today (UTC).
    function useToday(uint32 institution) external view returns (DayUse memory);

    /// @notice Number of instructions ever opened; they are numbered from 1.
    function instructionCount() external view returns (uint256);

    /// @notice One instruction; state `None` if there is none.
    function instructionAt(uint256 instructionId) external view returns (PayoutInstruction memory);

    /// @notice Instructions from a number on, at most `limit`.
    function instructionsFrom(uint256 from, uint256 limit) external view returns (PayoutInstruction[] memory page);

    /// @notice What is set aside for an application.
    function earmarkOf(address product, uint256 applicationId) external view returns (Earmark memory);

    /// @notice Whether an institution has used a transfer's reference.
    function isReferenceUsed(uint32 institution, bytes32 referenceHash) external view returns (bool);

    /// @notice Tokens promised to somebody: waiting payouts and premiums set aside. At most what is held.
    function bookedOf(address token) external view returns (uint256);
}
