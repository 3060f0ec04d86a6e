"""What stands around the inbox: saved views, the cases chosen for one act, what became of them."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongban.cases.assigning import StandIns, stood_in_for
from tongban.cases.models import BulkRun, Case, SavedView
from tongban.cases.queries.desk import OPEN_REQUESTS, RequestRow, request_rows
from tongban.cases.queries.lists import (
    ENTRUSTED,
    BoxCounts,
    Cursor,
    InboxFilter,
    ListedPage,
    asked_inbox,
    box_counts,
    counted,
    entrusted_rows,
    listed_inbox,
    page_of,
)
from tongban.cases.queries.rows import PAGE_SIZE, CaseRow, ListedCase, listed, row_of
from tongban.cases.rules import written
from tongban.cases.teams import AWAY, COLLEAGUES, Colleague, own_posts
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.foundation.statements import Asked, Reading, together
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require


@dataclass(frozen=True)
class ViewRow:
    id: uuid.UUID
    name: str
    query: dict[str, str]
    is_default: bool


@dataclass(frozen=True)
class InboxDesk:
    """The officer's inbox, and what stands around it.

    Attributes:
        page: the cases that were asked for.
        colleagues: the names of those who handle cases today, by post.
        away: who stands in today for whom (`cases.assigning`).
        stood_in_for: the colleagues whose cases are the officer's today as well, by name, and until when.
        requests: open requests for cooperation, asked of the agency or by it, due first on top.
        entrusted: cases of agencies above that it is to examine first (art 43), due first on top.
        counts: its open cases by box.
        beside: the rows of each of the readings that were asked beside it.
    """

    page: ListedPage
    views: Sequence[ViewRow]
    colleagues: Mapping[uuid.UUID, str]
    away: StandIns
    stood_in_for: Sequence[tuple[str, date]]
    requests: Sequence[RequestRow]
    entrusted: Sequence[CaseRow]
    counts: BoxCounts
    beside: Sequence[Sequence[tuple[Any, ...]]]


def inbox_desk(
    actor: Actor,
    today: date,
    wanted: InboxFilter | None = None,
    after: Cursor | None = None,
    *,
    beside: Sequence[Asked] = (),
    size: int = PAGE_SIZE,
) -> InboxDesk:
    """The inbox and everything around it, in one query; further ones where there are requests, where somebody is
    looked for by words, or where the officer stands in for somebody. The same as `listed_inbox`, `saved_views`,
    `my_colleagues`, `open_cooperations`, `entrusted_cases` and `box_counts` give, under the same rights.

    `beside` is what the page needs of other packages.

    Raises:
        SignInNeededError, NotAllowedError: the actor holds no post that handles cases.
    """
    keeper = _keeper(actor)
    require(actor, "note", "case", {Relation.OWN_AGENCY})
    require(actor, "read", "cooperation", {Relation.OWN_AGENCY})
    require(actor, "read", "case", {Relation.LOWER_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    agency, post, wanted = actor.post.agency_id, actor.post.id, wanted or InboxFilter()
    # As they are without anybody away, which is nearly always.
    alone = frozenset({post})
    (views, posts, absences, requests, entrusted, counts, *others), found = together(
        _VIEWS.of(keeper),
        COLLEAGUES.of(agency, today),
        AWAY.of(agency, today),
        OPEN_REQUESTS.of(agency, actor.person_id),
        ENTRUSTED.of(agency),
        counted(1).of(agency, today, actor.person_id, post),
        *beside,
        listing=asked_inbox(agency, actor.person_id, today, wanted, after, alone, size),
    )
    away = {absent: stand_in for absent, stand_in, _last_day in absences}
    stands_in = own_posts(actor, away) != alone
    names = {one.id: one.name for one in (Colleague(*row) for row in posts)}
    until = (
        stood_in_for(post, away, {absent: last_day for absent, _stand_in, last_day in absences}) if stands_in else {}
    )
    again = wanted.text or (stands_in and wanted.whose == "mine")
    return InboxDesk(
        page=listed_inbox(actor, today, wanted, after, size, away=away) if again else page_of(found, size),
        views=_view_rows(views),
        colleagues=names,
        away=away,
        stood_in_for=sorted((names[absent], last_day) for absent, last_day in until.items() if absent in names),
        requests=request_rows(actor, requests[:size], today),
        entrusted=entrusted_rows(entrusted, today, size),
        counts=box_counts(actor, today, away=away) if stands_in else BoxCounts(*counts[0]),
        beside=others,
    )


def saved_views(actor: Actor) -> list[ViewRow]:
    """The officer's own views of the inbox, by name: one query."""
    return _view_rows(_VIEWS(_keeper(actor)))


def _view_rows(found: Sequence[tuple[Any, ...]]) -> list[ViewRow]:
    return [
        ViewRow(key, name, json.loads(query) if isinstance(query, str) else query, usual)
        for key, name, query, usual in found
    ]


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
