"""What stands around the inbox: saved views, the cases chosen for one act, what became of them."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongban.cases.models import BulkRun, Case, SavedView
from tongban.cases.queries.rows import CaseRow, ListedCase, listed, row_of
from tongban.cases.rules import written
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.foundation.statements import Reading
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require


@dataclass(frozen=True)
class ViewRow:
    id: uuid.UUID
    name: str
    query: dict[str, str]
    is_default: bool


def saved_views(actor: Actor) -> list[ViewRow]:
    """The officer's own views of the inbox, by name: one query."""
    return [ViewRow(key, name, json.loads(query), usual) for key, name, query, usual in _VIEWS(_keeper(actor))]


_VIEWS = Reading(
    lambda post: SavedView.objects.filter(post=post).order_by("name").values_list("id", "name", "query", "is_default"),
    uuid.UUID(int=1),
)


@dataclass(frozen=True)
class ChosenCase:
    row: CaseRow
    revision: int


def chosen_cases(actor: Actor, ids: Sequence[uuid.UUID], today: date) -> list[ChosenCase]:
    """Those of these cases that the officer's agency handles, due first on top: one query."""
    _post(actor)
    if actor.post is None:
        raise NotAllowedError
    found = listed(Case.objects.filter(pk__in=ids, agency_id=actor.post.agency_id), "revision")
    return [
        ChosenCase(row_of(ListedCase(*values), today), revision) for *values, revision in found.order_by("due_on", "id")
    ]


@dataclass(frozen=True)
class ResultRow:
    case_id: uuid.UUID
    number: str
    done: bool
    message: str


@dataclass(frozen=True)
class RunView:
    id: uuid.UUID
    act: str
    reason: str
    at: datetime
    done: Sequence[ResultRow]
    not_done: Sequence[ResultRow]


def bulk_run(actor: Actor, run_id: uuid.UUID) -> RunView:
    """What became of each case of a run of the officer's own post.

    Raises:
        NotFoundError: there is none of theirs.
    """
    run = BulkRun.objects.filter(pk=run_id, post=_keeper(actor)).first()
    if run is None:
        raise NotFoundError
    found = run.results.values_list("case_id", "case__number", "done", "message").order_by("id")
    rows = [ResultRow(case_id, written(number), done, message) for case_id, number, done, message in found]
    return RunView(
        run.pk, run.act, run.reason or "", run.at, [r for r in rows if r.done], [r for r in rows if not r.done]
    )


def _post(actor: Actor) -> uuid.UUID:
    require(actor, "handle", "case", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return actor.post.id


def _keeper(actor: Actor) -> uuid.UUID:
    """The post whose views and bulk acts these are."""
    require(actor, "keep", "inbox_view", {Relation.OWN} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return actor.post.id
