"""Reading light handling: guidance and personal lists, what a case kept, offers, tasks of officers, tables."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.instant import INSTANT
from tongban.cases.facts import Subject, has_bad_credit
from tongban.cases.intake import intake_table
from tongban.cases.labels import english
from tongban.cases.models import (
    BenefitOffer,
    Case,
    CaseFetch,
    CaseLight,
    CreditRecord,
    Draft,
    DraftLight,
    FetchedMaterial,
    MachineDecision,
    OfficerTask,
)
from tongban.cases.providers import Found, find_all
from tongban.cases.queries.one_case import readable_case
from tongban.cases.relations import own_offers
from tongban.cases.replaying import replay_decision, table_of
from tongban.cases.requirements import form_of, light_handling, published_version
from tongban.cases.rules import written
from tongban.cases.ways import ORDINARY, Choice, Settled, personal_list, settled, ways_of
from tongban.foundation.decisions import FieldType, Value
from tongban.foundation.errors import NotFoundError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.items.light import NOT_ASKED, Commitment, Guidance, Input, LightHandling, Question, ReasonedTable, Words
from tongban.items.models import ServiceVersion
from tongban.items.queries import in_force_on

MOST_ROWS = 200


def word(words: Words) -> str:
    """Words in the reader's language."""
    return words.get("en" if english() else "zh", "") or words.get("zh", "")


# --- guidance -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuestionView:
    """A question in the reader's language."""

    id: str
    label: str
    hint: str
    options: Sequence[tuple[str, str]]


def question_view(question: Question) -> QuestionView:
    options = [(option.value, word(option.label)) for option in question.options]
    return QuestionView(question.id, word(question.label), word(question.hint), options)


@dataclass(frozen=True)
class ListedMaterial:
    position: int
    name: str
    how: str
    how_label: str
    because: str


@dataclass(frozen=True)
class PersonalList:
    """What was asked and answered, and what of materials and form remained, in the reader's language."""

    guidance_version: int | None
    asked: Sequence[tuple[str, str]]
    to_hand_in: Sequence[ListedMaterial]
    not_handed_in: Sequence[ListedMaterial]
    fields: Sequence[str]


def how_label(how: str) -> str:
    """How a material comes to the agency."""
    return {
        "hand_in": _("you hand it in"),
        "optional": _("you may hand it in"),
        "deferrable": _("may follow later"),
        "fetched": _("fetched for you"),
        "government": _("government gets it itself"),
        "undertaken": _("replaced by your commitment"),
        "not_needed": _("not needed in your situation"),
    }[how]


def list_view(stored: Mapping[str, Any]) -> PersonalList:
    """A personal list (`cases.ways.personal_list`) as it is shown."""
    lines = [
        ListedMaterial(each["position"], word(each["name"]), each["how"], how_label(each["how"]), word(each["because"]))
        for each in stored["materials"]
    ]
    brought = {"hand_in", "optional", "deferrable"}
    return PersonalList(
        stored["guidance_version"],
        [(word(each["question"]), word(each["answer"])) for each in stored["asked"]],
        [line for line in lines if line.how in brought],
        [line for line in lines if line.how not in brought],
        [word(each["label"]) for each in stored["fields"]],
    )


@dataclass(frozen=True)
class GuidanceView:
    """Guidance on its way: the questions asked so far, which comes next, and the list once all are answered."""

    service_id: uuid.UUID
    version_id: uuid.UUID
    guidance_version: int
    answers: Mapping[str, str]
    asked: Sequence[QuestionView]
    next: QuestionView | None
    list: PersonalList | None


def guidance_of(_actor: Actor, service_id: uuid.UUID, answers: Mapping[str, str], today: date) -> GuidanceView:
    """The guidance of a service for anybody, signed in or not. Answers to unknown questions are left out.

    Raises:
        NotFoundError: there is no such service in force, or it has no guidance.
    """
    version_id = in_force_on(today).filter(service=service_id).values_list("pk", flat=True).first()
    version = published_version(version_id) if version_id else None
    light = light_handling(version) if version else LightHandling()
    if version is None or light.guidance is None:
        raise NotFoundError(_("This service has no guidance."))
    return _guided(service_id, version, light, light.guidance, answers)


