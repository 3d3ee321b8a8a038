// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Assessment,
    Binding,
    EventReport,
    Measurement,
    Outcome,
    Quote,
    RiskReport
} from "../../contracts/types/ParametricTypes.sol";
import {House} from "./House.sol";

/// @notice Fixed sales and settlements whose gas `.gas-snapshot` keeps, so that a change is seen where it is made.
/// @dev The figures themselves come from receipts: `quittance figures gas`.
contract GasTest is House {
    uint256 private constant SOLD = 20;
    uint40 private _occursAt;

    function setUp() public {
        _build();
        _occursAt = uint40(block.timestamp + 1 days);
        token.mint(address(this), CAPITAL);
        token.approve(address(treasury), CAPITAL);
        treasury.deposit(CAPITAL, address(this));
        _sell(0, SOLD, "flight/sold");
    }

    function test_gas_bind__one_policy() public {
        _sell(1_000, 1, "flight/alone");
    }

    function test_gas_bind__ten_policies_on_one_event() public {
        _sell(2_000, 10, "flight/ten");
    }

    function test_gas_reportAndSettle__twenty_policies() public {
        (EventReport memory report, bytes[] memory signatures) = _delayed();
        uint256 locked = treasury.totalExposure();

        assertEq(products[0].reportAndSettle(report, signatures, SOLD), SOLD);
        assertEq(treasury.totalExposure(), locked - SOLD * 100 * UNIT);
    }

    function test_gas_reportAndSettle__twenty_policies_every_payee_blocked() public {
        for (uint256 i = 0; i < SOLD; ++i) {
            token.setBlocked(vm.addr(0xB0B0 + i), true);
        }
        (EventReport memory report, bytes[] memory signatures) = _delayed();

        products[0].reportAndSettle(report, signatures, SOLD);
        assertEq(treasury.totalHeldPayouts(), SOLD * 100 * UNIT);
    }

    function test_gas_settle__twenty_premiums_returned() public {
        vm.warp(uint256(_occursAt) + REPORT_WINDOW + 1);
        uint256[] memory ids = new uint256[](1);
        ids[0] = _id("flight/sold");
        products[0].closeUnreported(ids[0]);

        assertEq(products[0].settle(ids, SOLD), SOLD);
        assertEq(treasury.heldAssets(), CAPITAL);
    }

    function _delayed() private returns (EventReport memory report, bytes[] memory signatures) {
        vm.warp(uint256(_occursAt) + 4 hours);
        report = _eventReport(products[0], 1);
        report.measurements[0] = Measurement(_id("flight/sold"), Outcome.Measured, 200);
        signatures = _quorumSigns(products[0], hasher.eventReportHash(report));
    }

    function _sell(uint256 from, uint256 count, string memory text) private {
        RiskReport memory report = _riskReport(products[0], count);
        Binding[] memory bindings = new Binding[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = 0xB0B0 + from + i;
            Quote memory q = _quote((from << 8) | i, vm.addr(key), text);
            token.mint(q.holder, q.premium);
            report.assessments[i] =
                Assessment(q.applicationId, _id(text), _occursAt, 50_000_000, MOST_INSURED, bytes32(i));
            (bindings[i].assessment, bindings[i].quote) = (i, q);
            (bindings[i].underwriterSignature, bindings[i].acceptance) = _partiesSign(products[0], q, key);
            bindings[i].permit = _permit(key, 0, q.premium);
        }
        products[0].bind(report, _quorumSigns(products[0], hasher.riskReportHash(report)), bindings);
    }

    function _quote(uint256 applicationId, address holder, string memory text) private view returns (Quote memory) {
        return Quote({
            applicationId: applicationId,
            holder: holder,
            underwriter: underwriter,
            insuredEvent: text,
            occursAt: _occursAt,
            sumInsured: uint96(100 * UNIT),
            premium: 6_250_000,
            validUntil: _occursAt
        });
    }

    function _id(string memory text) private pure returns (uint256) {
        return uint256(keccak256(bytes(text))) >> 32;
    }
}
