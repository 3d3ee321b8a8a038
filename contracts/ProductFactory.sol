// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IInsurerRegistry} from "./interfaces/IInsurerRegistry.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IProductFactory} from "./interfaces/IProductFactory.sol";
import {ITreasury} from "./interfaces/ITreasury.sol";
import {PayoutCurve} from "./libraries/PayoutCurve.sol";
import {TypedReports} from "./libraries/TypedReports.sol";
import {ServiceKind} from "./types/InsurerTypes.sol";
import {ParametricTerms} from "./types/ParametricTypes.sol";
import {Roles} from "./types/Roles.sol";

/// @title ProductFactory
/// @notice Deploys products whose terms are part of their code, and keeps the directory.
contract ProductFactory is IProductFactory {
    uint256 private constant BPS = 10_000;

    /// @inheritdoc IProductFactory
    IInsurerRegistry public immutable registry;
    /// @inheritdoc IProductFactory
    address public immutable parametricImplementation;

    address[] private _directory;
    mapping(address product => bool) private _isProduct;

    /// @param registry_ Says whose treasuries and services are known. It deploys this contract.
    /// @param parametricImplementation_ The code every parametric product runs.
    constructor(IInsurerRegistry registry_, address parametricImplementation_) {
        registry = registry_;
        parametricImplementation = parametricImplementation_;
    }

    /// @inheritdoc IProductFactory
    function createParametricProduct(ParametricTerms calldata terms) external returns (address product) {
        // Check
        _checkParties(terms.treasury, terms.quorum);
        _checkTerms(terms);
        bytes32 termsHash = TypedReports.termsHash(terms);
        bytes memory args = abi.encode(terms);
        product = Clones.predictDeterministicAddressWithImmutableArgs(parametricImplementation, args, termsHash);
        if (_isProduct[product]) revert ProductExists(product);
        // Effect
        _isProduct[product] = true;
        _directory.push(product);
        emit ProductCreated(product, terms.treasury, termsHash, terms);
        // Interaction
        Clones.cloneDeterministicWithImmutableArgs(parametricImplementation, args, termsHash);
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

    /// @dev Treasury and quorum are the network's, and the caller may make products for the treasury's insurer. Without
    /// this, a product manager and an underwriter could sell to themselves on a quorum of their own.
    function _checkParties(address treasury, address quorum) private view {
        if (!registry.isTreasury(treasury)) revert TreasuryUnknown(treasury);
        if (!registry.isAdmitted(ServiceKind.Quorum, quorum)) {
            revert IInsurerRegistry.ServiceNotAdmitted(ServiceKind.Quorum, quorum);
        }
        IAccessManager authority = IAccessManager(IAccessManaged(treasury).authority());
        (bool isManager, uint32 delay) = authority.hasRole(Roles.PRODUCT_MANAGER, msg.sender);
        if (!isManager || delay != 0) revert ProductManagerRequired(msg.sender);
    }

    function _checkTerms(ParametricTerms calldata terms) private view {
        PayoutCurve.check(terms.thresholds, terms.sharesBps);
        _checkRange("cancelledShareBps", terms.cancelledShareBps, 0, BPS);
        _checkRange("divertedShareBps", terms.divertedShareBps, 0, BPS);
        _checkRange("minSumInsured", terms.minSumInsured, 1, terms.maxSumInsured);
        uint256 mostInsurable = Math.min(terms.maxEventExposure, type(uint64).max); // as wide as it is stored
        _checkRange("maxSumInsured", terms.maxSumInsured, terms.minSumInsured, mostInsurable);
        _checkRange("minPremium", terms.minPremium, 1, terms.minSumInsured - 1);
        _checkRange("minLeadSeconds", terms.minLeadSeconds, 1, terms.maxLeadSeconds);
        _checkRange("reportWindowSeconds", terms.reportWindowSeconds, 1 days, 365 days);
        _checkRange("periodEnd", terms.periodEnd, terms.periodStart, type(uint40).max);
        IOracleQuorum quorum = IOracleQuorum(terms.quorum);
        (address[] memory signers, uint8 threshold,) = quorum.signerSet(quorum.currentEpoch());
        _checkRange("minSignatures", terms.minSignatures, threshold, signers.length);
    }

    function _checkRange(bytes32 term, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert TermOutOfRange(term, value, least, most);
    }
}
