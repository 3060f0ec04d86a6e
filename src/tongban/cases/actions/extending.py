"""The one extension of a joint handling: given for one part, it is that of every part that is not decided."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.actions.recording import Step, compose_document, record
from tongban.cases.clocks import happenings_of, set_due, times_of
from tongban.cases.history import Happening
from tongban.cases.models import BundleCase, Case, CaseDocument, CaseEvent
from tongban.cases.procedure import EXTENSIONS, Action
from tongban.cases.procedure_store import latest_procedure, procedure_of
from tongban.cases.requirements import published_version
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.errors import ConflictError
from tongban.identity.actor import Actor

# The step of the parts that follow; it stands in no procedure.
EXTEND_WITH_WHOLE = "extend_with_whole"
# With the event of such a part: the case by which the whole was extended.
EXTENDED_WITH = "extended_with"
_JOINT = "LIC-JOINT-EXTEND"


def hold_whole(case_id: uuid.UUID, action: str) -> None:
    """Lock the whole of which the case is a part, where the step extends it: before any of its cases, as those do who
    move its parts, so that two extensions meet here.
    """
    step = latest_procedure("joint").actions.get(action)
    if step and step.extends == _JOINT:
        whole = BundleCase.objects.filter(parts__case=case_id, joint=True)
        whole.select_for_update(of=("self",)).values_list("pk").first()


def require_whole_not_extended(case: Case, action: Action) -> None:
    """Art 42: a joint handling is extended once, by whichever of its parts.

    Raises:
        ConflictError: the whole was extended already.
    """
    if action.extends != _JOINT:
        return
    others = CaseEvent.objects.filter(case__bundle_part__bundle__parts__case=case, data__has_key="extension")
    first = others.exclude(case=case).order_by("at", "id").values_list("data__" + EXTENDED_WITH, "case__number").first()
    if first:
        raise ConflictError(
            _("The joint handling was extended already, with case %(number)s; the law allows it once for the whole.")
            % {"number": rules.written(first[0] or first[1])}
        )


def extend_other_parts(
    actor: Actor, case: Case, action: Action, reason: str, data: Mapping[str, Any], now: datetime
) -> None:
    """Let the other parts that are not decided follow the extension of this one: an event of each one's own, so that
    its replay gives the same day, and a notice where its decision has a limit already.
    """
    if action.extends != _JOINT:
        return
    open_parts = Case.objects.filter(
        bundle_part__bundle__parts__case=case, bundle_part__bundle__joint=True, decided_at=None, closed_at=None
    ).exclude(pk=case.pk)
    stated = {"rule": data["rule"], "extension": data["extension"], EXTENDED_WITH: case.number}
    for other in open_parts.select_for_update(of=("self",)).select_related("agency", "region").order_by("id"):
        _extend(actor, other, Step(action.name, reason=reason, data=stated), now)


def _extend(actor: Actor, case: Case, step: Step, now: datetime) -> None:
    case.version = published_version(case.version_id)
    procedure = procedure_of(case.procedure, case.procedure_version)
    data = {**(step.data or {})} | ({"stage": case.stage} if case.finer_stage else {})
    happened = Happening(EXTEND_WITH_WHOLE, timezone.localtime(now), case.stage, data, actor.account_id)
    times = times_of(case, procedure, [*happenings_of(case), happened])
    case.revision += 1
    set_due(case, procedure, times)
    decision = rules.due(EXTENSIONS[_JOINT][0], times, calendar_in_force())
    documents = []
    if decision:
        kind = CaseDocument.Kind.EXTENSION_NOTICE
        documents.append(compose_document(case, kind, decision, now, step.reason, data))
        data["document"] = documents[0].number
    record(actor, case, Step(EXTEND_WITH_WHOLE, reason=step.reason, data=data), now, *documents)