def _guided(
    service_id: uuid.UUID,
    version: ServiceVersion,
    light: LightHandling,
    guidance: Guidance,
    answers: Mapping[str, str],
) -> GuidanceView:
    choices = {q.id: {o.value for o in q.options} for q in guidance.questions}
    given = {name: value for name, value in answers.items() if value in choices.get(name, ())}
    asked = guidance.asked(given)
    given = {question.id: given[question.id] for question in asked if question.id in given}
    following = guidance.next_question(given)
    made = None
    if following is None:
        done, _problems = settled(version, light, Choice(given))
        made = list_view(_list_of(version, light, done))
    return GuidanceView(
        service_id,
        version.pk,
        guidance.version,
        given,
        [question_view(question) for question in asked],
        question_view(following) if following else None,
        made,
    )


def _list_of(version: ServiceVersion, light: LightHandling, done: Settled) -> dict[str, Any]:
    labels = {name: field.label for name, field in form_of(version, done.left_out_fields).fields.items()}
    return personal_list(version, light, done, labels)


def service_light(service_id: uuid.UUID, today: date) -> "ServiceLight":
    """What light handling a service has today, for its guide; empty for a service without, or none in force."""
    version_id = in_force_on(today).filter(service=service_id, light__isnull=False).values_list("pk", flat=True).first()
    if version_id is None:
        return ServiceLight(has_guidance=False, commitment=None, instant=False, offered=False, fetchable=())
    version = published_version(version_id)
    light = light_handling(version)
    names = {m.position: m.text("name") for m in version.materials.all()}
    return ServiceLight(
        has_guidance=light.guidance is not None,
        commitment=commitment_view(light.commitment) if light.commitment else None,
        instant=light.instant is not None,
        offered=light.offer is not None,
        fetchable=[names[position] for position in light.fetch or ()],
    )


@dataclass(frozen=True)
class CommitmentView:
    """The text of a commitment, in the reader's language."""

    version: int
    conditions: str
    duties: str
    liability: str
    check_within_days: int


def commitment_view(commitment: Commitment) -> CommitmentView:
    return CommitmentView(
        commitment.version,
        word(commitment.conditions),
        word(commitment.duties),
        word(commitment.liability),
        commitment.check_within_days,
    )


@dataclass(frozen=True)
class ServiceLight:
    has_guidance: bool
    commitment: CommitmentView | None
    instant: bool
    offered: bool
    fetchable: Sequence[str]


# --- drafts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DraftLightView:
    """The light handling of a draft: its guidance so far, the ways and the one chosen, what can be fetched."""

    guidance: GuidanceView | None
    settled: Settled
    way: str
    ways: Sequence[str]
    commitment: CommitmentView | None
    may_commit: bool
    fetchable: Mapping[int, str]
    fetched: frozenset[str]

    @property
    def is_guided(self) -> bool:
        """Whether every question of the guidance is answered, or there is none."""
        return self.guidance is None or self.guidance.next is None


def draft_light(draft: Draft, today: date) -> DraftLightView:
    """The light handling of a draft the caller may read; no query where its service has none."""
    version = published_version(draft.version_id) if draft.version_id else None
    if version is None or not version.light or draft.service_id is None:
        done = Settled(version.procedure if version else "")
        return DraftLightView(None, done, "", (), None, False, {}, frozenset())
    light = light_handling(version)
    kept = DraftLight.objects.filter(draft=draft).first()
    answers: dict[str, str] = (kept.situation if kept else None) or {}
    guided = _guided(draft.service_id, version, light, light.guidance, answers) if light.guidance else None
    way = kept.way if kept else ""
    choice = Choice(guided.answers, way, undertaken=True) if guided else Choice(way=way, undertaken=True)
    done, _problems = settled(version, light, choice)
    if guided and guided.next is not None:
        done, _problems = settled(version, light, ORDINARY)
    subject = Subject(draft.person_id, draft.organisation_id)
    uploads = {upload for held in draft.uploads.values() for upload in held}
    found: Mapping[int, Found] = find_all(subject, light.fetch, today) if light.fetch else {}
    fetched = _fetched_among(uploads) if light.fetch and uploads else frozenset()
    return DraftLightView(
        guidance=guided,
        settled=done,
        way=way,
        ways=ways_of(light),
        commitment=commitment_view(light.commitment) if light.commitment else None,
        may_commit=light.commitment is not None and not has_bad_credit(subject),
        fetchable={position: word(each.source) for position, each in found.items()},
        fetched=fetched,
    )


