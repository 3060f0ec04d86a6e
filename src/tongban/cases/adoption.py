"""Rules of time that regions have adopted: local rules are off until a region turns them on.

A region's choice holds for the regions below it, unless one of those chose otherwise.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tongban.cases.models import AdoptedRule
from tongban.foundation.clock import Limit, Unit
from tongban.foundation.clockrules import UNIT_IS_A_SETTING, ClockRule, clock_rules
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.ledger import append
from tongban.foundation.snapshot import Snapshot
from tongban.government.models import Region
from tongban.identity.actor import Actor
from tongban.identity.authority import require

_A_MINUTE = 60
MAX_BASIS = 300


@dataclass(frozen=True)
class Adoption:
    """A rule as a region holds it, from a day until another (exclusive)."""

    region_code: str
    rule: ClockRule
    limit: Limit
    since: date
    until: date | None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def _all_adoptions() -> Mapping[str, Sequence[Adoption]]:
    by_region: dict[str, list[Adoption]] = {}
    for row in AdoptedRule.objects.all():
        rule = clock_rules().get(row.rule)
        if rule and rule.limit:
            limit = Limit(rule.limit.amount, Unit(row.unit or rule.limit.unit))
            adoption = Adoption(row.region_id, rule, limit, row.adopted_from, row.adopted_to)
            by_region.setdefault(row.region_id, []).append(adoption)
    return by_region


_kept = Snapshot(_all_adoptions)


def _lineage(region_code: str) -> tuple[str, ...]:
    """The region and those above, at most a minute old: regions are merged and moved."""
    return _lineage_in(str(connection.settings_dict["NAME"]), region_code, int(time.monotonic() // _A_MINUTE))


@lru_cache(maxsize=4096)
def _lineage_in(_database: str, region_code: str, _minute: int) -> tuple[str, ...]:
    found = Region.objects.filter(pk=region_code).values_list("lineage", flat=True).first()
    return tuple(found or ())


def forget_adoptions() -> None:
    """Read them anew the next time."""
    _kept.forget()
    _lineage_in.cache_clear()


def adopted_limits(region_code: str, day: date) -> dict[str, Limit]:
    """Limits by rule that hold in a region beside the law: its own choice before that of the regions above."""
    adoptions = _kept.get()
    if not adoptions:
        return {}
    found: dict[str, Limit] = {}
    for code in _lineage(region_code):
        found |= {each.rule.id: each.limit for each in adoptions.get(code, ()) if each.holds(day)}
    return found


def checked_adoption(actor: Actor, region_code: str, rule_id: str, unit: str) -> tuple[ClockRule, Region]:
    """The rule and the region of an adoption that can be.

    Raises:
        InvalidError: no such rule; a law of the nation that needs no adopting; a unit that is not a setting.
        NotFoundError: there is no such region.
    """
    require(actor, "maintain", "procedure")
    rule = clock_rules().get(rule_id)
    if rule is None or rule.limit is None:
        raise InvalidError({"rule": [_("There is no rule of time “%(rule)s” with a limit.") % {"rule": rule_id}]})
    if unit and (rule_id not in UNIT_IS_A_SETTING or unit not in {Unit.WORKING_DAY, Unit.DAY}):
        raise InvalidError({"unit": [_("The unit of %(rule)s is not a setting.") % {"rule": rule_id}]})
    if rule.is_law and not unit:
        raise InvalidError({"rule": [_("%(rule)s is law everywhere; nobody has to adopt it.") % {"rule": rule_id}]})
    region = Region.objects.filter(pk=region_code).first()
    if region is None:
        raise NotFoundError(_("There is no region %(code)s.") % {"code": region_code})
    return rule, region


def adopt_rule(
    actor: Actor, region_code: str, rule_id: str, since: date, unit: str = "", basis: str = ""
) -> AdoptedRule:
    """Turn a local rule on in a region, or choose the unit of a limit where the law leaves it open.

    Raises:
        InvalidError: no such rule; a law of the nation that needs no adopting; a unit that is not a setting; a basis
            that is too long.
        NotFoundError: there is no such region.
        ConflictError: the region holds the rule already.
    """
    _rule, region = checked_adoption(actor, region_code, rule_id, unit)
    if len(basis) > MAX_BASIS:
        raise InvalidError({"basis": [_("At most %(most)d characters.") % {"most": MAX_BASIS}]})
    with transaction.atomic():
        if AdoptedRule.objects.filter(region=region, rule=rule_id, adopted_to=None).exists():
            raise ConflictError(_("%(rule)s is adopted there already.") % {"rule": rule_id})
        row = AdoptedRule.objects.create(
            region=region,
            rule=rule_id,
            unit=unit,
            basis=basis,
            adopted_from=since,
            adopted_by=actor.person_name or actor.process,
        )
        content = {"region": region_code, "rule": rule_id, "unit": unit, "from": since, "basis": basis}
        append(actor, "adopt_rule", "adopted_rule", row.pk, content)
    forget_adoptions()
    return row


def drop_rule(actor: Actor, region_code: str, rule_id: str, until: date) -> AdoptedRule:
    """Turn an adopted rule off from a day on; cases filed before keep the limits they were filed under.

    Raises:
        NotFoundError: the region does not hold the rule.
        InvalidError: the day is not after that of the adoption.
    """
    require(actor, "maintain", "procedure")
    with transaction.atomic():
        row = AdoptedRule.objects.select_for_update().filter(region=region_code, rule=rule_id, adopted_to=None).first()
        if row is None:
            raise NotFoundError(_("%(rule)s is not adopted there.") % {"rule": rule_id})
        if until <= row.adopted_from:
            raise InvalidError({"until": [_("The end lies after the day of the adoption.")]})
        row.adopted_to = until
        row.save(update_fields=["adopted_to"])
        append(actor, "drop_rule", "adopted_rule", row.pk, {"region": region_code, "rule": rule_id, "to": until})
    forget_adoptions()
    return row
