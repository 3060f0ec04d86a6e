"""A procedure, or a bundle, as a picture and as tables that say the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tongban.cases.bundle_items import item_of
from tongban.cases.bundles.definition import Bundle, Condition, Consequence, Edge, Part
from tongban.cases.labels import action_label, english, pause_label, stage_label
from tongban.cases.models import CaseDocument
from tongban.cases.procedure import Action, Party, Procedure, State
from tongban.charts.flow import FlowEdge, FlowNode, draw_flow
from tongban.foundation.clockrules import clock_rules
from tongban.foundation.forms.messages import worded
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
    nodes = [FlowNode(state.name, stage_label(state.name, procedure, own=False), _kind(state)) for state in states]
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
        title=stage_label(state.name, procedure, own=False),
        turn=turn,
        limit=f"{limit.id} {limit.label(english=english())}" if limit else "",
        pause=_(", ").join(pause_label(reason) for reason in state.pause),
    )


def _action_row(number: int, action: Action, procedure: Procedure) -> ActionRow:
    named = (action.by_clock, action.by_rule, action.within, action.extends, action.bars)
    rules = [_rule_label(name) for name in named if name]
    if action.other_than:
        others = _(", ").join(action_label(name, procedure) for name in sorted(action.other_than))
        rules.append(_("somebody else than for: %(steps)s") % {"steps": others})
    return ActionRow(
        number=number,
        title=action_label(action.name, procedure),
        sources=_(", ").join(stage_label(name, procedure, own=False) for name in action.sources),
        target=stage_label(action.target, procedure, own=False) if action.target else _("stays"),
        parties=_(", ").join(party_label(party) for party in action.parties),
        document=str(CaseDocument.Kind(action.document).label) if action.document else "",
        rules=_("; ").join(rules),
    )


def _rule_label(name: str) -> str:
    """What makes the clock, or a rule, act, or binds a step: a rule of time with its id, or in words what lapses."""
    if rule := clock_rules().get(name):
        return f"{rule.id} {rule.label(english=english())}"
    return {
        "expiry": _("when the licence expires"),
        "deferred": _("when materials that were to follow are overdue"),
        "instant": _("by the decision table of the service"),
    }.get(name, name)


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
class PartRow:
    """One part in words.

    Attributes:
        item: the basic code of the catalogue behind it.
        handled: at which levels, or by which agency where a place is chosen.
        when: the question and the answer on which it is wanted; empty for always.
        gives: what its agency states with a grant, for other parts.
        leads: whether its agency answers for the whole.
    """

    title: str
    item: str
    handled: str
    when: str
    gives: str
    leads: bool


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


@dataclass(frozen=True)
class BundleDrawing:
    """The picture (SVG) and its tables; the numbers in the picture are those of the edges."""

    picture: str
    parts: Sequence[PartRow]
    edges: Sequence[EdgeRow]


def consequence_label(consequence: Consequence, *, waits: bool, for_applicant: bool) -> str:
    """What happens to the other part, in the reader's language."""
    if consequence is Consequence.SUSPEND:
        if for_applicant:
            return _("is held until you apply again or give it up")
        return _("is held until the applicant applies again or gives it up")
    if consequence is Consequence.CANCEL:
        return _("is not begun") if waits else _("is taken back")
    return _("goes on")


