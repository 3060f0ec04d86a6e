"""Playing a planned case through the actions of cases and feedback, at moments that lie before now."""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache

from django.utils import timezone

from tongban.cases import actions, relations
from tongban.cases.models import Case, CaseState, Draft, Outcome, Way
from tongban.cases.requirements import asked_of_applicant, form_of, light_handling
from tongban.cases.ways import Choice, settled
from tongban.demo import papers
from tongban.demo.answers import plausible_answers
from tongban.demo.content import read, service
from tongban.demo.people import Cast
from tongban.demo.plans import Plan
from tongban.demo.services import service_id
from tongban.feedback.actions import rate_case
from tongban.foundation.calendar import china
from tongban.foundation.forms import FormDefinition
from tongban.foundation.outbox import drain
from tongban.identity.access_records import Kind, Purpose
from tongban.identity.actor import Actor
from tongban.identity.models import Role
from tongban.identity.readings import Reading, record_readings
from tongban.items.models import Material, Necessity, ServiceVersion
from tongban.items.queries import in_force_on, with_everything
from tongban.userspace.actions import mark_read
from tongban.userspace.models import Message
from tongban.userspace.queries import own_messages

_OPENS, _CLOSES = 9, 17
_DENIED_SHARE, _CORRECTED_SHARE = 0.08, 0.2
_DIFFERENT_FILES = 6
# Days after which the messages of who signs in often are read.
_READ_AFTER = 7
_PICTURES = ("照片", "图")
_COME_TO_THE_END = {CaseState.DECIDED, CaseState.CLOSED}


@dataclass
class Times:
    """The moments of a case, each after the one before and none after now.

    Attributes:
        now: the moment of loading.
        at: the present moment of the case.
    """

    now: datetime
    at: datetime

    def later(self, minutes: int) -> datetime:
        """Some minutes on; at the end of the last office hours where that would be in the future."""
        self.at = self._not_after_now(self.at + timedelta(minutes=minutes))
        return self.at

    def working(self, days: int, minute: int) -> datetime:
        """So many working days on, in office hours."""
        day = timezone.localdate(self.at)
        while days > 0:
            day += timedelta(days=1)
            days -= china().is_working(day)
        opened = timezone.make_aware(datetime.combine(day, time(_OPENS))) + timedelta(minutes=minute)
        self.at = self._not_after_now(max(opened, self.at + timedelta(minutes=10)))
        return self.at

    def _not_after_now(self, wanted: datetime) -> datetime:
        return wanted if wanted < self.now else max(self.at, self._last_office_moment()) + timedelta(seconds=1)

    def _last_office_moment(self) -> datetime:
        """Shortly before now, or before offices closed last: nobody there takes a step at night."""
        latest = timezone.localtime(self.now) - timedelta(seconds=30)
        if latest.hour < _OPENS:
            latest -= timedelta(days=1)
        elif china().is_working(latest.date()) and latest.hour < _CLOSES:
            return latest
        while not china().is_working(latest.date()):
            latest -= timedelta(days=1)
        return latest.replace(hour=_CLOSES - 1, minute=59, second=0, microsecond=0)


@dataclass
class Stage:
    """Everything a case needs to be played.

    Attributes:
        cast: the actors.
        now: the moment of loading; everything lies before it.
        readings: who read which case when, in the order of the plans (`leave_readings`).
    """

    cast: Cast
    now: datetime
    readings: list[tuple[datetime, Actor, Reading]] = field(default_factory=list)
    _versions: dict[str, tuple[ServiceVersion, FormDefinition, list[Material]]] = field(default_factory=dict)

    def applicant(self, who: str) -> Actor:
        """The person of a user name, or who acts for an organisation."""
        return self.cast.person(who) if who.isascii() else self.cast.agent(who)

    def version(self, key: str) -> tuple[ServiceVersion, FormDefinition, list[Material]]:
        """What is in force of a service, with its form and the materials it asks for."""
        if key not in self._versions:
            in_force = with_everything(in_force_on(timezone.localdate(self.now)))
            found = in_force.get(service_id=service_id(key, service(key)["region"]))
            asked = [m for m in found.materials.all() if asked_of_applicant(m) and m.necessity != Necessity.OPTIONAL]
            self._versions[key] = found, form_of(found), asked
        return self._versions[key]


