// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Test} from "forge-std/Test.sol";

import {AccessManagerMaker} from "../../../contracts/AccessManagerMaker.sol";
import {AdjusterAuthority} from "../../../contracts/AdjusterAuthority.sol";
import {ClaimsDesk} from "../../../contracts/ClaimsDesk.sol";
import {Disbursement} from "../../../contracts/Disbursement.sol";
import {DisputePanel} from "../../../contracts/DisputePanel.sol";
import {IncidentRegistry} from "../../../contracts/IncidentRegistry.sol";
import {IndemnityProduct} from "../../../contracts/IndemnityProduct.sol";
import {InsurerRegistry} from "../../../contracts/InsurerRegistry.sol";
import {OracleQuorum} from "../../../contracts/OracleQuorum.sol";
import {ParametricProduct} from "../../../contracts/ParametricProduct.sol";
import {PolicyRules} from "../../../contracts/PolicyRules.sol";
import {ProductFactory} from "../../../contracts/ProductFactory.sol";
import {TransparencyAnchor} from "../../../contracts/TransparencyAnchor.sol";
import {Treasury} from "../../../contracts/Treasury.sol";
import {TreasuryMaker} from "../../../contracts/TreasuryMaker.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {InstitutionTerms} from "../../../contracts/types/DisbursementTypes.sol";
import {
    ClaimRules,
    Coverage,
    IndemnityTerms,
    RiskTier,
    TierBounds,
    TierTable
} from "../../../contracts/types/IndemnityTypes.sol";
import {Registration, RoleHolder, ServiceKind} from "../../../contracts/types/InsurerTypes.sol";
import {Roles} from "../../../contracts/types/Roles.sol";
import {SignedWords} from "./SignedWords.sol";

