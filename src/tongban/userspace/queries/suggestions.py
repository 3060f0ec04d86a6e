"""Suggestions for the present hat: the facts they are made from, and what they say."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.models import Case
from tongban.cases.queries import my_drafts
from tongban.foundation.dates import day_in_words
from tongban.identity.actor import Actor
from tongban.items.models import Audience
from tongban.items.queries import in_force_on
from tongban.userspace.life.stages import stages, stages_of
from tongban.userspace.models import NextMatter, SuggestionChoice
from tongban.userspace.queries.space import my_licences, own
from tongban.userspace.rules import Standing
from tongban.userspace.suggesting import Applied, Begun, Facts, Followed, Kind, Running, Suggestion, suggestions

_LOOKED_BACK = timedelta(days=730)
_MOST_CASES = 100


@dataclass(frozen=True)
class Suggested:
    """A suggestion as it is told.

    Attributes:
        kind: renew, draft, stage or others.
        target: id of the case or draft, slug of the stage, id of the service.
        title: what to do.
        why: why it is said.
        renew: for a licence, the service that renews it, where there is one.
    """

    kind: str
    target: str
    title: str
    why: str
    renew: uuid.UUID | None = None


def suggestions_wanted(actor: Actor) -> bool:
    """Whether the person lets us suggest things; they do until they switch it off."""
    if actor.person_id is None:
        return False
    return not SuggestionChoice.objects.filter(person_id=actor.person_id, off=True).exists()


def my_suggestions(actor: Actor, today: date) -> list[Suggested]:
    """What the present hat might want next; nothing where it is switched off.

    Raises:
        SignInNeededError, NotAllowedError: nobody applies in this hat.
    """
    whose = own(actor)
    if not suggestions_wanted(actor):
        return []
    licences = {str(one.case_id): one for one in my_licences(actor, today) if one.needs_renewal}
    cases = _applied(Case.objects.filter(whose, submitted_at__gte=timezone.now() - _LOOKED_BACK))
    others = _others(actor, {case.item for case in cases})
    services = _services(actor, {one.after for one in others}, today)
    facts = Facts(
        licences=[
            Running(
                key,
                one.name,
                one.term.expires_on,
                one.term.ask_by,
                one.standing is Standing.ASK_LATE,
                one.term.provisional,
            )
            for key, one in licences.items()
        ],
        drafts=[Begun(str(one.id), one.service, timezone.localdate(one.saved_at)) for one in my_drafts(actor)],
        cases=cases,
        others=others,
        names={item: name for item, (name, _shown, _service) in services.items()},
    )
    made = []
    for each in suggestions(facts, today):
        if each.kind is Kind.OTHERS:
            _name, shown, service = services[each.target]
            made.append(Suggested(each.kind, str(service), shown, _why(each)))
        else:
            licence = licences.get(each.target)
            made.append(Suggested(each.kind, each.target, _title(each), _why(each), licence.renew if licence else None))
    return made


def _applied(cases: QuerySet[Case]) -> list[Applied]:
    rows = cases.select_related("version", "service__item").defer("answers").order_by("-submitted_at")[:_MOST_CASES]
    return [
        Applied(
            case.service.item.code,
            case.version.name,
            case.version.text("name"),
            timezone.localdate(case.submitted_at),
            [
                stage.slug
                for stage in stages_of(
                    case.version.name,
                    case.service.item.code,
                    case.version.themes,
                    [Audience.ORGANISATION if case.organisation_id else Audience.PERSON],
                )
            ],
        )
        for case in rows
        if case.service.item
    ]


def _others(actor: Actor, items: set[str]) -> list[Followed]:
    audience = Audience.ORGANISATION if actor.organisation_id else Audience.PERSON
    rows = NextMatter.objects.filter(audience=audience, before__code__in=items)
    return [Followed(*row) for row in rows.values_list("before__code", "after__code", "group", "followed")]


def _services(actor: Actor, items: set[str], today: date) -> dict[str, tuple[str, str, uuid.UUID]]:
    """By item: the Chinese name, the one to show, and a service of it that the present hat can apply for."""
    audience = Audience.ORGANISATION if actor.organisation_id else Audience.PERSON
    versions = in_force_on(today).filter(
        is_applicable=True, service__platform__run_by_us=True, service__item__code__in=items
    )
    return {
        version.service.item.code: (version.service.item.name, version.text("name"), version.service_id)
        for version in versions.select_related("service__item").order_by("-service__agency__region__level", "id")
        if version.service.item and (not version.audiences or audience in version.audiences)
    }


def _title(one: Suggestion) -> str:
    said = {key: str(value) for key, value in one.because.items()}
    if one.kind is Kind.RENEW:
        return _("Renew: %(name)s") % said
    if one.kind is Kind.DRAFT:
        return _("Finish: %(name)s") % said
    stage = next(each for each in stages() if each.slug == one.target)
    english = (get_language() or "").startswith("en")
    return _("More for this time of life: %(stage)s") % {"stage": stage.name_en if english else stage.name}


def _why(one: Suggestion) -> str:
    said = {name: day_in_words(known) if isinstance(known, date) else known for name, known in one.because.items()}
    if one.kind is Kind.RENEW:
        if said["provisional"]:
            said["ask_by"] = _("%(day)s (provisional)") % {"day": said["ask_by"]}
        if said["late"]:
            return (
                _(
                    "It expires on %(expires_on)s. The last day to ask in time was %(ask_by)s; ask at once, "
                    "before it expires."
                )
                % said
            )
        return _("It expires on %(expires_on)s; by law the renewal is to be asked for by %(ask_by)s.") % said
    if one.kind is Kind.DRAFT:
        return _("You began it, saved it on %(saved_on)s and have not sent it.") % said
    if one.kind is Kind.OTHERS:
        return _("Of %(group)s who applied for “%(before)s”, %(followed)s applied for this within a year.") % said
    return _("Because you applied for “%(name)s” on %(on)s.") % said
