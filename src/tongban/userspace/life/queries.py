"""Services by stage of life: the list of one, and how many find a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tongban.foundation.errors import NotFoundError
from tongban.identity.actor import Actor
from tongban.items.models import ServiceVersion
from tongban.items.queries import Filters, published_services
from tongban.items.searching import PAGE_SIZE, SearchPage, page_of_services
from tongban.userspace.life.stages import Stage, stages


@dataclass(frozen=True)
class Placed:
    """How many services find a place in the stages of life."""

    placed: int
    total: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where there are no services."""
        return self.placed / self.total if self.total else None


def stage_called(slug: str) -> Stage:
    """Raises:
    NotFoundError: there is no such stage.
    """
    found = next((stage for stage in stages() if stage.slug == slug), None)
    if found is None:
        raise NotFoundError
    return found


def of_stage(stage: Stage) -> Q:
    """`Stage.holds` as a condition on versions in the database."""
    words = Q(name__regex=stage.words)
    if stage.but_not:
        words &= ~Q(name__regex=stage.but_not)
    listed = Q(service__item__code__in=stage.items) | Q(themes__overlap=sorted(stage.themes))
    return (Q(audiences=[]) | Q(audiences__contains=[stage.audience])) & (listed | words)


def services_of_stage(
    actor: Actor, stage: Stage, filters: Filters, day: date, *, text: str = "", page: int = 1
) -> SearchPage:
    """The services in force that belong to a stage; narrowed by a region and by what was typed."""
    return page_of_services(_published(actor, filters, day).filter(of_stage(stage)), text, page, PAGE_SIZE)


def placed_share(actor: Actor, filters: Filters, day: date) -> Placed:
    """How many of the services in force find a place in at least one stage."""
    somewhere = Q()
    for stage in stages():
        somewhere |= of_stage(stage)
    services = _published(actor, filters, day).order_by()
    return Placed(services.filter(somewhere).count(), services.count())


def _published(actor: Actor, filters: Filters, day: date) -> QuerySet[ServiceVersion]:
    return published_services(actor, filters, day).exclude(service__reconstructed=True)


def next_stages(of: Sequence[str]) -> list[Stage]:
    """The stages with these slugs, in the order of life."""
    return [stage for stage in stages() if stage.slug in of]
