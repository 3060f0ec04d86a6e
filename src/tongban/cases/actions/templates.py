"""An agency's own words for its notices, in versions."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongban.cases.models import NoticeTemplate
from tongban.cases.templating import problems_of
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require

MAX_TEXT = 2000
_MAX_NAME = 60
# Steps whose words a template can be for; empty for every step that asks for words.
TEMPLATE_STEPS = (
    "",
    "return_for_correction",
    "correct_on_the_spot",
    "refuse_acceptance",
    "declare_not_required",
    "deny",
    "extend",
    "begin_special",
    "offer_hearing",
    "set_hearing",
    "explain_overrun",
    "order_rectification",
)


def save_template(actor: Actor, name: str, step: str, text: str, now: datetime) -> NoticeTemplate:
    """Keep words under a name, as the next version of it; the same words again are the version there is.

    Raises:
        InvalidError: under `name`, `step` or `text`: every place that cannot be filled in is named.
        ConflictError: somebody saved the same name at the same moment.
    """
    _require(actor)
    name, text = name.strip(), text.replace("\r\n", "\n").strip()
    errors: dict[str, list[str]] = {}
    if not 0 < len(name) <= _MAX_NAME:
        errors["name"] = [_("Give the template a name of at most %(most)d characters.") % {"most": _MAX_NAME}]
    if step not in TEMPLATE_STEPS:
        errors["step"] = [_("Choose the step it is for.")]
    if not 0 < len(text) <= MAX_TEXT:
        errors["text"] = [_("Write the words, at most %(most)d characters.") % {"most": MAX_TEXT}]
    elif problems := problems_of(text):
        errors["text"] = problems
    if errors:
        raise InvalidError(errors)
    return _next_version(actor, name, step, text, now, retired=False)


def retire_template(actor: Actor, name: str, now: datetime) -> NoticeTemplate:
    """Offer a template no more; its versions stay. Retiring it twice is once."""
    _require(actor)
    return _next_version(actor, name, "", "", now, retired=True)


def _require(actor: Actor) -> None:
    require(actor, "maintain", "notice_template", {Relation.OWN_AGENCY} if actor.post else ())


def _next_version(actor: Actor, name: str, step: str, text: str, now: datetime, *, retired: bool) -> NoticeTemplate:
    if actor.post is None:
        raise NotAllowedError
    last = NoticeTemplate.objects.filter(agency=actor.post.agency_id, name=name).order_by("-version").first()
    if retired:
        if last is None:
            raise NotFoundError(_("Your agency has no such template."))
        step, text = last.step, last.text
    if last and (last.step, last.text, last.retired) == (step, text, retired):
        return last
    try:
        with transaction.atomic():
            template = NoticeTemplate.objects.create(
                agency_id=actor.post.agency_id,
                name=name,
                version=last.version + 1 if last else 1,
                step=step,
                text=text,
                entered_at=now,
                entered_by=actor.person_name,
                retired=retired,
            )
            content = {"name": name, "version": template.version, "step": step, "text": text, "retired": retired}
            append(actor, "save_template", "notice_template", template.pk, content)
    except IntegrityError:
        raise ConflictError(_("A colleague saved this template at the same moment. Look at it again.")) from None
    return template
