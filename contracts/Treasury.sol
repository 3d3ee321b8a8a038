// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {TreasuryBooks} from "./TreasuryBooks.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {ClaimPayment} from "./types/IndemnityTypes.sol";
import {Payout, PremiumDue} from "./types/ParametricTypes.sol";
import {HeldPayout} from "./types/TreasuryTypes.sol";

/// @title Treasury
/// @notice One insurer's money in one token.
/// @dev What is held for payees, reserved for claims, unearned, or may be lost by policies in force never counts as
/// free. Shares of the capital are ERC-4626 over booked assets with a virtual offset, so that neither a first deposit
/// nor tokens sent without being asked move their price.
contract Treasury is ITreasury, TreasuryBooks, ERC4626, AccessManaged, EIP712, Nonces, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 private constant REDIRECT_TYPEHASH =
        keccak256("Redirect(address payee,address to,uint256 nonce,uint256 deadline)");

    modifier onlyProduct() {
        _requireProduct();
        _;
    }

    constructor(IERC20 asset_, address authority, string memory name_, string memory symbol_)
        ERC4626(asset_)
        ERC20(name_, symbol_)
        AccessManaged(authority)
        EIP712("Quittance", "1")
    {
        _cash.requiredRatioBps = uint16(BPS);
    }

    /// @inheritdoc ITreasury
    function registerProduct(address product) external restricted {
        if (_products[product].registered) revert ProductAlreadyRegistered(product);
        _products[product].registered = true;
        emit ProductRegistered(product);
    }

    /// @inheritdoc ITreasury
    function collectPremiums(PremiumDue[] calldata dues, uint256 exposure) external onlyProduct nonReentrant {
        // Check
        _requireRunning();
        IERC20 token = _token();
        uint256 before = _balanceBefore(token);
        // Interaction: the token is the only contract called, and it cannot come back in.
        uint256 premiums = 0;
        for (uint256 i = 0; i < dues.length; ++i) {
            uint256 premium = dues[i].premium;
            premiums += premium;
            token.safeTransferFrom(dues[i].payer, address(this), premium);
        }
        // Effect
        uint256 booked = _book(token, before, premiums);
        uint256 locked = _lock(exposure, premiums);
        emit ExposureLocked(msg.sender, exposure, locked, premiums);
        // Check: the capital carries what was locked.
        uint256 needed = _committed();
        if (booked < needed) revert CapitalTooSmall(needed, booked);
    }

    /// @inheritdoc ITreasury
    function payBatch(Payout[] calldata payouts, uint256 exposure) external onlyProduct nonReentrant {
        // Check
        _requireRunning();
        (uint256 locked, uint256 unearned) = (_products[msg.sender].exposure, _products[msg.sender].unearned);
        // Effect
        uint256 earned = locked == 0 ? 0 : (unearned * Math.min(exposure, locked)) / locked;
        (locked, unearned) = _release(exposure, earned);
        // Interaction
        (uint256 paid, uint256 held) = _payEach(payouts, _leftToday());
        // Check: a batch that asks for more than it frees is undone. Asking first would cost each payout a second look.
        if (paid + held > exposure) revert ExposureTooSmall(msg.sender, paid + held, exposure);
        if (held > 0) _totals.held = SafeCast.toUint64(_totals.held + held);
        _takeOff(paid);
        emit ExposureReleased(msg.sender, exposure, locked, paid, held);
        emit PremiumEarned(msg.sender, earned, unearned);
    }

    /// @inheritdoc ITreasury
    function changeReserve(uint256 claimId, uint256 from, uint256 to) external onlyProduct nonReentrant {
        uint256 reserves = _changeReserve(from, to, 0);
        emit ReserveChanged(msg.sender, claimId, from, to, reserves);
    }

    /// @inheritdoc ITreasury
    function payClaim(ClaimPayment calldata p) external onlyProduct nonReentrant returns (bool delivered) {
        // Effect
        uint256 amount = uint256(p.indemnity) + p.interest;
        _changeReserve(p.reserveBefore, p.reserveAfter, amount);
        emit ClaimPaid(msg.sender, p.claimId, p.payee, p.indemnity, p.interest, p.reserveBefore, p.reserveAfter);
        // Interaction
        return _payOne(p.claimId, p.payee, p.via, amount);
    }

    /// @inheritdoc ITreasury
    function runOff(uint256 exposure, uint256 earned) external onlyProduct nonReentrant {
        (uint256 locked, uint256 unearned) = _release(exposure, earned);
        if (exposure > 0) emit ExposureReleased(msg.sender, exposure, locked, 0, 0);
        if (earned > 0) emit PremiumEarned(msg.sender, earned, unearned);
    }

    /// @inheritdoc ITreasury
    function returnPremium(uint256 policyId, address payee, uint256 amount, uint256 earned)
        external
        onlyProduct
        nonReentrant
    {
        // Effect
        (, uint256 unearned) = _release(0, amount + earned);
        emit PremiumReturned(msg.sender, policyId, payee, amount);
        emit PremiumEarned(msg.sender, earned, unearned);
        // Interaction
        _payOne(policyId, payee, address(0), amount);
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
    function redirectHeldPayout(address payee, address to, uint256 deadline, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 amount)
    {
        if (block.timestamp > deadline) revert RedirectExpired(deadline, block.timestamp);
        bytes32 redirect = keccak256(abi.encode(REDIRECT_TYPEHASH, payee, to, _useNonce(payee), deadline));
        if (!SignatureChecker.isValidSignatureNow(payee, _hashTypedDataV4(redirect), signature)) {
            revert RedirectSignatureInvalid(payee);
        }
        return _payHeld(payee, to);
    }

    /// @inheritdoc ITreasury
    function setRequiredRatio(uint16 ratioBps) external restricted {
        if (ratioBps < BPS) revert RequiredRatioInvalid(ratioBps);
        _cash.requiredRatioBps = ratioBps;
        emit RequiredRatioChanged(ratioBps);
    }

    /// @inheritdoc ITreasury
    function setPayoutCap(uint64 cap) external restricted {
        _cash.payoutCap = cap;
        emit PayoutCapChanged(cap);
    }

    /// @inheritdoc ITreasury
    function pause(uint40 pauseSeconds) external restricted {
        // Check
        if (pauseSeconds == 0 || pauseSeconds > MAX_PAUSE_SECONDS) {
            revert PauseInvalid(pauseSeconds, MAX_PAUSE_SECONDS);
        }
        uint256 count = _pauses.length;
        uint256 opensAt = count == 0 ? 0 : _pauses[count - 1].endsAt + PAUSE_INTERVAL_SECONDS;
        if (block.timestamp < opensAt) revert PauseTooSoon(opensAt, block.timestamp);
        // Effect
        uint32 until = SafeCast.toUint32(block.timestamp + pauseSeconds);
        _pauses.push(Pause({startedAt: uint40(block.timestamp), endsAt: until}));
        _cash.pausedUntil = until;
        emit Paused(until);
    }

    /// @inheritdoc ITreasury
    function unpause() external restricted {
        // Check
        if (block.timestamp >= _cash.pausedUntil) revert NotPaused();
        // Effect
        _cash.pausedUntil = uint32(block.timestamp);
        Pause storage pause_ = _pauses[_pauses.length - 1];
        pause_.endsAt = uint40(block.timestamp);
        emit Unpaused(block.timestamp - pause_.startedAt);
    }

    /// @inheritdoc ITreasury
    function absorbSurplus() external restricted returns (uint256 amount) {
        amount = Math.saturatingSub(heldAssets(), _cash.booked);
        if (amount == 0) revert NoSurplus();
        _cash.booked = SafeCast.toUint64(_cash.booked + amount);
        emit SurplusAbsorbed(amount);
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
    function bookedAssets() external view returns (uint256) {
        return _cash.booked;
    }

    /// @inheritdoc ITreasury
    function heldPayoutOf(address payee) external view returns (uint256) {
        HeldPayout memory held = _heldPayouts[payee];
        return uint256(held.ripe) + held.ripening + held.fresh;
    }

    /// @inheritdoc ITreasury
    function heldPayout(address payee) external view returns (HeldPayout memory) {
        return _heldNow(payee);
    }

    /// @inheritdoc ITreasury
    function totalHeldPayouts() external view returns (uint256) {
        return _totals.held;
    }

    /// @inheritdoc ITreasury
    function exposureOf(address product) external view returns (uint256) {
        return _products[product].exposure;
    }

    /// @inheritdoc ITreasury
    function totalExposure() external view returns (uint256) {
        return _totals.exposure;
    }

    /// @inheritdoc ITreasury
    function reservesOf(address product) external view returns (uint256) {
        return _products[product].reserves;
    }

    /// @inheritdoc ITreasury
    function totalReserves() external view returns (uint256) {
        return _totals.reserves;
    }

    /// @inheritdoc ITreasury
    function unearnedPremiumOf(address product) external view returns (uint256) {
        return _products[product].unearned;
    }

    /// @inheritdoc ITreasury
    function totalUnearnedPremium() external view returns (uint256) {
        return _totals.unearned;
    }

    /// @inheritdoc ITreasury
    function isProduct(address product) external view returns (bool) {
        return _products[product].registered;
    }

    /// @inheritdoc ITreasury
    function requiredRatioBps() external view returns (uint256) {
        return _cash.requiredRatioBps;
    }

    /// @inheritdoc ITreasury
    function payoutCap() external view returns (uint256 cap, uint256 leftToday) {
        return (_cash.payoutCap, _leftToday());
    }

    /// @inheritdoc ITreasury
    function pausedUntil() external view returns (uint256) {
        return _cash.pausedUntil;
    }

    /// @inheritdoc ITreasury
    function pausedSecondsSince(uint256 from) external view returns (uint256) {
        return _pausedSecondsSince(from);
    }

    /// @inheritdoc ITreasury
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc ITreasury
    function heldAssets() public view returns (uint256) {
        return _token().balanceOf(address(this));
    }

    /// @inheritdoc ITreasury
    function freeCapital() public view returns (uint256) {
        if (block.timestamp < _cash.pausedUntil) return 0;
        return Math.saturatingSub(Math.min(_cash.booked, heldAssets()), _committed());
    }

    /// @inheritdoc IERC4626
    /// @dev What is held, reserved or unearned is not the capital's.
    function totalAssets() public view override(ERC4626, IERC4626) returns (uint256) {
        Totals memory totals = _totals;
        return Math.saturatingSub(_cash.booked, uint256(totals.held) + totals.reserves + totals.unearned);
    }

    /// @inheritdoc IERC4626
    /// @dev At most the free capital: what is locked stays. Nothing while paused.
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

    /// @dev Capital comes in: what arrives must be what was asked.
    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        IERC20 token = _token();
        uint256 before = _balanceBefore(token);
        super._deposit(caller, receiver, assets, shares);
        _book(token, before, assets);
    }

    /// @dev Capital goes out. It does not count against the payouts' cap.
    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
    {
        _cash.booked -= SafeCast.toUint64(assets);
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    function _token() internal view override returns (IERC20) {
        return IERC20(asset());
    }

    function _requireProduct() private view {
        if (!_products[msg.sender].registered) revert ProductNotRegistered(msg.sender);
    }
}
