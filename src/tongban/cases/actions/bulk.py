"""One act on several cases with one reason: each case is its own transaction, and each says what became of it.

Decisions are not among these acts: what is decided is looked at case by case.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tongban.cases.actions.assigning import assign
from tongban.cases.actions.handling import take_step
from tongban.cases.models import BulkResult, BulkRun
from tongban.cases.particulars import Particulars
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError, TongbanError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require

# Steps that can be taken on several cases at once; which of them a case allows stands in its procedure.
BULK_STEPS = ("receive", "accept", "return_for_correction", "refuse_acceptance", "deliver")
ASSIGN = "assign"
BULK_ACTS = (*BULK_STEPS, ASSIGN)
NEED_REASON = frozenset({"return_for_correction", "refuse_acceptance"})
MAX_CASES = 100
_MAX_MESSAGE = 500


@dataclass(frozen=True)
class Seen:
    """A case as the officer saw it: its revision, and who had it."""

    revision: int
    holder: uuid.UUID | None = None


@dataclass(frozen=True)
class Order:
    """What is to be done.

    Attributes:
        act: of `BULK_ACTS`.
        cases: the cases as they were seen.
        reason: one for all.
        post: who gets them, where they are assigned.
    """

    act: str
    cases: Mapping[uuid.UUID, Seen]
    reason: str = ""
    post: uuid.UUID | None = None


def act_on_several(actor: Actor, token: uuid.UUID, order: Order, now: datetime) -> BulkRun:
    """Do the act to each case, and keep what became of it.

    What fails for one case (somebody was faster, the stage does not allow it, it is one's own) stops no other. Sent
    twice with the same token, nothing is done twice: cases that have a result keep it, and the rest goes on.

    Args:
        actor: an officer.
        token: of the page; a run is found by it.
        order: what is to be done.
        now: the moment.

    Raises:
        InvalidError: under `act`, `cases`, `reason` or `post`.
        NotFoundError: the token is of somebody else's run.
    """
    require(actor, "handle", "case", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    errors = _wrong(order)
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        run, created = BulkRun.objects.get_or_create(
            id=token,
            defaults={"post_id": actor.post.id, "act": order.act, "reason": order.reason.strip() or None, "at": now},
        )
        if run.post_id != actor.post.id or run.act != order.act:
            raise NotFoundError
        if created:
            content = {"act": order.act, "reason": order.reason, "cases": [str(pk) for pk in order.cases]}
            append(actor, "act_on_several", "bulk_run", run.pk, content)
    done = set(run.results.values_list("case_id", flat=True))
    for case_id, seen in order.cases.items():
        if case_id not in done:
            _one(actor, run, order, case_id, seen, now)
    return run


def _wrong(order: Order) -> dict[str, list[str]]:
    errors = {}
    if order.act not in BULK_ACTS:
        errors["act"] = [_("Choose what is to be done.")]
    if not order.cases:
        errors["cases"] = [_("Choose at least one case.")]
    if len(order.cases) > MAX_CASES:
        errors["cases"] = [_("At most %(most)d cases at once.") % {"most": MAX_CASES}]
    if order.act in NEED_REASON and not order.reason.strip():
        errors["reason"] = [_("State the reason: the applicant has a right to it.")]
    if order.act == ASSIGN and order.post is None:
        errors["post"] = [_("Choose who gets the cases.")]
    return errors


def _one(actor: Actor, run: BulkRun, order: Order, case_id: uuid.UUID, seen: Seen, now: datetime) -> None:
    message = ""
    try:
        if order.act == ASSIGN and order.post:
            assign(actor, case_id, order.post, now, holder=seen.holder, reason=order.reason)
        else:
            take_step(actor, case_id, seen.revision, now, order.act, Particulars(reason=order.reason))
    except NotFoundError:
        return  # a case that is not the officer's to see leaves no trace of its existence
    except TongbanError as refusal:
        message = str(refusal.detail)[:_MAX_MESSAGE]
    # The act and this line are two transactions: what is killed between them finds the act taken when sent again.
    BulkResult.objects.bulk_create(
        [BulkResult(run=run, case_id=case_id, done=not message, message=message)], ignore_conflicts=True
    )