def draw_bundle(
    bundle: Bundle,
    versions: Mapping[str, ServiceVersion],
    agencies: Mapping[str, str] | None = None,
    *,
    for_applicant: bool = False,
) -> BundleDrawing:
    """The parts from the application on: who handles each, when it is wanted, what it is given by which other.

    Args:
        bundle: one version.
        versions: the version behind each part, as far as there is one: what its fields and materials are called.
        agencies: who handles each part, where a place is chosen.
        for_applicant: whether who reads it is who applies.
    """
    parts = {part.name: _part_row(part, bundle, (agencies or {}).get(part.name, "")) for part in bundle.parts.values()}
    inputs = [_inputs(edge, bundle, versions.get(edge.target)) for edge in bundle.edges]
    nodes = [FlowNode("", _("one application"), "applicant")]
    for name, row in parts.items():
        given = [
            (n, own) for n, (edge, own) in enumerate(zip(bundle.edges, inputs, strict=True), 1) if edge.target == name
        ]
        nodes.append(FlowNode(name, row.title, notes=tuple(_notes(row, given))))
    waiting = {edge.target for edge in bundle.edges if edge.waits}
    ways = [FlowEdge("", part, _("begins")) for part in bundle.parts if part not in waiting]
    ways += [FlowEdge(e.source, e.target, str(n), dashed=not e.waits) for n, e in enumerate(bundle.edges, 1)]
    about = _("The parts and how they hang on each other; the numbers are those of the table below.")
    return BundleDrawing(
        picture=draw_flow(nodes, ways, bundle.label(english=english()), about),
        parts=list(parts.values()),
        edges=[
            _edge_row(n, edge, bundle, given, for_applicant=for_applicant)
            for n, (edge, given) in enumerate(zip(bundle.edges, inputs, strict=True), 1)
        ],
    )


def _part_row(part: Part, bundle: Bundle, agency: str) -> PartRow:
    return PartRow(
        title=part.label(english=english()),
        item=item_of(bundle, part),
        handled=agency or _(", ").join(str(level.label) for level in part.levels),
        when=_condition(part.when, bundle) if part.when else "",
        gives=_(", ").join(worded(schema["x-tongban"]["label"]) for schema in part.outputs.values()),
        leads=part.name == bundle.lead,
    )


def _condition(when: Condition, bundle: Bundle) -> str:
    hints = bundle.questions[when.question]["x-tongban"]
    options = {option["value"]: worded(option["label"]) for option in hints.get("options", ())}
    answer = options.get(when.equals) or (_("yes") if when.equals else _("no"))
    return _("“%(question)s” is “%(answer)s”") % {"question": worded(hints["label"]), "answer": answer}


def _notes(row: PartRow, given: Sequence[tuple[int, Sequence[str]]]) -> Iterator[str]:
    """What stands under a part's name in the picture."""
    yield row.handled + (_(" · leads") if row.leads else "")
    if row.when:
        yield _("only if %(condition)s") % {"condition": row.when}
    for number, names in given:
        if names:
            yield f"{number}: {_(', ').join(names)}"


def _inputs(edge: Edge, bundle: Bundle, version: ServiceVersion | None) -> list[str]:
    """What an edge gives the other part: an output and the field it fills, or the material it stands for."""
    usual = {
        "decision_number": _("number of the decision"),
        "decided_on": _("day of the decision"),
        "case_number": _("case number"),
    }
    own = bundle.parts[edge.source].outputs
    fields = (version.form or {}).get("properties", {}) if version else {}
    materials = {m.name: m.text("name") for m in version.materials.all()} if version else {}
    named = []
    for field, output in edge.feeds.items():
        given = usual.get(output) or worded(own[output]["x-tongban"]["label"])
        filled = worded(fields[field]["x-tongban"]["label"]) if field in fields else ""
        named.append(f"{given} → {filled}" if filled and filled != given else given)
    return [*named, *(materials.get(name, name) for name in edge.materials)]


def _edge_row(number: int, edge: Edge, bundle: Bundle, inputs: Sequence[str], *, for_applicant: bool) -> EdgeRow:
    return EdgeRow(
        number=number,
        source=bundle.parts[edge.source].label(english=english()),
        target=bundle.parts[edge.target].label(english=english()),
        waits=_("waits for it") if edge.waits else _("at the same time"),
        feeds=_(", ").join(dict.fromkeys(inputs)),
        refused=consequence_label(edge.refused, waits=edge.waits, for_applicant=for_applicant),
        withdrawn=consequence_label(edge.withdrawn, waits=edge.waits, for_applicant=for_applicant),
    )