def _fetched_among(uploads: Collection[str]) -> frozenset[str]:
    fetched = FetchedMaterial.objects.filter(upload__in=[uuid.UUID(each) for each in uploads])
    return frozenset(str(pk) for pk in fetched.values_list("upload_id", flat=True))


# --- one case -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FetchRow:
    material: str
    source: str
    consented_at: datetime


@dataclass(frozen=True)
class CaseLightView:
    """What light handling made of a case; every part empty where it has none."""

    personal_list: PersonalList | None = None
    way: str = ""
    undertaking: CommitmentView | None = None
    undertaken_materials: Sequence[str] = ()
    fetched: Sequence[FetchRow] = ()
    decided_by_rule: bool = False

    @property
    def is_any(self) -> bool:
        return bool(self.personal_list or self.undertaken_materials)


def case_light(actor: Actor, case_id: uuid.UUID) -> CaseLightView:
    """The light handling of a case the actor may see: at most four queries beside the case's own."""
    return light_of_case(readable_case(actor, case_id))


def light_of_case(case: Case) -> CaseLightView:
    row = CaseLight.objects.filter(case=case).first()
    if row is None:
        return CaseLightView()
    names = {m.position: m.text("name") for m in case.version.materials.all()}
    undertaking = row.undertaking
    return CaseLightView(
        list_view(row.personal_list) if row.personal_list else None,
        row.way,
        CommitmentView(
            undertaking["version"],
            word(undertaking["conditions"]),
            word(undertaking["duties"]),
            word(undertaking["liability"]),
            undertaking["check_within_days"],
        )
        if undertaking
        else None,
        [names.get(position, str(position)) for position in row.undertaken_materials],
        [
            FetchRow(names.get(each.position, ""), word(each.source), timezone.localtime(each.consented_at))
            for each in (CaseFetch.objects.filter(case=case) if row.fetched else ())
        ],
        MachineDecision.objects.filter(case=case).exists(),
    )


@dataclass(frozen=True)
class FactRow:
    """An input of a decision: what it is, its value, and where it came from."""

    label: str
    value: str
    source: str


@dataclass(frozen=True)
class RuleExplanation:
    """Why a rule decided as it did (个人信息保护法 art 24), and its replay from what is stored."""

    table: str
    version: int
    digest: str
    decided_at: datetime
    outcome: str
    outcome_label: str
    rule: int
    because: str
    facts: Sequence[FactRow]
    agrees: bool


def rule_explanations(actor: Actor, case_id: uuid.UUID) -> tuple[Case, list[RuleExplanation]]:
    """Every decision by rule of a case the actor may see, explained and replayed.

    Raises:
        NotFoundError: no rule was asked in this case.
    """
    case = readable_case(actor, case_id)
    found = [_explained(decision, case) for decision in MachineDecision.objects.filter(case=case)]
    if not found:
        raise NotFoundError(_("No rule decided in this case."))
    return case, found


def _explained(decision: MachineDecision, case: Case) -> RuleExplanation:
    table, _may_refuse = table_of(decision)
    replayed = replay_decision(decision, case.number)
    return RuleExplanation(
        decision.table,
        decision.table_version,
        decision.digest,
        timezone.localtime(decision.decided_at),
        decision.outcome,
        outcome_label(decision.outcome, decision.table),
        decision.rule,
        word(decision.because),
        [
            FactRow(
                word(each.label), value_label(replayed.inputs.get(each.name), each, case), source_label(each.source)
            )
            for each in table.inputs.values()
        ],
        replayed.agrees,
    )


def _fact(each: Input, value: Value | None, case: Case | None = None) -> FactRow:
    return FactRow(word(each.label), value_label(value, each, case), source_label(each.source))


