"""Counts of published services for home pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, Count, F, Func

from tongban.government.queries import with_merged
from tongban.identity.actor import Actor
from tongban.items.models import Theme
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class ThemeCount:
    """A theme and the number of its services."""

    slug: str
    name: str
    services: int


def services_of_region(actor: Actor, region: str, day: date) -> int:
    """Services published by the agencies that stand in exactly this region (or in one merged into it)."""
    codes = with_merged(actor, [region], day)
    return in_force_on(day).filter(service__agency__region__in=codes).count()


def popular_themes(actor: Actor, region: str, day: date, *, most: int = 12) -> Sequence[ThemeCount]:
    """The registered themes with most services in exactly this region, the largest first."""
    counted = (
        in_force_on(day)
        .filter(service__agency__region__in=with_merged(actor, [region], day))
        .order_by()
        .annotate(theme=Func(F("themes"), function="unnest", output_field=CharField()))
        .values_list("theme")
        .annotate(number=Count("pk"))
    )
    numbers = dict(counted)
    themes = Theme.objects.in_bulk(list(numbers))
    rows = [ThemeCount(slug, theme.label, numbers[slug]) for slug, theme in themes.items()]
    return sorted(rows, key=lambda row: (-row.services, row.slug))[:most]


def services_of_department(_actor: Actor, department: str, day: date) -> int:
    """Services published by all agencies of the department."""
    return in_force_on(day).filter(service__agency__department__code=department).count()
