"""The written acts of a case (文书): what each says, in Chinese and English, frozen when it is issued.

行政许可法 art 32: receipts, acceptances and refusals of acceptance are documents with date and seal; art 38: a
denial states its reasons and the right to reconsideration or suit, and a grant that the conditions are met.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tongban.cases.models import CaseDocument
from tongban.cases.rules import written
from tongban.cases.wording import (
    ARTICLES,
    BODIES,
    GRANTED_BY,
    GRANTING,
    LICENSING_LAW,
    PAUSES,
    PROVISIONAL,
    REMEDIES,
    SEAL,
    SEALS,
    STANDARD_REASON,
    TITLES,
    WITH_REMEDIES,
    WORD,
)
from tongban.foundation.citations import article_in_chinese
from tongban.foundation.dates import long_date

Kind = CaseDocument.Kind


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
    is_licence: bool
    today: date
    due: date | None = None
    legal_due: date | None = None
    # Whether the two dates may still move, because the holidays of that year are not announced yet.
    due_provisional: bool = False
    legal_due_provisional: bool = False
    reason: str = ""
    # Where the reason is not somebody's own words but a text in both languages.
    reasons: tuple[str, str] | None = None
    accepted: date | None = None
    # What the event carries (`particulars`), and the names of the materials it speaks of in both languages.
    data: Mapping[str, Any] = field(default_factory=dict)
    materials: Sequence[tuple[str, str]] = ()


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
    seal: str


def document_number(agency: str, kind: Kind, year: int, serial: int) -> str:
    """The number agencies write: 灵山县市场监督管理局〔2026〕受字第12号."""
    return f"{agency}〔{year}〕{WORD[kind]}字第{serial}号"


def compose(kind: Kind, number: str, occasion: Occasion) -> dict[str, Any]:
    """Everything the document prints, as JSON: one text a language under `zh` and `en`."""
    return {"zh": vars(_text(kind, number, occasion, 0)), "en": vars(_text(kind, number, occasion, 1))}


def _text(kind: Kind, number: str, occasion: Occasion, language: int) -> Text:
    chinese = language == 0
    service = occasion.service if chinese else occasion.service_en or occasion.service
    values: Mapping[str, str] = {
        "service": service,
        "case": written(occasion.case_number),
        "today": _day(occasion.today, chinese=chinese),
        "due": _day(occasion.due, chinese=chinese) + PROVISIONAL[language] * occasion.due_provisional,
        "legal_due": _day(occasion.legal_due, chinese=chinese) + PROVISIONAL[language] * occasion.legal_due_provisional,
        "accepted": _day(occasion.accepted, chinese=chinese),
        "until": _day(_told_day(occasion.data), chinese=chinese),
        "pause": PAUSES.get(str(occasion.data.get("pause", "")), ("", ""))[language],
        "extension": str(occasion.data.get("extension", "")),
        "materials": ("、" if chinese else "; ").join(names[language] for names in occasion.materials),
    }
    return Text(
        title=TITLES[kind][language],
        number=number,
        addressee=occasion.applicant,
        body=BODIES[kind][language].format(**values),
        reason=_reason(kind, occasion, language),
        legal_basis=_legal_basis(kind, occasion, language),
        remedies=REMEDIES[language] if kind in WITH_REMEDIES else "",
        agency=occasion.agency if chinese else occasion.agency_en or occasion.agency,
        date=_day(occasion.today, chinese=chinese),
        seal=SEALS.get(kind, SEAL)[language],
    )


def _reason(kind: Kind, occasion: Occasion, language: int) -> str:
    """What was stated; for what is granted without a word, that the conditions and standards of law are met."""
    given = occasion.reasons[language] if occasion.reasons else occasion.reason
    if given or kind not in GRANTING:
        return given
    by_law = occasion.is_licence and kind == Kind.GRANT
    return STANDARD_REASON[language].format(law=GRANTED_BY[language] if by_law else "")


def _legal_basis(kind: Kind, occasion: Occasion, language: int) -> str:
    """What the service rests on, and for a licence the article by which this act is issued."""
    chinese = language == 0
    lines = [occasion.legal_basis if chinese else occasion.legal_basis_en or occasion.legal_basis]
    if occasion.is_licence and (article := ARTICLES.get(kind)):
        lines.append(LICENSING_LAW[language] + (article_in_chinese(article) if chinese else article))
    return "\n".join(line for line in lines if line)


def _told_day(data: Mapping[str, Any]) -> date | None:
    text = data.get("deferred_until") or data.get("until")
    return date.fromisoformat(str(text)) if text else None


def _day(day: date | None, *, chinese: bool) -> str:
    return long_date(day, chinese=chinese) if day else ""
