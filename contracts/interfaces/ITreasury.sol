// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ClaimPayment} from "../types/IndemnityTypes.sol";
import {Payout, PremiumDue} from "../types/ParametricTypes.sol";
import {HeldPayout} from "../types/TreasuryTypes.sol";

/// @notice One insurer's money in one token: capital (ERC-4626), premiums, exposure, case reserves, payouts, held payouts.
/// @dev Amounts are token units below 2^64. Not for tokens that take a fee on transfer, rebase or call back: the first
/// two are refused where money comes in. What the treasury owns is what it booked, not what somebody sent it.
interface ITreasury is IERC4626 {
    /// @notice The product may now collect premiums, lock exposure and pay.
    event ProductRegistered(address indexed product);
    /// @notice Exposure locked at bind, after it: the product's total; `premiums` is what was received for it. Who paid
    /// which premium stands in the product's events, and the token's.
    event ExposureLocked(address indexed product, uint256 exposure, uint256 total, uint256 premiums);
    /// @notice Exposure released by settlement or expiry; `paid` and `held` are this batch's payouts.
    event ExposureReleased(address indexed product, uint256 exposure, uint256 total, uint256 paid, uint256 held);
    /// @notice Premium whose risk has passed now belongs to the capital; `unearned` is what the product has left.
    event PremiumEarned(address indexed product, uint256 earned, uint256 unearned);
    /// @notice Premium went back to a policyholder.
    event PremiumReturned(address indexed product, uint256 indexed policyId, address indexed payee, uint256 amount);
    /// @notice A claim's reserve changed without payment: notified (`from` 0), re-estimated, or released (`to` 0).
    event ReserveChanged(address indexed product, uint256 indexed claimId, uint256 from, uint256 to, uint256 total);
    /// @notice A claim was paid, straight away or (see {PayoutHeld}) as soon as it can be.
    event ClaimPaid(
        address indexed product,
        uint256 indexed claimId,
        address indexed payee,
        uint256 indemnity,
        uint256 interest,
        uint256 reserveBefore,
        uint256 reserveAfter
    );
    /// @notice A transfer failed, or the day's cap was reached. The money is the payee's, for ever.
    event PayoutHeld(address indexed product, uint256 indexed policyId, address indexed payee, uint256 amount);
    /// @notice Held money has left: to the payee, or where the payee asked.
    event HeldPayoutPaid(address indexed payee, address indexed to, uint256 amount);
    /// @notice Capital must now cover this share of the exposure.
    event RequiredRatioChanged(uint256 ratioBps);
    /// @notice At most this much leaves as payouts in one UTC day; 0: no cap.
    event PayoutCapChanged(uint256 cap);
    /// @notice Nothing new is bound or paid until then. Clocks stop.
    event Paused(uint256 until);
    /// @notice The pause ended early.
    event Unpaused(uint256 pausedSeconds);
    /// @notice Tokens somebody sent without being asked are capital now.
    event SurplusAbsorbed(uint256 amount);