def outcome_label(outcome: str, table: str = INSTANT) -> str:
    """What a table answered."""
    if table != INSTANT and outcome == "offer":
        return _("granted as offered")
    return {
        "grant": _("granted"),
        "deny": _("denied"),
        "officer": _("passed to an officer"),
        "offer": _("offered"),
        "none": _("not offered"),
        "needed": _("needed"),
        "not_needed": _("not needed"),
    }.get(outcome, outcome)


def source_label(source: str) -> str:
    """Where a value came from."""
    scope = source.partition(".")[0]
    return {
        "answer": _("your answer in the form"),
        "guidance": _("your answer to the guidance"),
        "applicant": _("your identity as it is registered"),
        "granted": _("decisions on this platform"),
        "pending": _("open cases on this platform"),
        "credit": _("credit records on this platform"),
    }[scope]


def value_label(value: Value | None, each: Input, case: Case | None = None) -> str:
    """A value in words: choices as the form or the guidance names them."""
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return _choice_label(value, each, case)
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:,}"


def _choice_label(value: str, each: Input, case: Case | None) -> str:
    scope, _dot, name = each.source.partition(".")
    words = {"person": _("a person"), "organisation": _("an organisation"), NOT_ASKED: _("not asked")}
    if case and scope == "answer" and name in form_of(case.version).fields:
        words |= {str(option.value): word(option.label) for option in form_of(case.version).fields[name].options}
    guidance = light_handling(case.version).guidance if case and scope == "guidance" else None
    asked = next((q for q in guidance.questions if q.id == name), None) if guidance else None
    words |= {option.value: word(option.label) for option in asked.options} if asked else {}
    return words.get(value, value)


# --- offers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfferView:
    """A benefit offered, with why, and with what is already known."""

    id: uuid.UUID
    service_id: uuid.UUID
    service: str
    agency: str
    title: str
    because: str
    state: str
    state_label: str
    made_at: datetime
    open_until: date
    is_open: bool
    case_id: uuid.UUID | None
    facts: Sequence[FactRow]


def my_offers(actor: Actor, today: date) -> list[OfferView]:
    """Benefits offered to the actor in the present hat, newest first, at most 50: one query."""
    require(actor, "apply", "case")
    offers = BenefitOffer.objects.filter(own_offers(actor)).select_related("service__agency")
    return [_offer_view(offer, today) for offer in offers.order_by("-made_at", "-id")[:50]]


def open_offers(actor: Actor, today: date) -> int:
    """How many offers wait for an answer in the present hat; 0 for who cannot have any."""
    if not actor.is_applicant:
        return 0
    return BenefitOffer.objects.filter(own_offers(actor), state=BenefitOffer.State.OPEN, open_until__gte=today).count()


def _offer_view(offer: BenefitOffer, today: date) -> OfferView:
    version = published_version(offer.version_id)
    rule = light_handling(version).offer
    is_open = offer.state == BenefitOffer.State.OPEN and offer.open_until >= today
    state = offer.state if is_open or offer.state != BenefitOffer.State.OPEN else BenefitOffer.State.LAPSED
    return OfferView(
        offer.pk,
        offer.service_id,
        version.text("name"),
        offer.service.agency.label,
        word(rule.title) if rule else "",
        word(offer.because),
        state,
        {
            "open": _("waits for your answer"),
            "confirmed": _("confirmed"),
            "declined": _("declined"),
            "lapsed": _("time over"),
        }[state],
        timezone.localtime(offer.made_at),
        offer.open_until,
        is_open,
        offer.case_id,
        [_fact(each, offer.inputs.get(each.name)) for each in (rule.table.inputs.values() if rule else ())],
    )


# --- officers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskRow:
    """A task of an agency: what, on which case, by when."""

    id: int
    kind: str
    kind_label: str
    case_id: uuid.UUID
    case_number: str
    service: str
    applicant: str
    due_on: date
    opened_at: datetime
    late: bool


