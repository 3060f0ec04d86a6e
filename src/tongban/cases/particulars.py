"""What a step of a procedure asks of who takes it, judged against the law, and kept with the event for the replay."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.clocks import limits_when_filed, running_limit
from tongban.cases.history import CaseTimes, Happening, limits_as_data
from tongban.cases.labels import action_label
from tongban.cases.left_out import left_out_of
from tongban.cases.models import Case, CaseDocument
from tongban.cases.procedure import EXPLAIN_OVERRUN, EXTENSIONS, Action, Procedure
from tongban.cases.relations import acts_for, entrusted_to
from tongban.cases.requirements import asked_of_applicant
from tongban.cases.teams import posts_in_force
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import deadline
from tongban.foundation.clockrules import limit_of_rule
from tongban.foundation.dates import day_in_words
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.models import Post
from tongban.items.models import Necessity, ServiceVersion

INSPECTORS = 2


@dataclass(frozen=True)
class Particulars:
    """What is stated with a step; which of it is asked stands in the procedure.

    Attributes:
        reason: why, in words.
        until: the day until which something lasts or must be done.
        pause: the special procedure (a reason of art 45).
        hearing_on: the day of the hearing.
        lower_agency: the agency that examines first.
        officers: posts of the inspectors.
        uploads: files by the material's position.
        decision: the decision table's answer that led to the step.
        competent_organ: where acceptance is refused because it is not this organ's to decide: whose it is (art 32(2)).
    """

    reason: str = ""
    until: date | None = None
    pause: str = ""
    hearing_on: date | None = None
    lower_agency: uuid.UUID | None = None
    officers: tuple[uuid.UUID, ...] = ()
    uploads: Mapping[int, Sequence[uuid.UUID]] | None = None
    decision: Mapping[str, Any] | None = None
    competent_organ: str = ""


NOTHING_STATED = Particulars()


@dataclass(frozen=True)
class Moment:
    """The situation in which a step is taken."""

    actor: Actor
    case: Case
    procedure: Procedure
    happenings: Sequence[Happening]
    times: CaseTimes
    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


def submission_data(
    procedure: Procedure, version: ServiceVersion, region_code: str, answers: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """What the event of a submission carries, so that every deadline can be replayed from events alone.

    Raises:
        InvalidError: the licence to be renewed has no day of expiry.
    """
    data: dict[str, Any] = {"limits": limits_as_data(limits_when_filed(version, region_code, today))}
    if procedure.expiry:
        try:
            data["expires_on"] = date.fromisoformat(str(answers.get(procedure.expiry))).isoformat()
        except ValueError:
            raise InvalidError({procedure.expiry: [_("State the day on which the licence expires.")]}) from None
    return data


def stated_data(moment: Moment, action: Action, given: Particulars) -> dict[str, Any]:
    """What the event of this step carries besides its document.

    Raises:
        InvalidError: something asked is missing or not possible, under its own name.
        ConflictError: the law does not allow the step now.
        NotAllowedError: the law wants somebody else to take it.
    """
    _require_somebody_else(moment, action)
    _require_in_time(moment, action)
    _require_held(moment, action)
    errors = {name: [message] for name, message in _missing(action, given)}
    if errors:
        raise InvalidError(errors)
    data: dict[str, Any] = {"decision": dict(given.decision)} if given.decision else {}
    if action.extends:
        data |= _extension(moment, action)
    if action.name == EXPLAIN_OVERRUN:
        _note_explanation(moment)
    _require_explained(moment, action)
    if "lower_agency" in action.asks:
        data |= _lower_agency(moment, given)
    if "officers" in action.asks:
        data["officers"] = _two_officers(moment, given)
    if "materials" in action.asks and moment.actor.is_officer:
        data |= _deferred(moment, given)
    elif action.stamps == "accepted" and moment.procedure.defers and moment.actor.is_officer and _to_follow(moment):
        raise ConflictError(
            _("Something that may follow is missing. Accept with materials to follow, so that the applicant is told.")
        )
    elif "until" in action.asks:
        data["until"] = _not_past(moment, "until", given.until).isoformat()
    return data | _pause(moment, action, given, data)


def _require_somebody_else(moment: Moment, action: Action) -> None:
    others = {e.account_id: e.action for e in moment.happenings if e.action in action.other_than}
    mine = others.get(moment.actor.account_id) if moment.actor.account_id else None
    if mine:
        raise NotAllowedError(
            _("By law this takes somebody else: you did “%(what)s” in this case.")
            % {"what": action_label(mine, moment.procedure)}
        )
    if named := _named_in(moment, action.other_than):
        raise NotAllowedError(
            _("By law this takes somebody else: “%(what)s” named you as an inspector in this case.")
            % {"what": action_label(named, moment.procedure)}
        )


def _named_in(moment: Moment, actions: Collection[str]) -> str:
    """The one of these actions in which the actor was named as an inspector, by any post of theirs; empty for none."""
    named = {post: e.action for e in moment.happenings if e.action in actions for post in e.data.get("officers", ())}
    if not named or moment.actor.person_id is None:
        return ""
    held = Post.objects.filter(pk__in=named, person_id=moment.actor.person_id).values_list("pk", flat=True).first()
    return named[str(held)] if held else ""


def _require_in_time(moment: Moment, action: Action) -> None:
    if not action.within:
        return
    found = rules.due(action.within, moment.times, calendar_in_force())
    if found and moment.today > found.legal.due:
        raise ConflictError(_("The time for this was over on %(day)s.") % {"day": day_in_words(found.legal.due)})


def _require_held(moment: Moment, action: Action) -> None:
    """Art 48: told seven days before. Recorded before its day, a hearing would have been held before it, too."""
    if action.document != CaseDocument.Kind.HEARING_RECORD:
        return
    days = [str(event.data["hearing_on"]) for event in moment.happenings if event.data.get("hearing_on")]
    day = date.fromisoformat(days[-1]) if days else None
    if day and moment.today < day:
        raise ConflictError(
            _("The hearing is on %(day)s; it is recorded on that day or later.") % {"day": day_in_words(day)}
        )


def _missing(action: Action, given: Particulars) -> Iterator[tuple[str, str]]:
    asked = {
        "reason": (given.reason.strip(), _("State the reason: the applicant has a right to it.")),
        "until": (given.until, _("State the day.")),
        "pause": (given.pause, _("State which special procedure it is.")),
        "hearing_on": (given.hearing_on, _("State the day of the hearing.")),
        "lower_agency": (given.lower_agency, _("State which agency examines first.")),
        "officers": (given.officers, _("Choose at least two officers.")),
    }
    for name, (value, message) in asked.items():
        if name in action.asks and not value:
            yield name, message
    if _found_not_competent(action, given) and not given.competent_organ.strip():
        yield "competent_organ", _("Name the competent organ: the law wants the applicant to be told where to apply.")


def _found_not_competent(action: Action, given: Particulars) -> bool:
    """Whether it is refused because the check on intake found that it is not this organ's to decide."""
    refuses = action.document == CaseDocument.Kind.ACCEPTANCE_REFUSAL
    return refuses and given.decision is not None and given.decision.get("competent") is False


