"""The consistency rules of the implementation list, as a linter over a plain view of a version. No database.

The sixteen rules are R01 to R16 of the validation code of a public platform (Wenzhou) and of the law; each has a
severity. An error keeps a service from becoming applicable; a warning is for its agency to look at. What a version
does not state cannot be inconsistent: a rule speaks only where the facts it compares are there.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongban.items.codes import credit_code_fault, embedded_credit_code, parse_code
from tongban.items.models import Audience, ItemType, LimitUnit, Material, Necessity, ServiceVersion

Channel = ServiceVersion.Channel
HandlingKind = ServiceVersion.HandlingKind
ResultType = ServiceVersion.ResultType

LICENCE_STEPS = 5


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class MaterialView:
    """What the rules look at in a material; `resource_code` names shared data that can replace it."""

    name: str
    necessity: str = ""
    source: str = ""
    resource_code: str = ""


@dataclass(frozen=True)
class FeeView:
    name: str
    standard: str = ""
    basis: str = ""


@dataclass(frozen=True)
class VersionView:
    """What the rules look at in a version; names and meanings are those of `models.ServiceVersion`."""

    name: str
    item_type: str
    implementation_code: str = ""
    foreign_code: str = ""
    credit_code: str = ""
    legal_limit: int | None = None
    legal_limit_unit: str = ""
    promised_limit: int | None = None
    promised_limit_unit: str = ""
    promised_limit_note: str = ""
    handling_kind: str = ""
    handling_steps: str = ""
    special_procedures: str = ""
    audiences: Sequence[str] = ()
    channels: Sequence[str] = ()
    visits: int | None = None
    visits_reason: str = ""
    consultation_contact: str = ""
    complaint_contact: str = ""
    result_type: str = ""
    result_sample: str = ""
    online_payment: bool | None = None
    person_topics: str = ""
    organisation_topics: str = ""
    online: bool | None = None
    stated_online_depth: str = ""
    online_capabilities: Sequence[int] = ()
    is_charged: bool | None = None
    materials: Sequence[MaterialView] = ()
    fees: Sequence[FeeView] = ()
    questions: int = 0


@dataclass(frozen=True)
class Finding:
    """A rule that does not hold: which, how grave, in which field (our name for it), and what is wrong."""

    rule: str
    severity: Severity
    field: str
    message: str | Promise


# What stands for I to III is not fixed by a standard at hand (DOMAIN section 15), so the wording is a table that an
# installation may replace; IV is "全程网办" and needs no visit.
DEPTH_WORDING: Mapping[str, str | Promise] = {
    "I": pgettext_lazy("online depth", "information and consultation online"),
    "II": pgettext_lazy("online depth", "materials sent and pre-examined online, originals brought to the window"),
    "III": pgettext_lazy("online depth", "accepted online, at most one visit"),
    "IV": pgettext_lazy("online depth", "the whole way online, no visit"),
}
_RECEIPT, _PRE_EXAMINATION, _ACCEPTANCE, _HANDLING, _FEEDBACK = 2, 3, 4, 5, 6


def online_depth(capabilities: Sequence[int], visits: int | None = None) -> str:
    """The depth I to IV that a set of capabilities (1 to 7 of GB/T 39554) amounts to; empty for none.

    IV needs acceptance, handling and feedback of the result online, and no visit (where visits are stated).
    """
    held = set(capabilities)
    if {_ACCEPTANCE, _HANDLING, _FEEDBACK} <= held and visits in (None, 0):
        return "IV"
    if _ACCEPTANCE in held:
        return "III"
    if held & {_RECEIPT, _PRE_EXAMINATION}:
        return "II"
    return "I" if held else ""


def depth_of(version: VersionView) -> str:
    """The depth stated, or the one derived from the capabilities."""
    return version.stated_online_depth or online_depth(version.online_capabilities, version.visits)


@dataclass(frozen=True)
class LimitConversion:
    """How limits in different units are compared: a setting, since no rule says it.

    Attributes:
        days_a_month: calendar days that a month counts as.
        working_days_a_week: working days in seven calendar days.
    """

    days_a_month: int = 30
    working_days_a_week: int = 5

    def days(self, limit: int, unit: str) -> float:
        """The limit in calendar days; a limit without unit is taken as working days."""
        if unit == LimitUnit.MONTH:
            return float(limit * self.days_a_month)
        if unit == LimitUnit.DAY:
            return float(limit)
        return limit * 7 / self.working_days_a_week


_INSTANT = re.compile(r"即办|即时|当场|立等可取")
_STEP_LINES = re.compile(r"\n+")
_STEP_MARKS = re.compile(r"\s*(?:→|⟶|-+>|—+>?|=>|＞|>|；|;|、|，|,)\s*")
_CATCH_ALL = re.compile(
    r"法律[、，]?\s*(?:行政)?法规.{0,12}(?:其他|其它|有关|相关).{0,6}(?:材料|资料|文件|证明)"
    r"|(?:其他|其它)(?:需要提供|需提供|需要|应当提交|应提交|应提供|要求)?的?(?:相关|有关|必要)?的?(?:材料|资料|文件|证明材料|证明)等?$"
    r"|(?:认为|要求).{0,8}(?:需要|应当|必要).{0,8}(?:其他|其它)?.{0,4}(?:材料|资料|文件)"
)
_SPECIAL = ("听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审")
_PHONE = re.compile(r"\d[\d\- ]{3,}\d")
_DAYS_STATED = re.compile(r"[0-9０-９一二三四五六七八九十百两]+\s*个?\s*(?:工作日|自然日|日|天|月)|不计入|不计算在")


def steps_of(text: str) -> list[str]:
    """The steps of a procedure's text: its lines, or, on one line, what stands between arrows or list marks."""
    text = text.strip()
    if not text:
        return []
    lines = _STEP_LINES.split(text)
    parts = lines if len(lines) > 1 else _STEP_MARKS.split(text)
    return [part.strip() for part in parts if part.strip()]


