"""Fields of a bill out of its text layer, English or Chinese layout. Runs in the sealed process only.

A field is taken from behind its label. Where a label is missing, or two of the same give two values, the field is None:
the claim then goes to a person rather than on a guess.
"""

from __future__ import annotations

import re
from typing import Final

from oracle.evidence.check_digits import compact
from oracle.evidence.reading.amounts import MONEY, NUMBER, currency_of, date_of, minor_units, one_of, words_minor
from oracle.evidence.reading.diagnoses import labelled_codes
from oracle.evidence.reading.result import MOST_LINES, Invoice, InvoiceLine

MOST_LINE_CHARS: Final = 400
_IS_BILL: Final = re.compile(r"\b(?:invoice|receipt|bill)\b|发票|收据|票据|费用清单", re.IGNORECASE)
_NUMBER: Final = (
    re.compile(
        r"(?:invoice|bill|receipt)\s*(?:no|number|nr|#)\.?\s*[:：#]?\s*([A-Z0-9][A-Z0-9/-]{0,39})", re.IGNORECASE
    ),
    re.compile(r"(?:发票号码|票据号码|收据号码?|发票号)\s*[:：]?\s*([A-Z0-9]{4,30})"),
)
_DATE: Final = re.compile(
    r"(?:invoice date|bill date|receipt date|date of issue|issue date|issued on|issued|date|开票日期|开具日期|收费日期)"
    r"\s*[:：]?\s*(.{6,40})",
    re.IGNORECASE,
)
_ISSUER: Final = (
    re.compile(
        r"^(?:issuer|issued by|from|seller|supplier|vendor|provider|hospital|clinic)\s*[:：]\s*(.{2,120})$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:销售方|收款单位|开票单位|医疗机构)(?:信息)?\s*(?:名称)?\s*[:：]\s*(.{2,80}?)$"),
)
_ISSUER_CODE: Final = re.compile(
    r"(?:统一社会信用代码/纳税人识别号|统一社会信用代码|纳税人识别号|tax id|vat (?:id|no\.?|number)|company no\.?)"
    r"\s*[:：]\s*"
    r"([A-Z0-9][A-Z0-9 -]{4,30})",
    re.IGNORECASE,
)
_BUYER: Final = re.compile(r"^(?:购买方|购方|交款人|buyer|bill to|customer|to)\s*(?:信息|名称)?\s*[:：]", re.IGNORECASE)
_TAIL: Final = r"(?:\D{0,40}|\s*[(（]?\s*(?:incl|含)\D{0,20}\d{1,2}(?:[.,]\d{1,2})?\s?%\D{0,20})"
"""What may stand behind an amount: `incl. 10% VAT`, `PAID`."""
_GAP: Final = r"(?:(?!paid|tendered|received|saved|discount|tax|vat|gst|insur)[^\d-]){0,20}?"
_TOTALS: Final = (
    re.compile(
        r"^(?:grand total|total due|amount due|total amount|invoice total|bill total|balance due|"
        r"(?:total |amount )?payable|(?:total |amount |balance )?to (?:pay|be paid)|total to pay|"
        r"please pay|you pay|final (?:total|amount)|"
        rf"outstanding|gross(?: total| amount)?)\b{_GAP}{MONEY}{_TAIL}$",
        re.IGNORECASE,
    ),
    re.compile(rf"^.{{0,60}}?(?:小写|金额合计（小写）)[)）]?\s*[:：]?\s*{MONEY}$"),
    re.compile(rf"^(?:sum total|total|sum)\b{_GAP}{MONEY}{_TAIL}$", re.IGNORECASE),
    re.compile(
        r"^(?:价税合计|总计|总金额|合计金额|总额|共计|应付(?:金额|总额|合计)?|应收(?:金额|合计)?|应缴(?:金额)?|费用合计|总费用|费用总额|金额合计)"
        rf"[^\d-]{{0,10}}?{MONEY}{_TAIL}$"
    ),
    re.compile(rf"^(?:amount|due)\b{_GAP}{MONEY}{_TAIL}$", re.IGNORECASE),
)
_NET: Final = re.compile(
    rf"^(?:sub-?\s?total|net(?: amount| total)?|合计|小计)[^\d-]{{0,12}}?{MONEY}"
    rf"(?:\s+[¥￥]?\s?(?P<tax>{NUMBER}))?\D{{0,20}}$",
    re.IGNORECASE,
)
_IS_TAX: Final = re.compile(
    r"^(?:\d{1,2}(?:[.,]\d{1,2})?\s?%\s*)?"
    r"(?:vat|sales tax|service tax|tax|gst|hst|pst|qst|mwst|ust|iva|tva|增值税|税额|税费)"
    r"(?!\s*(?:id|no|number|nr|reg|invoice|rate|point|period|office|code))(?![a-z])",
    re.IGNORECASE,
)
_TAX: Final = re.compile(
    rf"^(?:\d{{1,2}}(?:[.,]\d{{1,2}})?\s?%\s*)?[^\d-]{{2,24}}"
    rf"(?:\d{{1,2}}(?:[.,]\d{{1,2}})?\s?%\)?\s*[:：]?\s*)?{MONEY}$",
    re.IGNORECASE,
)
_TAX_AMOUNT: Final = re.compile(r"\d[.,]\d{2}(?!\d|\s?%)|[$€£¥￥]\s?\d|\b[A-Z]{3} \d")
_ALL_TAX: Final = re.compile(r"^(?:tax|vat|gst) total\b|^total (?:tax|vat|gst)\b|^税额合计", re.IGNORECASE)
_WORDS: Final = re.compile(r"大写[)）]?\s*[:：]?\s*((?:人民币)?[零〇壹贰叁肆伍陆柒捌玖两拾佰仟万亿元圆角分整正]{2,60})")
_TAXED_LINE: Final = re.compile(rf"^(.{{1,160}}?)\s+[¥￥]?(?P<number>{NUMBER})\s+\d{{1,2}}%\s+[¥￥]?(?:{NUMBER})$")
_LINE: Final = re.compile(rf"^(.{{1,160}}?)\s+{MONEY}$")
_IBAN: Final = re.compile(r"\bIBAN\s*[:：]?\s*([A-Z]{2}\d{2}(?:\s?[A-Z0-9]{1,4}){3,8})")
_CARD: Final = re.compile(r"(?:card(?: no\.?| number)?|卡号)\s*[:：]\s*(\d[\d -]{11,22}\d)", re.IGNORECASE)
_NO_LINE: Final = re.compile(
    r"^(?:invoice|bill|receipt|date|issued?|from|seller|tax|vat|iban|card|page|phone|tel|policy|due|gst|net|sub|total|"
    r"grand|amount|balance|sum|payable|to pay|to be paid|please pay|you pay|final|outstanding|gross|incl|of which|"
    r"thereof|发票|开票|销售方|购买方|纳税人|统一社会|税额|税费|增值税|合计|小计|价税|总计|总额|总金额|总费用|"
    r"共计|应付|应收|应缴|费用合计|费用总额|其中|含税|卡号|电话|金额|项目|诊断|收费日期|票据)",
    re.IGNORECASE,
)
_PAYMENT: Final = re.compile(
    r"^(?:(?:already |amount |less )?paid\b|pre-?paid\b|payments?\b|cash\b|(?:credit|debit|bank) card\b|visa\b|"
    r"master\s?card|amex\b|american express|maestro\b|paypal\b|apple pay|google pay|alipay|wechat|union\s?pay|"
    r"cheque\b|bank transfer|wire transfer|direct debit|tendered|received\b|refund|deposit\b|advance\b|"
    r"change(?: due| given| back)?\s*[:：]?\s*(?:[A-Z]{3}\b|[$€£¥￥]|\d)|"
    r"现金|找零|实收|实付|已付|已收|刷卡|银行卡|支付|微信|预交|预付|押金|退款|退费|补缴)",
    re.IGNORECASE,
)
"""How a bill was paid is nothing that was billed."""
LABELS: Final = tuple(
    pattern.pattern
    for pattern in (
        _IS_BILL, *_NUMBER, _DATE, *_ISSUER, _ISSUER_CODE, _BUYER, *_TOTALS, _NET, _IS_TAX, _TAX, _ALL_TAX, _WORDS,
        _TAXED_LINE, _LINE, _NO_LINE, _PAYMENT,
    )
)  # fmt: skip
"""By what rows are known; part of the model hash."""


