// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Payout, PremiumDue} from "../types/ParametricTypes.sol";

/// @notice One insurer's money in one token: capital (ERC-4626), premiums, locked exposure, payouts, held payouts.
/// @dev Amounts are token units. Not for tokens that take a fee on transfer, rebase or call back.
interface ITreasury is IERC4626 {
    /// @notice The product may now collect premiums, lock exposure and pay.
    event ProductRegistered(address indexed product);
    /// @notice Exposure locked at bind, after it: the product's total; `premiums` is what was received for it. Who paid
    /// which premium stands in the product's events, and the token's.
    event ExposureLocked(address indexed product, uint256 exposure, uint256 total, uint256 premiums);
    /// @notice Exposure released by settlement or expiry; `paid` and `held` are this batch's payouts.
    event ExposureReleased(address indexed product, uint256 exposure, uint256 total, uint256 paid, uint256 held);
    /// @notice A transfer failed. The money is the payee's, for ever.
    event PayoutHeld(address indexed product, uint256 indexed policyId, address indexed payee, uint256 amount);
    /// @notice Held money has left: to the payee, or where the payee asked.
    event HeldPayoutPaid(address indexed payee, address indexed to, uint256 amount);
    /// @notice Capital must now cover this share of the exposure.
    event RequiredRatioChanged(uint256 ratioBps);

    /// @notice The caller is not a product of this treasury.
    error ProductNotRegistered(address product);
    /// @notice The product is registered already.
    error ProductAlreadyRegistered(address product);
    /// @notice Free capital does not cover the exposure to be locked.
    error CapitalTooSmall(uint256 needed, uint256 held);
    /// @notice The product would release or pay more than it has locked.
    error ExposureTooSmall(address product, uint256 needed, uint256 locked);
    /// @notice The token delivered less than the premiums: it takes a fee on transfer.
    error PremiumShort(uint256 expected, uint256 received);
    /// @notice Too little gas is left to tell a refused transfer from a starved one.
    error GasTooLow(uint256 left, uint256 needed);
    /// @notice Nothing is held for this payee.
    error NothingHeld(address payee);
    /// @notice Money paid to the treasury would be nobody's.
    error PayeeInvalid(address payee);
    /// @notice Capital must cover at least the whole exposure: 10,000 to 65,535 basis points.
    error RequiredRatioInvalid(uint256 ratioBps);

    /// @notice Lets a product in. Restricted (factory).
    /// @dev Reverts: {ProductAlreadyRegistered}.
    function registerProduct(address product) external;

    /// @notice Takes premiums by allowance and locks the exposure they pay for. Only a registered product.
    /// @dev Reverts: {ProductNotRegistered}, {PremiumShort}, {CapitalTooSmall}, and the token's own errors.
    /// @param dues Who pays how much.
    /// @param exposure Sums insured to lock, token units.
    function collectPremiums(PremiumDue[] calldata dues, uint256 exposure) external;

    /// @notice Pays a batch and releases exposure. Only a registered product. A transfer that fails is held.
    /// @dev Reverts: {ProductNotRegistered}, {ExposureTooSmall}, {GasTooLow}. Does not check what the product owes
    /// to whom: that is the product's work, bounded here by the exposure it has locked.
    /// @param payouts Each at most what the policy insures.
    /// @param exposure Sums insured to release, at least the sum of the payouts, token units.
    function payBatch(Payout[] calldata payouts, uint256 exposure) external;

    /// @notice Pays out what is held for a payee. Anyone may call: the money can only go to the payee.
    /// @dev Reverts: {NothingHeld}, `SafeERC20FailedOperation`, and the token's own errors.
    function pushHeldPayout(address payee) external returns (uint256 amount);

    /// @notice Takes what is held for the caller to an address of the caller's choice.
    /// @dev Reverts: {PayeeInvalid} for the treasury itself, else as {pushHeldPayout}.
    function takeHeldPayout(address to) external returns (uint256 amount);

    /// @notice Sets how much of the exposure capital must cover. Restricted (administrator).
    /// @dev Reverts: {RequiredRatioInvalid}.
    function setRequiredRatio(uint16 ratioBps) external;

    /// @notice Tokens the treasury holds.
    function heldAssets() external view returns (uint256);

    /// @notice Held for one payee.
    function heldPayoutOf(address payee) external view returns (uint256);

    /// @notice Held for all payees.
    function totalHeldPayouts() external view returns (uint256);

    /// @notice Exposure one product has locked.
    function exposureOf(address product) external view returns (uint256);

    /// @notice Exposure all products have locked.
    function totalExposure() external view returns (uint256);

    /// @notice Whether a product is registered.
    function isProduct(address product) external view returns (bool);

    /// @notice Share of the exposure that capital must cover, basis points.
    function requiredRatioBps() external view returns (uint256);

    /// @notice Capital that may leave or back new policies: assets less held payouts and required capital.
    function freeCapital() external view returns (uint256);
}
