// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {TermsRules} from "./TermsRules.sol";
import {IClaimsDesk} from "./interfaces/IClaimsDesk.sol";
import {IInsurerRegistry} from "./interfaces/IInsurerRegistry.sol";
import {IProductFactory} from "./interfaces/IProductFactory.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {TermsCode} from "./libraries/TermsCode.sol";
import {TypedIndemnity} from "./libraries/TypedIndemnity.sol";
import {TypedReports} from "./libraries/TypedReports.sol";
import {IndemnityTerms} from "./types/IndemnityTypes.sol";
import {ServiceKind} from "./types/InsurerTypes.sol";
import {ParametricTerms} from "./types/ParametricTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title ProductFactory
/// @notice Deploys products whose terms are part of their code, and keeps the directory.
contract ProductFactory is IProductFactory, TermsRules {
    /// @inheritdoc IProductFactory
    IInsurerRegistry public immutable registry;
    /// @inheritdoc IProductFactory
    address public immutable parametricImplementation;
    /// @inheritdoc IProductFactory
    address public immutable indemnityImplementation;

    address[] private _directory;
    mapping(address product => bool) private _isProduct;

    /// @param registry_ Says whose treasuries and services are known. It deploys this contract.
    /// @param parametricImplementation_ The code every parametric product runs.
    /// @param indemnityImplementation_ The code every indemnity product runs.
    constructor(IInsurerRegistry registry_, address parametricImplementation_, address indemnityImplementation_) {
        registry = registry_;
        (parametricImplementation, indemnityImplementation) = (parametricImplementation_, indemnityImplementation_);
    }

    /// @inheritdoc IProductFactory
    function createParametricProduct(ParametricTerms calldata terms) external returns (address product) {
        // Check
        _checkParties(terms.treasury, terms.quorum);
        _checkParametric(terms);
        // Effect, Interaction
        bytes32 termsHash = TypedReports.termsHash(terms);
        product = _make(parametricImplementation, abi.encode(terms), termsHash);
        emit ProductCreated(product, terms.treasury, termsHash, terms);
        ITreasury(terms.treasury).registerProduct(product);
    }

    /// @inheritdoc IProductFactory
    function createIndemnityProduct(IndemnityTerms calldata terms) external returns (address product) {
        // Check
        _checkParties(terms.treasury, terms.quorum);
        _checkService(ServiceKind.Desk, terms.desk);
        if (!IClaimsDesk(terms.desk).panel().isCourt(terms.desk)) revert DeskNotEnrolled(terms.desk);
        if (terms.disbursement != address(0)) _checkService(ServiceKind.Disbursement, terms.disbursement);
        _checkIndemnity(terms);
        // Effect, Interaction
        bytes32 termsHash = TypedIndemnity.termsHash(terms);
        product = _make(indemnityImplementation, abi.encode(TermsCode.pack(terms)), termsHash);
        emit IndemnityProductCreated(product, terms.treasury, termsHash, terms);
        ITreasury(terms.treasury).registerProduct(product);
    }

    /// @inheritdoc IProductFactory
    function productCount() external view returns (uint256) {
        return _directory.length;
    }

    /// @inheritdoc IProductFactory
    function products(uint256 from, uint256 limit) external view returns (address[] memory page) {
        uint256 count = _directory.length;
        uint256 size = from < count ? Math.min(limit, count - from) : 0;
        page = new address[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = _directory[from + i];
        }
    }

    /// @inheritdoc IProductFactory
    function isProduct(address product) external view returns (bool) {
        return _isProduct[product];
    }

    /// @dev A clone that carries `args` in its code, entered in the directory.
    function _make(address implementation, bytes memory args, bytes32 termsHash) private returns (address product) {
        // Check
        product = Clones.predictDeterministicAddressWithImmutableArgs(implementation, args, termsHash);
        if (_isProduct[product]) revert ProductExists(product);
        // Effect
        _isProduct[product] = true;
        _directory.push(product);
        // Interaction
        Clones.cloneDeterministicWithImmutableArgs(implementation, args, termsHash);
    }

    /// @dev Treasury and quorum are the network's, and the caller may make products for the treasury's insurer. Without
    /// this, a product manager and an underwriter could sell to themselves on a quorum of their own.
    function _checkParties(address treasury, address quorum) private view {
        if (!registry.isTreasury(treasury)) revert TreasuryUnknown(treasury);
        _checkService(ServiceKind.Quorum, quorum);
        IAccessManager authority = IAccessManager(IAccessManaged(treasury).authority());
        (bool isManager, uint32 delay) = authority.hasRole(Roles.PRODUCT_MANAGER, msg.sender);
        if (!isManager || delay != 0) revert ProductManagerRequired(msg.sender);
    }

    function _checkService(ServiceKind kind, address service) private view {
        if (!registry.isAdmitted(kind, service)) revert IInsurerRegistry.ServiceNotAdmitted(kind, service);
    }
}
