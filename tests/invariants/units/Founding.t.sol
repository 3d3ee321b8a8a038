// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ClaimsDesk} from "../../../contracts/ClaimsDesk.sol";
import {ParametricProduct} from "../../../contracts/ParametricProduct.sol";
import {Treasury} from "../../../contracts/Treasury.sol";
import {IInsurerRegistry} from "../../../contracts/interfaces/IInsurerRegistry.sol";
import {IProductFactory} from "../../../contracts/interfaces/IProductFactory.sol";
import {SilentToken} from "../../../contracts/mocks/SilentToken.sol";
import {IndemnityTerms} from "../../../contracts/types/IndemnityTypes.sol";
import {Registration, RoleHolder, ServiceKind} from "../../../contracts/types/InsurerTypes.sol";
import {ParametricTerms} from "../../../contracts/types/ParametricTypes.sol";
import {Roles} from "../../../contracts/types/Roles.sol";
import {ClaimsHouse} from "./ClaimsHouse.sol";

/// @notice How insurers and products come to be, and what the network refuses.
contract FoundingTest is ClaimsHouse {
    address private constant ANYBODY = address(0xA9);
    address private constant ADMINISTRATOR = address(0xAD);

    // Services

    function test_admitService__fit_and_unfit__taken_or_refused() public {
        bytes4 code = IInsurerRegistry.ServiceWithoutCode.selector;
        vm.expectRevert(abi.encodeWithSelector(code, ServiceKind.Quorum, ANYBODY));
        registry.admitService(ServiceKind.Quorum, ANYBODY, true);
        registry.admitService(ServiceKind.Quorum, ANYBODY, false);
        ERC20 wide = new SilentToken(); // 18 decimals
        vm.expectRevert(abi.encodeWithSelector(IInsurerRegistry.TokenDecimalsInvalid.selector, wide, 18, 6));
        registry.admitService(ServiceKind.Token, address(wide), true);
        registry.admitService(ServiceKind.Desk, address(wide), true);
        assertTrue(registry.isAdmitted(ServiceKind.Desk, address(wide)));
        assertFalse(registry.isAdmitted(ServiceKind.Token, address(wide)));
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ANYBODY);
        vm.startPrank(ANYBODY);
        vm.expectRevert(refusal);
        registry.admitService(ServiceKind.Token, address(token), false);
        vm.expectRevert(refusal);
        registry.admitFounder(ANYBODY, true);
        vm.stopPrank();
    }

    // Insurers

    function test_registerInsurer__an_admitted_founder__once_a_house_of_its_own() public {
        Registration memory r = _registration("Three", 1);
        registry.admitFounder(ANYBODY, true);
        assertTrue(registry.isFounder(ANYBODY));
        vm.prank(ANYBODY);
        (uint256 id, address manager, address opened) = registry.registerInsurer(r);
        assertEq(id, 3);
        assertEq(registry.insurerCount(), 3);
        assertEq(registry.insurerOf(opened), 3);
        assertTrue(registry.isTreasury(opened));
        assertFalse(registry.isTreasury(ANYBODY));
        assertEq(registry.insurer(3).manager, manager);
        assertEq(registry.insurer(3).registeredAt, block.timestamp);
        assertEq(registry.insurer(3).treasuries[0], opened);
        assertEq(Treasury(opened).name(), "Three");
        assertEq(Treasury(opened).authority(), manager);
        _assertRole(manager, Roles.ADMINISTRATOR, ADMINISTRATOR, 1 hours);
        _assertRole(manager, Roles.TREASURER, ANYBODY, 5);
        _assertRole(manager, Roles.FACTORY, address(factory), 0);
        (bool stays,) = AccessManager(manager).hasRole(Roles.ADMINISTRATOR, address(registry));
        assertFalse(stays);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IInsurerRegistry.FounderNotAdmitted.selector, ANYBODY));
        registry.registerInsurer(r);
    }

    function test_registerInsurer__who_may_call_what__as_assigned() public view {
        AccessManager manager = insurers[0].manager;
        address t = address(treasury);
        assertEq(manager.getTargetFunctionRole(t, Treasury.registerProduct.selector), Roles.FACTORY);
        assertEq(manager.getTargetFunctionRole(t, Treasury.deposit.selector), Roles.TREASURER);
        assertEq(manager.getTargetFunctionRole(t, Treasury.mint.selector), Roles.TREASURER);
        assertEq(manager.getTargetFunctionRole(t, Treasury.absorbSurplus.selector), Roles.TREASURER);
        assertEq(manager.getTargetFunctionRole(t, Treasury.pause.selector), Roles.GUARDIAN);
        assertEq(manager.getTargetFunctionRole(t, Treasury.unpause.selector), Roles.GUARDIAN);
        assertEq(manager.getTargetFunctionRole(t, Treasury.setPayoutCap.selector), Roles.ADMINISTRATOR);
    }

    function test_registerInsurer__not_as_it_should_be__reverts() public {
        registry.admitFounder(address(this), true);
        Registration memory r = _registration("", 1);
        bytes4 name = IInsurerRegistry.InsurerNameInvalid.selector;
        _refused(r, abi.encodeWithSelector(name, 0, 64));
        r.name = string(new bytes(65));
        _refused(r, abi.encodeWithSelector(name, 65, 64));
        r = _registration("Three", 1);
        r.symbol = string(new bytes(17));
        _refused(r, abi.encodeWithSelector(name, 17, 16));
        r = _registration("Three", 1);
        r.asset = ANYBODY;
        _refused(r, abi.encodeWithSelector(IInsurerRegistry.ServiceNotAdmitted.selector, ServiceKind.Token, ANYBODY));
        r = _registration("Three", 1);
        bytes4 delay = IInsurerRegistry.AdminDelayInvalid.selector;
        r.adminDelaySeconds = 1 hours - 1;
        _refused(r, abi.encodeWithSelector(delay, 1 hours - 1, 1 hours, 30 days));
        r.adminDelaySeconds = 30 days + 1;
        _refused(r, abi.encodeWithSelector(delay, 30 days + 1, 1 hours, 30 days));
        r.adminDelaySeconds = 30 days;
        r.administrator = address(0);
        _refused(r, abi.encodeWithSelector(IInsurerRegistry.AdministratorInvalid.selector, address(0)));
        r.administrator = address(registry);
        _refused(r, abi.encodeWithSelector(IInsurerRegistry.AdministratorInvalid.selector, registry));
    }

    function test_registerInsurer__role_holders_not_as_they_should_be__reverts() public {
        registry.admitFounder(address(this), true);
        Registration memory r = _registration("Three", 33);
        _refused(r, abi.encodeWithSelector(IInsurerRegistry.RoleHolderCountInvalid.selector, 33, 32));
        uint64[6] memory bad =
            [Roles.ADMINISTRATOR, Roles.FACTORY, Roles.ORACLE_GOVERNOR, Roles.DESK, Roles.REGISTRAR, type(uint64).max];
        for (uint256 i = 0; i < bad.length; ++i) {
            r = _registration("Three", 1);
            r.holders[0].role = bad[i];
            _refused(r, abi.encodeWithSelector(IInsurerRegistry.RoleNotGrantable.selector, bad[i]));
        }
        r = _registration("Three", 1);
        r.holders[0].account = address(0);
        _refused(r, abi.encodeWithSelector(IInsurerRegistry.RoleHolderInvalid.selector, Roles.TREASURER, address(0)));
        r = _registration("Three", 32);
        registry.registerInsurer(r);
    }

    function test_addTreasury__through_its_own_manager__a_second_token() public {
        vm.expectRevert(abi.encodeWithSelector(IInsurerRegistry.InsurerUnknown.selector, 9));
        registry.addTreasury(9, address(token), "More", "MORE");
        vm.expectRevert(abi.encodeWithSelector(IInsurerRegistry.InsurerUnknown.selector, 0));
        registry.insurer(0);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IInsurerRegistry.InsurerManagerRequired.selector, 1, ANYBODY));
        registry.addTreasury(1, address(token), "More", "MORE");
        AccessManager manager = insurers[0].manager;
        vm.startPrank(chief);
        manager.grantRole(Roles.ADMINISTRATOR, address(registry), 0);
        manager.execute(address(registry), abi.encodeCall(registry.addTreasury, (1, address(token), "More", "MORE")));
        vm.stopPrank();
        address added = registry.insurer(1).treasuries[1];
        assertEq(registry.insurerOf(added), 1);
        assertEq(Treasury(added).symbol(), "MORE");
        (bool stays,) = manager.hasRole(Roles.ADMINISTRATOR, address(registry));
        assertFalse(stays);
    }

    function test_insurers__pages__from_one_on() public view {
        assertEq(registry.insurers(0, 9).length, 2);
        assertEq(registry.insurers(1, 1).length, 1);
        assertEq(registry.insurers(2, 9).length, 1);
        assertEq(registry.insurers(2, 9)[0].manager, address(insurers[1].manager));
        assertEq(registry.insurers(3, 9).length, 0);
    }

    // Products

    function test_products__pages__from_zero_on() public view {
        assertEq(factory.productCount(), 2);
        assertEq(factory.products(0, 9).length, 2);
        assertEq(factory.products(1, 9)[0], address(insurers[1].product));
        assertEq(factory.products(0, 1).length, 1);
        assertEq(factory.products(2, 9).length, 0);
        assertTrue(factory.isProduct(address(product)));
        assertFalse(factory.isProduct(ANYBODY));
    }

    function test_createIndemnityProduct__by_whom_and_for_whom__only_within_the_network() public {
        IndemnityTerms memory t = _mine();
        _createRefused(ANYBODY, t, abi.encodeWithSelector(IProductFactory.ProductManagerRequired.selector, ANYBODY));
        address foreign = insurers[1].chief;
        _createRefused(foreign, t, abi.encodeWithSelector(IProductFactory.ProductManagerRequired.selector, foreign));
        _createRefused(chief, t, abi.encodeWithSelector(IProductFactory.ProductExists.selector, product));
        t.treasury = ANYBODY;
        _createRefused(chief, t, abi.encodeWithSelector(IProductFactory.TreasuryUnknown.selector, ANYBODY));
        bytes4 unknown = IInsurerRegistry.ServiceNotAdmitted.selector;
        t = _mine();
        t.quorum = ANYBODY;
        _createRefused(chief, t, abi.encodeWithSelector(unknown, ServiceKind.Quorum, ANYBODY));
        t = _mine();
        t.desk = ANYBODY;
        _createRefused(chief, t, abi.encodeWithSelector(unknown, ServiceKind.Desk, ANYBODY));
        t = _mine();
        t.disbursement = ANYBODY;
        _createRefused(chief, t, abi.encodeWithSelector(unknown, ServiceKind.Disbursement, ANYBODY));
        t.disbursement = address(0);
        vm.prank(chief);
        address made = factory.createIndemnityProduct(t);
        assertTrue(treasury.isProduct(made));
    }

    function test_createIndemnityProduct__desk_its_panel_has_not_enrolled__reverts_until_it_has() public {
        ClaimsDesk another = new ClaimsDesk(factory, incidents, panel);
        registry.admitService(ServiceKind.Desk, address(another), true);
        platform.grantRole(Roles.DESK, address(another), 0);
        IndemnityTerms memory t = _mine();
        t.desk = address(another);
        _createRefused(chief, t, abi.encodeWithSelector(IProductFactory.DeskNotEnrolled.selector, another));
        panel.enrolCourt(address(another));

        vm.prank(chief);
        address made = factory.createIndemnityProduct(t);
        assertTrue(treasury.isProduct(made));
    }

    function test_createIndemnityProduct__terms_out_of_range__reverts() public {
        IndemnityTerms memory t = _mine();
        t.minSumInsured = 0;
        _outOfRange(t, "minSumInsured", 0, 1, t.maxSumInsured);
        t = _mine();
        t.maxSumInsured = uint64(1) << 56;
        _outOfRange(t, "maxSumInsured", t.maxSumInsured, t.minSumInsured, type(uint56).max);
        t = _mine();
        t.minPremium = t.minSumInsured;
        _outOfRange(t, "minPremium", t.minPremium, 1, t.minSumInsured - 1);
        t = _mine();
        t.periodSeconds = 1 days - 1;
        _outOfRange(t, "periodSeconds", 1 days - 1, 1 days, 5 * 365 days);
        t = _mine();
        t.minSignatures = 2;
        _outOfRange(t, "minSignatures", 2, 3, 4);
        t = _mine();
        t.minSignatures = 5;
        _outOfRange(t, "minSignatures", 5, 3, 4);
        t = _mine();
        t.tiers.mediumFactorBps = 9_999;
        _outOfRange(t, "mediumFactorBps", 9_999, 10_000, 65_535);
        t = _mine();
        t.claims.decideDaysLow = 5;
        _outOfRange(t, "decideDaysLow", 5, 1, 4);
        t = _mine();
        t.claims.disputeWindowSeconds = 0;
        _outOfRange(t, "disputeWindowSeconds", 0, 1 days, 5 * 365 days);
        t = _mine();
        t.coverages[0].perils = 8;
        _outOfRange(t, "perils", 8, 1, 7);
        t = _mine();
        t.coverages[0].shareBps = 10_001;
        _outOfRange(t, "shareBps", 10_001, 1, 10_000);
        t = _mine();
        t.waitingSeconds = new uint32[](0);
        _outOfRange(t, "perils", 0, 1, 32);
    }

    function test_createParametricProduct__terms__in_and_out_of_range() public {
        ParametricTerms memory t = _parametric();
        vm.prank(chief);
        address made = factory.createParametricProduct(t);
        assertEq(ParametricProduct(made).termsHash(), ParametricProduct(made).termsHash());
        assertTrue(treasury.isProduct(made));
        t = _parametric();
        t.cancelledShareBps = 10_001;
        _parametricRefused(t, "cancelledShareBps", 10_001, 0, 10_000);
        t = _parametric();
        t.divertedShareBps = 10_001;
        _parametricRefused(t, "divertedShareBps", 10_001, 0, 10_000);
        t = _parametric();
        t.maxSumInsured = t.maxEventExposure + 1;
        _parametricRefused(t, "maxSumInsured", t.maxSumInsured, t.minSumInsured, t.maxEventExposure);
        t = _parametric();
        (t.maxSumInsured, t.maxEventExposure) = (uint96(1) << 64, uint96(1) << 65);
        _parametricRefused(t, "maxSumInsured", t.maxSumInsured, t.minSumInsured, type(uint64).max);
        t = _parametric();
        t.minLeadSeconds = 0;
        _parametricRefused(t, "minLeadSeconds", 0, 1, t.maxLeadSeconds);
        t = _parametric();
        t.reportWindowSeconds = 365 days + 1;
        _parametricRefused(t, "reportWindowSeconds", 365 days + 1, 1 days, 365 days);
        t = _parametric();
        t.periodEnd = t.periodStart - 1;
        _parametricRefused(t, "periodEnd", t.periodEnd, t.periodStart, type(uint40).max);
    }

    function _mine() private view returns (IndemnityTerms memory) {
        return product.rules().termsOf(address(product));
    }

    function _parametric() private view returns (ParametricTerms memory t) {
        (t.treasury, t.quorum, t.clauseRoot) = (address(treasury), address(quorum), "root");
        (t.minSumInsured, t.maxSumInsured) = (uint96(2 * UNIT), uint96(1_000 * UNIT));
        (t.maxEventExposure, t.minPremium, t.loadingBps) = (uint96(5_000 * UNIT), uint96(UNIT), 2_500);
        (t.minSignatures, t.minLeadSeconds, t.maxLeadSeconds) = (3, 1 hours, 60 days);
        (t.reportWindowSeconds, t.periodStart, t.periodEnd) = (14 days, uint40(block.timestamp), type(uint40).max);
        (t.thresholds, t.sharesBps) = (new int32[](1), new uint16[](1));
        (t.thresholds[0], t.sharesBps[0]) = (60, 10_000);
    }

    function _createRefused(address caller, IndemnityTerms memory t, bytes memory refusal) private {
        vm.prank(caller);
        vm.expectRevert(refusal);
        factory.createIndemnityProduct(t);
    }

    function _outOfRange(IndemnityTerms memory t, bytes32 term, uint256 value, uint256 least, uint256 most) private {
        _createRefused(
            chief, t, abi.encodeWithSelector(IProductFactory.TermOutOfRange.selector, term, value, least, most)
        );
    }

    function _parametricRefused(ParametricTerms memory t, bytes32 term, uint256 value, uint256 least, uint256 most)
        private
    {
        vm.prank(chief);
        vm.expectRevert(abi.encodeWithSelector(IProductFactory.TermOutOfRange.selector, term, value, least, most));
        factory.createParametricProduct(t);
    }

    function _registration(string memory name, uint256 holders) private view returns (Registration memory r) {
        (r.name, r.symbol, r.asset) = (name, "III", address(token));
        (r.administrator, r.adminDelaySeconds) = (ADMINISTRATOR, 1 hours);
        r.holders = new RoleHolder[](holders);
        for (uint256 i = 0; i < holders; ++i) {
            r.holders[i] = RoleHolder(Roles.TREASURER, address(uint160(ANYBODY) + uint160(i)), 5);
        }
    }

    function _refused(Registration memory r, bytes memory refusal) private {
        vm.expectRevert(refusal);
        registry.registerInsurer(r);
    }

    function _assertRole(address manager, uint64 role, address account, uint32 delay) private view {
        (bool isMember, uint32 told) = AccessManager(manager).hasRole(role, account);
        assertTrue(isMember);
        assertEq(told, delay);
    }
}
