"""The demonstration's workbench: posts, a division of work, an absence, notes, requests for help, words, the hall."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tongban.cases.actions.assigning import assign, assign_new, enter_absence, set_assignment_rule
from tongban.cases.actions.counter import call_next, draw_number
from tongban.cases.actions.internal import Shared, add_note, answer_cooperation, ask_cooperation
from tongban.cases.actions.templates import save_template
from tongban.cases.models import OPEN_STATES, AssignmentMethod, Case
from tongban.demo.content import read
from tongban.demo.people import SINCE
from tongban.government.models import Agency
from tongban.identity.actions import appoint, let_serve_counter
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Person, Post, Role


def furnish(operator: Actor, now: datetime) -> None:
    """Everything of `desk.yaml`, in the caller's transaction: it is there whole or not at all."""
    wanted = read("desk")
    agency = Agency.objects.get(department__code=wanted["agency"]["department"], region_id=wanted["agency"]["region"])
    for entry in wanted["posts"]:
        person = Person.objects.get(name=entry["person"])
        appoint(operator, person, agency, Role(entry["role"]), SINCE, title=entry["zh"], title_en=entry["en"])
    let_serve_counter(operator, Post.objects.filter(agency=agency, role=wanted["counter"]).earliest("id"))
    window, reviewer, second, head = (
        _officer(post, now)
        for post in (
            Post.objects.filter(agency=agency, role=Role.WINDOW_OFFICER).earliest("id"),
            Post.objects.filter(agency=agency, role=Role.REVIEWING_OFFICER).earliest("id"),
            Post.objects.filter(agency=agency, role=Role.REVIEWING_OFFICER).latest("id"),
            Post.objects.filter(agency=agency, role=Role.HEAD_OF_AGENCY).earliest("id"),
        )
    )
    for template in wanted["templates"]:
        save_template(reviewer, template["name"], template["step"], template["text"], now)
    cases = list(Case.objects.filter(agency=agency, state__in=OPEN_STATES).order_by("id"))
    set_assignment_rule(head, AssignmentMethod.ROUND_ROBIN, now)
    assign_new([case.pk for case in cases], now)
    for case, text in zip(cases, wanted["notes"], strict=False):
        add_note(window, case.pk, text, _token("note", case), now)
    _pass_one_on(cases, reviewer, second, now)
    _ask_for_help(wanted, agency, cases, window, now)
    today = timezone.localdate(now)
    days = (today, today + timedelta(days=wanted["absence"]["days"]))
    if second.post and reviewer.post:
        enter_absence(second, second.post.id, reviewer.post.id, days, now, wanted["absence"]["reason"])
    for place, name in enumerate(wanted["queue"]):
        draw_number(window, uuid.uuid5(uuid.NAMESPACE_OID, f"demo queue {today} {place}"), now, name=name)
    call_next(window, now)


def _token(what: str, case: Case) -> uuid.UUID:
    return uuid.uuid5(case.pk, f"demo {what}")


def _officer(post: Post, now: datetime) -> Actor:
    account = post.person.account
    if account is None:
        raise ValueError(f"{post} has no account")
    return actor_for(account, f"post:{post.pk}", timezone.localdate(now))


def _pass_one_on(cases: list[Case], reviewer: Actor, second: Actor, now: datetime) -> None:
    mine = Case.objects.filter(pk__in=[case.pk for case in cases], officer=reviewer.post_id or uuid.UUID(int=0))
    case = mine.order_by("id").first()
    if case and second.post:
        assign(reviewer, case.pk, second.post.id, now, holder=case.officer_id, reason="与同类办件一并审查")


def _ask_for_help(wanted: Any, agency: Agency, cases: list[Case], window: Actor, now: datetime) -> None:  # noqa: ANN401 - YAML
    accepted = [case for case in cases if case.state == "accepted"] or cases
    for place, entry in enumerate(wanted["cooperations"]):
        asked = Agency.objects.filter(department__code=entry["department"], region=agency.region_id).first()
        if asked is None or not accepted:
            continue
        case = accepted[place % len(accepted)]
        fields = list(case.answers)[:3]
        began = now - timedelta(days=entry["days"])
        shared = Shared(applicant=True, answers=fields)
        request = ask_cooperation(window, case.pk, asked.pk, entry["question"], entry["limit"], shared, began)
        helper = Post.objects.filter(agency=asked, role=Role.REVIEWING_OFFICER).order_by("id").first()
        if entry["answer"] and helper:
            answer_cooperation(_officer(helper, now), request.pk, entry["answer"], now)
