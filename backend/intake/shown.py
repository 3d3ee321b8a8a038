"""Intakes as they go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.intake import schemas as s
from backend.intake.models import IntakeRow
from backend.intake.rules import house_rules, spoken
from backend.problems import Language
from domain.intake import FOR, Finding


def intake(row: IntakeRow, applications: Sequence[str]) -> s.IntakeView:
    """That somebody came."""
    return s.IntakeView(
        intake_id=row.intake_id, person_id=row.person_id, channel=row.channel, language=row.language,
        opened_at=row.opened_at, privacy_notice=row.notice_version, applications=list(applications),
    )  # fmt: skip


def file(row: IntakeRow, applications: Sequence[str], said: Mapping[str, Any], language: Language) -> s.IntakeFileView:
    """All of an intake, its reasons in words."""
    need = str(said["need"])
    named = house_rules().needs.get(need)
    return s.IntakeFileView(
        intake=intake(row, applications), name=said["name"], contact=s.ContactView(**said["contact"]), need=need,
        need_name=named.name[language] if named else need, sum_insured=said["sum_insured"], budget=said["budget"],
        starts_at=said["starts_at"], words=said["words"], rules=said["rules"], rules_hash=f"0x{said['rules_hash']}",
        products=[_advice(each, need, language) for each in said["products"]],
    )  # fmt: skip


def needs(language: Language) -> s.NeedList:
    """What can be needed."""
    known = house_rules().needs.items()
    return s.NeedList(
        language=language, needs=[s.NeedView(need=code, name=rule.name[language]) for code, rule in known]
    )


def _advice(said: Mapping[str, Any], need: str, language: Language) -> s.AdviceView:
    reasons = [
        s.ReasonView(
            code=each["code"], speaks_for=Finding(each["code"]) in FOR,
            text=spoken(
                Finding(each["code"]), each["values"], need=need, decimals=said["decimals"], symbol=said["symbol"],
                language=language,
            ),
        )
        for each in said["reasons"]
    ]  # fmt: skip
    apply_at = "/v1/underwriting-cases" if said["line"] else "/v1/quotes"
    return s.AdviceView(
        product=said["product"], terms_hash=f"0x{said['terms_hash']}", product_id=said["product_id"],
        version=said["version"], title=said["title"][language], suits=said["suits"], reasons=reasons,
        least_premium=said["least_premium"], estimated_premium=said["estimated_premium"], decimals=said["decimals"],
        symbol=said["symbol"], line=said["line"] or None, apply_at=apply_at if said["suits"] else None,
    )  # fmt: skip
