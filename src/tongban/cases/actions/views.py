"""Saved views: how an officer likes to see the inbox."""

import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongban.cases.models import SavedView
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require

VIEW_KEYS = ("whose", "state", "due", "waiting", "text")
MAX_VIEWS = 20
_MAX_NAME = 60


def save_view(actor: Actor, name: str, query: Mapping[str, str], *, is_default: bool) -> SavedView:
    """Keep a way of seeing the inbox under a name; the same name again changes it.

    Raises:
        InvalidError: the name is empty or too long (`name`), or the filter has keys the inbox does not know (`query`).
        ConflictError: there are twenty already.
    """
    post_id = _own(actor)
    name = name.strip()
    if not 0 < len(name) <= _MAX_NAME:
        raise InvalidError({"name": [_("Give the view a name of at most %(most)d characters.") % {"most": _MAX_NAME}]})
    if query.keys() - set(VIEW_KEYS):
        raise InvalidError({"query": [_("The inbox knows no such filter.")]})
    kept = {key: value for key, value in query.items() if value}
    try:
        with transaction.atomic():
            mine = SavedView.objects.select_for_update().filter(post=post_id)
            others = [view for view in mine if view.name != name]
            if len(others) >= MAX_VIEWS:
                raise ConflictError(_("You have %(most)d views already; remove one first.") % {"most": MAX_VIEWS})
            if is_default:
                mine.exclude(name=name).update(is_default=False)
            view, _created = SavedView.objects.update_or_create(
                post_id=post_id, name=name, defaults={"query": kept, "is_default": is_default}
            )
            append(actor, "save_view", "saved_view", view.pk, {"name": name, "query": kept, "default": is_default})
    except IntegrityError:  # two windows made another view the default at once
        raise ConflictError(_("Your views were changed in another window. Look at them again.")) from None
    return view


def remove_view(actor: Actor, view_id: uuid.UUID) -> None:
    """Forget a view of one's own; forgetting it twice is once."""
    post_id = _own(actor)
    with transaction.atomic():
        removed, _kinds = SavedView.objects.filter(pk=view_id, post=post_id).delete()
        if removed:
            append(actor, "remove_view", "saved_view", view_id)
        elif SavedView.objects.filter(pk=view_id).exists():
            raise NotFoundError


def _own(actor: Actor) -> uuid.UUID:
    require(actor, "keep", "inbox_view", {Relation.OWN} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return actor.post.id
