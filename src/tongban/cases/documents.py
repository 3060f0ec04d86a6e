"""The written acts of a case (文书): what each says, in Chinese and English, frozen when it is issued.

行政许可法 art 32: receipts, acceptances and refusals of acceptance are documents with date and seal; art 38: a
denial states its reasons and the right to reconsideration or suit.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tongban.cases.models import CaseDocument
from tongban.cases.rules import written

Kind = CaseDocument.Kind

# The character that stands for the kind in a document number, as agencies write it.
WORD = {
    Kind.RECEIPT: "收",
    Kind.CORRECTION_NOTICE: "补",
    Kind.ACCEPTANCE: "受",
    Kind.ACCEPTANCE_REFUSAL: "不受",
    Kind.GRANT: "准",
    Kind.DENIAL: "不准",
}

_TITLES = {
    Kind.RECEIPT: ("申请材料接收凭证", "Receipt of application materials"),
    Kind.CORRECTION_NOTICE: ("补正材料一次性告知书", "One-time notice of what to correct"),
    Kind.ACCEPTANCE: ("受理通知书", "Notice of acceptance"),
    Kind.ACCEPTANCE_REFUSAL: ("不予受理通知书", "Notice of refusal of acceptance"),
    Kind.GRANT: ("准予决定书", "Decision to grant"),
    Kind.DENIAL: ("不予准许决定书", "Decision to deny"),
}

_BODIES = {
    Kind.RECEIPT: (
        (
            "本机关已于 {today} 收到你（单位）提交的“{service}”申请（办件编号 {case}）。"
            "材料齐全、符合法定形式的，将予以受理；需要补正的，最迟于 {due} 前一次性告知。"
        ),
        (
            "On {today} we received your application for “{service}” (case number {case}). If it is complete it will "
            "be accepted; if anything must be corrected you will be told everything at once by {due} at the latest."
        ),
    ),
    Kind.CORRECTION_NOTICE: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）需要补正，全部内容如下：",
        "Your application for “{service}” (case number {case}) needs corrections. This is everything:",
    ),
    Kind.ACCEPTANCE: (
        (
            "你（单位）提出的“{service}”申请（办件编号 {case}）材料齐全、符合法定形式，现予受理。"
            "承诺于 {due} 前、法定最迟于 {legal_due} 前作出决定。"
        ),
        (
            "Your application for “{service}” (case number {case}) is complete and in lawful form, and is accepted. We "
            "promise a decision by {due}; by law it must be made by {legal_due}."
        ),
    ),
    Kind.ACCEPTANCE_REFUSAL: (
        "你（单位）提出的“{service}”申请（办件编号 {case}），本机关不予受理。理由如下：",
        "We cannot accept your application for “{service}” (case number {case}). The reason:",
    ),
    Kind.GRANT: (
        "你（单位）提出的“{service}”申请（办件编号 {case}）符合法定条件、标准，决定准予。结果将于 {due} 前送达。",
        (
            "Your application for “{service}” (case number {case}) meets the conditions and standards of law and is "
            "granted. The result will be delivered by {due}."
        ),
    ),
    Kind.DENIAL: (
        "你（单位）提出的“{service}”申请（办件编号 {case}），经审查，决定不予准许。理由如下：",
        "After examination, your application for “{service}” (case number {case}) is denied. The reason:",
    ),
}

# 行政复议法 (2023) art 20; 行政诉讼法 (2017) art 46.
_REMEDIES = (
    "如不服本决定，可以自知道本决定之日起六十日内依法申请行政复议，或者六个月内依法向人民法院提起行政诉讼。",
    (
        "If you do not agree, you may apply for administrative reconsideration within 60 days, or bring a suit before "
        "the people's court within six months, from the day you learn of this decision."
    ),
)
_WITH_REMEDIES = frozenset({Kind.ACCEPTANCE_REFUSAL, Kind.DENIAL})


@dataclass(frozen=True)
class Occasion:
    """What a document is about: the case, the parties, the dates. Names in Chinese and English."""

    case_number: str
    applicant: str
    service: str
    service_en: str
    agency: str
    agency_en: str
    legal_basis: str
    legal_basis_en: str
    today: date
    due: date | None = None
    legal_due: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Text:
    """One language of a document."""

    title: str
    number: str
    addressee: str
    body: str
    reason: str
    legal_basis: str
    remedies: str
    agency: str
    date: str


def document_number(agency: str, kind: Kind, year: int, serial: int) -> str:
    """The number agencies write: 灵山县市场监督管理局〔2026〕受字第12号."""
    return f"{agency}〔{year}〕{WORD[kind]}字第{serial}号"


def compose(kind: Kind, number: str, occasion: Occasion) -> dict[str, Any]:
    """Everything the document prints, as JSON: one text a language under `zh` and `en`."""
    return {"zh": asdict(_text(kind, number, occasion, 0)), "en": asdict(_text(kind, number, occasion, 1))}


def _text(kind: Kind, number: str, occasion: Occasion, language: int) -> Text:
    chinese = language == 0
    service = occasion.service if chinese else occasion.service_en or occasion.service
    values: Mapping[str, str] = {
        "service": service,
        "case": written(occasion.case_number),
        "today": _day(occasion.today, chinese=chinese),
        "due": _day(occasion.due, chinese=chinese),
        "legal_due": _day(occasion.legal_due, chinese=chinese),
    }
    return Text(
        title=_TITLES[kind][language],
        number=number,
        addressee=occasion.applicant,
        body=_BODIES[kind][language].format(**values),
        reason=occasion.reason,
        legal_basis=occasion.legal_basis if chinese else occasion.legal_basis_en or occasion.legal_basis,
        remedies=_REMEDIES[language] if kind in _WITH_REMEDIES else "",
        agency=occasion.agency if chinese else occasion.agency_en or occasion.agency,
        date=_day(occasion.today, chinese=chinese),
    )


def _day(day: date | None, *, chinese: bool) -> str:
    if day is None:
        return ""
    return f"{day.year}年{day.month}月{day.day}日" if chinese else f"{day.day} {day:%B %Y}"
