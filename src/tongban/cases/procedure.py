"""Procedures as data: states, actions, who may act, limits, documents; read from YAML and checked before any case
follows them.

What the keys mean stands in docs/procedures.md. A procedure is refused with everything that is wrong with it, by
name: a state that cannot be reached, a path that cannot end, an action nobody may take, a limit without a rule, a pause
without a lawful reason, an extension by the wrong rank.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any, NamedTuple

import yaml
from django.utils.translation import gettext as _

from tongban.cases.models import CaseDocument, CaseState, Outcome
from tongban.cases.shelves import DocumentError, Shelf, missing_key, not_yaml, unknown_key
from tongban.foundation.clockrules import clock_rules
from tongban.foundation.yamltext import read_yaml
from tongban.identity.models import Role

PARTIES = frozenset({"agency", "applicant"})
# 行政许可法 art 45: what does not count, and nothing else.
PAUSE_REASONS = (
    "hearing",
    "tender",
    "auction",
    "inspection",
    "testing",
    "quarantine",
    "appraisal",
    "expert_review",
)
# Where an officer's agency stands to the case.
PLACES = frozenset({"own", "lead", "lower", "superior", "government"})
# Where the officer's agency accepts for the competent one, in a joint handling across regions. No procedure names it.
ACCEPTING = "accepting"
_INTAKE_DOCUMENTS = frozenset({"correction_notice", "acceptance_refusal", "not_required", "spot_correction"})
ROLES = frozenset({*Role.values, "citizen", "agent", "platform"})
# What an action asks of who takes it.
ASKS = frozenset({"reason", "remark", "until", "pause", "hearing_on", "lower_agency", "materials", "officers"})
STAMPS = frozenset({"materials", "received", "accepted", "decided"})
# Who approves an extension (art 42), and the limit it extends.
EXTENSIONS = {
    "LIC-EXTEND": ("LIC-DECIDE", Role.HEAD_OF_AGENCY),
    "LIC-JOINT-EXTEND": ("LIC-JOINT", Role.HEAD_OF_GOVERNMENT),
}
DECISION_LIMITS = frozenset({limit for limit, _rank in EXTENSIONS.values()})
BARS = frozenset({"LIC-BAR-1", "LIC-BAR-3"})
# What besides a limit makes the clock act: the licence to be renewed expires, a deferred material is overdue.
LAPSES = frozenset({"expiry", "deferred"})
_LICENSING = "licence"
BEFORE_DECISION = frozenset({CaseState.SUBMITTED, CaseState.RECEIVED, CaseState.CORRECTING, CaseState.ACCEPTED})
_APPLICANTS = frozenset({"citizen", "agent"})
# What a case only becomes by the agency or the law.
_BY_AGENCY = frozenset({CaseState.DECIDED, CaseState.REFUSED, CaseState.CLOSED})
# 行政许可法 art 38: decisions are written; art 32: so is what is not taken in.
_WRITTEN = {
    Outcome.GRANTED.value: frozenset({"grant", "cancellation", "deemed_renewal"}),
    Outcome.DENIED.value: frozenset({"denial"}),
}
_NOT_TAKEN_IN = frozenset({"acceptance_refusal", "not_required"})
# Art 32, 38, 42, 69: written acts that say why.
_REASONED = frozenset(
    {"acceptance_refusal", "not_required", "denial", "correction_notice", "extension_notice", "revocation"}
)
# Decision tables of a service that may make the platform decide (`items.light`).
RULE_TABLES = frozenset({"instant"})
SAME = "same"
# 优化营商环境条例 art 36: whoever overruns a limit says why, in public.
EXPLAIN_OVERRUN = "explain_overrun"


class ProcedureError(DocumentError):
    """A procedure that must not be used; `problems` says everything that is wrong."""

    kind = "procedure"


class Party(NamedTuple):
    """A role at an agency that stands so to the case."""

    role: str
    place: str = "own"

    @classmethod
    def parse(cls, text: str) -> "Party":
        """`reviewing_officer`, or `reviewing_officer@lower`."""
        role, _sign, place = str(text).partition("@")
        return cls(role, place or "own")


@dataclass(frozen=True)
class State:
    """Where a case can stand.

    Attributes:
        counts_as: the state of `CaseState` under which lists show it; its own name where it is one of them.
        waits_for: whose turn it is.
        limit: the rule of time that runs here.
        pause: reasons of art 45 for which the days spent here do not count against the decision.
        final: whether a case ends here.
    """

    name: str
    counts_as: str = ""
    waits_for: str = ""
    limit: str = ""
    pause: tuple[str, ...] = ()
    final: bool = False
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True)
class Action:
    """What may be done in which states, by whom, leading where, and what it produces.

    Attributes:
        target: the state after it; None where the case stays where it is.
        parties: who may take it.
        document: kind of the written act it produces.
        asks: what must be stated with it (`ASKS`).
        other_than: actions whose takers must be somebody else (art 34: two officers; art 48: the chair).
        stamps: the moment it sets; `dated` says that it is dated back to the receipt of the materials (art 32(4)).
        outcome: the decision it makes.
        within: a limit after which it is too late.
        by_clock: the limit or date whose lapse makes the platform take it.
        by_rule: the decision table of the service by which the platform takes it.
        extends: the rule of the extension it is.
        bars: the rule by which the applicant may not apply again.
    """

    name: str
    sources: tuple[str, ...]
    target: str | None
    parties: tuple[Party, ...]
    document: str = ""
    asks: tuple[str, ...] = ()
    other_than: frozenset[str] = frozenset()
    stamps: str = ""
    dated: str = ""
    outcome: str = ""
    within: str = ""
    by_clock: str = ""
    by_rule: str = ""
    extends: str = ""
    bars: str = ""
    title: str = ""
    title_en: str = ""

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(party.role for party in self.parties)

    def leads_to(self, stage: str) -> str:
        return self.target or stage

    @property
    def is_intake(self) -> bool:
        """Whether it receives, accepts, or says why not (art 32)."""
        return self.stamps in {"received", "accepted"} or self.document in _INTAKE_DOCUMENTS

    def open_to(self, parties: Collection[Party]) -> bool:
        """Whether one of them may take it. The accepting place of a joint handling takes in as the agency itself."""
        return any(
            party in self.parties or (party.place == ACCEPTING and self.is_intake and Party(party.role) in self.parties)
            for party in parties
        )


@dataclass(frozen=True)
class Procedure:
    """A version of a procedure. `defers` lets an application come without the materials that may follow (容缺);
    `expiry` names the date field of the form that says when the licence to be renewed expires.
    """

    code: str
    version: int
    name: str
    name_en: str
    start: str
    states: Mapping[str, State]
    actions: Mapping[str, Action]
    defers: bool = False
    expiry: str = ""

    def available(self, stage: str, parties: Collection[Party]) -> list[str]:
        """Names of the actions these parties may take at this stage, in the procedure's order."""
        return [a.name for a in self.actions.values() if stage in a.sources and self.lets(a, stage, parties)]

    def lets(self, action: Action, stage: str, parties: Collection[Party]) -> bool:
        """Whether one of them may take an action at this stage. Whose turn it is answers for the limit that runs there:
        an agency elsewhere that has the case explains an overrun as the handling agency does, in the same roles.
        """
        if action.name == EXPLAIN_OVERRUN:
            parties = {*parties, *(Party(party.role) for party in parties if stage in self.turn_of(party.place))}
        return action.open_to(parties)

    def involves(self, place: str) -> bool:
        """Whether anybody at an agency that stands so to the case may take a step."""
        return any(party.place == place for action in self.actions.values() for party in action.parties)

    def turn_of(self, place: str) -> list[str]:
        """States in which somebody at an agency that stands so to the case may take a step."""
        turns = (a.sources for a in self.actions.values() if any(party.place == place for party in a.parties))
        return sorted({stage for sources in turns for stage in sources})

    def waits_for_others(self, stage: str) -> bool:
        """Whether the applicant is to act at this stage, or an agency other than the one that handles the case."""
        if self.states[stage].waits_for == "applicant":
            return True
        places = {
            party.place
            for action in self.actions.values()
            if stage in action.sources and action.name != EXPLAIN_OVERRUN
            for party in action.parties
            if party.role not in {"citizen", "agent", "platform"}
        }
        return bool(places) and "own" not in places

    def lapses(self, stage: str) -> list[Action]:
        """What the clock does at this stage when a limit lapses."""
        return [a for a in self.actions.values() if a.by_clock and stage in a.sources]

    def label(self, *, english: bool) -> str:
        return self.name_en if english else self.name