def _extension(moment: Moment, action: Action) -> dict[str, Any]:
    """Once, before the limit is over (art 42)."""
    if moment.times.extension:
        raise ConflictError(_("The decision was extended already; the law allows it once."))
    found = rules.due(EXTENSIONS[action.extends][0], moment.times, calendar_in_force())
    if found is None or moment.today > found.legal.due:
        raise ConflictError(_("The limit is over; it can only be extended before."))
    return {"rule": action.extends, "extension": limit_of_rule(action.extends).amount}


def _is_overrun(moment: Moment) -> bool:
    return moment.case.is_overrun(moment.today)


def _note_explanation(moment: Moment) -> None:
    if not _is_overrun(moment):
        raise ConflictError(_("No limit is overrun."))
    moment.case.overrun_explained = True


def awaits_explanation(actor: Actor, case: Case, procedure: Procedure, action: Action) -> bool:
    """Whether this step of an overrun case must wait for the explanation.

    优化营商环境条例 art 36: an overrun is explained in public, before the step that ends the limit.
    """
    states, explaining = procedure.states, procedure.actions.get(EXPLAIN_OVERRUN)
    ends = action.outcome or states[action.leads_to(case.stage)].limit != states[case.stage].limit
    theirs = actor.post is not None and actor.post.agency_id in {case.agency_id, entrusted_to(case)}
    asked = explaining is not None and case.stage in explaining.sources and ends and theirs
    return bool(asked) and not case.overrun_explained