    /// @notice The caller is not a product of this treasury.
    error ProductNotRegistered(address product);
    /// @notice The product is registered already.
    error ProductAlreadyRegistered(address product);
    /// @notice Free capital does not cover the exposure to be locked.
    error CapitalTooSmall(uint256 needed, uint256 held);
    /// @notice The product would release or pay more than it has locked.
    error ExposureTooSmall(address product, uint256 needed, uint256 locked);
    /// @notice The product would release more than it has reserved.
    error ReserveTooSmall(address product, uint256 needed, uint256 reserved);
    /// @notice The product would earn or return more premium than is unearned.
    error PremiumTooSmall(address product, uint256 needed, uint256 unearned);
    /// @notice The token delivered less than asked: it takes a fee on transfer.
    error TransferShort(uint256 expected, uint256 received);
    /// @notice The token took away what the treasury owned: it rebases, or its issuer seized it.
    error AssetsMissing(uint256 booked, uint256 held);
    /// @notice Too little gas is left to tell a refused transfer from a starved one.
    error GasTooLow(uint256 left, uint256 needed);
    /// @notice Nothing is held for this payee.
    error NothingHeld(address payee);
    /// @notice The day's cap is used up, and this money is not held long enough to pass it.
    error PayoutCapReached(uint256 cap, uint256 opensAt);
    /// @notice Money paid to the treasury would be nobody's.
    error PayeeInvalid(address payee);
    /// @notice The payee did not sign this redirection.
    error RedirectSignatureInvalid(address payee);
    /// @notice The redirection is too old.
    error RedirectExpired(uint256 deadline, uint256 nowAt);
    /// @notice Capital must cover at least the whole exposure: 10,000 to 65,535 basis points.
    error RequiredRatioInvalid(uint256 ratioBps);
    /// @notice A pause runs.
    error TreasuryPaused(uint256 until);
    /// @notice A pause is 1 second to 7 days.
    error PauseInvalid(uint256 pauseSeconds, uint256 most);
    /// @notice Between two pauses lie 30 days.
    error PauseTooSoon(uint256 opensAt, uint256 nowAt);
    /// @notice No pause runs.
    error NotPaused();
    /// @notice Nothing was sent without being asked.
    error NoSurplus();

    /// @notice Lets a product in. Restricted (factory).
    /// @dev Reverts: {ProductAlreadyRegistered}.
    function registerProduct(address product) external;

    /// @notice Takes premiums by allowance and locks the exposure they pay for. Only a registered product.
    /// @dev Reverts: {ProductNotRegistered}, {TreasuryPaused}, {AssetsMissing}, {TransferShort}, {CapitalTooSmall}, and
    /// the token's own errors.
    /// @param dues Who pays how much.
    /// @param exposure What the policies may cost, to lock, token units.
    function collectPremiums(PremiumDue[] calldata dues, uint256 exposure) external;

    /// @notice Pays a batch, releases exposure, and earns the premium that went with it, in proportion. Only a
    /// registered product. A transfer that fails, and what exceeds the day's cap, is held.
    /// @dev Reverts: {ProductNotRegistered}, {TreasuryPaused}, {ExposureTooSmall}, {GasTooLow}. Does not check what
    /// the product owes to whom: that is the product's work, bounded here by the exposure it has locked.
    /// @param payouts Each at most what the policy insures.
    /// @param exposure Exposure to release, at least the sum of the payouts, token units.
    function payBatch(Payout[] calldata payouts, uint256 exposure) external;

    /// @notice Moves exposure to a claim's reserve, or back. Only a registered product. Works while paused.
    /// @dev Reverts: {ProductNotRegistered}, {ExposureTooSmall}, {ReserveTooSmall}.
    /// @param from Reserve of the claim before, token units.
    /// @param to Reserve of the claim after, token units.
    function changeReserve(uint256 claimId, uint256 from, uint256 to) external;

    /// @notice Pays a claim out of reserve and exposure, and sets its reserve anew. Only a registered product.
    /// @dev Indemnity comes from reserve and exposure together, interest from exposure. Reverts: {ProductNotRegistered},
    /// {TreasuryPaused}, {ExposureTooSmall}, {ReserveTooSmall}, {GasTooLow}.
    /// @return delivered Whether the tokens have arrived; else they are held for the payee.
    function payClaim(ClaimPayment calldata payment) external returns (bool delivered);

    /// @notice Releases exposure and earns premium. Only a registered product. Works while paused.
    /// @dev Reverts: {ProductNotRegistered}, {ExposureTooSmall}, {PremiumTooSmall}.
    function runOff(uint256 exposure, uint256 earned) external;

    /// @notice Returns unearned premium to a policyholder; `earned` is earned at the same time. Only a registered product.
    /// @dev Reverts: {ProductNotRegistered}, {TreasuryPaused}, {PremiumTooSmall}, {GasTooLow}.
    function returnPremium(uint256 policyId, address payee, uint256 amount, uint256 earned) external;

