"""Every kind of intent that has rows of its own. Others are plain (`IntentKind`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backend.acceptances.kind import BindKind
from backend.chain.intents.kinds import IntentKind
from backend.claims.kinds import ClaimOrderKind, ClosingClaimKind, NoticeKind, PushedKind
from backend.policy_orders.kind import OrderKind
from backend.product_files.kind import ProductKind
from backend.settlements.kind import ClosingKind, SettlingKind
from backend.underwriting.kind import UnderwritingBindKind

KINDS: Mapping[str, IntentKind] = MappingProxyType(
    {
        "bind": BindKind(),
        "claim-notice": NoticeKind(),
        "claim-order": ClaimOrderKind(),
        "claim-close": ClosingClaimKind(),
        "claim-conclude-dispute": PushedKind(),
        "claim-draw-panel": PushedKind(),
        "claim-pay-instalment": PushedKind(),
        "cancel": OrderKind(),
        "close": ClosingKind(),
        "endorse": OrderKind(),
        "product": ProductKind(),
        "report": ClosingKind(),
        "settle": SettlingKind(),
        "underwriting-bind": UnderwritingBindKind(),
    }
)
