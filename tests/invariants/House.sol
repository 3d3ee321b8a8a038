// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Test} from "forge-std/Test.sol";

import {AccessManagerMaker} from "../../contracts/AccessManagerMaker.sol";
import {IndemnityProduct} from "../../contracts/IndemnityProduct.sol";
import {InsurerRegistry} from "../../contracts/InsurerRegistry.sol";
import {OracleQuorum} from "../../contracts/OracleQuorum.sol";
import {ParametricProduct} from "../../contracts/ParametricProduct.sol";
import {PolicyRules} from "../../contracts/PolicyRules.sol";
import {ProductFactory} from "../../contracts/ProductFactory.sol";
import {Treasury} from "../../contracts/Treasury.sol";
import {TreasuryMaker} from "../../contracts/TreasuryMaker.sol";
import {TestStablecoin} from "../../contracts/mocks/TestStablecoin.sol";
import {TwinHarness} from "../../contracts/mocks/TwinHarness.sol";
import {Registration, RoleHolder, ServiceKind} from "../../contracts/types/InsurerTypes.sol";
import {
    Assessment,
    EventReport,
    Measurement,
    ParametricTerms,
    Permit,
    Quote,
    RiskReport
} from "../../contracts/types/ParametricTypes.sol";
import {Roles} from "../../contracts/types/Roles.sol";

