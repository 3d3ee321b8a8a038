// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITreasury} from "./interfaces/ITreasury.sol";
import {Payout, PremiumDue} from "./types/ParametricTypes.sol";

/// @title Treasury
/// @notice One insurer's money in one token.
/// @dev What is held for payees and what policies in force may cost never counts as free. Shares of the capital are
/// ERC-4626 with a virtual offset, so that the first deposit cannot be inflated away.
contract Treasury is ITreasury, ERC4626, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct ProductAccount {
        bool registered; // slot 0: byte  0
        uint120 exposure; // slot 0: bytes 1-15, token units
    }

    uint256 private constant BPS = 10_000;
    /// @dev More than any honest token's transfer needs. With less left, a refusal could be the caller's doing.
    uint256 private constant TRANSFER_GAS = 150_000;

    uint120 private _totalExposure; // slot a: bytes 0-14, token units
    uint120 private _totalHeldPayouts; // slot a: bytes 15-29, token units
    uint16 private _requiredRatioBps = uint16(BPS); // slot a: bytes 30-31
    mapping(address product => ProductAccount) private _products;
    mapping(address payee => uint256 amount) private _heldPayouts;

    modifier onlyProduct() {
        _requireProduct();
        _;
    }

    constructor(IERC20 asset_, address authority, string memory name_, string memory symbol_)
        ERC4626(asset_)
        ERC20(name_, symbol_)
        AccessManaged(authority)
    {}

    /// @inheritdoc ITreasury
    function registerProduct(address product) external restricted {
        if (_products[product].registered) revert ProductAlreadyRegistered(product);
        _products[product].registered = true;
        emit ProductRegistered(product);
    }

    /// @inheritdoc ITreasury
    function collectPremiums(PremiumDue[] calldata dues, uint256 exposure) external onlyProduct nonReentrant {
        // Effect
        ProductAccount storage account = _products[msg.sender];
        uint256 locked = account.exposure + exposure;
        account.exposure = SafeCast.toUint120(locked);
        _totalExposure = SafeCast.toUint120(_totalExposure + exposure);
        // Interaction: the token is the only contract called.
        IERC20 token = IERC20(asset());
        uint256 before = token.balanceOf(address(this));
        uint256 expected = 0;
        for (uint256 i = 0; i < dues.length; ++i) {
            uint256 premium = dues[i].premium;
            expected += premium;
            token.safeTransferFrom(dues[i].payer, address(this), premium);
        }
        emit ExposureLocked(msg.sender, exposure, locked, expected);
        // Check: what arrived, and that all of it with the capital carries what was locked.
        uint256 held = token.balanceOf(address(this));
        if (held < before + expected) revert PremiumShort(expected, held - before);
        uint256 needed = _requiredCapital() + _totalHeldPayouts;
        if (held < needed) revert CapitalTooSmall(needed, held);
    }

    /// @inheritdoc ITreasury
    function payBatch(Payout[] calldata payouts, uint256 exposure) external onlyProduct nonReentrant {
        // Check
        uint256 owed = 0;
        for (uint256 i = 0; i < payouts.length; ++i) {
            owed += payouts[i].amount;
        }
        uint256 locked = _products[msg.sender].exposure;
        if (owed > exposure) revert ExposureTooSmall(msg.sender, owed, exposure);
        if (exposure > locked) revert ExposureTooSmall(msg.sender, exposure, locked);
        // Effect
        _products[msg.sender].exposure = uint120(locked - exposure);
        _totalExposure -= uint120(exposure);
        // Interaction
        uint256 held = _transferEach(payouts);
        emit ExposureReleased(msg.sender, exposure, locked - exposure, owed - held, held);
    }

    /// @inheritdoc ITreasury
    function pushHeldPayout(address payee) external nonReentrant returns (uint256 amount) {
        return _payHeld(payee, payee);
    }

    /// @inheritdoc ITreasury
    function takeHeldPayout(address to) external nonReentrant returns (uint256 amount) {
        return _payHeld(msg.sender, to);
    }

    /// @inheritdoc ITreasury
    function setRequiredRatio(uint16 ratioBps) external restricted {
        if (ratioBps < BPS) revert RequiredRatioInvalid(ratioBps);
        _requiredRatioBps = ratioBps;
        emit RequiredRatioChanged(ratioBps);
    }

    /// @inheritdoc IERC4626
    /// @dev Restricted (treasurer): capital comes from known providers only.
    function deposit(uint256 assets, address receiver)
        public
        override(ERC4626, IERC4626)
        restricted
        nonReentrant
        returns (uint256)
    {
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc IERC4626
    /// @dev Restricted (treasurer), as {deposit}.
    function mint(uint256 shares, address receiver)
        public
        override(ERC4626, IERC4626)
        restricted
        nonReentrant
        returns (uint256)
    {
        return super.mint(shares, receiver);
    }

    /// @inheritdoc IERC4626
    function withdraw(uint256 assets, address receiver, address owner)
        public
        override(ERC4626, IERC4626)
        nonReentrant
        returns (uint256)
    {
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc IERC4626
    function redeem(uint256 shares, address receiver, address owner)
        public
        override(ERC4626, IERC4626)
        nonReentrant
        returns (uint256)
    {
        return super.redeem(shares, receiver, owner);
    }

    /// @inheritdoc ITreasury
    function heldPayoutOf(address payee) external view returns (uint256) {
        return _heldPayouts[payee];
    }

    /// @inheritdoc ITreasury
    function totalHeldPayouts() external view returns (uint256) {
        return _totalHeldPayouts;
    }

    /// @inheritdoc ITreasury
    function exposureOf(address product) external view returns (uint256) {
        return _products[product].exposure;
    }

    /// @inheritdoc ITreasury
    function totalExposure() external view returns (uint256) {
        return _totalExposure;
    }

    /// @inheritdoc ITreasury
    function isProduct(address product) external view returns (bool) {
        return _products[product].registered;
    }

    /// @inheritdoc ITreasury
    function requiredRatioBps() external view returns (uint256) {
        return _requiredRatioBps;
    }

    /// @inheritdoc ITreasury
    function heldAssets() public view returns (uint256) {
        return IERC20(asset()).balanceOf(address(this));
    }

    /// @inheritdoc ITreasury
    function freeCapital() public view returns (uint256) {
        return Math.saturatingSub(heldAssets(), _requiredCapital() + _totalHeldPayouts);
    }

    /// @inheritdoc IERC4626
    /// @dev Held payouts are the payees', not the capital's.
    function totalAssets() public view override(ERC4626, IERC4626) returns (uint256) {
        return Math.saturatingSub(heldAssets(), _totalHeldPayouts);
    }

    /// @inheritdoc IERC4626
    /// @dev At most the free capital: what is locked stays.
    function maxWithdraw(address owner) public view override(ERC4626, IERC4626) returns (uint256) {
        return Math.min(super.maxWithdraw(owner), freeCapital());
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address owner) public view override(ERC4626, IERC4626) returns (uint256) {
        return Math.min(super.maxRedeem(owner), _convertToShares(freeCapital(), Math.Rounding.Floor));
    }

    /// @inheritdoc ERC4626
    function decimals() public view override(ERC4626, IERC20Metadata) returns (uint8) {
        return super.decimals();
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /// @dev Tries every transfer; one that is refused is held for its payee and stops nobody else's.
    function _transferEach(Payout[] calldata payouts) private returns (uint256 held) {
        IERC20 token = IERC20(asset());
        for (uint256 i = 0; i < payouts.length; ++i) {
            if (gasleft() < TRANSFER_GAS) revert GasTooLow(gasleft(), TRANSFER_GAS);
            Payout calldata payout = payouts[i];
            if (token.trySafeTransfer(payout.payee, payout.amount)) continue;
            held += payout.amount;
            _heldPayouts[payout.payee] += payout.amount;
            emit PayoutHeld(msg.sender, payout.policyId, payout.payee, payout.amount);
        }
        if (held > 0) _totalHeldPayouts += SafeCast.toUint120(held);
    }

    function _payHeld(address payee, address to) private returns (uint256 amount) {
        // Check
        amount = _heldPayouts[payee];
        if (amount == 0) revert NothingHeld(payee);
        if (to == address(this)) revert PayeeInvalid(to);
        // Effect
        _heldPayouts[payee] = 0;
        _totalHeldPayouts -= uint120(amount);
        emit HeldPayoutPaid(payee, to, amount);
        // Interaction
        IERC20(asset()).safeTransfer(to, amount);
    }

    function _requiredCapital() private view returns (uint256) {
        return Math.ceilDiv(uint256(_totalExposure) * _requiredRatioBps, BPS);
    }

    function _requireProduct() private view {
        if (!_products[msg.sender].registered) revert ProductNotRegistered(msg.sender);
    }
}
