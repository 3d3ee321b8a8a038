"""A product file in words."""

from __future__ import annotations

from backend.fields import bytes_hex
from backend.product_files import schemas as out
from backend.product_files.models import ProductFileRow
from backend.product_files.service import Standing, parsed
from backend.products.wording_page import unprintable
from domain.clauses import LANGUAGES, Clause
from domain.document import parameters_of
from domain.indemnity_wording import Named
from domain.product_words import nature
from domain.terms import IndemnityFile


def file_view(row: ProductFileRow, found: Standing) -> out.ProductFileView:
    """A file, and what became of it."""
    return out.ProductFileView(
        file_id=row.file_id, product_id=row.product_id, version=row.version, kind=row.kind,
        title={"en": row.title_en, "zh": row.title_zh}, sha256=bytes(row.content_hash).hex(),
        document_hash=bytes_hex(row.document_hash), clause_root=bytes_hex(row.clause_root),
        uploaded_at=row.uploaded_at, state=found.state, product=found.product, intent=row.intent_key,
        terms_hash=bytes_hex(row.terms_hash) if row.terms_hash else None, failure_code=found.failure_code,
        failure_detail=found.failure_detail,
    )  # fmt: skip


def preview(row: ProductFileRow, found: Standing) -> out.PreviewView:
    """What the product says, with the numbers of its parameters."""
    file = parsed(row.content)
    said = "".join(clause.text(language) for clause in file.clauses for language in LANGUAGES)
    named: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    reasons: list[out.ReasonWords] = []
    if isinstance(file, IndemnityFile):
        named = ([_names(each) for each in file.perils], [_names(each) for each in file.coverages])
        reasons = [
            out.ReasonWords(
                code=each.reason.code, use=each.reason.use.value, clauses=list(each.clauses),
                text={language: each.reason.text(language) for language in LANGUAGES},
            )
            for each in file.reasons
        ]  # fmt: skip
    return out.PreviewView(
        file=file_view(row, found), clauses=[_clause(clause) for clause in file.clauses], perils=named[0],
        coverages=named[1], reasons=reasons, parameters=parameters_of(file.parameters.as_json()),
        unprintable=unprintable(said + row.title_en + row.title_zh),
    )  # fmt: skip


def _clause(clause: Clause) -> out.ClauseWords:
    return out.ClauseWords(
        id=clause.id, kind=clause.kind.value, says=list(clause.says),
        nature={language: nature(clause, language) for language in LANGUAGES},
        text={language: clause.text(language) for language in LANGUAGES},
    )  # fmt: skip


def _names(each: Named) -> dict[str, str]:
    return {language: each.name(language) for language in LANGUAGES}