_STATE_KEYS = frozenset(f.name for f in fields(State)) - {"name"}
_ACTION_KEYS = (frozenset(f.name for f in fields(Action)) - {"name", "sources", "target", "parties"}) | {
    "from",
    "to",
    "roles",
}
_LISTS = ("from", "roles", "asks", "other_than", "pause")
_KEYS = frozenset(f.name for f in fields(Procedure))
# What addresses and columns hold.
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LONGEST = 200
_NEEDED = ("code", "version", "name", "name_en", "start", "states", "actions")


def read_procedure(text: str) -> Procedure:
    """The procedure of a YAML text.

    Raises:
        ProcedureError: it is no YAML, or no procedure that can be followed.
    """
    return _read_procedure(text, kept=False)


def read_kept_procedure(text: str) -> Procedure:
    """The procedure of a text that was taken in, maybe before keys given twice and unlawful steps were refused.

    Raises:
        ProcedureError: it is no YAML, or no procedure that can be followed.
    """
    return _read_procedure(text, kept=True)


def _read_procedure(text: str, *, kept: bool) -> Procedure:
    try:
        document = read_yaml(text, may_repeat=kept)
    except yaml.YAMLError as error:
        raise ProcedureError("?", [not_yaml(error)]) from error
    if not isinstance(document, dict):
        raise ProcedureError("?", [_("it is not a mapping of keys")])
    return load_procedure(document, kept=kept)