def is_instant(version: VersionView) -> bool:
    """Whether the promise is to decide on the spot (即办): a limit of 0, or no number and a note that says so."""
    return version.promised_limit == 0 or (
        version.promised_limit is None and bool(_INSTANT.search(version.promised_limit_note))
    )


Check = Callable[[VersionView, LimitConversion], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A rule: its id, its severity where it does not say otherwise, what it demands, and where that comes from."""

    id: str
    severity: Severity
    demand: str | Promise
    source: str
    check: Check = field(repr=False)


def _promise_within_law(v: VersionView, conversion: LimitConversion) -> Iterator[Finding]:
    if v.promised_limit is None or v.legal_limit is None:
        return
    promised = conversion.days(v.promised_limit, v.promised_limit_unit)
    legal = conversion.days(v.legal_limit, v.legal_limit_unit)
    if promised > legal:
        # In different units the comparison rests on a conversion that no law states: a warning only.
        same = v.promised_limit_unit == v.legal_limit_unit
        yield Finding(
            "R01",
            Severity.ERROR if same else Severity.WARNING,
            "promised_limit",
            _("the promised limit (%(promised)d) is longer than the legal limit (%(legal)d)")
            % {"promised": v.promised_limit, "legal": v.legal_limit},
        )


def _instant_means_on_the_spot(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.handling_kind == HandlingKind.ON_THE_SPOT and not is_instant(v):
        yield _error("R02", "promised_limit", _("handled on the spot, but the promised limit is not 0 (即办)"))
    elif v.handling_kind == HandlingKind.WITHIN_A_LIMIT and is_instant(v):
        yield _error("R02", "handling_kind", _("decided on the spot, but the kind of handling is within a limit"))


def _limit_means_within_a_limit(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.promised_limit and v.handling_kind != HandlingKind.WITHIN_A_LIMIT:
        yield _error("R03", "handling_kind", _("a limit is promised, so the kind of handling is within a limit"))


def _visits_have_a_reason(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.visits and not v.visits_reason.strip():
        yield _error("R04", "visits_reason", _("visits are needed, but no reason is stated"))


def _whole_way_means_no_visit(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if depth_of(v) == "IV" and v.visits != 0:
        yield _error("R05", "visits", _("online depth IV, but the visits are not 0"))


def _no_visit_needs_a_way(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    is_online = v.online if v.online is not None else Channel.ONLINE in v.channels
    if v.visits == 0 and not is_online and Channel.MAIL not in v.channels:
        yield _error("R06", "channels", _("no visit and not online, so applications by post must be accepted"))


def _charge_has_fees(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if not v.is_charged:
        return
    if not v.fees:
        yield _error("R07", "fees", _("a fee is charged, but no fee is listed"))
    for fee in v.fees:
        if not fee.basis.strip() or not fee.name.strip():
            yield _error("R07", "fees", _("the fee %(name)s has no basis") % {"name": fee.name})


def _no_charge_no_payment(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.is_charged is False and v.online_payment:
        yield _error("R08", "online_payment", _("no fee is charged, yet online payment is offered"))


def phones(text: str) -> set[str]:
    """The phone numbers in a text, as digits only."""
    return {re.sub(r"\D", "", found) for found in _PHONE.findall(text)}


def _two_contacts(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    consultation, complaint = v.consultation_contact.strip(), v.complaint_contact.strip()
    if not consultation or not complaint:
        return
    ours, theirs = phones(consultation), phones(complaint)
    if consultation == complaint or (ours and ours == theirs):
        yield _error("R09", "complaint_contact", _("consultation and complaints have the same contact"))


def _topics_fit_audiences(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if not v.audiences:
        return
    if v.person_topics.strip() and Audience.PERSON not in v.audiences:
        yield _error("R10", "person_topics", _("topics for people, but the service is not for people"))
    if v.organisation_topics.strip() and Audience.ORGANISATION not in v.audiences:
        yield _error(
            "R10", "organisation_topics", _("topics for organisations, but the service is not for organisations")
        )


def _licence_is_explained(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.item_type != ItemType.LICENCE:
        return
    if not v.questions:
        yield _error("R11", "questions", _("a licence needs at least one common question with its answer"))
    steps = len(steps_of(v.handling_steps))
    if steps < LICENCE_STEPS:
        yield _error(
            "R11",
            "handling_steps",
            _("a licence needs at least %(needed)d steps; %(found)d are described")
            % {"needed": LICENCE_STEPS, "found": steps},
        )


def _result_has_a_sample(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.result_type in {ResultType.CERTIFICATE, ResultType.REPLY} and not v.result_sample.strip():
        yield _error("R12", "result_sample", _("the result is a certificate or reply, but no sample is given"))


def _no_catch_all(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    for material in v.materials:
        if _CATCH_ALL.search(material.name):
            yield Finding(
                "R13",
                Severity.WARNING,
                "materials",
                _("the material %(name)s is a catch-all: say what exactly is asked for") % {"name": material.name},
            )


def _shareable_is_not_asked(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    for material in v.materials:
        asked = material.source in ("", Material.Source.APPLICANT) and material.necessity != Necessity.OPTIONAL
        if material.resource_code and asked:
            yield _error(
                "R14",
                "materials",
                _("the material %(name)s is asked from the applicant, though government shares its data (%(code)s)")
                % {"name": material.name, "code": material.resource_code},
            )


def _code_is_the_organs(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    if v.implementation_code:
        parts, faults = parse_code(v.implementation_code)
        for fault in faults:
            yield Finding(
                "R15",
                Severity.WARNING,
                "implementation_code",
                _("the implementation code %(code)s is faulty: %(fault)s")
                % {"code": v.implementation_code, "fault": fault.label},
            )
        if parts and v.credit_code and parts.credit_code != v.credit_code:
            yield _error(
                "R15",
                "implementation_code",
                _("the implementation code begins with %(prefix)s, the agency's credit code is %(credit)s")
                % {"prefix": parts.credit_code, "credit": v.credit_code},
            )
    embedded = embedded_credit_code(v.foreign_code)
    for name, code in (("foreign_code", embedded), ("credit_code", v.credit_code)):
        embedded_fault = credit_code_fault(code) if code else None
        if embedded_fault:
            yield Finding(
                "R15",
                Severity.WARNING,
                name,
                _("the credit code %(code)s is wrong: %(fault)s") % {"code": code, "fault": embedded_fault.label},
            )


def _special_procedures_state_days(v: VersionView, _conversion: LimitConversion) -> Iterator[Finding]:
    for part in re.split(r"[\n；;。]+", v.special_procedures):
        named = [word for word in _SPECIAL if word in part]
        if named and not _DAYS_STATED.search(part):
            yield _error(
                "R16",
                "special_procedures",
                _("the special procedure %(name)s does not state its days") % {"name": "、".join(named)},
            )


def _error(rule: str, name: str, message: str | Promise) -> Finding:
    return Finding(rule, Severity.ERROR, name, message)


_WENZHOU = "Wenzhou validation code"
# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("R01", Severity.ERROR, _("the promised limit is not longer than the legal one"),
         "行政许可法 art 42; a warning where the units differ", _promise_within_law),
    Rule("R02", Severity.ERROR, _("on the spot means decided on the spot"), _WENZHOU, _instant_means_on_the_spot),
    Rule("R03", Severity.ERROR, _("a promised limit means handling within a limit"), _WENZHOU,
         _limit_means_within_a_limit),
    Rule("R04", Severity.ERROR, _("visits have a reason"), _WENZHOU, _visits_have_a_reason),
    Rule("R05", Severity.ERROR, _("online depth IV means no visit"), _WENZHOU, _whole_way_means_no_visit),
    Rule("R06", Severity.ERROR, _("no visit without online handling means post"), _WENZHOU, _no_visit_needs_a_way),
    Rule("R07", Severity.ERROR, _("a fee has its items and their basis"), _WENZHOU, _charge_has_fees),
    Rule("R08", Severity.ERROR, _("no fee means no online payment"), _WENZHOU, _no_charge_no_payment),
    Rule("R09", Severity.ERROR, _("consultation and complaints have different phones"), _WENZHOU, _two_contacts),
    Rule("R10", Severity.ERROR, _("topics agree with the service's audience"), _WENZHOU, _topics_fit_audiences),
    Rule("R11", Severity.ERROR, _("a licence has a common question and five steps"), _WENZHOU,
         _licence_is_explained),
    Rule("R12", Severity.ERROR, _("a certificate or reply has a sample"), _WENZHOU, _result_has_a_sample),
    Rule("R13", Severity.WARNING, _("no catch-all material"), "国发〔2022〕5号", _no_catch_all),
    Rule("R14", Severity.ERROR, _("what government can share is not asked from the applicant"),
         "国务院令第716号 art 7", _shareable_is_not_asked),
    Rule("R15", Severity.ERROR, _("codes begin with the organ's credit code, which is right"),
         "live samples; wrong characters in codes that others issued are a warning", _code_is_the_organs),
    Rule("R16", Severity.ERROR, _("a special procedure states its days"), "行政许可法 art 45",
         _special_procedures_state_days),
)
# fmt: on


def check_view(version: VersionView, conversion: LimitConversion | None = None) -> list[Finding]:
    """Everything the sixteen rules find in a version, in the order of the rules."""
    conversion = conversion or LimitConversion()
    return [finding for rule in RULES for finding in rule.check(version, conversion)]


def has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)