/// @notice A network with two insurers that share nothing but its services, and everybody's keys.
abstract contract Network is Test {
    /// @dev One insurer. Whoever acts for it has a role in its own AccessManager only.
    struct Insurer {
        AccessManager manager;
        Treasury treasury;
        IndemnityProduct product;
        address chief; // administrator, treasurer, guardian and product manager
        uint256[2] adjusterKeys;
        uint256 underwriterKey;
        uint256[3] committeeKeys; // by ascending address
    }

    uint256 internal constant UNIT = 1_000_000;
    uint256 internal constant CAPITAL = 9_000 * UNIT;
    uint32 internal constant PERIOD = 20 days;
    uint32 internal constant NOTICE_WINDOW = 10 days;
    uint32 internal constant DISPUTE_WINDOW = 4 days;
    uint32 internal constant REOPEN_WINDOW = 8 days;
    uint64 internal constant LEAST_SUM = uint64(100 * UNIT);
    uint64 internal constant MOST_SUM = uint64(2_000 * UNIT);
    uint64 internal constant CAPPED_SUM = uint64(500 * UNIT);
    uint64 internal constant AUTO_LIMIT = uint64(400 * UNIT);
    uint64 internal constant TWO_SIGN_ABOVE = uint64(600 * UNIT);
    uint64 internal constant MOST_A_DECISION = uint64(900 * UNIT);
    uint64 internal constant MOST_A_DAY = uint64(1_500 * UNIT);
    uint32 internal constant RECEIPT_SECONDS = 1 days;
    uint256 internal constant SIGNERS = 4;
    uint256 internal constant CLAUSES = 4;
    uint256 internal constant FIRST_PERSON_KEY = 0xB0B0;

    AccessManager internal platform;
    InsurerRegistry internal registry;
    ProductFactory internal factory;
    OracleQuorum internal quorum;
    ClaimsDesk internal desk;
    DisputePanel internal panel;
    IncidentRegistry internal incidents;
    Disbursement internal disbursement;
    TransparencyAnchor internal transparency;
    TestStablecoin internal token;
    SignedWords internal words;
    Insurer[2] internal insurers;
    uint256[] internal signerKeys; // by ascending address
    bytes32[CLAUSES] internal clauseWords;
    uint256 internal institutionKey = 0x1257; // signs receipts of both institutions
    address[] internal arbitrators;
    mapping(uint256 insurer => uint256[]) private _committee;

    function _found() internal {
        vm.warp(1_700_000_000);
        (words, token) = (new SignedWords(), new TestStablecoin(address(this)));
        platform = new AccessManager(address(this));
        quorum = new OracleQuorum(address(platform), _ascending(signerKeys, 0xA11CE, SIGNERS), 1);
        for (uint256 i = 0; i < CLAUSES; ++i) {
            clauseWords[i] = keccak256(abi.encode("clause", i));
        }
        _foundServices();
        for (uint256 i = 0; i < 2; ++i) {
            _foundInsurer(i);
        }
    }

    // What the parties sign

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _signIn(uint256 key, bytes32 domain, bytes32 structHash) internal pure returns (bytes memory) {
        return _sign(key, MessageHashUtils.toTypedDataHash(domain, structHash));
    }

    function _quorumSigns(bytes32 domain, bytes32 structHash) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = _signIn(signerKeys[i], domain, structHash);
        }
    }

    /// @dev EIP-712 domain of the disbursement contract.
    function _railDomain() internal view returns (bytes32) {
        bytes32 kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(kind, keccak256("Quittance"), keccak256("1"), block.chainid, disbursement));
    }

    /// @dev Proof that clause number `index` is one of the terms'.
    function _proof(uint256 index) internal view returns (bytes32[] memory proof) {
        proof = new bytes32[](2);
        uint256 other = index < 2 ? 2 : 0;
        (proof[0], proof[1]) = (_leaf(index ^ 1), _pair(_leaf(other), _leaf(other + 1)));
    }

    function _leaf(uint256 index) internal view returns (bytes32) {
        return keccak256(abi.encode(clauseWords[index]));
    }

    function _clauseRoot() internal view returns (bytes32) {
        return _pair(_pair(_leaf(0), _leaf(1)), _pair(_leaf(2), _leaf(3)));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    // Founding

    function _foundServices() private {
        (panel, incidents) =
        (new DisputePanel(address(platform), 1 hours, 1 hours, 1 hours, 1_000), new IncidentRegistry(address(platform)));
        (disbursement, transparency) = (new Disbursement(address(platform)), new TransparencyAnchor(address(platform)));
        registry = new InsurerRegistry(
            address(platform),
            address(new AccessManagerMaker()),
            address(new TreasuryMaker()),
            address(new ParametricProduct()),
            address(new IndemnityProduct(new PolicyRules()))
        );
        factory = ProductFactory(registry.factory());
        desk = new ClaimsDesk(factory, incidents, panel);
        registry.admitService(ServiceKind.Token, address(token), true);
        registry.admitService(ServiceKind.Quorum, address(quorum), true);
        registry.admitService(ServiceKind.Desk, address(desk), true);
        registry.admitService(ServiceKind.Disbursement, address(disbursement), true);
        incidents.admitDesk(address(desk), true);
        _letDesk(address(panel), panel.openDispute.selector);
        _letDesk(address(disbursement), disbursement.openPayout.selector);
        platform.grantRole(Roles.DESK, address(desk), 0);
        panel.enrolCourt(address(desk));
        for (uint256 i = 0; i < 8; ++i) {
            _admitArbitrator(i < 3);
        }
        _foundInstitutions();
    }

    function _letDesk(address target, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        platform.setTargetFunctionRole(target, selectors, Roles.DESK);
    }

    function _admitArbitrator(bool advocate) internal {
        arbitrators.push(vm.addr(0xA5B1 + arbitrators.length));
        panel.admitArbitrator(arbitrators[arbitrators.length - 1], advocate);
    }

    function _foundInstitutions() private {
        for (uint256 i = 0; i < 2; ++i) {
            address account = _institutionAccount(i);
            InstitutionTerms memory terms = InstitutionTerms({
                signer: vm.addr(institutionKey + i),
                account: account,
                perPayoutLimit: uint64(800 * UNIT),
                perDayLimit: uint64(1_600 * UNIT),
                receiptSeconds: RECEIPT_SECONDS
            });
            disbursement.acceptToken(disbursement.registerInstitution(terms), address(token), true);
            vm.prank(account);
            token.approve(address(disbursement), type(uint256).max);
        }
    }

    function _institutionAccount(uint256 index) internal pure returns (address) {
        return vm.addr(0xACC0 + index);
    }

    function _foundInsurer(uint256 i) private {
        Insurer storage n = insurers[i];
        uint256 keys = 0xC0FFEE * (i + 1);
        n.chief = vm.addr(keys);
        (n.adjusterKeys[0], n.adjusterKeys[1], n.underwriterKey) = (keys + 1, keys + 2, keys + 3);
        uint256[] storage committee = _committee[i];
        _ascending(committee, keys + 4, 3);
        for (uint256 k = 0; k < 3; ++k) {
            n.committeeKeys[k] = committee[k];
        }
        registry.admitFounder(address(this), true);
        (, address manager, address treasury) = registry.registerInsurer(_registration(i));
        (n.manager, n.treasury) = (AccessManager(manager), Treasury(treasury));
        _administrateAtOnce(n);
        vm.prank(n.chief);
        n.product = IndemnityProduct(factory.createIndemnityProduct(_terms(treasury)));
        AdjusterAuthority authority = AdjusterAuthority(address(desk.adjusters()));
        vm.startPrank(n.chief);
        token.approve(treasury, type(uint256).max);
        for (uint256 k = 0; k < 2; ++k) {
            authority.setAdjusterLimit(treasury, vm.addr(n.adjusterKeys[k]), MOST_A_DECISION, MOST_A_DAY);
        }
        authority.setAdjusterLimit(treasury, _machine(), MOST_A_DECISION, MOST_A_DAY);
        authority.setAdjusterLimit(treasury, _insider(), MOST_A_DECISION, MOST_A_DAY);
        vm.stopPrank();
    }

    /// @dev An oracle node's key that somebody has made an adjuster of both insurers.
    function _machine() internal view returns (address) {
        return vm.addr(signerKeys[0]);
    }

    /// @dev The first of the people, who is insured and an adjuster of both insurers.
    function _insider() internal pure returns (address) {
        return vm.addr(FIRST_PERSON_KEY);
    }

    function _registration(uint256 i) private view returns (Registration memory r) {
        Insurer storage n = insurers[i];
        (r.name, r.symbol, r.asset) = (i == 0 ? "One" : "Two", i == 0 ? "ONE" : "TWO", address(token));
        (r.administrator, r.adminDelaySeconds) = (address(0xAD), 1 hours);
        r.holders = new RoleHolder[](11);
        r.holders[0] = RoleHolder(Roles.PRODUCT_MANAGER, n.chief, 0);
        r.holders[1] = RoleHolder(Roles.TREASURER, n.chief, 0);
        r.holders[2] = RoleHolder(Roles.GUARDIAN, n.chief, 0);
        r.holders[3] = RoleHolder(Roles.UNDERWRITER, vm.addr(n.underwriterKey), 0);
        r.holders[4] = RoleHolder(Roles.ADJUSTER, vm.addr(n.adjusterKeys[0]), 0);
        r.holders[5] = RoleHolder(Roles.ADJUSTER, vm.addr(n.adjusterKeys[1]), 0);
        r.holders[6] = RoleHolder(Roles.ADJUSTER, _machine(), 0);
        for (uint256 k = 0; k < 3; ++k) {
            r.holders[7 + k] = RoleHolder(Roles.COMMITTEE, vm.addr(n.committeeKeys[k]), 0);
        }
        r.holders[10] = RoleHolder(Roles.ADJUSTER, _insider(), 0);
    }

    /// @dev The founding administrator has a delay; with it, it appoints the chief, who has none.
    function _administrateAtOnce(Insurer storage n) private {
        bytes memory grant = abi.encodeCall(n.manager.grantRole, (Roles.ADMINISTRATOR, n.chief, 0));
        vm.prank(address(0xAD));
        n.manager.schedule(address(n.manager), grant, 0);
        vm.warp(block.timestamp + 1 hours);
        vm.prank(address(0xAD));
        n.manager.execute(address(n.manager), grant);
    }

    function _terms(address treasury) private view returns (IndemnityTerms memory t) {
        (t.treasury, t.quorum, t.desk) = (treasury, address(quorum), address(desk));
        (t.disbursement, t.clauseRoot, t.documentHash) = (address(disbursement), _clauseRoot(), "document");
        (t.minSumInsured, t.maxSumInsured, t.minPremium) = (LEAST_SUM, MOST_SUM, uint64(UNIT));
        (t.periodSeconds, t.maxLeadSeconds, t.minSignatures) = (PERIOD, 10 days, 3);
        t.tiers =
            TierTable(TierBounds(6_000, 8_000, 5_000, 8_000), 10_000, 11_000, 13_000, 15_000, 9_000, CAPPED_SUM, true);
        t.claims = _claimRules();
        t.coverages = new Coverage[](2);
        t.coverages[0] = Coverage({
            perils: 3, limitBps: 10_000, claimLimitBps: 6_000, shareBps: 9_000, deductible: uint64(2 * UNIT)
        });
        t.coverages[1] = Coverage({perils: 4, limitBps: 3_000, claimLimitBps: 2_000, shareBps: 10_000, deductible: 0});
        t.waitingSeconds = new uint32[](3);
        t.waitingSeconds[1] = 1 days;
    }

    function _claimRules() private pure returns (ClaimRules memory r) {
        r.noticeWindowSeconds = NOTICE_WINDOW;
        (r.acknowledgeDays, r.decideDaysLow, r.decideDays) = (1, 2, 4);
        (r.disputeWindowSeconds, r.reopenWindowSeconds) = (DISPUTE_WINDOW, REOPEN_WINDOW);
        (r.interestBps, r.interestCapBps) = (9_000, 300);
        (r.autoTier, r.maxFraudScore, r.minConfidenceBps) = (RiskTier.Medium, 5_000, 6_000);
        (r.autoLimit, r.secondSignatureAbove) = (AUTO_LIMIT, TWO_SIGN_ABOVE);
        (r.depositBps, r.depositCap) = (1_000, uint64(20 * UNIT));
    }

    /// @dev Fills `keys` with `count` keys from `first` on, by ascending address. Returns the addresses.
    function _ascending(uint256[] storage keys, uint256 first, uint256 count)
        private
        returns (address[] memory accounts)
    {
        accounts = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys.push(first + i);
            uint256 place = i;
            for (; place > 0 && accounts[place - 1] > vm.addr(first + i); --place) {
                (accounts[place], keys[place]) = (accounts[place - 1], keys[place - 1]);
            }
            (accounts[place], keys[place]) = (vm.addr(first + i), first + i);
        }
    }
}