def invoice_of(text: str) -> Invoice | None:
    """Fields of a bill; None: the text is no bill."""
    if not _IS_BILL.search(text):
        return None
    rows = [re.sub(r"[ \t\u3000]+", " ", row).strip()[:MOST_LINE_CHARS] for row in text.splitlines()]
    rows = [row for row in rows if row]
    whole = "\n".join(rows)
    currency = currency_of(whole, chinese=bool(re.search("发票|收据|票据|金额|费用清单", whole)))
    net, tax, unclear = _net_and_tax(rows, currency)
    total, words = _total(rows, currency), one_of([words_minor(found.group(1)) for found in _WORDS.finditer(whole)])
    dates = {date_of(found.group(1)) for row in rows if (found := _DATE.search(row))} - {None}
    return Invoice(
        issuer=_issuer(rows),
        issuer_code=_issuer_code(rows),
        number=_only([found.group(1) for pattern in _NUMBER for row in rows if (found := pattern.search(row))]),
        issued_on=dates.pop() if len(dates) == 1 else None,
        currency=currency,
        lines=_without_sums(_lines(rows, currency), {net, total, words, *_before_tax(total, tax)} - {None}),
        net_minor=net,
        tax_minor=tax,
        tax_unclear=unclear,
        total_minor=total,
        words_minor=words,
        codes=labelled_codes(whole)[:50],
        ibans=_numbers(_IBAN, whole),
        cards=_numbers(_CARD, whole),
    )


