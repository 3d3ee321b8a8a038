"""Writes to holders about orders on their policies: offered, accepted, declined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.projections import policies_read
from backend.database import as_worker
from backend.notices import service as notices
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import Recipient, RecordGone
from backend.notices.writing import Value, day, money
from backend.policy_orders.desk import Ground, OrderDesk
from backend.policy_orders.models import ACCEPTED, CANCELLATION, DECLINED, OFFERED, PolicyOrderRow
from backend.underwriting import casebook
from backend.vault.records import subject_of

log = structlog.get_logger()
_KINDS: Final = {
    OFFERED: NoticeKind.POLICY_ORDER_OFFERED,
    ACCEPTED: NoticeKind.POLICY_ORDER_ACCEPTED,
    DECLINED: NoticeKind.POLICY_ORDER_DECLINED,
}
_GROUNDS: Final[Mapping[Ground, Mapping[Language, str]]] = {
    Ground.RISK_CHANGED: {
        Language.EN: "the risk has changed since the policy was bound",
        Language.ZH: "投保后风险状况已发生变化",
    },
    Ground.NEEDS_REPORT: {
        Language.EN: "a new risk report would be needed",
        Language.ZH: "需要新的风险报告",
    },
    Ground.NO_INTEREST: {
        Language.EN: "no insurable interest was shown",
        Language.ZH: "未证明具有保险利益",
    },
    Ground.NOT_ASKED_FOR: {
        Language.EN: "the change was not asked for by the holder",
        Language.ZH: "该变更并非由保单持有人提出",
    },
}


def tell_holder(session: Session, principal: Principal, desk: OrderDesk, row: PolicyOrderRow) -> None:
    """Order the notice of where an order stands now, once for each state. Whose record is gone cannot be told."""
    to, subject = Recipient(row.tenant_id, row.person_id), f"policy_order:{row.order_id}"
    with as_worker(session, row.tenant_id, principal):
        offset = casebook.office_of(session, row.tenant_id).calendar.days.utc_offset_seconds

        def values(language: Language) -> Mapping[str, Value]:
            return _values(desk, row, language, offset)

        policy = policies_read.policy(session, row.product, row.policy_id)
        about = b"" if policy is None else subject_of(policy.row.application_id)
        asked = notices.NoticeOrder(to, _KINDS[row.state], f"{subject}:{row.state}", subject, values, about)
        try:
            notices.order(session, desk.notices, asked)
        except RecordGone:
            log.warning("policy_order.nobody_to_tell", order_id=str(row.order_id))
        session.flush()


def _values(desk: OrderDesk, row: PolicyOrderRow, language: Language, offset: int) -> dict[str, Value]:
    policy = str(row.policy_id)
    if row.state == DECLINED:
        return {"policy": policy, "ground": _GROUNDS[Ground(row.ground or "")][language]}
    if row.state == ACCEPTED:
        return {"policy": policy, "ends": row.kind == CANCELLATION}
    product, change = desk.shelf.product(row.product), int(row.order["premium_change"])
    units = product.units_per_minor
    # What is asked for is rounded up, what comes back down: nobody is promised more than the terms give.
    minor = -(-change // units) if change > 0 else -change // units
    return {
        "policy": policy, "sum_insured": money(language, int(row.order["sum_insured"]) // units, product.currency),
        "premium": money(language, minor, product.currency) if change else "", "returned": change < 0,
        "sign_by": day(language, row.valid_until, offset),
        "effective_on": day(language, int(row.order["effective_at"]), offset),
    }  # fmt: skip