def agency_tasks(actor: Actor, today: date) -> list[TaskRow]:
    """Open tasks of the officer's agency, what is due first on top, at most 200: one query."""
    require(actor, "handle", "case", {Relation.OWN_AGENCY})
    tasks = OfficerTask.objects.filter(agency=_own_agency(actor), done_at=None).select_related("case__version")
    tasks = tasks.defer("case__answers", "case__version__form", "case__version__light")
    labels = {"check": _("later check of a commitment"), "review": _("review of what a rule decided")}
    return [
        TaskRow(
            task.pk,
            task.kind,
            labels[task.kind],
            task.case_id,
            written(task.case.number),
            task.case.version.text("name"),
            task.case.applicant_name,
            task.due_on,
            timezone.localtime(task.opened_at),
            task.due_on < today,
        )
        for task in tasks.order_by("due_on", "id")[:MOST_ROWS]
    ]


@dataclass(frozen=True)
class CreditRow:
    id: int
    name: str
    case_id: uuid.UUID
    case_number: str
    since: date


def agency_credit(actor: Actor) -> list[CreditRow]:
    """Bad credit the officer's agency recorded and that is not repaired, at most 200: one query."""
    require(actor, "handle", "case", {Relation.OWN_AGENCY})
    records = CreditRecord.objects.filter(agency=_own_agency(actor), repaired_on=None).select_related("case")
    return [
        CreditRow(record.pk, record.case.applicant_name, record.case_id, written(record.case.number), record.since)
        for record in records.defer("case__answers")[:MOST_ROWS]
    ]


def _own_agency(actor: Actor) -> uuid.UUID | None:
    return actor.post.agency_id if actor.post else None


# --- tables ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableRow:
    """A decision table there is: whose, what for, in which version."""

    service_id: uuid.UUID | None
    service: str
    agency: str
    code: str
    version: int
    rules: int
    digest: str


@dataclass(frozen=True)
class TableView:
    """A table as people read it: columns with their type, and a line a rule."""

    row: TableRow
    columns: Sequence[tuple[str, str, str]]
    rules: Sequence[tuple[int, Sequence[tuple[str, str]], str, str]]


def decision_tables(actor: Actor, today: date) -> list[TableRow]:
    """Every table in force: intake, and those of services."""
    require(actor, "maintain", "procedure")
    intake = intake_table()
    rows = [TableRow(None, "", "", intake.code, intake.version, len(intake.rules), "")]
    versions = in_force_on(today).filter(light__isnull=False, is_applicable=True).select_related("service__agency")
    for version in versions.defer("form").order_by("service__agency__name", "name"):
        light = light_handling(version)
        rows += [_table_row(version, code, table) for code, table in light.tables()]
    return rows


def _table_row(version: ServiceVersion, code: str, table: ReasonedTable) -> TableRow:
    return TableRow(
        version.service_id,
        version.text("name"),
        version.service.agency.label,
        code,
        table.version,
        len(table.reasons),
        table.digest,
    )


def decision_table(actor: Actor, service_id: uuid.UUID, code: str, today: date) -> TableView:
    """One table of a service in force.

    Raises:
        NotFoundError: there is none of this code.
    """
    require(actor, "maintain", "procedure")
    version = (
        in_force_on(today).filter(service=service_id, light__isnull=False).select_related("service__agency").first()
    )
    table = dict(light_handling(version).tables()).get(code) if version else None
    if version is None or table is None:
        raise NotFoundError(_("There is no such table."))
    return TableView(
        _table_row(version, code, table),
        [(each.name, word(each.label) or each.name, type_label(each.type)) for each in table.inputs.values()],
        [
            (
                number,
                [
                    (word(each.label) or name, condition_label(rule.conditions.get(name)))
                    for name, each in table.inputs.items()
                ],
                outcome_label(rule.outcome),
                word(table.reasons[number - 1]),
            )
            for number, rule in enumerate(table.table.rules, start=1)
        ],
    )


def type_label(kind: FieldType) -> str:
    """What a column may hold."""
    if kind.kind == "choice":
        return " / ".join(kind.choices)
    if kind.kind == "boolean":
        return _("yes or no")
    return f"{kind.least} – {kind.most}"


def condition_label(condition: object) -> str:
    """A cell of a table; a dash where the column does not matter."""
    if condition is None:
        return "–"
    if isinstance(condition, bool):
        return _("yes") if condition else _("no")
    return " / ".join(map(str, condition)) if isinstance(condition, list) else str(condition)
