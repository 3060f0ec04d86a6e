"""What the demonstration does across regions: windows elsewhere, what they offer, and a case of each mode."""

import csv
import io
import uuid
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.utils import timezone

from tongban.cases import actions
from tongban.cases.actions import HandedIn, OfferTerms
from tongban.cases.models import Case, ClockStart, Mode, RegionOffer
from tongban.demo.agencies import COLUMNS
from tongban.demo.answers import plausible_answers
from tongban.demo.content import read, service
from tongban.demo.government import whole
from tongban.demo.identifiers import GOVERNMENT_ORGAN, credit_code
from tongban.demo.people import humans
from tongban.demo.plans import Plan
from tongban.demo.playing import Stage, Times, begin, paper_of
from tongban.demo.services import service_id
from tongban.government.importing.agencies import import_agencies
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.counter import Shown
from tongban.identity.models import IdentityCheck, Role

HALL = "government-services-data"
OFFERED_SINCE = date(2024, 7, 1)
# Three of them still lie in the office hours of the day on which the case came in.
_MINUTES_BETWEEN_STEPS = 50


def windows() -> Mapping[str, Mapping[str, Any]]:
    """The windows elsewhere, by key."""
    found: Mapping[str, Mapping[str, Any]] = read("across")["windows"]
    return found


def staffed() -> set[tuple[str, str]]:
    """(department, region) of the windows whose officers are not among the named accounts."""
    return {(HALL, windows()["haikou"]["region"])}


def enter_windows(actor: Actor) -> None:
    """The agencies that receive in Guangdong and Hainan; those that stand already are left."""
    standing = set(Agency.objects.filter(department__code=HALL).values_list("region_id", flat=True))
    rows = [_agency(one) for one in windows().values() if one["region"] not in standing]
    if not rows:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    whole(import_agencies(actor, text.getvalue().encode()))


def _agency(window: Mapping[str, Any]) -> dict[str, str]:
    hours = read("agencies")["hours"]
    return {
        "department": HALL,
        "region": window["region"],
        "name": window["zh"],
        "name_en": window["en"],
        "credit_code": credit_code(GOVERNMENT_ORGAN, window["region"], 90_000 + window["index"]),
        "address": window["address_zh"],
        "address_en": window["address_en"],
        "opening_hours": hours["zh"],
        "opening_hours_en": hours["en"],
        "phone": f"{window['area']}-0900{window['index']:03d}",
        "complaint_phone": f"{window['area']}-12345",
    }


def _window(key: str) -> Agency:
    return Agency.objects.get(department__code=HALL, region_id=windows()[key]["region"])


def enter_offers(actor: Actor) -> None:
    """What can be done from Guangdong and Hainan; what is offered already is left."""
    for entry in read("across")["offers"]:
        offered = service_id(entry["service"], service(entry["service"])["region"])
        mode = Mode(entry["mode"])
        if not RegionOffer.objects.filter(service=offered, mode=mode, region=entry["region"]).exists():
            terms = OfferTerms(
                mode,
                entry["region"],
                _window(entry["window"]).pk if "window" in entry else None,
                ClockStart(entry.get("clock", ClockStart.COMPETENT)),
                entry["basis"],
            )
            actions.offer_across(actor, offered, terms, OFFERED_SINCE)


def plans() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The cases, each with the key it is known by."""
    yield from ((f"across-{place}", entry) for place, entry in enumerate(read("across")["cases"]))


def play(stage: Stage, key: str, entry: Mapping[str, Any]) -> Case:
    """Bring one case to where it is planned to be."""
    plan = Plan(key, entry["service"], entry["who"], "", entry["days"])
    dice = plan.dice()
    _version, form, materials = stage.version(plan.service)
    times = begin(stage.now, plan, dice.randrange(300))
    answers = plausible_answers(form, timezone.localdate(times.at), dice)
    papers = {m.position: [paper_of(m.name, dice.randrange(3))] for m in materials}
    if entry["mode"] == Mode.ONLINE:
        case = _online(stage, plan, entry["region"], answers, papers, times)
    else:
        case = _at_the_window(stage, plan, entry["window"], entry["mode"], answers, papers, times)
    for step in entry["steps"]:
        case = _take(stage, case, step, entry, times)
    return case


Papers = dict[int, list[tuple[str, bytes]]]


def _online(stage: Stage, plan: Plan, region: str, answers: Mapping[str, Any], papers: Papers, times: Times) -> Case:
    applicant = stage.applicant(plan.who)
    version = stage.version(plan.service)[0]
    draft = actions.start_draft(applicant, version.service_id, times.at)
    actions.choose_place(applicant, draft.pk, region, times.at)
    actions.save_draft(applicant, draft.pk, answers)
    for position, files in papers.items():
        for name, data in files:
            actions.attach(applicant, draft.pk, position, actions.upload(applicant, name, data).pk)
    return actions.submit_draft(applicant, draft.pk, times.at)


def _at_the_window(
    stage: Stage, plan: Plan, window: str, mode: str, answers: Mapping[str, Any], papers: Papers, times: Times
) -> Case:
    name, number = _people()[plan.who]
    officer = stage.cast.officer(_window(window).pk, Role.WINDOW_OFFICER)
    shown = Shown(IdentityCheck.Document.RESIDENT_CARD, name, number)
    check = actions.check_at_window(officer, shown, times.at)
    uploads = {
        position: [actions.keep_paper(officer, check.pk, *file, times.at).pk for file in files]
        for position, files in papers.items()
    }
    version = stage.version(plan.service)[0]
    token = uuid.uuid5(version.service_id, plan.key)
    handed_in = HandedIn(answers, uploads, token, has_originals=True, mode=mode)
    return actions.take_in_elsewhere(officer, check.pk, version.service_id, handed_in, times.at)


@cache
def _people() -> dict[str, tuple[str, str]]:
    return {human.username: (human.name, human.id_number) for human in humans()}


def _take(stage: Stage, case: Case, step: str, entry: Mapping[str, Any], times: Times) -> Case:
    words, which = read("across")["words"], (case.pk, case.revision, times.later(_MINUTES_BETWEEN_STEPS))
    own = stage.cast.officer(case.agency_id, Role.WINDOW_OFFICER)
    here = stage.cast.officer(_window(entry["window"]).pk, Role.WINDOW_OFFICER) if "window" in entry else own
    if step == "forward":
        return actions.forward(here, *which, words["dispatch"])
    if step == "acknowledge":
        return actions.acknowledge(own, *which)
    if step == "ask_place":
        return actions.ask_place(here, *which, _window(entry["asks"]).pk, words["ask_place"])
    accepting = here if entry["mode"] == Mode.JOINT else own
    return actions.receive(accepting, *which) if step == "receive" else actions.accept(accepting, *which)