    /// @notice Pays out what is held for a payee. Anyone may call: the money can only go to the payee. Works while
    /// paused. All that is ripe (see {HeldPayout}), and as much more as the day's cap allows.
    /// @dev Reverts: {NothingHeld}, {PayoutCapReached}, `SafeERC20FailedOperation`, and the token's own errors.
    /// @return amount Token units paid; the rest stays held.
    function pushHeldPayout(address payee) external returns (uint256 amount);

    /// @notice Takes what is held for the caller to an address of the caller's choice.
    /// @dev Reverts: {PayeeInvalid} for the treasury itself, else as {pushHeldPayout}.
    function takeHeldPayout(address to) external returns (uint256 amount);

    /// @notice Takes what is held for a payee to an address the payee signed for (EIP-712 `Redirect`; ERC-1271 too).
    /// @dev Reverts: {RedirectExpired}, {RedirectSignatureInvalid}, else as {takeHeldPayout}.
    /// @param deadline Unix seconds, inclusive.
    function redirectHeldPayout(address payee, address to, uint256 deadline, bytes calldata signature)
        external
        returns (uint256 amount);

    /// @notice Sets how much of the exposure capital must cover. Restricted (administrator).
    /// @dev Reverts: {RequiredRatioInvalid}.
    function setRequiredRatio(uint16 ratioBps) external;

    /// @notice Sets how much may leave as payouts in one UTC day, token units; 0: no cap. Restricted (administrator).
    /// What is over it is held, and passes the cap after 30 days; after 60 at most, if other money of the payee ripened.
    function setPayoutCap(uint64 cap) external;

    /// @notice Stops new business and new payments, and every claim's clock, for at most 7 days. Restricted (guardian).
    /// @dev Held payouts can still be taken. Reverts: {PauseInvalid}, {PauseTooSoon}.
    function pause(uint40 pauseSeconds) external;

    /// @notice Ends a pause early. Restricted (guardian).
    /// @dev Reverts: {NotPaused}.
    function unpause() external;

    /// @notice Books tokens that were sent without being asked as capital. Restricted (treasurer).
    /// @dev Reverts: {NoSurplus}.
    function absorbSurplus() external returns (uint256 amount);

    /// @notice Tokens the treasury holds.
    function heldAssets() external view returns (uint256);

    /// @notice Tokens the treasury owns by its own books: what it asked for less what it paid.
    function bookedAssets() external view returns (uint256);

    /// @notice Held for one payee.
    function heldPayoutOf(address payee) external view returns (uint256);

    /// @notice The same in its parts, as of now: what passes the day's cap already, and since when the rest waits.
    function heldPayout(address payee) external view returns (HeldPayout memory);

    /// @notice Held for all payees.
    function totalHeldPayouts() external view returns (uint256);

    /// @notice Exposure a product has locked, case reserves not counted.
    function exposureOf(address product) external view returns (uint256);

    /// @notice Exposure of all products, case reserves not counted.
    function totalExposure() external view returns (uint256);

    /// @notice Case reserves of a product's open claims.
    function reservesOf(address product) external view returns (uint256);

    /// @notice Case reserves of all open claims.
    function totalReserves() external view returns (uint256);

    /// @notice Premium a product has collected whose risk has not passed.
    function unearnedPremiumOf(address product) external view returns (uint256);

    /// @notice Unearned premium of all products.
    function totalUnearnedPremium() external view returns (uint256);

    /// @notice Whether a product may collect and pay here.
    function isProduct(address product) external view returns (bool);

    /// @notice Share of the exposure that capital must cover, basis points.
    function requiredRatioBps() external view returns (uint256);

    /// @notice What the capital providers could take out now, all of them together.
    function freeCapital() external view returns (uint256);

    /// @notice Most that leaves as payouts in one UTC day (0: no cap), and what is left of it today.
    function payoutCap() external view returns (uint256 cap, uint256 leftToday);

    /// @notice Until when a pause runs, unix seconds; past: none runs.
    function pausedUntil() external view returns (uint256);

    /// @notice How long the treasury was paused between `from` (unix seconds) and now, seconds.
    function pausedSecondsSince(uint256 from) external view returns (uint256);

    /// @notice EIP-712 domain separator for `Redirect`.
    function domainSeparator() external view returns (bytes32);
}
