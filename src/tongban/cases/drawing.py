"""A procedure as a picture and as tables that say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tongban.cases.labels import action_label, english, pause_label, stage_label
from tongban.cases.models import CaseDocument
from tongban.cases.procedure import Action, Party, Procedure, State
from tongban.charts.flow import FlowEdge, FlowNode, draw_flow
from tongban.foundation.clockrules import clock_rules
from tongban.identity.models import Role


@dataclass(frozen=True)
class StateRow:
    title: str
    turn: str
    limit: str
    pause: str


@dataclass(frozen=True)
class ActionRow:
    number: int
    title: str
    sources: str
    target: str
    parties: str
    document: str
    rules: str


@dataclass(frozen=True)
class Drawing:
    """The picture (SVG) and its tables; the numbers in the picture are those of the actions."""

    picture: str
    states: Sequence[StateRow]
    actions: Sequence[ActionRow]


def draw_procedure(procedure: Procedure) -> Drawing:
    """In the reader's language."""
    numbered = list(enumerate(procedure.actions.values(), start=1))
    start = procedure.states[procedure.start]
    states = [start, *(state for state in procedure.states.values() if state is not start)]
    nodes = [FlowNode(state.name, stage_label(state.name, procedure), _kind(state)) for state in states]
    edges = [FlowEdge(s, action.leads_to(s), str(number)) for number, action in numbered for s in action.sources]
    title = procedure.label(english=english())
    about = _("States of a case and the steps between them; the numbers are those of the table of steps.")
    return Drawing(
        picture=draw_flow(nodes, edges, title, about),
        states=[_state_row(state, procedure) for state in states],
        actions=[_action_row(number, action, procedure) for number, action in numbered],
    )


def _kind(state: State) -> str:
    return "final" if state.final else state.waits_for


def _state_row(state: State, procedure: Procedure) -> StateRow:
    turn = {"agency": _("the agency"), "applicant": _("the applicant")}.get(state.waits_for, _("ends here"))
    limit = clock_rules()[state.limit] if state.limit else None
    return StateRow(
        title=stage_label(state.name, procedure),
        turn=turn,
        limit=f"{limit.id} {limit.label(english=english())}" if limit else "",
        pause=", ".join(pause_label(reason) for reason in state.pause),
    )


def _action_row(number: int, action: Action, procedure: Procedure) -> ActionRow:
    rules = [*(rule for rule in (action.by_clock, action.within, action.extends, action.bars) if rule)]
    if action.other_than:
        others = ", ".join(action_label(name, procedure) for name in sorted(action.other_than))
        rules.append(_("somebody else than for: %(steps)s") % {"steps": others})
    return ActionRow(
        number=number,
        title=action_label(action.name, procedure),
        sources=", ".join(stage_label(name, procedure) for name in action.sources),
        target=stage_label(action.target, procedure) if action.target else _("stays"),
        parties=", ".join(party_label(party) for party in action.parties),
        document=str(CaseDocument.Kind(action.document).label) if action.document else "",
        rules="; ".join(rules),
    )


def party_label(party: Party) -> str:
    """Who may act: the role, and where that is not the handling agency."""
    roles = {"citizen": _("applicant"), "agent": _("applicant's agent"), "platform": _("the clock")}
    role = roles.get(party.role) or str(Role(party.role).label)
    places = {
        "lead": _("of the leading agency"),
        "lower": _("of the lower agency"),
        "superior": _("of the superior agency"),
        "government": "",
    }
    return f"{role} {places[party.place]}".strip() if party.place in places else role
