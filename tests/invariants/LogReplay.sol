// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Vm} from "forge-std/Vm.sol";

import {IParametricProduct} from "../../contracts/interfaces/IParametricProduct.sol";
import {ITreasury} from "../../contracts/interfaces/ITreasury.sol";
import {InsuredEvent, Outcome, Policy, Quote} from "../../contracts/types/ParametricTypes.sol";

/// @notice The whole state, rebuilt from events alone.
contract LogReplay {
    struct Place {
        address product;
        uint256 id; // of an event or a policy
    }

    address private immutable _treasury;
    uint256 public assets;
    uint256 public totalExposure;
    uint256 public totalHeld;
    uint256 public ratioBps = 10_000;
    mapping(address product => uint256) public exposureOf;
    mapping(address product => uint256) public unearnedOf;
    mapping(address payee => uint256) public heldOf;
    mapping(address product => mapping(uint256 eventId => InsuredEvent)) private _events;
    mapping(address product => mapping(uint256 policyId => Policy)) private _policies;
    mapping(address product => mapping(uint256 policyId => uint256)) public paidTo;
    mapping(address product => mapping(uint256 policyId => uint256)) public timesPaid;
    mapping(address product => mapping(uint256 policyId => uint256)) public timesSettled;
    Place[] private _eventPlaces;
    Place[] private _policyPlaces;
    Place[] private _settledPlaces;
    uint256[] public applications; // beside `_policyPlaces`
    uint256 public touchedEvents; // `_eventPlaces` from here on are of the last transaction
    uint256 public touchedPolicies;
    uint256 public touchedSettled;

    constructor(address treasury) {
        _treasury = treasury;
    }

    /// @notice Takes the events of one transaction.
    function take(Vm.Log[] calldata logs) external {
        (touchedEvents, touchedPolicies) = (_eventPlaces.length, _policyPlaces.length);
        touchedSettled = _settledPlaces.length;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == _treasury) _takeTreasury(logs[i].topics, logs[i].data);
            else _takeProduct(logs[i].emitter, logs[i].topics, logs[i].data);
        }
    }

    function insuredEvent(address product, uint256 eventId) external view returns (InsuredEvent memory) {
        return _events[product][eventId];
    }

    function policy(address product, uint256 policyId) external view returns (Policy memory) {
        return _policies[product][policyId];
    }

    /// @notice Events opened, closed or settled, from number `from` on.
    function eventPlaces(uint256 from) external view returns (Place[] memory) {
        return _from(_eventPlaces, from);
    }

    /// @notice Policies bound, from number `from` on.
    function policyPlaces(uint256 from) external view returns (Place[] memory) {
        return _from(_policyPlaces, from);
    }

    /// @notice Policies settled or paid, from number `from` on; one that was paid is there twice.
    function settledPlaces(uint256 from) external view returns (Place[] memory) {
        return _from(_settledPlaces, from);
    }

    function _from(Place[] storage places, uint256 from) private view returns (Place[] memory page) {
        page = new Place[](places.length - from);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = places[from + i];
        }
    }

    function _takeProduct(address product, bytes32[] calldata topics, bytes calldata data) private {
        bytes32 kind = topics[0];
        if (kind == IParametricProduct.PolicyBound.selector) {
            _takeBound(product, uint256(topics[1]), uint256(topics[3]), data);
        } else if (kind == IParametricProduct.EventClosed.selector) {
            InsuredEvent storage e = _events[product][uint256(topics[1])];
            (e.outcome, e.value, e.shareBps) = abi.decode(data, (Outcome, int32, uint16));
            _eventPlaces.push(Place(product, uint256(topics[1])));
        } else if (kind == IParametricProduct.PoliciesSettled.selector) {
            _takeSettled(product, uint256(topics[1]), data);
        } else if (kind == IParametricProduct.PolicySettled.selector) {
            paidTo[product][uint256(topics[1])] += abi.decode(data, (uint256));
            ++timesPaid[product][uint256(topics[1])];
            _settledPlaces.push(Place(product, uint256(topics[1])));
        }
    }

    function _takeBound(address product, uint256 policyId, uint256 applicationId, bytes calldata data) private {
        (Quote memory q,,) = abi.decode(data, (Quote, bytes, bytes));
        InsuredEvent storage e = _events[product][policyId >> 32];
        (e.policies, e.exposure, e.occursAt) = (e.policies + 1, e.exposure + q.sumInsured, q.occursAt);
        _policies[product][policyId] = Policy({holder: q.holder, sumInsured: q.sumInsured, premium: q.premium});
        _eventPlaces.push(Place(product, policyId >> 32));
        _policyPlaces.push(Place(product, policyId));
        applications.push(applicationId);
    }

    function _takeSettled(address product, uint256 eventId, bytes calldata data) private {
        (uint256 from, uint256 to, uint256 exposure,) = abi.decode(data, (uint256, uint256, uint256, uint256));
        InsuredEvent storage e = _events[product][eventId];
        (e.settled, e.exposure) = (uint32(to), e.exposure - uint96(exposure));
        _eventPlaces.push(Place(product, eventId));
        for (uint256 ordinal = from; ordinal < to; ++ordinal) {
            ++timesSettled[product][(eventId << 32) | ordinal];
            _settledPlaces.push(Place(product, (eventId << 32) | ordinal));
        }
    }

    function _takeTreasury(bytes32[] calldata topics, bytes calldata data) private {
        bytes32 kind = topics[0];
        if (kind == IERC4626.Deposit.selector) {
            (uint256 received,) = abi.decode(data, (uint256, uint256));
            assets += received;
        } else if (kind == IERC4626.Withdraw.selector) {
            (uint256 left,) = abi.decode(data, (uint256, uint256));
            assets -= left;
        } else if (kind == ITreasury.ExposureLocked.selector) {
            (uint256 exposure, uint256 total, uint256 premiums) = abi.decode(data, (uint256, uint256, uint256));
            assets += premiums;
            unearnedOf[_account(topics[1])] += premiums;
            _setExposure(_account(topics[1]), total, totalExposure + exposure);
        } else if (kind == ITreasury.ExposureReleased.selector) {
            _takeReleased(_account(topics[1]), data);
        } else if (kind == ITreasury.PremiumEarned.selector) {
            (, unearnedOf[_account(topics[1])]) = abi.decode(data, (uint256, uint256));
        } else if (kind == ITreasury.PayoutHeld.selector) {
            heldOf[_account(topics[3])] += abi.decode(data, (uint256));
        } else if (kind == ITreasury.HeldPayoutPaid.selector) {
            uint256 amount = abi.decode(data, (uint256));
            (assets, totalHeld) = (assets - amount, totalHeld - amount);
            heldOf[_account(topics[1])] -= amount;
        } else if (kind == ITreasury.RequiredRatioChanged.selector) {
            ratioBps = abi.decode(data, (uint256));
        }
    }

    function _takeReleased(address product, bytes calldata data) private {
        (uint256 exposure, uint256 total, uint256 paid, uint256 held) =
            abi.decode(data, (uint256, uint256, uint256, uint256));
        _setExposure(product, total, totalExposure - exposure);
        (assets, totalHeld) = (assets - paid, totalHeld + held);
    }

    function _setExposure(address product, uint256 ofProduct, uint256 ofAll) private {
        (exposureOf[product], totalExposure) = (ofProduct, ofAll);
    }

    function _account(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
