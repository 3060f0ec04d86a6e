"""When the whole is done, by which rule, and why that one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.cases.adoption import adopted_limits
from tongban.cases.bundles.clock import JointCase, JointClock, JointLimits, PartTime, Path, critical_path, joint_clock
from tongban.cases.bundles.definition import Bundle
from tongban.cases.bundles.merging import Composition
from tongban.cases.bundles.progress import PartState
from tongban.cases.clocks import day_of, happenings_of, limits_of_version, times_of
from tongban.cases.history import LEGAL, PROMISED
from tongban.cases.labels import english
from tongban.cases.models import BundleCase, BundlePart
from tongban.cases.procedure_store import procedure_of
from tongban.cases.reckoning import Reckoning, reckoning
from tongban.cases.requirements import published_version
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit
from tongban.foundation.clockrules import limit_of_rule
from tongban.items.models import ServiceVersion


@dataclass(frozen=True)
class LegView:
    """A part on the longest way, for the explanation."""

    title: str
    begins: date
    ends: date
    is_over: bool
    reckonings: Sequence[Reckoning]


@dataclass(frozen=True)
class WholeClock:
    """When the whole is done, by which rule, and why that one.

    Attributes:
        joint: whether it is the joint limit of art 42, else the longest way through the parts.
        is_estimate: whether something it hangs on has not begun yet.
        reckonings: of the joint clock, day by day: until acceptance where that is still to come, then 45 + extension.
        legs: of the critical path, in order.
    """

    joint: bool
    due: date
    provisional: bool
    is_estimate: bool
    why: str
    extension: int
    reckonings: Sequence[Reckoning]
    legs: Sequence[LegView]


WHY = {
    "joint": gettext_lazy(
        "Every part is an administrative licence and they are handled jointly, so the law's limit for the whole "
        "counts: 45 working days from acceptance, extended once by 15 at most (Licensing Law, art 26 and 42)."
    ),
    "separate": gettext_lazy(
        "Each agency handles its part by itself, so the law has no limit for the whole. What counts is the longest way "
        "through the parts' own limits."
    ),
    "waiting": gettext_lazy(
        "Some parts wait for the result of others, so they are not handled jointly. What counts is the longest way "
        "through the parts' own limits."
    ),
}


def whole_clock(
    bundle: BundleCase, rows: Sequence[BundlePart], merged: Composition
) -> tuple[WholeClock | None, Path | None]:
    running = [row for row in rows if row.state not in {PartState.UNNEEDED, PartState.CANCELLED}]
    if not running:
        return None, None
    path = _path(bundle, running, merged.bundle)
    if bundle.joint and (clock := _joint(bundle, running)):
        return (
            WholeClock(
                joint=True,
                due=clock.due,
                provisional=clock.provisional,
                is_estimate=clock.is_estimate,
                why=str(WHY["joint"]),
                extension=clock.extension,
                reckonings=[reckoning(d) for d in (clock.notice, clock.clock) if d],
                legs=[],
            ),
            path,
        )
    return (
        WholeClock(
            joint=False,
            due=path.due,
            provisional=path.provisional,
            is_estimate=any(not path.legs[name].is_over for name in path.critical),
            why=why_path(merged, bundle.answers),
            extension=0,
            reckonings=[],
            legs=[
                LegView(
                    merged.bundle.parts[name].label(english=english()),
                    path.legs[name].begins,
                    path.legs[name].ends,
                    path.legs[name].is_over,
                    [reckoning(each) for each in path.legs[name].deadlines],
                )
                for name in path.critical
            ],
        ),
        path,
    )


def why_path(merged: Composition, answers: Mapping[str, object]) -> str:
    """Why the longest way counts and not the joint limit."""
    reason, parts = merged.why_not_joint(answers)
    if reason != "no_licence":
        return str(WHY[reason])
    names = "、".join if not english() else ", ".join
    return _(
        "Not every part is an administrative licence (%(parts)s), so the joint limit of the Licensing Law does not "
        "apply. What counts is the longest way through the parts' own limits."
    ) % {"parts": names([merged.bundle.parts[name].label(english=english()) for name in parts])}


def _joint(bundle: BundleCase, rows: Sequence[BundlePart]) -> JointClock | None:
    cases = []
    for row in rows:
        if row.case is None or (PartState(row.state).is_over and row.case.accepted_at is None):
            continue
        row.case.version = published_version(row.case.version_id)
        procedure = procedure_of(row.case.procedure, row.case.procedure_version)
        times = times_of(row.case, procedure, happenings_of(row.case))
        cases.append(JointCase(times.accepted_on, times.pauses, times.extension))
    if not cases:
        return None
    day = timezone.localdate(bundle.submitted_at)
    limits = JointLimits(limit_of_rule("LIC-NOTICE"), limit_of_rule("LIC-JOINT"))
    return joint_clock(cases, day, limits, calendar_in_force())


def _path(bundle: BundleCase, rows: Sequence[BundlePart], definition: Bundle) -> Path:
    names = {row.name for row in rows}
    return critical_path(
        {row.name: _part_time(row, waits_for_among(definition, row.name, names)) for row in rows},
        timezone.localdate(bundle.submitted_at),
        calendar_in_force(),
    )


def waits_for_among(definition: Bundle, name: str, among: object) -> tuple[str, ...]:
    return tuple(e.source for e in definition.into(name) if e.waits and e.source in among)  # type: ignore[operator]


def _part_time(row: BundlePart, waits_for: tuple[str, ...]) -> PartTime:
    version = published_version(row.service_version_id)
    case = row.case
    if PartState(row.state).is_over:
        ended = day_of(case.decided_at or case.closed_at) if case else None
        return PartTime(waits_for=waits_for, over_on=ended or timezone.localdate(row.changed_at))
    if case and case.decided_at:
        return PartTime(waits_for=waits_for, over_on=day_of(case.decided_at))
    if case and case.accepted_at and case.due_on:
        return PartTime(waits_for=waits_for, due=case.due_on, provisional=case.due_provisional)
    if case:
        # Not accepted yet: the agency's first limit comes before that of the decision.
        adopted = adopted_limits(case.region_id, timezone.localdate(case.submitted_at))
        return PartTime(limits_of_part(version, adopted), waits_for)
    return PartTime(limits_of_part(version, {}), waits_for)


def limits_of_part(version: ServiceVersion, adopted: Mapping[str, Limit]) -> tuple[Limit, ...]:
    """A part's own limits one after the other: until acceptance (art 32), then until the decision, as promised or else
    by law. What is done on the spot is accepted and decided in one step (art 34).
    """
    own = limits_of_version(version)
    decision = own.get(PROMISED) or own.get(LEGAL) or limit_of_rule("LIC-DECIDE")
    if version.handling_kind == ServiceVersion.HandlingKind.ON_THE_SPOT:
        return (decision,)
    return (adopted.get("ONLINE-CHECK") or limit_of_rule("LIC-NOTICE"), decision)
