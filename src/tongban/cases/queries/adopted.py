"""Which local rules of time hold where: open to everybody."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tongban.cases.labels import english
from tongban.cases.models import AdoptedRule
from tongban.foundation.clock import Limit, Unit
from tongban.foundation.clockrules import clock_rules
from tongban.identity.actor import Actor


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
            source=f"{rule.source} {rule.article}".strip(),
            basis=row.basis,
            since=row.adopted_from,
            until=row.adopted_to,
        )
        for row in held.order_by("region", "rule")
        if (rule := clock_rules().get(row.rule))
    ]