def _only(values: list[str]) -> str | None:
    """The value all agree on."""
    known = {value.strip() for value in values}
    return known.pop()[:200] if len(known) == 1 else None


def _numbers(pattern: re.Pattern[str], whole: str) -> tuple[str, ...]:
    return tuple(sorted({compact(found.group(1)) for found in pattern.finditer(whole)}))[:20]


def _issuer(rows: list[str]) -> str | None:
    """Behind a label of the issuer, or behind 名称 in the seller's part of a Chinese bill."""
    found = [match.group(1) for pattern in _ISSUER for row in rows if (match := pattern.match(row))]
    if found:
        return _only(found)
    sellers = [row for row in _sellers_rows(rows) if row.startswith("名称")]
    return _only([re.sub(r"^名称\s*[:：]\s*", "", row) for row in sellers]) or None


def _issuer_code(rows: list[str]) -> str | None:
    seller = _sellers_rows(rows)
    found = [match.group(1) for row in (seller or rows) if (match := _ISSUER_CODE.search(row))]
    return _only([compact(each) for each in found])


def _sellers_rows(rows: list[str]) -> list[str]:
    """Rows of the part that speaks of the seller, if the bill has parts for seller and buyer."""
    taken: list[str] = []
    inside = False
    for row in rows:
        if row.startswith(("销售方", "Seller", "SELLER")):
            inside = True
        elif _BUYER.match(row):
            inside = False
        if inside:
            taken.append(row)
    return taken


def _money(found: re.Match[str], currency: str | None) -> int | None:
    return minor_units(found.group("number"), currency)


def _total(rows: list[str], currency: str | None) -> int | None:
    """By the strongest label there is: a grand total before a total."""
    for pattern in _TOTALS:
        values = [_money(found, currency) for row in rows if (found := pattern.match(row))]
        if values:
            return one_of(values)
    return None


def _net_and_tax(rows: list[str], currency: str | None) -> tuple[int | None, int | None, bool]:
    """Net, tax, and whether there is a tax whose amount is not known. Rows of several rates add up."""
    net = [found for row in rows if (found := _NET.match(row))]
    taxes = [row for row in rows if (_IS_TAX.match(row) or _ALL_TAX.match(row)) and _TAX_AMOUNT.search(row)]
    each = [_amount(_TAX.match(row), currency) for row in taxes if not _ALL_TAX.match(row)]
    sums = [_amount(_TAX.match(row), currency) for row in taxes if _ALL_TAX.match(row)]
    sums += [minor_units(found.group("tax"), currency) for found in net if found.group("tax")]
    if len(set(taxes)) < len(taxes):
        each.append(None)  # the same row twice: printed again, or owed again
    known = [amount for amount in each if amount is not None]
    if each and len(known) == len(each):
        sums.append(sum(known))
    unclear = len(known) < len(each) or len(set(sums)) > 1 or None in sums
    return one_of([_money(found, currency) for found in net]), None if unclear else one_of(sums), unclear


def _amount(found: re.Match[str] | None, currency: str | None) -> int | None:
    return None if found is None else _money(found, currency)


def _before_tax(total: int | None, tax: int | None) -> tuple[int, ...]:
    return () if total is None or tax is None else (total - tax,)


def _without_sums(lines: tuple[InvoiceLine, ...], stated: set[int | None]) -> tuple[InvoiceLine, ...]:
    """Lines without those that are the sum of the lines before them, unless all add up to what the bill states."""
    if sum(line.amount_minor for line in lines) in stated:
        return lines
    kept, so_far = list[InvoiceLine](), 0
    for line in lines:
        if not kept or line.amount_minor != so_far:
            kept.append(line)
            so_far += line.amount_minor
    return tuple(kept)


def _lines(rows: list[str], currency: str | None) -> tuple[InvoiceLine, ...]:
    """Rows that end in an amount and are no label; the last number of a row is its amount."""
    found: list[InvoiceLine] = []
    for row in rows:
        if any(kind.match(row) for kind in (_NO_LINE, _PAYMENT, _IS_TAX)) or _IBAN.search(row):
            continue
        match = _TAXED_LINE.match(row) or _LINE.match(row)
        amount = _money(match, currency) if match and _looks_like_money(row) else None
        if match and amount is not None:
            found.append(InvoiceLine(text=match.group(1)[:200], amount_minor=amount))
    return tuple(found[:MOST_LINES])


def _looks_like_money(row: str) -> bool:
    """An amount has decimals or a sign of currency; a house number or a year has neither."""
    return bool(re.search(r"[.,]\d{2}(?:\s?(?:[A-Z]{3}|元|€|£))?$|[$€£¥￥]\s?\d|\b[A-Z]{3} \d[\d,. ]*$", row))
