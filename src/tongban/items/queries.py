"""Reading services: which version is in force, who may see it, where the same item differs."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from tongban.foundation.errors import NotFoundError
from tongban.government.models import Region
from tongban.government.queries import find_department, find_platform, find_region
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.items.fields import CHILD_GROUPS
from tongban.items.models import Item, Service, ServiceVersion, Theme
from tongban.items.records import stored_view
from tongban.items.rules import Finding, LimitConversion, check_view, steps_of

State = ServiceVersion.State

# What was ever in force: published, superseded since, or withdrawn from a day on. A version that was withdrawn
# before it began has no end and never counts.
EVER_IN_FORCE = Q(state__in=[State.PUBLISHED, State.SUPERSEDED]) | Q(state=State.WITHDRAWN, effective_to__isnull=False)


def later_versions(day: date) -> Exists:
    """For a version: whether a later one of its service has begun by the day, by (effective_from, number)."""
    return Exists(
        ServiceVersion.objects.filter(
            EVER_IN_FORCE,
            Q(effective_from__gt=OuterRef("effective_from"))
            | Q(effective_from=OuterRef("effective_from"), number__gt=OuterRef("number")),
            service=OuterRef("service"),
            effective_from__lte=day,
        )
    )


def in_force_on(day: date) -> QuerySet[ServiceVersion]:
    """The version of each service that is in force on a day: one rule for every page and every figure.

    Of a service's versions that have begun by the day, the one with the greatest (effective_from, number), if it has
    not ended. Written as an anti-join, so that it composes with any filter (an agency, a theme, one service) and the
    planner starts from the filter; DISTINCT ON would first sort every version there is. The index
    (service, effective_from desc, number desc) answers the inner question by a look at one or two rows.
    """
    return ServiceVersion.objects.filter(
        EVER_IN_FORCE, Q(effective_to=None) | Q(effective_to__gt=day), effective_from__lte=day
    ).exclude(later_versions(day))


def with_everything(versions: QuerySet[ServiceVersion]) -> QuerySet[ServiceVersion]:
    """The same versions, loaded with service, item, agency, department, region, platform and their rows."""
    return versions.select_related(
        "service__item", "service__platform", "service__agency__department", "service__agency__region"
    ).prefetch_related(*CHILD_GROUPS)


@dataclass(frozen=True)
class Filters:
    """What published services can be narrowed to; empty means all.

    Attributes:
        region: a region's code; with `below`, everything in it, too; with `above`, the regions it lies in, whose
            services its people use as well.
        department: a department's code.
        theme, audience: as in the tables.
        platform: a platform's code.
        item: a basic code.
        applicable: only what can be applied for (True) or is only listed (False).
    """

    region: str = ""
    below: bool = False
    above: bool = False
    department: str = ""
    theme: str = ""
    audience: str = ""
    platform: str = ""
    item: str = ""
    applicable: bool | None = None

    def narrow(self, versions: QuerySet[ServiceVersion]) -> QuerySet[ServiceVersion]:
        if self.region:
            versions = versions.filter(self._places())
        if self.department:
            versions = versions.filter(service__agency__department__code=self.department)
        if self.theme:
            versions = versions.filter(themes__contains=[self.theme])
        if self.audience:
            # A service that does not say for whom it is may be for anyone.
            versions = versions.filter(Q(audiences__contains=[self.audience]) | Q(audiences=[]))
        if self.platform:
            versions = versions.filter(service__platform__code=self.platform)
        if self.item:
            versions = versions.filter(service__item__code=self.item)
        if self.applicable is not None:
            versions = versions.filter(is_applicable=self.applicable)
        return versions

    def _places(self) -> Q:
        if self.below:
            places = Q(service__agency__region__lineage__contains=[self.region])
        else:
            places = Q(service__agency__region=self.region)
        if self.above:
            lineage = Region.objects.filter(pk=self.region).values_list("lineage", flat=True).first()
            places |= Q(service__agency__region__in=lineage or [])
        return places


def theme_name(
    _actor: Actor,
    slug: str,
) -> str:
    """The theme's name in the reader's language. A theme that services bear counts, registered or not.

    Raises:
        NotFoundError: there is no such theme.
    """
    theme = Theme.objects.filter(pk=slug).first()
    if theme is None and not ServiceVersion.objects.filter(themes__contains=[slug]).exists():
        raise NotFoundError(_("There is no theme “%s”.") % slug)
    return theme.label if theme else slug


def known_filters(actor: Actor, filters: Filters) -> Filters:
    """The same filters with the region's full code (6 digits are taken, too), once all they name is known.

    Raises:
        InvalidError: that is no region code.
        NotFoundError: there is no such region, department, theme or platform.
    """
    if filters.region:
        filters = replace(filters, region=find_region(actor, filters.region).code)
    for code, find in (
        (filters.department, find_department),
        (filters.theme, theme_name),
        (filters.platform, find_platform),
    ):
        if code:
            find(actor, code)
    return filters


def published_services(
    actor: Actor,  # noqa: ARG001 - the list of services is open to everyone (政府信息公开条例 art 20); the rule is here
    filters: Filters,
    day: date,
) -> QuerySet[ServiceVersion]:
    """Versions in force on the day, narrowed, with service and agency, by the pinyin of their names."""
    return (
        filters.narrow(in_force_on(day))
        .select_related("service__platform", "service__agency__department", "service__agency__region")
        .order_by("pinyin", "id")
    )


def published_service(actor: Actor, service_id: uuid.UUID, day: date) -> ServiceVersion:
    """The version of one service in force on the day, with everything.

    Raises:
        NotFoundError: no such service, or none of its versions is in force then.
    """
    version = with_everything(published_services(actor, Filters(), day)).filter(service=service_id).first()
    if version is None:
        raise NotFoundError
    return version


def matter_names(
    _actor: Actor, services: Collection[uuid.UUID], items: Collection[uuid.UUID], day: date
) -> dict[uuid.UUID, str]:
    """The names of matters of the basic catalogue, and of services with their agency; public. Two queries."""
    names = {item.pk: _everywhere(item) for item in Item.objects.filter(pk__in=items)}
    for version in in_force_on(day).filter(service__in=services).select_related("service__agency"):
        names[version.service_id] = f"{version.text('name')} ({version.service.agency.label})"
    return names


def _everywhere(item: Item) -> str:
    return _("%(matter)s (every agency)") % {"matter": item.label}


def matters_like(_actor: Actor, text: str, size: int = 20) -> dict[uuid.UUID, str]:
    """Matters of the basic catalogue with this in their name that somebody here offers: each stands for every agency's
    service. Public; one query.
    """
    wanted = text.strip()
    if not wanted:
        return {}
    offered = Service.objects.filter(item=OuterRef("pk"), platform__run_by_us=True)
    named = Q(name__icontains=wanted) | Q(name_en__icontains=wanted)
    return {item.pk: _everywhere(item) for item in Item.objects.filter(Exists(offered), named).order_by("code")[:size]}


def relations_to(actor: Actor, service: Service) -> list[Relation]:
    """How the actor stands to a service."""
    if actor.post is None:
        return []
    relations = [Relation.OWN_AGENCY] if actor.post.agency_id == service.agency_id else []
    if Region.objects.filter(pk=service.agency.region_id, lineage__contains=[actor.post.region_code]).exists():
        relations.append(Relation.OWN_REGION)
    return relations


def versions_of(actor: Actor, service_id: uuid.UUID) -> QuerySet[ServiceVersion]:
    """The versions of a service, newest first: all of them for who keeps it, what was published for everyone else.

    Raises:
        NotFoundError: no such service, or nothing of it was ever published and the actor may not see drafts.
    """
    service = Service.objects.select_related("agency").filter(pk=service_id).first()
    if service is None:
        raise NotFoundError
    versions = service.versions.order_by("-effective_from", "-number")
    if may(actor, "read_drafts", "service", relations_to(actor, service)):
        return versions
    versions = versions.filter(EVER_IN_FORCE)
    if not versions.exists():
        raise NotFoundError
    return versions


@dataclass(frozen=True)
class ServiceFindings:
    """What the rules find in one service."""

    service_id: uuid.UUID
    code: str
    name: str
    agency: str
    region: str
    findings: Sequence[Finding]


def check_services(
    actor: Actor,
    filters: Filters,
    day: date,
    conversion: LimitConversion | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> list[ServiceFindings]:
    """The findings of every service in force that has any; an officer sees those of the own agency.

    Raises:
        NotAllowedError: findings are for who keeps the register.
    """
    narrowed = filters.narrow(in_force_on(day))
    if actor.post:
        require(actor, "read_drafts", "service", {Relation.OWN_AGENCY})
        narrowed = narrowed.filter(service__agency=actor.post.agency_id)
    else:
        require(actor, "read_drafts", "service")
    found = []
    versions = with_everything(narrowed).order_by("service__agency__region", "pinyin", "id")
    for number, version in enumerate(versions.iterator(chunk_size=500), start=1):
        findings = check_view(stored_view(version), conversion)
        if findings:
            service = version.service
            found.append(
                ServiceFindings(
                    service.pk,
                    str(service),
                    version.name,
                    service.agency.name,
                    service.agency.region_id,
                    findings,
                )
            )
        progress(number)
    return found


@dataclass(frozen=True)
class Compared:
    """One aspect of an item over the places that implement it.

    Attributes:
        aspect: name, basis, materials, limits or form.
        values: what each place says, by service.
        same: whether all say the same.
    """

    aspect: str
    values: dict[uuid.UUID, str]

    @property
    def same(self) -> bool:
        return len(set(self.values.values())) <= 1


@dataclass(frozen=True)
class Comparison:
    """The same item in different regions."""

    item: Item
    versions: Sequence[ServiceVersion]
    aspects: Sequence[Compared]

    @property
    def consistent(self) -> bool:
        return all(aspect.same for aspect in self.aspects)


def _materials(version: ServiceVersion) -> str:
    return "\n".join(sorted(f"{m.name} [{m.necessity or '?'}]" for m in version.materials.all()))


def _limits(version: ServiceVersion) -> str:
    pairs = (
        (version.legal_limit, version.legal_limit_unit),
        (version.promised_limit, version.promised_limit_unit),
    )
    return " / ".join("?" if limit is None else f"{limit} {unit}".strip() for limit, unit in pairs)


def _form(version: ServiceVersion) -> str:
    """The questions a form asks, by name: what differs for the applicant, whatever the wording."""
    properties = (version.form or {}).get("properties")
    return "\n".join(sorted(properties)) if isinstance(properties, dict) else ("?" if version.form else "")


_ASPECTS: tuple[tuple[str, Callable[[ServiceVersion], str]], ...] = (
    ("name", lambda v: v.name),
    ("basis", lambda v: v.legal_basis.strip()),
    ("materials", _materials),
    ("limits", _limits),
    ("form", _form),
    ("steps", lambda v: "\n".join(steps_of(v.handling_steps))),
)


def same_item_across_regions(actor: Actor, item_code: str, day: date) -> Comparison:
    """How the places that implement an item differ (同一事项同标准, 国发〔2022〕5号).

    Raises:
        NotFoundError: there is no such item.
    """
    item = Item.objects.filter(code=item_code).first()
    if item is None:
        raise NotFoundError
    found = with_everything(
        published_services(actor, Filters(), day).filter(
            Q(service__item=item) | Q(service__item=None, service__catalogue_code=item.code)
        )
    ).order_by("service__agency__region", "id")
    versions = list(found)
    aspects = [Compared(name, {v.service_id: of(v) for v in versions}) for name, of in _ASPECTS]
    return Comparison(item, versions, aspects)
