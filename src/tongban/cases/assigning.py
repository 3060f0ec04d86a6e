"""Who gets a case. Pure: posts, absences and loads in, a post out."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tongban.cases.models import AssignmentMethod

# Who stands in for whom today, by post; only absent posts are in it.
StandIns = Mapping[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class Team:
    """The posts of an agency as assignment sees them.

    Attributes:
        order: posts that may get a case, in a fixed order.
        people: who holds each post of the agency, candidate or not.
        stand_ins: who is away today and who stands in.
        loads: open cases by post; a post without any is left out.
    """

    order: Sequence[uuid.UUID]
    people: Mapping[uuid.UUID, uuid.UUID]
    stand_ins: StandIns
    loads: Mapping[uuid.UUID, int]

    def load(self, post: uuid.UUID) -> int:
        """Open cases that are this post's work today."""
        return sum(self.loads.get(each, 0) for each in acted_for(post, self.stand_ins))


@dataclass(frozen=True)
class Choice:
    """Who gets the case, and whose turn it was: the same post, or an absent one that it stands in for."""

    post: uuid.UUID
    meant_for: uuid.UUID


def present(post: uuid.UUID, stand_ins: StandIns) -> uuid.UUID | None:
    """The post itself where it is there today, else who stands in for it, else who stands in for that one; None where
    everybody in line is away.
    """
    seen = set()
    while post in stand_ins:
        if post in seen:
            return None
        seen.add(post)
        post = stand_ins[post]
    return post


def acted_for(post: uuid.UUID, stand_ins: StandIns) -> frozenset[uuid.UUID]:
    """The posts whose work is this one's today: its own, and those it stands in for, directly or in line.

    An absent post has no work of others; it still sees its own.
    """
    return frozenset({post, *(absent for absent in stand_ins if present(absent, stand_ins) == post)})


def stood_in_for(post: uuid.UUID, stand_ins: StandIns, last_days: Mapping[uuid.UUID, date]) -> dict[uuid.UUID, date]:
    """The posts that this one stands in for today, and until when: the first day on which somebody in line is back ends
    it, as far as is known today.
    """
    return {absent: _until(absent, post, stand_ins, last_days) for absent in acted_for(post, stand_ins) - {post}}


def _until(absent: uuid.UUID, post: uuid.UUID, stand_ins: StandIns, last_days: Mapping[uuid.UUID, date]) -> date:
    line = [absent]
    while stand_ins[line[-1]] != post:
        line.append(stand_ins[line[-1]])
    return min(last_days[each] for each in line)


def choose(method: str, team: Team, barred: Collection[uuid.UUID], last: uuid.UUID | None = None) -> Choice | None:
    """Who gets the next case by the agency's rule. What would go to an absent post goes to who stands in for it.

    Args:
        method: of `AssignmentMethod`; by hand nobody gets it.
        team: the agency's posts.
        barred: persons whose own case it is: nobody handles their own.
        last: the post whose turn the last one was.

    Returns:
        None where nobody may have it. In turn: the first after `last` in the order. By load: who has the fewest open
        cases, the first of equals.
    """
    if method == AssignmentMethod.BY_HAND:
        return None
    after = team.order.index(last) + 1 if last in team.order else 0
    turns = [*team.order[after:], *team.order[:after]] if method == AssignmentMethod.ROUND_ROBIN else team.order
    choices = [
        Choice(acting, post)
        for post in turns
        if (acting := present(post, team.stand_ins)) and team.people.get(acting) not in {None, *barred}
    ]
    if method == AssignmentMethod.LEAST_LOAD:
        return min(choices, key=lambda choice: team.load(choice.post), default=None)
    return next(iter(choices), None)
