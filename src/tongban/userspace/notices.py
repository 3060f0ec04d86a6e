"""What messages say, in Chinese and English. Pure: a notice and its occasion in, texts out.

A message tells what happened, and what to do next; the written act itself, with its reasons, is on the case's page.
"""

import uuid
from dataclasses import dataclass
from datetime import date

Texts = dict[str, dict[str, str]]

# A namespace of our own (RFC 9562, version 5), so that a message's id follows from what it is.
_NAMESPACE = uuid.UUID("5c0f2a1e-0c7a-5b1e-9f43-7b1f6f1f2c11")


@dataclass(frozen=True)
class Occasion:
    """What a message is about."""

    service: str
    service_en: str
    case_number: str
    due: date | None = None


@dataclass(frozen=True)
class Notice:
    """Titles and texts: Chinese, English. `{due}` only where the act always sets a due date."""

    title: tuple[str, str]
    text: tuple[str, str]


# By the action of the case that they tell of.
TO_APPLICANT: dict[str, Notice] = {
    "submit": Notice(
        ("已收到您的申请", "We received your application"),
        (
            "您的“{service}”申请（办件编号 {case}）已提交。最迟于 {due} 前告知是否受理，需要补正的将一次告知。",
            (
                "Your application for “{service}” (case {case}) was submitted. By {due} you will hear whether it is "
                "accepted, or everything that must be corrected."
            ),
        ),
    ),
    "return_for_correction": Notice(
        ("请补正申请材料", "Please correct your application"),
        (
            "您的“{service}”申请（办件编号 {case}）需要补正。请打开办件查看告知书，按所列内容一次补齐后提交。",
            (
                "Your application for “{service}” (case {case}) needs corrections. Open the case, read the notice, and "
                "send everything it lists."
            ),
        ),
    ),
    "accept": Notice(
        ("申请已受理", "Your application was accepted"),
        (
            "您的“{service}”申请（办件编号 {case}）已受理，将于 {due} 前作出决定。您现在无需办理其他手续。",
            (
                "Your application for “{service}” (case {case}) was accepted. The decision will be made by {due}. You "
                "need do nothing now."
            ),
        ),
    ),
    "refuse_acceptance": Notice(
        ("申请不予受理", "Your application was not accepted"),
        (
            "您的“{service}”申请（办件编号 {case}）不予受理。理由和救济途径见办件中的通知书。",
            (
                "Your application for “{service}” (case {case}) was not accepted. The notice in the case says why, and "
                "what you can do."
            ),
        ),
    ),
    "grant": Notice(
        ("申请已获准", "Your application was granted"),
        (
            "您的“{service}”申请（办件编号 {case}）已作出准予决定，结果将于 {due} 前送达。您可以对本次办理进行评价。",
            (
                "Your application for “{service}” (case {case}) was granted. The result will reach you by {due}. "
                "You can say how it went."
            ),
        ),
    ),
    "deny": Notice(
        ("申请未获准", "Your application was denied"),
        (
            "您的“{service}”申请（办件编号 {case}）已作出不予准许决定。理由和救济途径见办件中的决定书。",
            (
                "Your application for “{service}” (case {case}) was denied. The decision in the case says why, and how "
                "you can have it reviewed."
            ),
        ),
    ),
    "deliver": Notice(
        ("办件已办结", "Your case is closed"),
        (
            "您的“{service}”申请（办件编号 {case}）的结果已送达，办件办结。欢迎评价本次服务。",
            (
                "The result of “{service}” (case {case}) was delivered and the case is closed. You are welcome to "
                "say how it went."
            ),
        ),
    ),
}
TO_OFFICER: dict[str, Notice] = {
    "supplement": Notice(
        ("申请人已补正", "The applicant sent the correction"),
        (
            "您退回补正的办件 {case}（{service}）已由申请人补正，请于 {due} 前处理。",
            "The applicant corrected case {case} ({service}), which you had returned. It is due on {due}.",
        ),
    ),
    "withdraw": Notice(
        ("申请人已撤回申请", "The applicant withdrew"),
        (
            "您经办的办件 {case}（{service}）已由申请人撤回。",
            "The applicant withdrew case {case} ({service}), which you were handling.",
        ),
    ),
    "rate": Notice(
        ("收到差评", "A bad rating came in"),
        (
            "您经办的办件 {case}（{service}）收到“不满意”或“非常不满意”的评价，请了解原因并改进。",
            "Case {case} ({service}), which you handled, was rated dissatisfied or worse. Please find out why.",
        ),
    ),
}


def compose(notice: Notice, occasion: Occasion) -> Texts:
    """Both languages of a message."""
    return {"zh": _text(notice, occasion, 0), "en": _text(notice, occasion, 1)}


def _text(notice: Notice, occasion: Occasion, language: int) -> dict[str, str]:
    chinese = language == 0
    service = occasion.service if chinese else occasion.service_en or occasion.service
    due = _day(occasion.due, chinese=chinese)
    text = notice.text[language].format(service=service, case=occasion.case_number, due=due)
    return {"title": notice.title[language], "text": text}


def _day(day: date | None, *, chinese: bool) -> str:
    if day is None:
        return "法定期限" if chinese else "the date set by law"
    return f"{day.year}年{day.month}月{day.day}日" if chinese else f"{day.day} {day:%B %Y}"


def message_id(event_id: int, notice: str, recipient: uuid.UUID) -> uuid.UUID:
    """The id of the one message that an event makes for a recipient (a person or a post)."""
    return uuid.uuid5(_NAMESPACE, f"{event_id} {notice} {recipient}")
