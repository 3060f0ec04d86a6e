"""Which local rules of time hold where: open to everybody; and what adopting one does, for administrators."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tongban.cases.adoption import adopted_limits, checked_adoption
from tongban.cases.labels import english
from tongban.cases.models import OPEN_STATES, AdoptedRule, Case
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit, Unit, deadline
from tongban.foundation.clockrules import UNIT_IS_A_SETTING, clock_rules
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class AdoptedRow:
    """A rule that a region adopted: what it says, how long it gives (None: no limit), on what it rests, since when."""

    region: str
    rule: str
    title: str
    limit: Limit | None
    source: str
    basis: str
    since: date
    until: date | None


def adopted_rules(_actor: Actor, day: date) -> list[AdoptedRow]:
    """Every local rule that holds somewhere on the day or will, by region. One query."""
    held = AdoptedRule.objects.filter(Q(adopted_to=None) | Q(adopted_to__gt=day)).select_related("region")
    return [
        AdoptedRow(
            region=row.region.label,
            rule=row.rule,
            title=rule.label(english=english()),
            limit=Limit(rule.limit.amount, Unit(row.unit or rule.limit.unit)) if rule.limit else None,
            source=rule.cited(english=english()),
            basis=row.basis,
            since=row.adopted_from,
            until=row.adopted_to,
        )
        for row in held.order_by("region", "rule")
        if (rule := clock_rules().get(row.rule))
    ]


@dataclass(frozen=True)
class AdoptionRow:
    """An adoption as administrators see it, with who entered it; `is_open`: it has no end yet."""

    region: str
    region_code: str
    rule: str
    title: str
    limit: Limit | None
    source: str
    basis: str
    since: date
    until: date | None
    by: str
    is_open: bool


def adoptions(actor: Actor) -> list[AdoptionRow]:
    """Every adoption there is or was, those without an end first, by region. One query."""
    require(actor, "maintain", "procedure")
    rows = AdoptedRule.objects.select_related("region").order_by("region", "rule", "adopted_from")
    found = [
        AdoptionRow(
            region=row.region.label,
            region_code=row.region_id,
            rule=row.rule,
            title=rule.label(english=english()),
            limit=Limit(rule.limit.amount, Unit(row.unit or rule.limit.unit)) if rule.limit else None,
            source=rule.cited(english=english()),
            basis=row.basis,
            since=row.adopted_from,
            until=row.adopted_to,
            by=row.adopted_by,
            is_open=row.adopted_to is None,
        )
        for row in rows
        if (rule := clock_rules().get(row.rule))
    ]
    return sorted(found, key=lambda row: not row.is_open)


@dataclass(frozen=True)
class AdoptableRule:
    """A rule that a region may adopt, or whose unit it may choose."""

    id: str
    title: str
    limit: Limit
    source: str
    unit_is_a_setting: bool


def adoptable_rules(actor: Actor) -> list[AdoptableRule]:
    """The rules that do not act by themselves, and those whose unit the law leaves open."""
    require(actor, "maintain", "procedure")
    return [
        AdoptableRule(
            rule.id,
            rule.label(english=english()),
            rule.limit,
            rule.cited(english=english()),
            rule.id in UNIT_IS_A_SETTING,
        )
        for rule in clock_rules().values()
        if rule.limit and (not rule.is_law or rule.id in UNIT_IS_A_SETTING)
    ]


@dataclass(frozen=True)
class AdoptionEffect:
    """What adopting a rule does.

    Attributes:
        region: where, by name.
        limit, before: what it gives from the day on, and what held there until then (None: no limit).
        services: services in force in the region and below; `open_cases`: their cases under way, which keep their
            limits.
        due, due_before: when what happens on that day is due, with it and without it.
        provisional: whether the calendar for it is not published yet.
    """

    region: str
    title: str
    limit: Limit
    before: Limit | None
    services: int
    open_cases: int
    due: date
    due_before: date | None
    provisional: bool


def adoption_effect(actor: Actor, region_code: str, rule_id: str, unit: str, since: date) -> AdoptionEffect:
    """What follows if the region adopts the rule from the day on. Nothing is written.

    Raises:
        InvalidError: as of `adoption.adopt_rule`.
        NotFoundError: there is no such region.
    """
    rule, region = checked_adoption(actor, region_code, rule_id, unit)
    assert rule.limit  # noqa: S101 - a rule without a limit was refused
    limit = Limit(rule.limit.amount, Unit(unit or rule.limit.unit))
    before = adopted_limits(region_code, since).get(rule_id) or (rule.limit if rule.is_law else None)
    here = Q(service__agency__region__lineage__contains=[region_code])
    calendar = calendar_in_force()
    found = deadline(since, limit, calendar, direction=rule.direction)
    held = deadline(since, before, calendar, direction=rule.direction) if before else None
    return AdoptionEffect(
        region=region.label,
        title=rule.label(english=english()),
        limit=limit,
        before=before,
        services=in_force_on(since).filter(here, is_applicable=True).count(),
        open_cases=Case.objects.filter(region__lineage__contains=[region_code], state__in=OPEN_STATES).count(),
        due=found.due,
        due_before=held.due if held else None,
        provisional=found.provisional,
    )
