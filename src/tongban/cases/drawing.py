"""A procedure, or a bundle, as a picture and as tables that say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tongban.cases.bundles.definition import Bundle, Consequence, Edge
from tongban.cases.labels import action_label, english, pause_label, stage_label
from tongban.cases.models import CaseDocument
from tongban.cases.procedure import Action, Party, Procedure, State
from tongban.charts.flow import FlowEdge, FlowNode, draw_flow
from tongban.foundation.clockrules import clock_rules
from tongban.identity.models import Role
from tongban.items.models import ServiceVersion


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
        pause=_(", ").join(pause_label(reason) for reason in state.pause),
    )


def _action_row(number: int, action: Action, procedure: Procedure) -> ActionRow:
    rules = [*(rule for rule in (action.by_clock, action.by_rule, action.within, action.extends, action.bars) if rule)]
    if action.other_than:
        others = _(", ").join(action_label(name, procedure) for name in sorted(action.other_than))
        rules.append(_("somebody else than for: %(steps)s") % {"steps": others})
    return ActionRow(
        number=number,
        title=action_label(action.name, procedure),
        sources=_(", ").join(stage_label(name, procedure) for name in action.sources),
        target=stage_label(action.target, procedure) if action.target else _("stays"),
        parties=_(", ").join(party_label(party) for party in action.parties),
        document=str(CaseDocument.Kind(action.document).label) if action.document else "",
        rules=_("; ").join(rules),
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


# --- bundles ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EdgeRow:
    """One edge in words; the number is the one in the picture."""

    number: int
    source: str
    target: str
    waits: str
    feeds: str
    refused: str
    withdrawn: str


def consequence_label(consequence: Consequence, *, waits: bool) -> str:
    """What happens to the other part, in the reader's language."""
    if consequence is Consequence.SUSPEND:
        return _("is held until you apply again or give it up")
    if consequence is Consequence.CANCEL:
        return _("is not begun") if waits else _("is taken back")
    return _("goes on")


def edge_rows(bundle: Bundle, versions: Mapping[str, ServiceVersion] | None = None) -> list[EdgeRow]:
    """Every edge of a bundle in words, in the reader's language; `versions` behind the parts know what materials are
    called in it.
    """
    known = versions or {}
    named = {name: {m.name: m.text("name") for m in version.materials.all()} for name, version in known.items()}
    return [_edge_row(number, edge, bundle, named.get(edge.target, {})) for number, edge in enumerate(bundle.edges, 1)]


def _edge_row(number: int, edge: Edge, bundle: Bundle, named: Mapping[str, str]) -> EdgeRow:
    usual = {
        "decision_number": _("number of the decision"),
        "decided_on": _("day of the decision"),
        "case_number": _("case number"),
    }
    own = bundle.parts[edge.source].outputs
    language = "en" if english() else "zh"
    given = [usual.get(output) or own[output]["x-tongban"]["label"][language] for output in edge.feeds.values()]
    return EdgeRow(
        number=number,
        source=bundle.parts[edge.source].label(english=english()),
        target=bundle.parts[edge.target].label(english=english()),
        waits=_("waits for it") if edge.waits else _("at the same time"),
        feeds=_(", ").join(dict.fromkeys([*given, *(named.get(name, name) for name in edge.materials)])),
        refused=consequence_label(edge.refused, waits=edge.waits),
        withdrawn=consequence_label(edge.withdrawn, waits=edge.waits),
    )


def draw_bundle(bundle: Bundle, edges: Sequence[EdgeRow]) -> str:
    """The parts of a bundle from the application on, in the reader's language."""
    nodes = [FlowNode("", _("one application"), "applicant")]
    nodes += [FlowNode(part.name, part.label(english=english())) for part in bundle.parts.values()]
    waiting = {edge.target for edge in bundle.edges if edge.waits}
    ways = [FlowEdge("", part, _("begins")) for part in bundle.parts if part not in waiting]
    ways += [FlowEdge(edge.source, edge.target, str(row.number)) for edge, row in zip(bundle.edges, edges, strict=True)]
    about = _("The parts and how they hang on each other; the numbers are those of the table below.")
    return draw_flow(nodes, ways, bundle.label(english=english()), about)
