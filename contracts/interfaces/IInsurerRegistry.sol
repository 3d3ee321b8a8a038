// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Insurer, Registration, ServiceKind} from "../types/InsurerTypes.sol";

/// @notice Who insures in this network: gives each insurer roles and a treasury of its own, and keeps what the
/// network vouches for.
/// @dev Two kinds of AccessManager. The platform's admits insurers and services; it has no say in any insurer's
/// house. Each insurer's is made here, handed over in the same transaction, and knows nothing of any other.
interface IInsurerRegistry {
    /// @notice Whether this account may register an insurer.
    event FounderAdmitted(address indexed founder, bool admitted);
    /// @notice Whether new treasuries and products may use this service.
    event ServiceAdmitted(ServiceKind indexed kind, address indexed service, bool admitted);
    /// @notice An insurer has its own AccessManager. Its first treasury follows as a {TreasuryAdded}.
    event InsurerRegistered(
        uint256 indexed insurerId,
        address indexed manager,
        address indexed administrator,
        address founder,
        uint32 adminDelaySeconds,
        string name
    );
    /// @notice An insurer has one treasury more.
    event TreasuryAdded(uint256 indexed insurerId, address indexed treasury, address indexed asset);

    /// @notice The caller was not admitted, or has registered already.
    error FounderNotAdmitted(address caller);
    /// @notice The network does not vouch for this service.
    error ServiceNotAdmitted(ServiceKind kind, address service);
    /// @notice There is no contract at this address.
    error ServiceWithoutCode(ServiceKind kind, address service);
    /// @notice Sums are stored for tokens of at most `most` decimals.
    error TokenDecimalsInvalid(address token, uint8 decimals, uint8 most);
    /// @notice A name or symbol is empty or too long.
    error InsurerNameInvalid(uint256 length, uint256 most);
    /// @notice An administrator's delay is at least `least` and at most `most` seconds.
    error AdminDelayInvalid(uint32 delaySeconds, uint32 least, uint32 most);
    /// @notice The administrator is nobody, or this contract.
    error AdministratorInvalid(address administrator);
    /// @notice More people than can be given a role at once.
    error RoleHolderCountInvalid(uint256 count, uint256 most);
    /// @notice The role is not an insurer's to give away at registration.
    error RoleNotGrantable(uint64 role);
    /// @notice A role for nobody.
    error RoleHolderInvalid(uint64 role, address account);
    /// @notice There is no such insurer.
    error InsurerUnknown(uint256 insurerId);
    /// @notice The caller is not this insurer's AccessManager.
    error InsurerManagerRequired(uint256 insurerId, address caller);

    /// @notice Lets an account register one insurer, or takes that back. Restricted (registrar).
    function admitFounder(address founder, bool admitted) external;

    /// @notice Vouches for a service, or no longer. Restricted (registrar). Changes nothing for treasuries and
    /// products that exist: they carry their services in their code.
    /// @dev Reverts: {ServiceWithoutCode}, {TokenDecimalsInvalid}. Does not check, and the registrar must, that a
    /// token takes no fee, does not rebase, calls nobody on transfer and reverts or returns false on failure.
    function admitService(ServiceKind kind, address service, bool admitted) external;

    /// @notice Registers the caller's insurer: deploys its AccessManager and first treasury, hands out the roles, and
    /// leaves. One transaction.
    /// @dev The administrator's delay holds from the start: whatever the administrator changes, roles above all, is
    /// seen that long before. Nobody else can change anything. Reverts: {FounderNotAdmitted}, {ServiceNotAdmitted},
    /// {InsurerNameInvalid}, {AdminDelayInvalid}, {AdministratorInvalid}, {RoleHolderCountInvalid},
    /// {RoleNotGrantable}, {RoleHolderInvalid}.
    function registerInsurer(Registration calldata registration)
        external
        returns (uint256 insurerId, address manager, address treasury);

    /// @notice Deploys one more treasury of an insurer, for another token or beside the first.
    /// @dev Only by the insurer's AccessManager (`execute` by an administrator, after the delay). In the same
    /// transaction the administrator grants this contract ADMINISTRATOR without delay; it assigns the treasury's
    /// functions as at registration and gives the role back. Reverts: {InsurerUnknown}, {InsurerManagerRequired},
    /// {ServiceNotAdmitted}, {InsurerNameInvalid}, `AccessManagerUnauthorizedAccount`.
    function addTreasury(uint256 insurerId, address asset, string calldata name, string calldata symbol)
        external
        returns (address treasury);

    /// @notice How many insurers there are. Ids run from 1.
    function insurerCount() external view returns (uint256);

    /// @notice One insurer.
    /// @dev Reverts: {InsurerUnknown}.
    function insurer(uint256 insurerId) external view returns (Insurer memory);

    /// @notice Insurers with id `fromId` (1 or more) to `fromId + limit - 1`, fewer at the end.
    function insurers(uint256 fromId, uint256 limit) external view returns (Insurer[] memory);

    /// @notice Whose treasury this is. 0: nobody's here.
    function insurerOf(address treasury) external view returns (uint256 insurerId);

    /// @notice Whether the treasury was deployed here.
    function isTreasury(address treasury) external view returns (bool);

    /// @notice Whether the account may register an insurer.
    function isFounder(address account) external view returns (bool);

    /// @notice Whether the network vouches for a service.
    function isAdmitted(ServiceKind kind, address service) external view returns (bool);

    /// @notice The factory of this network's products. It may register products with every treasury made here.
    function factory() external view returns (address);

    /// @notice Carries the code of an insurer's AccessManager.
    function accessManagerMaker() external view returns (address);

    /// @notice Carries the code of a treasury.
    function treasuryMaker() external view returns (address);
}
