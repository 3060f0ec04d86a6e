"""Rating a handled case: by its user, once."""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongban.cases.models import CaseState
from tongban.cases.reading import read_case
from tongban.cases.relations import OUTSIDE, applicant, reaches, relations_to
from tongban.feedback.models import Rating, RatingLevel
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.foundation.statements import Reading
from tongban.identity.actor import Actor
from tongban.identity.authority import may, require
from tongban.identity.models import Post

MAX_COMMENT = 1000
_POST_AT = Reading(
    lambda person, agency: Post.objects.filter(person=person, agency=agency).values_list("id"),
    uuid.UUID(int=1),
    uuid.UUID(int=2),
)
HANDLED_STATES = (CaseState.DECIDED, CaseState.CLOSED, CaseState.REFUSED)


def rate_case(actor: Actor, case_id: uuid.UUID, level: int, comment: str, now: datetime) -> Rating:
    """Rate a handled case of the actor's own. The same rating sent twice is one rating.

    Raises:
        NotFoundError: no such case of the actor's.
        ConflictError: it is not handled yet, or was rated otherwise already.
        InvalidError: the level is not 1 to 5, or the comment is too long.
        NotAllowedError: staff of the handling agency do not rate its work.
    """
    comment = comment.strip()
    errors = {}
    if level not in RatingLevel.values:
        errors["level"] = [_("Choose one of the five levels.")]
    if len(comment) > MAX_COMMENT:
        errors["comment"] = [_("Write at most %(most)d characters.") % {"most": MAX_COMMENT}]
    if errors:
        raise InvalidError(errors)
    case = read_case(case_id)
    relations = relations_to(actor, case) if case else frozenset()
    if case is None or not may(actor, "read", "case", relations):
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    require(actor, "rate", "case", relations)
    if not reaches(actor, "rate", case):
        raise NotAllowedError(OUTSIDE)
    # Neither who applied nor who rates for them.
    if any(_POST_AT(person, case.agency_id) for person in {applicant(actor).person_id, actor.person_id} if person):
        raise NotAllowedError(_("Staff do not rate the work of their own agency."))
    if case.state not in HANDLED_STATES:
        raise ConflictError(_("A case can be rated when it has been handled."))
    try:
        with transaction.atomic():
            rating = Rating(
                case=case,
                service_id=case.service_id,
                agency_id=case.agency_id,
                level=level,
                comment=comment,
                rated_at=now,
            )
            said = {"level": level, "comment": comment}
            told = Announcement("case.rated", {"level": level})
            append(actor, "rate", "case", case.pk, said, told, rows=[rating])
    except IntegrityError:
        first = Rating.objects.get(case=case)
        if (first.level, first.comment) != (level, comment):
            raise ConflictError(_("This case was rated already; a case is rated once.")) from None
        return first
    return rating
