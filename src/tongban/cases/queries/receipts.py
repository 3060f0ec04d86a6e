"""Receipts of the ledger for the acts on a case."""

import uuid

from django.utils.translation import gettext as _

from tongban.cases.queries.one_case import readable_case
from tongban.cases.relations import relations_to
from tongban.foundation.errors import NotFoundError
from tongban.foundation.transparency.queries import entries_of_object, receipts_of, submission_receipt
from tongban.foundation.transparency.receipts import Receipt
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation


def receipt_of_submission(actor: Actor, case_id: uuid.UUID) -> Receipt:
    """The receipt of the submission of one's own case.

    Raises:
        SignInNeededError, NotFoundError: the case is not this actor's own, or there is none.
        ConflictError: the submission has no place in the tree yet.
    """
    _require_own(actor, case_id)
    return submission_receipt("case", case_id, "submit")


def receipts_of_case(actor: Actor, case_id: uuid.UUID) -> list[Receipt]:
    """The receipts of every act on one's own case that has its place in the tree, oldest first.

    Raises:
        SignInNeededError, NotFoundError: the case is not this actor's own, or there is none.
    """
    _require_own(actor, case_id)
    return receipts_of(entries_of_object("case", case_id))


def _require_own(actor: Actor, case_id: uuid.UUID) -> None:
    case = readable_case(actor, case_id)
    if not actor.is_applicant or Relation.OWN not in relations_to(actor, case):
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