def _require_explained(moment: Moment, action: Action) -> None:
    case = moment.case
    waits = _is_overrun(moment) and awaits_explanation(moment.actor, case, moment.procedure, action)
    if case.legal_due_on and waits:
        raise ConflictError(
            _("The legal limit was over on %(day)s. Explain the overrun first; the explanation is public.")
            % {"day": day_in_words(case.legal_due_on)}
        )


def _lower_agency(moment: Moment, given: Particulars) -> dict[str, Any]:
    case = moment.case
    agency = lower_agencies(case).filter(pk=given.lower_agency).first()
    if agency is None:
        raise InvalidError({"lower_agency": [_("This is no agency of the same department in a region below.")]})
    case.lower_agency = agency
    return {"lower_agency": str(agency.pk)}


def lower_agencies(case: Case) -> Any:  # noqa: ANN401 - a queryset
    """Agencies that may be asked to examine first: of the same department, in a region below."""
    below = Agency.objects.filter(department=case.agency.department_id, region__lineage__contains=[case.region_id])
    return below.exclude(region=case.region_id).order_by("region_id", "name")


def _two_officers(moment: Moment, given: Particulars) -> list[str]:
    """Two different officers at least, by their posts at the agency (art 34, 55); nobody inspects their own case."""
    case = moment.case
    posts = posts_in_force(case.agency_id, moment.today).filter(pk__in=given.officers)
    people = dict(posts.values_list("pk", "person_id"))
    if len(people) != len(set(given.officers)):
        raise InvalidError({"officers": [_("Choose posts of your agency that handle cases today.")]})
    if len(set(people.values())) < INSPECTORS:
        raise InvalidError({"officers": [_("Choose at least two officers.")]})
    if case.person_id in people.values() or any(acts_for(p, case) for p in people.values()):
        raise InvalidError({"officers": [_("Nobody inspects their own case. Choose somebody else.")]})
    return [str(post) for post in dict.fromkeys(given.officers)]


def _to_follow(moment: Moment) -> list[int]:
    """Positions of the materials that may follow (容缺) and are not there."""
    handed_in = set(moment.case.materials.values_list("position", flat=True))
    handed_in |= left_out_of(moment.case).materials
    return [
        m.position
        for m in moment.case.version.materials.all()
        if m.necessity == Necessity.DEFERRABLE and asked_of_applicant(m) and m.position not in handed_in
    ]


def _deferred(moment: Moment, given: Particulars) -> dict[str, Any]:
    """What is missing and may follow: all of it is told at once, with the day."""
    missing = _to_follow(moment)
    if not missing:
        raise ConflictError(_("Nothing is missing: accept the application as it is."))
    until = _not_past(moment, "until", given.until)
    return {"deferred": missing, "deferred_until": until.isoformat()}


def _pause(moment: Moment, action: Action, given: Particulars, data: Mapping[str, Any]) -> dict[str, Any]:
    """For a stage whose days do not count: for what, and until when at most."""
    target = moment.procedure.states[action.leads_to(moment.case.stage)]
    if not target.pause or (action.target is None and "until" not in action.asks):
        return {}
    reason = given.pause or target.pause[0]
    if reason not in target.pause:
        raise InvalidError({"pause": [_("This is no special procedure of this stage.")]})
    if "hearing_on" in action.asks:
        day = _day_of_hearing(moment, given)
        return {"pause": reason, "until": day.isoformat(), "hearing_on": day.isoformat()}
    if "until" in data:
        return {"pause": reason}
    limit = moment.times.limits.get(target.limit) or limit_of_rule(target.limit)
    return {"pause": reason, "until": deadline(moment.today, limit, calendar_in_force()).due.isoformat()}


def _day_of_hearing(moment: Moment, given: Particulars) -> date:
    running = running_limit(moment.case.stage, moment.procedure, moment.times)
    asked_on = running.legal.start if running else moment.today
    first, last = rules.hearing_days(asked_on, moment.today, moment.times, calendar_in_force())
    if given.hearing_on is None or not first <= given.hearing_on <= last:
        message = _("The hearing takes place from %(first)s (told seven working days before) to %(last)s.")
        raise InvalidError({"hearing_on": [message % {"first": first, "last": last}]})
    return given.hearing_on


def _not_past(moment: Moment, name: str, day: date | None) -> date:
    if day is None or day < moment.today:
        raise InvalidError({name: [_("This day is over.")]})
    return day