def load_procedure(document: Mapping[str, Any], *, kept: bool = False) -> Procedure:
    """The procedure a YAML document describes.

    Args:
        document: what the text holds.
        kept: whether it was taken in before, and is asked only whether it can be followed.

    Raises:
        ProcedureError: with everything that is wrong, each problem naming its state or action.
    """
    code = str(document.get("code", "?"))
    problems = [*_problems_of_shape(document)]
    if problems:
        raise ProcedureError(code, problems)
    states = {name: _state(name, body) for name, body in document["states"].items()}
    actions = {name: _action(name, body) for name, body in document["actions"].items()}
    procedure = Procedure(
        code,
        document["version"],
        document["name"],
        document["name_en"],
        document["start"],
        states,
        actions,
        bool(document.get("defers", False)),
        str(document.get("expiry", "")),
    )
    problems = [*_problems_of_states(procedure)]
    for action in actions.values():
        problems += [f"actions.{action.name}: {problem}" for problem in _problems_of_action(procedure, action)]
    if not kept:
        problems += [*_unlawful_states(procedure)]
        for action in actions.values():
            problems += [f"actions.{action.name}: {problem}" for problem in _unlawful_action(procedure, action)]
    if not problems:
        problems = [*_unreachable(procedure), *_without_end(procedure)]
    if problems:
        raise ProcedureError(code, problems)
    return procedure


def _problems_of_shape(document: Mapping[str, Any]) -> Iterator[str]:
    """What keeps the document from being read at all."""
    yield from (missing_key(key) for key in _NEEDED if key not in document)
    yield from (unknown_key(key) for key in document if key not in _KEYS)
    yield from _problems_of_head(document)
    for key, known in (("states", _STATE_KEYS), ("actions", _ACTION_KEYS)):
        bodies = document.get(key, {})
        if not isinstance(bodies, dict) or not bodies:
            yield f"{key}: " + _("it is a mapping of names")
            continue
        needed = ("from", "to") if key == "actions" else ()
        for name, body in bodies.items():
            if not (isinstance(name, str) and _NAME.fullmatch(name)):
                yield f"{key}.{name}: " + _("a name is small letters, digits and underscores, at most 32")
            if isinstance(body, dict):
                yield from (f"{key}.{name}: {problem}" for problem in _problems_of_keys(body, known, needed))
            else:
                yield f"{key}.{name}: " + _("it is a mapping of keys")


def _problems_of_head(document: Mapping[str, Any]) -> Iterator[str]:
    version = document.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        yield "version: " + _("it is a number from 1")
    for key in ("code", "name", "name_en", "start", "expiry"):
        if key in document and not (isinstance(document[key], str) and 0 < len(document[key]) <= _LONGEST):
            yield f"{key}: " + _("it is a text of at most %(longest)s characters") % {"longest": _LONGEST}
        elif key == "code" and key in document and not _CODE.fullmatch(document[key]):
            yield "code: " + _("small letters, digits and hyphens, at most 40")
    if not isinstance(document.get("defers", False), bool):
        yield "defers: " + _("it is true or false")


def _problems_of_keys(body: Mapping[str, Any], known: Collection[str], needed: Collection[str]) -> Iterator[str]:
    yield from (unknown_key(key) for key in body if key not in known)
    yield from (missing_key(key) for key in needed if key not in body)
    for key in _LISTS:
        given = body.get(key, [])
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            yield _("%(key)s is a list of texts") % {"key": repr(key)}
    yield from (
        (_("%(key)s is true or false") if key == "final" else _("%(key)s is a text")) % {"key": repr(key)}
        for key, value in body.items()
        if key not in _LISTS and not isinstance(value, bool if key == "final" else str)
    )


