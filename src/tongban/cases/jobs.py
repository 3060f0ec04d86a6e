"""What the clock does without being asked (`timekeeping`)."""

from datetime import datetime, timedelta

from tongban.cases import timekeeping
from tongban.cases.actions import CLOCK
from tongban.cases.actions.bundle_parts import advance_stirred
from tongban.cases.actions.emergency import tell_of_emergencies
from tongban.cases.actions.offers import go_on_offering, lapse_offers
from tongban.cases.actions.timekeeping import tell_of_late_cooperation
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.jobs import periodic


@periodic(every=timedelta(minutes=1))
def take_deemed_effects(now: datetime) -> None:
    """Accept, renew, withdraw what the law ties to the lapse of a limit."""
    timekeeping.run_deemed_effects(now)


@periodic(every=timedelta(minutes=5))
def raise_alerts(now: datetime) -> None:
    """Remind of what is due soon, tell of what is late, escalate what is over by law."""
    timekeeping.refresh_lights(now)


@periodic(every=timedelta(minutes=15))
def remind_of_cooperation(now: datetime) -> None:
    """Tell of requests to other agencies that were not answered in time."""
    while tell_of_late_cooperation(CLOCK, now):
        pass


@periodic(every=timedelta(hours=6))
def recount_provisional(now: datetime) -> None:  # noqa: ARG001 - the calendar says what is known
    """Count what the calendar knows by now: an act may still have used the former one just after an import."""
    timekeeping.recompute_provisional(calendar_in_force(), only_known=True)


@periodic(every=timedelta(seconds=5))
def advance_bundles(now: datetime) -> None:
    """Open, hold or cancel the parts of bundles of which something happened to another part."""
    advance_stirred(now)


@periodic(every=timedelta(minutes=1))
def offer_benefits(now: datetime) -> None:
    """Offer benefits to whoever meets their rules, a bounded number of candidates a turn."""
    go_on_offering(now)


@periodic(every=timedelta(hours=1))
def close_offers(now: datetime) -> None:
    """Close the offers nobody answered in time."""
    while lapse_offers(now):
        pass


@periodic(every=timedelta(minutes=10))
def tell_of_emergency_accesses(now: datetime) -> None:
    """Have those told whose notice of an emergency access was put off until now."""
    tell_of_emergencies(now)