def play(stage: Stage, plan: Plan) -> Case:
    """Submit the case and bring it to its planned state."""
    dice = plan.dice()
    applicant = stage.applicant(plan.who)
    version, _form, materials = stage.version(plan.service)
    times = begin(stage.now, plan, dice.randrange(480))
    choice = _choice(version, plan, dice)
    done, _problems = settled(version, light_handling(version), choice)
    form = form_of(version, done.left_out_fields)
    answers = plausible_answers(form, timezone.localdate(times.at), dice)
    uploads = {
        m.position: [actions.upload(applicant, *paper_of(m.name, dice.randrange(_DIFFERENT_FILES))).pk]
        for m in materials
        if m.position not in done.left_out_materials
    }
    case = actions.submit_application(applicant, version.service_id, answers, uploads, times.at, choice)
    if case.outcome:
        return case
    window = stage.cast.officer(case.agency_id, Role.WINDOW_OFFICER)
    reviewer = stage.cast.officer(case.agency_id, Role.REVIEWING_OFFICER)
    for step in _steps(plan, version, times):
        reasons = read("cases")["reasons"].get(step.action, [""])
        case = _take(stage, case, step, (applicant, window, reviewer), dice.choice(reasons))
    if plan.rating is not None:
        comment = dice.choice(read("cases")["comments"][plan.rating])
        rate_case(applicant, case.pk, plan.rating, comment, times.later(dice.randint(30, 3000)))
    return case


def _choice(version: ServiceVersion, plan: Plan, dice: random.Random) -> Choice:
    """Plausible answers to the guidance. A rule decides only where the case is to be a decided one: every other state
    is reached with officers.
    """
    light = light_handling(version)
    situation: dict[str, str] = {}
    while light.guidance and (question := light.guidance.next_question(situation)):
        situation[question.id] = dice.choice(question.options).value
    by_officer = light.instant is not None and plan.state != CaseState.DECIDED
    return Choice(situation, way=Way.OFFICER if by_officer else "")