def _state(name: str, body: Mapping[str, Any]) -> State:
    values = {**body, "pause": tuple(body.get("pause", ()))}
    values.setdefault("counts_as", name if name in CaseState.values else "")
    return State(name, **values)


def _action(name: str, body: Mapping[str, Any]) -> Action:
    values = {key: value for key, value in body.items() if key not in {"from", "to", "roles"}}
    values["asks"] = tuple(body.get("asks", ()))
    values["other_than"] = frozenset(body.get("other_than", ()))
    target = None if body["to"] == SAME else body["to"]
    return Action(name, tuple(body["from"]), target, tuple(Party.parse(r) for r in body.get("roles", ())), **values)


def _problems_of_states(procedure: Procedure) -> Iterator[str]:
    if procedure.start not in procedure.states:
        yield f"start: {_no_state(procedure.start)}"
    for state in procedure.states.values():
        where = f"states.{state.name}"
        if state.counts_as not in CaseState.values:
            yield f"{where}.counts_as: " + _("it is one of %(known)s") % {"known": ", ".join(CaseState.values)}
        if state.limit and (state.limit not in clock_rules() or clock_rules()[state.limit].limit is None):
            yield f"{where}.limit: {_no_rule(state.limit)}"
        if not state.final and state.waits_for not in PARTIES:
            yield f"{where}.waits_for: " + _("it is one of %(known)s") % {"known": ", ".join(sorted(PARTIES))}
        yield from (
            f"{where}.pause: " + _("%(reason)s is no reason of art 45 for a pause") % {"reason": repr(reason)}
            for reason in state.pause
            if reason not in PAUSE_REASONS
        )
        if state.name not in CaseState.values and not (state.title and state.title_en):
            yield f"{where}: " + _("it needs a title and a title_en")


def _no_state(name: str) -> str:
    return _("%(name)s is not a state") % {"name": repr(name)}


def _no_rule(name: str) -> str:
    return _("there is no rule of time %(name)s") % {"name": repr(name)}


def _problems_of_action(procedure: Procedure, action: Action) -> Iterator[str]:
    if not action.parties:
        yield _("nobody may take it")
    for party in action.parties:
        if party.role not in ROLES:
            yield _("there is no role %(name)s") % {"name": repr(party.role)}
        if party.place not in PLACES:
            yield _("there is no place %(name)s") % {"name": repr(party.place)}
    targets = () if action.target is None else (action.target,)
    yield from (_no_state(name) for name in (*action.sources, *targets) if name not in procedure.states)
    for name in action.sources:
        if name in procedure.states and procedure.states[name].final:
            yield _("it leaves the state %(name)s, where cases end") % {"name": name}
    yield from _problems_of_words(procedure, action)
    yield from _problems_of_time(procedure, action)


def _problems_of_words(procedure: Procedure, action: Action) -> Iterator[str]:
    for value, allowed, words in (
        (action.document, CaseDocument.Kind.values, _("there is no document %(name)s")),
        (action.stamps, STAMPS, _("there is no moment %(name)s to stamp")),
        (action.dated, {"materials"}, _("it cannot be dated back to %(name)s")),
        (action.outcome, Outcome.values, _("there is no outcome %(name)s")),
        (action.bars, BARS, _("there is no rule %(name)s of a bar")),
    ):
        if value and value not in allowed:
            yield words % {"name": repr(value)}
    yield from (_("it cannot ask for %(name)s") % {"name": repr(each)} for each in action.asks if each not in ASKS)
    yield from (
        "other_than: " + _("there is no action %(name)s") % {"name": repr(each)}
        for each in sorted(action.other_than - procedure.actions.keys())
    )