/// @notice One insurer with two products, everybody's keys, and real signatures.
abstract contract House is Test {
    uint256 internal constant UNIT = 1_000_000;
    uint256 internal constant CAPITAL = 20_000 * UNIT;
    uint96 internal constant MOST_INSURED = uint96(1_000 * UNIT);
    uint96 internal constant MOST_ON_EVENT = uint96(10_000 * UNIT);
    uint96 internal constant LEAST_PREMIUM = uint96(UNIT);
    uint16 internal constant LOADING_BPS = 2_500;
    uint16 internal constant CANCELLED_BPS = 8_000;
    uint16 internal constant DIVERTED_BPS = 3_333;
    uint32 internal constant REPORT_WINDOW = 14 days;
    uint256 internal constant SIGNERS = 4;
    address internal constant FOUNDING_ADMINISTRATOR = address(0xAD);
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    AccessManager internal platform; // the network's
    AccessManager internal manager; // the insurer's
    InsurerRegistry internal registry;
    TestStablecoin internal token;
    OracleQuorum internal quorum;
    Treasury internal treasury;
    ProductFactory internal factory;
    ParametricProduct[2] internal products;
    TwinHarness internal hasher;
    uint256 internal underwriterKey = 0xDECAF;
    address internal underwriter = vm.addr(underwriterKey);
    uint256[] internal signerKeys;

    function _build() internal {
        vm.warp(1_700_000_000);
        hasher = new TwinHarness();
        token = new TestStablecoin(address(this));
        _foundPlatform();
        (, address authority, address opened) = registry.registerInsurer(_registration());
        (manager, treasury) = (AccessManager(authority), Treasury(opened));
        _administrateAtOnce();
        for (uint256 i = 0; i < products.length; ++i) {
            products[i] = ParametricProduct(factory.createParametricProduct(_terms(bytes32(i + 1))));
        }
    }

    function _terms(bytes32 clauseRoot) internal view returns (ParametricTerms memory t) {
        (t.treasury, t.quorum, t.clauseRoot) = (address(treasury), address(quorum), clauseRoot);
        (t.minSumInsured, t.maxSumInsured) = (uint96(2 * UNIT), MOST_INSURED);
        (t.maxEventExposure, t.minPremium, t.loadingBps) = (MOST_ON_EVENT, LEAST_PREMIUM, LOADING_BPS);
        (t.minSignatures, t.cancelledShareBps, t.divertedShareBps) = (3, CANCELLED_BPS, DIVERTED_BPS);
        (t.minLeadSeconds, t.maxLeadSeconds, t.reportWindowSeconds) = (1 hours, 60 days, REPORT_WINDOW);
        (t.periodStart, t.periodEnd) = (uint40(block.timestamp), type(uint40).max);
        (t.thresholds, t.sharesBps) = _curve();
    }

    function _curve() internal pure returns (int32[] memory thresholds, uint16[] memory sharesBps) {
        (thresholds, sharesBps) = (new int32[](3), new uint16[](3));
        (thresholds[0], thresholds[1], thresholds[2]) = (30, 60, 180);
        (sharesBps[0], sharesBps[1], sharesBps[2]) = (1_000, 4_567, 10_000);
    }

    function _quorumSigns(ParametricProduct product, bytes32 structHash) internal view returns (bytes[] memory) {
        return _firstSign(3, MessageHashUtils.toTypedDataHash(product.domainSeparator(), structHash));
    }

    function _firstSign(uint256 count, bytes32 digest) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _sign(signerKeys[i], digest);
        }
    }

    function _partiesSign(ParametricProduct product, Quote memory q, uint256 holderKey)
        internal
        view
        returns (bytes memory offer, bytes memory acceptance)
    {
        (bytes32 offered, bytes32 accepted) = hasher.quoteHashes(q);
        bytes32 domain = product.domainSeparator();
        offer = _sign(underwriterKey, MessageHashUtils.toTypedDataHash(domain, offered));
        acceptance = _sign(holderKey, MessageHashUtils.toTypedDataHash(domain, accepted));
    }

    function _permit(uint256 holderKey, uint256 nonce, uint256 value) internal view returns (Permit memory p) {
        (p.value, p.deadline) = (value, block.timestamp + 1);
        address holder = vm.addr(holderKey);
        bytes32 asked = keccak256(abi.encode(PERMIT_TYPEHASH, holder, treasury, value, nonce, p.deadline));
        bytes32 digest = MessageHashUtils.toTypedDataHash(token.DOMAIN_SEPARATOR(), asked);
        (p.v, p.r, p.s) = vm.sign(holderKey, digest);
    }

    function _riskReport(ParametricProduct product, uint256 size) internal view returns (RiskReport memory r) {
        (r.chainId, r.product, r.signerEpoch) = (block.chainid, address(product), 1);
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), uint40(block.timestamp + 1 hours));
        (r.modelHash, r.assessments) = ("model", new Assessment[](size));
    }

    function _eventReport(ParametricProduct product, uint256 size) internal view returns (EventReport memory r) {
        (r.chainId, r.product, r.signerEpoch) = (block.chainid, address(product), 1);
        (r.observedAt, r.validUntil) = (uint40(block.timestamp), uint40(block.timestamp + 1 hours));
        (r.sourceHash, r.measurements) = ("archive", new Measurement[](size));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The network with its services, and this contract admitted as founder.
    function _foundPlatform() private {
        platform = new AccessManager(address(this));
        quorum = new OracleQuorum(address(platform), _sortedSigners(), 1);
        address[2] memory makers = [address(new AccessManagerMaker()), address(new TreasuryMaker())];
        address indemnity = address(new IndemnityProduct(new PolicyRules()));
        registry =
            new InsurerRegistry(address(platform), makers[0], makers[1], address(new ParametricProduct()), indemnity);
        factory = ProductFactory(registry.factory());
        registry.admitService(ServiceKind.Token, address(token), true);
        registry.admitService(ServiceKind.Quorum, address(quorum), true);
        registry.admitFounder(address(this), true);
    }

    function _registration() private view returns (Registration memory r) {
        (r.name, r.symbol, r.asset) = ("Capital", "CAP", address(token));
        (r.administrator, r.adminDelaySeconds) = (FOUNDING_ADMINISTRATOR, 1 hours);
        r.holders = new RoleHolder[](3);
        r.holders[0] = RoleHolder(Roles.PRODUCT_MANAGER, address(this), 0);
        r.holders[1] = RoleHolder(Roles.TREASURER, address(this), 0);
        r.holders[2] = RoleHolder(Roles.UNDERWRITER, underwriter, 0);
    }

    /// @dev The founding administrator has a delay; with it, it appoints this contract, which has none.
    function _administrateAtOnce() private {
        bytes memory grant = abi.encodeCall(manager.grantRole, (Roles.ADMINISTRATOR, address(this), 0));
        vm.prank(FOUNDING_ADMINISTRATOR);
        manager.schedule(address(manager), grant, 0);
        vm.warp(block.timestamp + 1 hours);
        vm.prank(FOUNDING_ADMINISTRATOR);
        manager.execute(address(manager), grant);
    }

    /// @dev Ascending addresses, and `signerKeys` in the same order.
    function _sortedSigners() private returns (address[] memory signers) {
        signers = new address[](SIGNERS);
        signerKeys = new uint256[](SIGNERS);
        for (uint256 i = 0; i < SIGNERS; ++i) {
            uint256 key = 0xA11CE + i;
            uint256 place = i;
            for (; place > 0 && signers[place - 1] > vm.addr(key); --place) {
                (signers[place], signerKeys[place]) = (signers[place - 1], signerKeys[place - 1]);
            }
            (signers[place], signerKeys[place]) = (vm.addr(key), key);
        }
    }
}
