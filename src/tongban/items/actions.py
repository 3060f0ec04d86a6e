"""Writing services: a version is drafted, checked, published from a day, and one day withdrawn.

What was published is never changed (the database refuses it); every act is one transaction with its ledger entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation import ledger
from tongban.foundation.dates import day_in_words
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.forms import FormDefinition, FormDefinitionError
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.fields import CHILD_GROUPS
from tongban.items.light import LightError, light_of
from tongban.items.models import Fee, Item, Material, Question, Service, ServiceVersion, Theme
from tongban.items.queries import later_versions, relations_to
from tongban.items.records import CHILD_MODELS, stored_view
from tongban.items.rules import Finding, check_view, has_errors
from tongban.items.searchable import pinyin_of

State = ServiceVersion.State
_KEPT_BY_US = frozenset({"id", "service", "number", "state", "is_applicable", "published_at", "pinyin", *CHILD_GROUPS})


@transaction.atomic
def draft_version(
    actor: Actor,
    service: Service,
    texts: Mapping[str, Any],
    **groups: Iterable[Mapping[str, Any]],
) -> ServiceVersion:
    """A new draft of a service.

    Args:
        actor: who drafts.
        service: what it is a version of.
        texts: the version's fields by our names; `name`, `item_type` and `effective_from` are needed.
        **groups: `materials`, `fees`, `questions`: the fields of their rows, in their order.

    Raises:
        InvalidError: a field that a version does not have, or one that is missing.
        NotAllowedError: the service is not the actor's to maintain.
    """
    require(actor, "maintain", "service", relations_to(actor, service))
    known = {f.name for f in ServiceVersion._meta.concrete_fields} - _KEPT_BY_US  # noqa: SLF001 - Django's public _meta
    faults = {name: [_("a version has no such field")] for name in texts if name not in known}
    faults |= {name: [_("a version has no such rows")] for name in groups if name not in CHILD_GROUPS}
    faults |= {
        name: [_("this may not be blank")] for name in ("name", "item_type", "effective_from") if not texts.get(name)
    }
    if faults:
        raise InvalidError(faults)
    Service.objects.select_for_update().get(pk=service.pk)
    highest = service.versions.aggregate(highest=Max("number"))["highest"] or 0
    version = ServiceVersion(service=service, number=highest + 1, **texts)
    version.save(force_insert=True)
    for group, rows in groups.items():
        model = CHILD_MODELS[group]
        made = [model(version=version, position=n, **row) for n, row in enumerate(rows, start=1)]
        _create(model, made)
    ledger.append(
        actor, "service.draft", "service_version", version.pk, {"service": service.pk, "number": version.number}
    )
    return version


def _create(model: type[Material] | type[Fee] | type[Question], rows: Iterable[Material | Fee | Question]) -> None:
    model._default_manager.bulk_create(list(rows))  # type: ignore[arg-type]  # noqa: SLF001 - rows are of that model


@transaction.atomic
def check_version(actor: Actor, version: ServiceVersion) -> list[Finding]:
    """Run the sixteen rules over a draft and mark it as checked; findings do not hold it back, publishing reads them.

    Raises:
        ConflictError: it is no draft any more.
    """
    version = _locked(actor, version)
    if version.state not in {State.DRAFT, State.CHECKED}:
        raise ConflictError(_("This version was published and cannot be checked again."))
    findings = check_view(stored_view(version))
    version.state = State.CHECKED
    version.save(update_fields=["state"])
    ledger.append(actor, "service.check", "service_version", version.pk, {"rules": [f.rule for f in findings]})
    return findings


@transaction.atomic
def publish_version(actor: Actor, version: ServiceVersion, effective_from: date | None = None) -> ServiceVersion:
    """Publish a version from a day (its own effective date unless told). It is applicable only if no rule finds an
    error and it has a form and a procedure; otherwise it is listed.

    Raises:
        ConflictError: it was published already.
        InvalidError: the form or the light handling is not one, or the day it ends is not after the day it begins.
    """
    version = _locked(actor, version)
    if version.state not in {State.DRAFT, State.CHECKED}:
        raise ConflictError(_("This version was published already."))
    version.effective_from = effective_from or version.effective_from
    if version.effective_to and version.effective_to <= version.effective_from:
        raise InvalidError(
            {"effective_to": [_("a date after %(day)s") % {"day": day_in_words(version.effective_from)}]}
        )
    if version.form:
        try:
            FormDefinition.load(version.form)
        except FormDefinitionError as error:
            raise InvalidError({"form": [str(error)]}) from error
    if problems := light_problems(version, version.materials.all()):
        raise InvalidError({"light": problems})
    findings = check_view(stored_view(version))
    version.is_applicable = may_be_applied_for(version, findings)
    version.pinyin = pinyin_of(version.name)
    version.published_at = timezone.now()
    version.state = State.PUBLISHED
    version.save()
    settle_superseded(timezone.localdate(), [version.service_id])
    version.refresh_from_db(fields=["state"])
    ledger.append(
        actor,
        "service.publish",
        "service_version",
        version.pk,
        {"effective_from": version.effective_from, "is_applicable": version.is_applicable},
    )
    return version


def light_problems(version: ServiceVersion, materials: Iterable[Material]) -> list[str]:
    """Everything wrong with a version's light handling; none where it has none."""
    if version.light is None:
        return []
    if not version.form:
        return [_("light handling needs a form")]
    try:
        light_of(version, materials)
    except FormDefinitionError as error:
        return [str(error)]
    except LightError as error:
        return error.problems
    return []