def begin(now: datetime, plan: Plan, minute: int) -> Times:
    """The moments of a planned case, from its submission on."""
    if plan.days == 0:
        return Times(now, now - timedelta(minutes=60 + minute // 8))
    day = timezone.localdate(now) - timedelta(days=plan.days)
    return Times(now, timezone.make_aware(datetime.combine(day, time(_OPENS))) + timedelta(minutes=minute))


@cache
def _paper_content(number: int, *, picture: bool) -> bytes:
    return papers.png(number) if picture else papers.pdf(number)


def paper_of(material: str, number: int) -> tuple[str, bytes]:
    """A file to hand in as a material: name and content."""
    picture = any(word in material for word in _PICTURES)
    ending = "png" if picture else "pdf"
    return f"{material[:40]}.{ending}", _paper_content(number, picture=picture)


@dataclass(frozen=True)
class _Step:
    action: str
    at: datetime


def _steps(plan: Plan, version: ServiceVersion, times: Times) -> Iterator[_Step]:
    """The steps that lead to the planned state, in order."""
    dice = plan.dice()
    state = plan.state
    if state == CaseState.SUBMITTED:
        return
    on_the_spot = version.handling_kind == ServiceVersion.HandlingKind.ON_THE_SPOT
    # What is done on the spot is accepted as it comes in; nobody takes it in hand first.
    if not on_the_spot or state == CaseState.RECEIVED:
        yield _Step("receive", times.working(0 if on_the_spot else dice.randint(0, 1), dice.randrange(120)))
    if state == CaseState.RECEIVED:
        return
    if state == CaseState.REFUSED:
        yield _Step("refuse_acceptance", times.working(1, dice.randrange(300)))
        return
    if state == CaseState.WITHDRAWN:
        yield _Step("withdraw", times.later(dice.randint(60, 2000)))
        return
    corrects = state in _COME_TO_THE_END and not on_the_spot and dice.random() < _CORRECTED_SHARE
    if corrects or state == CaseState.CORRECTING:
        yield _Step("return_for_correction", times.working(1, dice.randrange(300)))
        if state == CaseState.CORRECTING:
            return
        yield _Step("supplement", times.later(dice.randint(200, 3000)))
    yield _Step("accept", times.working(0 if on_the_spot else 1, dice.randrange(200)))
    if state == CaseState.ACCEPTED:
        return
    days = 0 if on_the_spot else dice.randint(1, max(1, version.promised_limit or 1))
    yield _Step("deny" if dice.random() < _DENIED_SHARE else "grant", times.working(days, dice.randrange(400)))
    if state == CaseState.CLOSED:
        yield _Step("deliver", times.working(0 if on_the_spot else dice.randint(1, 3), dice.randrange(400)))


def _take(stage: Stage, case: Case, step: _Step, acting: tuple[Actor, Actor, Actor], reason: str) -> Case:
    applicant, window, reviewer = acting
    which = (case.pk, case.revision, step.at)
    takes: dict[str, Callable[[], Case]] = {
        "receive": lambda: actions.receive(window, *which),
        "accept": lambda: actions.accept(window, *which),
        "refuse_acceptance": lambda: actions.refuse_acceptance(window, *which, reason),
        "return_for_correction": lambda: actions.return_for_correction(window, *which, reason),
        "supplement": lambda: actions.supplement(applicant, *which, uploads=_corrected(applicant, case)),
        "withdraw": lambda: actions.withdraw(applicant, *which, reason),
        "grant": lambda: actions.decide(reviewer, *which, Outcome.GRANTED),
        "deny": lambda: actions.decide(reviewer, *which, Outcome.DENIED, reason),
        "deliver": lambda: actions.deliver(window, *which),
    }
    if step.action not in {"supplement", "withdraw"}:
        # Whoever takes a step has read what it is about, and the person sees that.
        reading = Reading(case.person_id, case.organisation_id, Kind.CASE, case.pk, Purpose.HANDLING)
        stage.readings.append((step.at, reviewer if step.action in {"grant", "deny"} else window, reading))
    return takes[step.action]()


def _corrected(applicant: Actor, case: Case) -> dict[int, list[uuid.UUID]]:
    """The first material once more, as the notice asked."""
    first = next(m for m in case.version.materials.all() if asked_of_applicant(m))
    return {first.position: [actions.upload(applicant, *paper_of(first.name, _DIFFERENT_FILES)).pk]}


def leave_readings(stage: Stage) -> None:
    """Record who read what, in the order of time, as it would have come about: people see the newest first."""
    for at, officer, reading in sorted(stage.readings, key=lambda each: each[0]):
        record_readings(officer, [reading], at)


def leave_drafts(stage: Stage) -> None:
    """Applications begun and left: the first group of questions is answered."""
    for entry in read("cases")["drafts"]:
        applicant = stage.applicant(entry["who"])
        version, form, _materials = stage.version(entry["service"])
        if Draft.objects.filter(relations.applicant(applicant).drafts, service_id=version.service_id).exists():
            continue
        draft = actions.start_draft(applicant, version.service_id, stage.now)
        plan = Plan(f"draft-{entry['service']}", entry["service"], entry["who"], "", 0)
        answers = plausible_answers(form, timezone.localdate(stage.now), plan.dice())
        first = form.group_list[0].fields
        actions.save_draft(applicant, draft.pk, {name: answers[name] for name in first if name in answers})


def read_old_messages(stage: Stage) -> None:
    """Whoever signs in often has read what is old: the messages of what was played are delivered at once for it."""
    while drain(stage.now):
        pass
    for who in read("cases")["reads_messages"]:
        person = stage.applicant(who)
        old = stage.now - timedelta(days=_READ_AFTER)
        for message in Message.objects.filter(own_messages(person), read_at=None, created_at__lt=old):
            mark_read(person, message.pk, message.created_at + timedelta(hours=8))