def _problems_of_time(procedure: Procedure, action: Action) -> Iterator[str]:
    for rule in (action.within, action.by_clock):
        if rule and rule not in clock_rules() and not (rule == action.by_clock and rule in LAPSES):
            yield _no_rule(rule)
    if bool(action.by_clock or action.by_rule) != ("platform" in action.roles):
        yield _("what the clock does is for the platform alone, so is what a rule does; by_clock or by_rule says which")
    if action.by_rule and (action.by_rule not in RULE_TABLES or action.by_clock):
        yield _("by_rule is one of %(known)s, without by_clock") % {"known": ", ".join(sorted(RULE_TABLES))}
    if action.by_clock == "expiry" and not procedure.expiry:
        yield _("the procedure names no expiry")
    yield from _problems_of_extension(procedure, action)
    target = procedure.states.get(action.target or "")
    if target and target.pause:
        own_limit = target.limit and target.limit not in DECISION_LIMITS
        if not own_limit and not {"until", "hearing_on"} & set(action.asks):
            yield _("%(state)s is a pause: the action must ask until when") % {"state": target.name}
        if len(target.pause) > 1 and "pause" not in action.asks:
            yield _("%(state)s is a pause for several reasons: the action must ask which") % {"state": target.name}


def _problems_of_extension(procedure: Procedure, action: Action) -> Iterator[str]:
    if not action.extends:
        return
    if action.extends not in EXTENSIONS:
        yield _("%(name)s is no extension") % {"name": repr(action.extends)}
        return
    limit, rank = EXTENSIONS[action.extends]
    if action.roles != {rank}:
        yield _("%(rule)s is approved by %(rank)s alone") % {"rule": action.extends, "rank": rank}
    if any(s in procedure.states and procedure.states[s].limit != limit for s in action.sources):
        yield _("%(rule)s extends %(limit)s, which does not run in every state it is taken from") % {
            "rule": action.extends,
            "limit": limit,
        }


def _unlawful_states(procedure: Procedure) -> Iterator[str]:
    for state in procedure.states.values():
        if state.limit in clock_rules() and not _runs_here(state.limit):
            yield f"states.{state.name}.limit: {_no_limit(state.limit)}"
        if state.counts_as in BEFORE_DECISION and state.waits_for == "agency" and not state.limit:
            yield f"states.{state.name}: " + _(
                "the agency has the case here before it is decided: name the limit that runs"
            )


def _runs_here(rule: str) -> bool:
    """Whether it is a limit of licensing that runs on from a step: no bar, no extension, none counted back."""
    found = clock_rules()[rule]
    return found.domain == _LICENSING and found.direction == "after" and rule not in {*BARS, *EXTENSIONS}


def _no_limit(name: str) -> str:
    return _("%(name)s is no limit for a step of a licence procedure") % {"name": repr(name)}


def _unlawful_action(procedure: Procedure, action: Action) -> Iterator[str]:
    """What can be followed but must not: a decision by the applicant, without a reason or in no written act."""
    target = procedure.states.get(action.target or "")
    ends_as = target.counts_as if target else ""
    undecided = any(s in procedure.states and procedure.states[s].counts_as in BEFORE_DECISION for s in action.sources)
    refuses = action.outcome == Outcome.DENIED or (undecided and ends_as == CaseState.REFUSED)
    decides = bool(action.outcome) or (undecided and ends_as in _BY_AGENCY)
    if decides and action.roles & _APPLICANTS:
        yield _("an applicant decides nothing; an application can be withdrawn")
    if undecided and ends_as == CaseState.DECIDED and not action.outcome:
        yield _("it leads to a decided state: name its outcome")
    written = _WRITTEN.get(action.outcome) or (_NOT_TAKEN_IN if refuses else frozenset())
    if written and action.document not in written:
        yield _("it is done in writing: document is one of %(known)s") % {"known": ", ".join(sorted(written))}
    if (refuses or action.document in _REASONED) and "reason" not in action.asks:
        yield _("it must ask for the reason, to which the applicant has a right")
    for rule in (action.within, action.by_clock):
        if rule in clock_rules() and not _runs_here(rule):
            yield _no_limit(rule)


def _unreachable(procedure: Procedure) -> list[str]:
    reached, frontier = {procedure.start}, [procedure.start]
    while frontier:
        stage = frontier.pop()
        following = {a.leads_to(stage) for a in procedure.actions.values() if stage in a.sources} - reached
        reached |= following
        frontier += following
    return [f"states.{name}: " + _("no path leads to it") for name in procedure.states if name not in reached]


def _without_end(procedure: Procedure) -> list[str]:
    ending = {state.name for state in procedure.states.values() if state.final}
    while more := {s for a in procedure.actions.values() if a.target in ending for s in a.sources} - ending:
        ending |= more
    return [
        f"states.{name}: " + _("no path from it comes to an end") for name in procedure.states if name not in ending
    ]


SHIPPED_PROCEDURES = Shelf(files("tongban.cases") / "procedures", read_procedure, ProcedureError, read_kept_procedure)