def may_be_applied_for(version: ServiceVersion, findings: Iterable[Finding]) -> bool:
    """Whether applications can be made here: ours, no error found, a form and a procedure."""
    service = version.service
    return (
        service.platform.run_by_us
        and service.source != Service.Source.FEED
        and bool(version.form)
        and bool(version.procedure)
        and not has_errors(list(findings))
    )


def settle_superseded(day: date, services: Iterable[object] | None = None) -> int:
    """Mark published versions that a later one, in effect by the day, has taken the place of. Number of versions.

    The state is a label for people; which version is in force is `queries.in_force_on`, whatever the label.
    """
    published = ServiceVersion.objects.filter(state=State.PUBLISHED)
    if services is not None:
        published = published.filter(service__in=list(services))
    return published.filter(later_versions(day)).update(state=State.SUPERSEDED)


@transaction.atomic
def withdraw_version(actor: Actor, version: ServiceVersion, day: date | None = None) -> ServiceVersion:
    """Withdraw a version from a day on (today unless told): until then it stays what it was.

    A version that would only begin on that day or later never comes into force.

    Raises:
        ConflictError: it is not published, or ended before.
    """
    day = day or timezone.localdate()
    version = _locked(actor, version)
    if version.state not in {State.PUBLISHED, State.SUPERSEDED}:
        raise ConflictError(_("Only a published version can be withdrawn."))
    if version.effective_to and version.effective_to <= day:
        raise ConflictError(_("This version ended on %(day)s.") % {"day": day_in_words(version.effective_to)})
    version.state = State.WITHDRAWN
    version.effective_to = day if version.effective_from < day else None
    version.save(update_fields=["state", "effective_to"])
    ledger.append(actor, "service.withdraw", "service_version", version.pk, {"from": day})
    return version


@transaction.atomic
def withdraw_service(actor: Actor, service: Service, day: date | None = None) -> None:
    """Withdraw everything a service says from a day on: what is in force then, and what would come later."""
    require(actor, "maintain", "service", relations_to(actor, service))
    day = day or timezone.localdate()
    end_services([service.pk], day)
    ledger.append(actor, "service.withdraw", "service", service.pk, {"from": day})


def end_services(services: Iterable[object], day: date) -> int:
    """Withdraw the versions of many services from a day on, without an entry of its own (a bulk import writes one)."""
    of_these = ServiceVersion.objects.filter(
        Q(effective_to=None) | Q(effective_to__gt=day),
        service__in=list(services),
        state__in=[State.PUBLISHED, State.SUPERSEDED],
    )
    begun = of_these.filter(effective_from__lt=day).exclude(later_versions(day))
    ended = begun.update(state=State.WITHDRAWN, effective_to=day)
    return ended + of_these.filter(effective_from__gte=day).update(state=State.WITHDRAWN, effective_to=None)


def _locked(actor: Actor, version: ServiceVersion) -> ServiceVersion:
    """The version as it stands now, locked with its service.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the service is not the actor's to maintain.
    """
    try:
        service = (
            Service.objects.select_for_update(of=("self",))
            .select_related("agency", "platform")
            .get(pk=version.service_id)
        )
        found = ServiceVersion.objects.select_for_update().get(pk=version.pk)
    except (Service.DoesNotExist, ServiceVersion.DoesNotExist):
        raise NotFoundError(_("There is no such version.")) from None
    require(actor, "maintain", "service", relations_to(actor, service))
    found.service = service
    return found


def keep_catalogue_row(actor: Actor, row: Theme | Item, changed: Sequence[str] | None = None) -> None:
    """Enter a theme or an item of the basic catalogue, or keep its changed fields (None: it is new).

    Raises:
        NotAllowedError: the catalogue is kept by who keeps the reference data.
    """
    require(actor, "maintain", "government")
    kind = "theme" if isinstance(row, Theme) else "item"
    content = {name: str(getattr(row, name)) for name in (changed or ("name",))}
    with transaction.atomic():
        row.save(force_insert=changed is None)
        ledger.append(actor, f"{kind}.{'create' if changed is None else 'update'}", kind, row.pk, content)
