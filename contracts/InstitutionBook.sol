// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IDisbursement} from "./interfaces/IDisbursement.sol";
import {DayUse, Institution, InstitutionTerms} from "./types/DisbursementTypes.sol";

/// @title InstitutionBook
/// @notice Who may stand between the token and ordinary money: institutions, their keys, limits, tokens and days.
abstract contract InstitutionBook is IDisbursement, AccessManaged {
    /// @dev What an institution is asked to take on. Each kind has its own count of the day.
    enum Engagement {
        Claim, // a payout, of a claim
        Funded, // a payout of the payee's own tokens
        Premium // a premium
    }

    uint32 public constant MIN_RECEIPT_SECONDS = 1 hours;
    uint32 public constant MAX_RECEIPT_SECONDS = 14 days;
    /// @dev Payees' own money may use this part of a day, as a divisor.
    uint64 private constant FUNDED_PART = 2;

    uint32 private _institutionCount;
    mapping(uint32 institution => Institution) private _institutions;
    mapping(uint32 institution => DayUse) private _uses;
    mapping(uint32 institution => mapping(address token => bool)) private _tokens;
    mapping(uint32 institution => mapping(bytes32 referenceHash => bool)) private _references;

    /// @inheritdoc IDisbursement
    function registerInstitution(InstitutionTerms calldata terms) external restricted returns (uint32 institution) {
        // Check
        _requireKeys(terms.signer, terms.account);
        _requireLimits(terms.perPayoutLimit, terms.perDayLimit, terms.receiptSeconds);
        // Effect
        institution = ++_institutionCount;
        _institutions[institution] = Institution({
            signer: terms.signer,
            perPayoutLimit: terms.perPayoutLimit,
            receiptSeconds: terms.receiptSeconds,
            account: terms.account,
            perDayLimit: terms.perDayLimit,
            suspended: false
        });
        emit InstitutionRegistered(
            institution, terms.signer, terms.account, terms.perPayoutLimit, terms.perDayLimit, terms.receiptSeconds
        );
    }

    /// @inheritdoc IDisbursement
    function rotateKeys(uint32 institution, address signer, address account) external restricted {
        // Check
        Institution storage kept = _known(institution);
        _requireKeys(signer, account);
        // Effect
        (kept.signer, kept.account) = (signer, account);
        emit InstitutionKeysRotated(institution, signer, account);
    }

    /// @inheritdoc IDisbursement
    function changeLimits(uint32 institution, uint64 perPayoutLimit, uint64 perDayLimit, uint32 receiptSeconds)
        external
        restricted
    {
        // Check
        Institution storage kept = _known(institution);
        _requireLimits(perPayoutLimit, perDayLimit, receiptSeconds);
        // Effect
        (kept.perPayoutLimit, kept.perDayLimit, kept.receiptSeconds) = (perPayoutLimit, perDayLimit, receiptSeconds);
        emit InstitutionLimitsChanged(institution, perPayoutLimit, perDayLimit, receiptSeconds);
    }

    /// @inheritdoc IDisbursement
    function acceptToken(uint32 institution, address token, bool accepted) external restricted {
        // Check
        _known(institution);
        if (token.code.length == 0) revert InstitutionTokenInvalid(token);
        // Effect
        _tokens[institution][token] = accepted;
        emit InstitutionTokenChanged(institution, token, accepted);
    }

    /// @inheritdoc IDisbursement
    function suspendInstitution(uint32 institution) external restricted {
        // Check
        Institution storage kept = _active(institution);
        // Effect
        kept.suspended = true;
        emit InstitutionSuspended(institution);
    }

    /// @inheritdoc IDisbursement
    function resumeInstitution(uint32 institution) external restricted {
        // Check
        Institution storage kept = _known(institution);
        if (!kept.suspended) revert InstitutionNotSuspended(institution);
        // Effect
        kept.suspended = false;
        emit InstitutionResumed(institution);
    }

    /// @inheritdoc IDisbursement
    function accepts(uint32 institution, address token, uint64 amount) public view returns (bool) {
        Institution storage kept = _institutions[institution];
        if (!_tokens[institution][token] || kept.suspended) return false;
        if (amount == 0 || amount > kept.perPayoutLimit) return false;
        return uint256(_today(institution).opened) + amount <= kept.perDayLimit;
    }

    /// @inheritdoc IDisbursement
    function acceptsFrom(address desk, uint32 institution, address token, uint64 amount) external view returns (bool) {
        if (!accepts(institution, token, amount)) return false;
        (bool may,) = IAccessManager(authority()).canCall(desk, address(this), IDisbursement.openPayout.selector);
        return may;
    }

    /// @inheritdoc IDisbursement
    function institutionCount() external view returns (uint32) {
        return _institutionCount;
    }

    /// @inheritdoc IDisbursement
    function institutionAt(uint32 institution) external view returns (Institution memory) {
        return _known(institution);
    }

    /// @inheritdoc IDisbursement
    function institutionsFrom(uint32 from, uint32 limit) external view returns (Institution[] memory page) {
        uint256 first = Math.max(from, 1);
        uint256 left = Math.saturatingSub(uint256(_institutionCount) + 1, first);
        page = new Institution[](Math.min(left, limit));
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _institutions[uint32(first + i)];
        }
    }

    /// @inheritdoc IDisbursement
    function isTokenAccepted(uint32 institution, address token) external view returns (bool) {
        return _tokens[institution][token];
    }

    /// @inheritdoc IDisbursement
    function useToday(uint32 institution) external view returns (DayUse memory) {
        return _today(institution);
    }

    /// @inheritdoc IDisbursement
    function isReferenceUsed(uint32 institution, bytes32 referenceHash) external view returns (bool) {
        return _references[institution][referenceHash];
    }

    /// @dev An institution takes something on: within its limits, and counted.
    function _engage(uint32 institution, address token, uint64 amount, Engagement kind)
        internal
        returns (Institution storage kept)
    {
        // Check
        kept = _active(institution);
        if (!_tokens[institution][token]) revert TokenNotAccepted(institution, token);
        if (amount == 0) revert AmountZero();
        if (amount > kept.perPayoutLimit) revert PayoutLimitExceeded(institution, amount, kept.perPayoutLimit);
        uint64 limit = kept.perDayLimit;
        DayUse memory use = _today(institution);
        // Effect
        if (kind == Engagement.Premium) {
            use.collected = _counted(institution, use.collected, amount, limit);
        } else {
            use.opened = _counted(institution, use.opened, amount, limit);
            if (kind == Engagement.Funded) {
                use.funded = _counted(institution, use.funded, amount, limit / FUNDED_PART);
            }
        }
        _uses[institution] = use;
    }

    /// @dev A receipt's words are complete, and its transfer settles nothing else, now or later.
    function _useReference(uint32 institution, bytes3 currency, uint64 rate, bytes32 referenceHash) internal {
        // Check
        for (uint256 i = 0; i < 3; ++i) {
            if (currency[i] < "A" || currency[i] > "Z") revert CurrencyInvalid(currency);
        }
        if (rate == 0 || referenceHash == 0) revert ReceiptIncomplete(rate, referenceHash);
        if (_references[institution][referenceHash]) revert ReferenceUsed(institution, referenceHash);
        // Effect
        _references[institution][referenceHash] = true;
    }

    /// @dev An institution that is known and not suspended.
    function _active(uint32 institution) internal view returns (Institution storage kept) {
        kept = _known(institution);
        if (kept.suspended) revert InstitutionIsSuspended(institution);
    }

    function _known(uint32 institution) internal view returns (Institution storage kept) {
        kept = _institutions[institution];
        if (kept.signer == address(0)) revert InstitutionUnknown(institution);
    }

    /// @dev A day that is over counts for nothing.
    function _today(uint32 institution) private view returns (DayUse memory use) {
        use = _uses[institution];
        uint40 today = uint40(block.timestamp / 1 days);
        if (use.day != today) use = DayUse({day: today, opened: 0, funded: 0, collected: 0});
    }

    function _requireKeys(address signer, address account) private view {
        if (signer == address(0) || account == address(0) || account == address(this)) {
            revert InstitutionKeysInvalid(signer, account);
        }
    }

    function _counted(uint32 institution, uint64 used, uint64 amount, uint64 limit) private pure returns (uint64) {
        uint256 total = uint256(used) + amount;
        if (total > limit) revert DayLimitExceeded(institution, total, limit);
        return uint64(total);
    }

    function _requireLimits(uint64 perPayoutLimit, uint64 perDayLimit, uint32 receiptSeconds) private pure {
        if (perPayoutLimit == 0 || perPayoutLimit > perDayLimit) {
            revert InstitutionLimitsInvalid(perPayoutLimit, perDayLimit);
        }
        if (receiptSeconds < MIN_RECEIPT_SECONDS || receiptSeconds > MAX_RECEIPT_SECONDS) {
            revert ReceiptSecondsInvalid(receiptSeconds, MIN_RECEIPT_SECONDS, MAX_RECEIPT_SECONDS);
        }
    }
}
