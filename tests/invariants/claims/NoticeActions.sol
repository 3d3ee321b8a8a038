// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Notice} from "../../../contracts/types/ClaimTypes.sol";
import {Acting} from "./Acting.sol";

/// @notice Losses are notified, by hand, by signature, or twice in one call.
abstract contract NoticeActions is Acting {
    /// @notice A loss: by the payee or the holder, by hand, by signature, or twice in one call.
    function notify(uint256 seed, uint64 claimed, uint8 way) external recorded {
        (bool found, Case memory c) = _newLoss(seed, claimed);
        if (!found) return;
        Deal storage d = deals[c.deal];
        _on(d.insurer);
        Notice memory n = Notice({
            product: address(insurers[d.insurer].product),
            policyId: d.id,
            coverage: uint8(c.coverage),
            peril: _perilOf(c, seed),
            occurredAt: uint40(c.occurredAt),
            claimed: uint64(c.claimed),
            evidenceRoot: bytes32(seed)
        });
        uint256 by = seed % 2 == 0 ? d.holder : c.claimant;
        if (way % 3 == 0) _notifySigned(n, by);
        else _notifyByHand(n, by, way % 3 == 1);
        _agree(desk.claim(cases[_enterCase(c)].id).reserve, c.reserve);
        if (way % 3 == 1) _enterCase(c);
    }

    function _notifySigned(Notice memory n, uint256 by) private {
        uint40 deadline = uint40(block.timestamp);
        bytes32 hash = words.notice(n, personAt(by), desk.nonces(personAt(by)), deadline);
        desk.notifyFor(n, personAt(by), deadline, _signIn(_personKey(by), desk.domainSeparator(), hash));
    }

    function _notifyByHand(Notice memory n, uint256 by, bool twice) private {
        vm.prank(personAt(by));
        if (!twice) {
            desk.notify(n);
            return;
        }
        bytes[] memory calls = new bytes[](2);
        (calls[0], calls[1]) = (abi.encodeCall(desk.notify, (n)), abi.encodeCall(desk.notify, (n)));
        desk.multicall(calls);
    }

    /// @dev A loss that can be notified now, of some policy.
    function _newLoss(uint256 seed, uint64 claimed) private view returns (bool found, Case memory c) {
        for (uint256 k = 0; k < deals.length && !found; ++k) {
            c.deal = (seed % deals.length + k) % deals.length;
            Deal storage d = deals[c.deal];
            if (d.closed || d.claims > 100) continue;
            c.coverage = (seed >> 8) % 3 == 0 ? 1 : 0;
            uint256 from = d.startsAt + (d.renewal || c.coverage == 1 ? 0 : 1 days);
            if (from + NOTICE_WINDOW < block.timestamp) from = block.timestamp - NOTICE_WINDOW;
            uint256 until = _min(d.endsAt, block.timestamp);
            if (from >= until) continue;
            c.occurredAt = from + (seed >> 16) % (until - from);
            found = true;
        }
        if (!found) return (found, c);
        c.claimant = _personOf(_payeeOf(deals[c.deal]));
        c.claimed = bound(claimed, 1, 3 * _sumOf(deals[c.deal]) / 2);
    }

    /// @dev Coverage 0 insures perils 0 and 1, coverage 1 peril 2.
    function _perilOf(Case memory c, uint256 seed) private pure returns (uint8) {
        return c.coverage == 1 ? 2 : uint8((seed >> 64) % 2);
    }
}
