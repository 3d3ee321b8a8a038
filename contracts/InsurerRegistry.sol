// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ProductFactory} from "./ProductFactory.sol";
import {IAccessManagerMaker} from "./interfaces/IAccessManagerMaker.sol";
import {IInsurerRegistry} from "./interfaces/IInsurerRegistry.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {ITreasuryMaker} from "./interfaces/ITreasuryMaker.sol";
import {Insurer, Registration, RoleHolder, ServiceKind} from "./types/InsurerTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title InsurerRegistry
/// @notice Deploys each insurer's house and keeps what the network vouches for.
/// @dev Deploys the factory, so that each knows the other from its first block and neither can be exchanged.
contract InsurerRegistry is IInsurerRegistry, AccessManaged {
    uint256 public constant MAX_ROLE_HOLDERS = 32;
    uint256 public constant MAX_NAME_BYTES = 64;
    uint256 public constant MAX_SYMBOL_BYTES = 16;
    uint32 public constant MIN_ADMIN_DELAY_SECONDS = 1 hours;
    uint32 public constant MAX_ADMIN_DELAY_SECONDS = 30 days;
    /// @dev Sums are stored as uint64 of token units.
    uint8 public constant MAX_TOKEN_DECIMALS = 6;

    /// @inheritdoc IInsurerRegistry
    address public immutable factory;
    /// @inheritdoc IInsurerRegistry
    address public immutable accessManagerMaker;
    /// @inheritdoc IInsurerRegistry
    address public immutable treasuryMaker;

    Insurer[] private _insurers;
    mapping(address treasury => uint256 insurerId) private _insurerOf;
    mapping(address account => bool) private _isFounder;
    mapping(ServiceKind kind => mapping(address service => bool)) private _isAdmitted;

    /// @param authority The platform's AccessManager.
    /// @param parametricImplementation The code every parametric product runs.
    /// @param indemnityImplementation The code every indemnity product runs.
    constructor(
        address authority,
        address accessManagerMaker_,
        address treasuryMaker_,
        address parametricImplementation,
        address indemnityImplementation
    ) AccessManaged(authority) {
        accessManagerMaker = accessManagerMaker_;
        treasuryMaker = treasuryMaker_;
        factory = address(
            new ProductFactory(IInsurerRegistry(address(this)), parametricImplementation, indemnityImplementation)
        );
    }

    /// @inheritdoc IInsurerRegistry
    function admitFounder(address founder, bool admitted) external restricted {
        _isFounder[founder] = admitted;
        emit FounderAdmitted(founder, admitted);
    }

    /// @inheritdoc IInsurerRegistry
    function admitService(ServiceKind kind, address service, bool admitted) external restricted {
        // Check
        if (admitted) _checkService(kind, service);
        // Effect
        _isAdmitted[kind][service] = admitted;
        emit ServiceAdmitted(kind, service, admitted);
    }

    /// @inheritdoc IInsurerRegistry
    function registerInsurer(Registration calldata registration)
        external
        returns (uint256 insurerId, address manager, address treasury)
    {
        // Check
        if (!_isFounder[msg.sender]) revert FounderNotAdmitted(msg.sender);
        _checkRegistration(registration);
        // Effect
        _isFounder[msg.sender] = false;
        emit FounderAdmitted(msg.sender, false);
        // Interaction: only with contracts whose code is known.
        manager = IAccessManagerMaker(accessManagerMaker).makeAccessManager(address(this));
        insurerId = _keep(manager, registration);
        treasury = _openTreasury(insurerId, manager, registration.asset, registration.name, registration.symbol);
        _handOver(IAccessManager(manager), registration);
    }

    /// @inheritdoc IInsurerRegistry
    function addTreasury(uint256 insurerId, address asset, string calldata name, string calldata symbol)
        external
        returns (address treasury)
    {
        // Check
        address manager = _insurer(insurerId).manager;
        if (msg.sender != manager) revert InsurerManagerRequired(insurerId, msg.sender);
        _checkTreasury(asset, name, symbol);
        // Interaction: only with contracts whose code is known.
        treasury = _openTreasury(insurerId, manager, asset, name, symbol);
        IAccessManager(manager).renounceRole(Roles.ADMINISTRATOR, address(this));
    }

    /// @inheritdoc IInsurerRegistry
    function insurerCount() external view returns (uint256) {
        return _insurers.length;
    }

    /// @inheritdoc IInsurerRegistry
    function insurer(uint256 insurerId) external view returns (Insurer memory) {
        return _insurer(insurerId);
    }

    /// @inheritdoc IInsurerRegistry
    function insurers(uint256 fromId, uint256 limit) external view returns (Insurer[] memory page) {
        uint256 count = _insurers.length;
        uint256 first = fromId == 0 ? 0 : fromId - 1;
        uint256 size = first < count ? Math.min(limit, count - first) : 0;
        page = new Insurer[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = _insurers[first + i];
        }
    }

    /// @inheritdoc IInsurerRegistry
    function insurerOf(address treasury) external view returns (uint256 insurerId) {
        return _insurerOf[treasury];
    }

    /// @inheritdoc IInsurerRegistry
    function isTreasury(address treasury) external view returns (bool) {
        return _insurerOf[treasury] != 0;
    }

    /// @inheritdoc IInsurerRegistry
    function isFounder(address account) external view returns (bool) {
        return _isFounder[account];
    }

    /// @inheritdoc IInsurerRegistry
    function isAdmitted(ServiceKind kind, address service) external view returns (bool) {
        return _isAdmitted[kind][service];
    }

    function _keep(address manager, Registration calldata registration) private returns (uint256 insurerId) {
        Insurer storage entry = _insurers.push();
        (entry.manager, entry.registeredAt) = (manager, uint40(block.timestamp));
        insurerId = _insurers.length;
        emit InsurerRegistered(
            insurerId,
            manager,
            registration.administrator,
            msg.sender,
            registration.adminDelaySeconds,
            registration.name
        );
    }

    /// @dev Deploys a treasury and says who may call what there.
    function _openTreasury(
        uint256 insurerId,
        address manager,
        address asset,
        string calldata name,
        string calldata symbol
    ) private returns (address treasury) {
        treasury = ITreasuryMaker(treasuryMaker).makeTreasury(asset, manager, name, symbol);
        _insurers[insurerId - 1].treasuries.push(treasury);
        _insurerOf[treasury] = insurerId;
        emit TreasuryAdded(insurerId, treasury, asset);
        _assignFunctions(IAccessManager(manager), treasury);
    }

    /// @dev What is not named here stays the administrator's.
    function _assignFunctions(IAccessManager manager, address treasury) private {
        bytes4[] memory registration = new bytes4[](1);
        registration[0] = ITreasury.registerProduct.selector;
        manager.setTargetFunctionRole(treasury, registration, Roles.FACTORY);
        bytes4[] memory capital = new bytes4[](3);
        (capital[0], capital[1]) = (IERC4626.deposit.selector, IERC4626.mint.selector);
        capital[2] = ITreasury.absorbSurplus.selector;
        manager.setTargetFunctionRole(treasury, capital, Roles.TREASURER);
        bytes4[] memory pausing = new bytes4[](2);
        (pausing[0], pausing[1]) = (ITreasury.pause.selector, ITreasury.unpause.selector);
        manager.setTargetFunctionRole(treasury, pausing, Roles.GUARDIAN);
    }

    /// @dev Hands out the roles, the administrator's last, and leaves the house.
    function _handOver(IAccessManager manager, Registration calldata registration) private {
        manager.grantRole(Roles.FACTORY, factory, 0);
        for (uint256 i = 0; i < registration.holders.length; ++i) {
            RoleHolder calldata holder = registration.holders[i];
            manager.grantRole(holder.role, holder.account, holder.executionDelay);
        }
        manager.grantRole(Roles.ADMINISTRATOR, registration.administrator, registration.adminDelaySeconds);
        manager.renounceRole(Roles.ADMINISTRATOR, address(this));
    }

    function _insurer(uint256 insurerId) private view returns (Insurer storage) {
        if (insurerId == 0 || insurerId > _insurers.length) revert InsurerUnknown(insurerId);
        return _insurers[insurerId - 1];
    }

    function _checkService(ServiceKind kind, address service) private view {
        if (service.code.length == 0) revert ServiceWithoutCode(kind, service);
        if (kind != ServiceKind.Token) return;
        uint8 decimals = IERC20Metadata(service).decimals();
        if (decimals > MAX_TOKEN_DECIMALS) revert TokenDecimalsInvalid(service, decimals, MAX_TOKEN_DECIMALS);
    }

    function _checkRegistration(Registration calldata registration) private view {
        _checkTreasury(registration.asset, registration.name, registration.symbol);
        (uint32 delay, address administrator) = (registration.adminDelaySeconds, registration.administrator);
        if (delay < MIN_ADMIN_DELAY_SECONDS || delay > MAX_ADMIN_DELAY_SECONDS) {
            revert AdminDelayInvalid(delay, MIN_ADMIN_DELAY_SECONDS, MAX_ADMIN_DELAY_SECONDS);
        }
        if (administrator == address(0) || administrator == address(this)) revert AdministratorInvalid(administrator);
        uint256 count = registration.holders.length;
        if (count > MAX_ROLE_HOLDERS) revert RoleHolderCountInvalid(count, MAX_ROLE_HOLDERS);
        for (uint256 i = 0; i < count; ++i) {
            RoleHolder calldata holder = registration.holders[i];
            if (!_isGrantable(holder.role)) revert RoleNotGrantable(holder.role);
            if (holder.account == address(0)) revert RoleHolderInvalid(holder.role, holder.account);
        }
    }

    function _checkTreasury(address asset, string calldata name, string calldata symbol) private view {
        if (!_isAdmitted[ServiceKind.Token][asset]) revert ServiceNotAdmitted(ServiceKind.Token, asset);
        _checkLength(bytes(name).length, MAX_NAME_BYTES);
        _checkLength(bytes(symbol).length, MAX_SYMBOL_BYTES);
    }

    function _checkLength(uint256 length, uint256 most) private pure {
        if (length == 0 || length > most) revert InsurerNameInvalid(length, most);
    }

    function _isGrantable(uint64 role) private pure returns (bool) {
        return (role >= Roles.PRODUCT_MANAGER && role <= Roles.GUARDIAN)
            || (role >= Roles.COMMITTEE && role <= Roles.PAYMENT_CLERK);
    }
}
