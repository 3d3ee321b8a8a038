// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where a payout through an institution stands. Moves up only; the last three are final.
enum PayoutState {
    None, // no such instruction
    Waiting, // the token waits for the institution's receipt
    Refused, // the institution said no: the payee decides
    Rerouted, // the payee sent it to another institution, under a new instruction
    Taken, // the payee has the token
    Confirmed // the institution paid out and has the token
}

/// @notice What governance admits an institution with.
struct InstitutionTerms {
    address signer; // signs receipts, EOA or ERC-1271
    address account; // gets the tokens of confirmed payouts, pays the tokens of collected premiums
    uint64 perPayoutLimit; // token units; most for one payout, or one premium
    uint64 perDayLimit; // token units; most for a day's payouts, and for a day's premiums, all tokens together
    uint32 receiptSeconds; // from instruction to receipt; after it the payee is free
}

/// @notice An institution as it is kept.
struct Institution {
    address signer; // slot 0: bytes 0-19
    uint64 perPayoutLimit; // slot 0: bytes 20-27 token units
    uint32 receiptSeconds; // slot 0: bytes 28-31
    address account; // slot 1: bytes 0-19
    uint64 perDayLimit; // slot 1: bytes 20-27 token units
    bool suspended; // slot 1: byte  28
}

/// @notice What an institution has taken on in one day (UTC).
struct DayUse {
    uint40 day; // slot 0: bytes 0-4   unix time in whole days
    uint64 opened; // slot 0: bytes 5-12  token units, every payout
    uint64 funded; // slot 0: bytes 13-20 token units, those of them that payees funded themselves
    uint64 collected; // slot 0: bytes 21-28 token units, premiums
}

/// @notice A claim's payout handed to an institution. The tokens have arrived just before.
struct PayoutOrder {
    uint256 claimId;
    address payee;
    uint32 institution;
    address token;
    uint64 amount; // token units
}

/// @notice A payout instruction as it is kept.
struct PayoutInstruction {
    address payee; // slot 0: bytes 0-19
    uint64 amount; // slot 0: bytes 20-27 token units
    uint32 institution; // slot 0: bytes 28-31
    address token; // slot 1: bytes 0-19
    uint40 receiptDue; // slot 1: bytes 20-24 unix seconds; after it the payee is free
    PayoutState state; // slot 1: byte  25
    uint256 claimId; // slot 2; 0 when the payee funded it
}

/// @notice "We have paid the payee of this instruction." Signed by the institution (EIP-712).
struct PayoutReceipt {
    uint256 instructionId;
    address payee; // as in the instruction
    address token; // as in the instruction
    uint64 amount; // token units, as in the instruction
    bytes3 currency; // ISO 4217
    uint64 rate; // millionths of the currency's main unit for 1,000,000 token units
    bytes32 referenceHash; // salted hash of the transfer's reference in the payment system
}

/// @notice "We have received the premium of this application." Signed by the institution (EIP-712).
struct CollectionReceipt {
    uint32 institution;
    address product;
    uint256 applicationId;
    address holder; // who paid the premium and will hold the policy
    address token;
    uint64 amount; // token units, at least the premium
    bytes3 currency; // ISO 4217
    uint64 rate; // millionths of the currency's main unit for 1,000,000 token units
    bytes32 referenceHash; // salted hash of the transfer's reference in the payment system
    uint40 validUntil; // unix seconds; after it the tokens go back
}

/// @notice A premium an institution has collected, as it is kept.
struct Earmark {
    address token; // slot 0: bytes 0-19
    uint64 amount; // slot 0: bytes 20-27 token units not yet released or returned
    uint32 institution; // slot 0: bytes 28-31
    address holder; // slot 1: bytes 0-19
    uint40 validUntil; // slot 1: bytes 20-24 unix seconds
    bool released; // slot 1: byte  25    the premium went to the product; what is left goes back
}
