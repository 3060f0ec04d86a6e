"""No query returns what the table of rights denies: every query, every role at every agency, every row.

The queries are found by looking: a new one is called as soon as it is written, and fails here until its arguments have
values in the world or it stands among the two lists below with its reason.
"""

import dataclasses
import importlib
import inspect
import os
import pkgutil
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any
from zlib import crc32

import pytest
from django.db import models
from django.db.models import QuerySet

import tongban
from tests.identity.reach_world import COUNTY, ReachWorld, build_reach_world
from tests.kept import kept
from tests.world import NOW, TODAY
from tongban.cases.models import Case
from tongban.cases.queries import ZoneFilter
from tongban.foundation.clockrules import clock_rules
from tongban.foundation.errors import TongbanError
from tongban.government.models import Region
from tongban.identity.actor import VISITOR, Actor
from tongban.identity.assurance.sources import sources
from tongban.items.models import Service
from tongban.items.queries import Filters
from tongban.userspace.life.stages import stages

pytestmark = pytest.mark.django_db

# Open to everybody; called as a visitor they must show nothing private.
PUBLIC = {
    "cases.queries.zone.ways_of": "from where a service can be had",
    "cases.queries.zone.zone": "the list of services across regions",
    "cases.queries.zone.zone_regions": "the places in that list",
    "cases.queries.adopted.adopted_rules": "local rules of time are law",
    "cases.queries.bundles.offered.bundle_offer": "what there is to know before applying",
    "cases.queries.bundles.offered.bundles_with": "of which things at once a service is a part",
    "cases.queries.bundles.offered.offered_bundles": "the list of things at once",
    "cases.queries.figures.public_overruns": "优化营商环境条例 art 36: why a limit was overrun is public",
    "cases.queries.light.guidance.guidance_of": "the questions before an application are part of the guide",
    "cases.queries.light.guidance.service_light": "what a guide says of light handling",
    "feedback.queries.ratings_of_agency": "国办发〔2019〕51号: ratings are public, without who rated and which case",
    "feedback.queries.ratings_of_service": "the same",
    "foundation.transparency.queries.ledger_consistency": "proofs hold nothing of anybody",
    "foundation.transparency.queries.ledger_head": "the same",
    "foundation.transparency.queries.ledger_keys_published": "public keys",
    "identity.provider.queries.directory": "the published applications are a public list",
    "identity.provider.queries.published_application": "the same, and what each asks to know",
    "identity.provider.queries.trusted_provider": "by whose sign-in one may enter",
    "identity.provider.queries.trusted_providers": "the same",
    "items.queries.matter_names": "names of published services",
    "items.queries.matters_like": "the same",
    "items.queries.published_service": "政府信息公开条例 art 20: guides are public",
    "items.queries.published_services": "the same",
    "items.queries.same_item_across_regions": "the same",
    "items.queries.theme_name": "the same",
    "items.queries.known_filters": "the same",
    "supervision.queries.popular_themes": "counts of published services",
    "supervision.queries.services_of_department": "the same",
    "supervision.queries.services_of_region": "the same",
    "userspace.life.queries.next_stages": "the stages of life are public words",
    "userspace.life.queries.stage_called": "the same",
} | {
    f"government.queries.{name}": "platforms, regions, departments, agencies and docking are public"
    for name in (
        "agencies", "ancestors", "children", "credit_code_findings", "department_page", "departments",
        "descendants", "docking_table", "docking_tasks", "find_agency", "find_department", "find_platform",
        "find_region", "home_region", "merged_into", "platforms", "region_name_on", "region_page",
        "regions_in_force", "search_regions", "with_merged",
    )
}  # fmt: skip

# Parts of queries that take a row which the query has judged, or words alone. Nothing outside may call them,
# except where the reason says so.
PARTS = {
    "cases.queries.across.across_of": "the cross-region side of a case already read",
    "cases.queries.bundles.clock.limits_of_part": "limits of a published version",
    "cases.queries.bundles.clock.waits_for_among": "names of a published definition",
    "cases.queries.bundles.clock.whole_clock": "the clock of a bundle already read",
    "cases.queries.bundles.clock.why_path": "words",
    "cases.queries.counter.ticket_label": "words",
    "cases.queries.emergency.relations_to_access": "a relation, no row",
    "cases.queries.light.guidance.commitment_view": "words of a commitment",
    "cases.queries.light.tables.column_label": "words of a published version",
    "cases.queries.light.tables.condition_label": "words",
    "cases.queries.light.tables.table_label": "words of a published version",
    "cases.queries.light.one_case.choice_label": "the same",
    "cases.queries.lists.asked_inbox": "what the inbox asks, no row",
    "cases.queries.light.one_case.fact_row": "one fact of a decision already read",
    "cases.queries.light.one_case.question_of": "a question of a published version",
    "cases.queries.light.one_case.value_label": "words",
    "cases.queries.light.drafts.draft_light": "the light handling of a draft already read",
    "cases.queries.light.guidance.guidance_so_far": "the questions of a published version",
    "cases.queries.light.guidance.how_label": "words",
    "cases.queries.light.one_case.light_of_case": "the light handling of a case already read",
    "cases.queries.light.guidance.list_view": "words of a list already read",
    "cases.queries.light.one_case.outcome_label": "words",
    "cases.queries.light.guidance.question_view": "words of a question",
    "cases.queries.light.one_case.source_label": "words",
    "cases.queries.light.tables.type_label": "words",
    "cases.queries.rows.listed": "narrows the columns of cases already chosen",
    "cases.queries.lists.page_of": "cuts a page of cases already chosen",
    "cases.queries.one_case.acting_for": "words of an event already read",
    "cases.queries.one_case.available_actions": "steps of a case already read",
    "cases.queries.one_case.id_of_number": "called with what is read next; refuses in the same words as the reading",
    "cases.queries.one_case.material_rows": "materials of a case already read",
    "cases.queries.rows.row_of": "a case already read",
    "cases.queries.rows.rows_of": "cases already read",
    "cases.queries.desk.request_rows": "requests already chosen",
    "cases.queries.lists.entrusted_rows": "cases already chosen",
    "cases.queries.rows.what_next": "words",
    "foundation.transparency.queries.entries_of_object": "ids of entries, for a caller who judged the object",
    "foundation.transparency.queries.places_of": "positions in the tree",
    "foundation.transparency.queries.receipts_of": "the proofs of entries already chosen",
    "foundation.transparency.queries.submission_receipt": "the proof of an act on an object already read",
    "government.queries.agency_row": "public words",
    "government.queries.in_force_filter": "a condition",
    "government.queries.region_row": "public words",
    "items.queries.in_force_on": "a condition over published versions",
    "items.queries.later_versions": "a condition",
    "items.queries.relations_to": "a relation, no row",
    "items.queries.with_everything": "columns of versions already chosen",
    "identity.assurance.queries.way_of": "words",
    "identity.provider.queries.application_of_hint": "a token that we signed: whose it is stands in it",
    "identity.provider.queries.optional_among": "scopes of an application already read",
    "identity.provider.queries.told": "words of an application already read",
    "identity.provider.queries.user_information": "who brings the token has what its person agreed to",
    "userspace.life.queries.of_stage": "a condition over published versions",
    "userspace.queries.messages.own_messages": "a condition",
    "userspace.queries.space.licences_among": "the licences of cases already chosen",
    "userspace.queries.space.own": "a condition",
    "userspace.queries.space.own_saved": "a condition",
}

# The whole matrix takes minutes; without this every query is asked by some for everything (see `asked`).
EXHAUSTIVE = bool(os.environ.get("TONGBAN_EXHAUSTIVE"))
# Reads and is called otherwise.
_ALSO = {"tongban.userspace.readings"}
_MARK = re.compile(r"⟦(\w+:\d+:\w*)⟧")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclasses.dataclass
class Tally:
    """What was checked."""

    queries: int = 0
    calls: int = 0
    answered: int = 0
    rows: int = 0
    leaks: list[str] = dataclasses.field(default_factory=list)


def query_modules() -> Iterator[ModuleType]:
    """Every module of queries: `queries.py`, `queries_*.py`, what lies in a package `queries`, and who looked."""
    for found in pkgutil.walk_packages(tongban.__path__, "tongban."):
        last = found.name.rpartition(".")[2]
        if re.fullmatch(r"queries(_\w+)?", last) or ".queries." in found.name or found.name in _ALSO:
            yield importlib.import_module(found.name)


def public_queries() -> dict[str, Callable[..., Any]]:
    """Every public function of those modules, by its name below the package."""
    return {
        f"{module.__name__}.{name}".removeprefix("tongban."): function
        for module in query_modules()
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


def seen_in(answer: object) -> Iterator[str]:
    """Every mark and every id in an answer, however deep."""
    waiting, known = [answer], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield from _MARK.findall(one)
            yield from _UUID.findall(one)
            yield one
        elif isinstance(one, uuid.UUID):
            yield str(one)
        elif id(one) in known:
            continue
        elif dataclasses.is_dataclass(one) and not isinstance(one, type):
            known.add(id(one))
            waiting += [getattr(one, each.name) for each in dataclasses.fields(one)]
        elif isinstance(one, models.Model):
            waiting += [one.__dict__[f.attname] for f in one._meta.concrete_fields if f.attname in one.__dict__]  # noqa: SLF001 - Django's description of a table
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple | set | frozenset | QuerySet):
            known.add(id(one))
            waiting += one


def arguments_of(function: Callable[..., Any], pools: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Every set of values for what a query needs beside the actor."""
    needed = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is inspect.Parameter.empty and name not in {"actor", "_actor"}
    ]
    # Two ids that do not belong together are refused whoever asks: of many pairs some are enough.
    every = list(product(*(pools[name] for name in needed)))
    for values in every[:: len(every) // 9 or 1]:
        yield dict(zip(needed, values, strict=True))


def asked(name: str, actors: list[str], sets: int, number: int) -> list[str]:
    """Who asks a query with the nth of so many sets of arguments.

    Everybody where the whole matrix is wanted; else some, others with every set and for every query.
    """
    if EXHAUSTIVE:
        return actors
    apart = 3 * min(sets, 4)
    return actors[(number + crc32(name.encode())) % apart :: apart]


def check(world: ReachWorld, name: str, function: Callable[..., Any], tally: Tally) -> None:
    """Call a query as the actors with every set of arguments, and judge everything that comes back."""
    verdicts: dict[tuple[str, str], bool] = {}
    every = list(arguments_of(function, world.pools))
    for number, arguments in enumerate(every):
        for who in asked(name, list(world.actors), len(every), number):
            actor = world.actors[who]
            tally.calls += 1
            try:
                found = set(seen_in(function(actor, **arguments)))
            except TongbanError:
                continue
            tally.answered += 1
            # What somebody brought along they know already.
            found -= {str(value) for value in arguments.values()}
            for each in found & world.owners.keys():
                tally.rows += 1
                what, judge = world.owners[each]
                if (each, who) not in verdicts:
                    verdicts[each, who] = judge(actor)
                if not verdicts[each, who]:
                    tally.leaks.append(f"{name} gives {what} to {who}")


def _build() -> ReachWorld:
    built = build_reach_world()
    built.pools |= {
        "today": [TODAY],
        "day": [TODAY],
        "now": [NOW],
        "service_id": [built.cases[0].service_id],
        "agency_id": [agency.pk for agency in built.agencies.values()],
        "filters": [Filters()],
        "ids": [[case.pk for case in built.cases]],
        "text": ["", *built.pools["number"]],
        "code": ["x"],
        "uploads": [built.pools["upload_ids"]],
        "region_code": [COUNTY],
        "rule_id": [next(rule.id for rule in clock_rules().values() if not rule.is_law)],
        "unit": [""],
        "since": [TODAY],
        "source": list(sources().values()),
        "come_back": ["/assurance/"],
        "scopes": [["openid"]],
        "query": ["", "通知"],
        "stage": [stages()[0]],
    }
    return built


built = kept(_build)


@pytest.fixture
def world(db: None, built: ReachWorld) -> ReachWorld:
    """As it was built: these tests only read."""
    return built


def test_every_query_has_its_place(world: ReachWorld) -> None:
    found = public_queries()
    assert not PUBLIC.keys() & PARTS.keys()
    assert sorted(name for name in (*PUBLIC, *PARTS) if name not in found) == []
    without = {}
    for name, function in found.items():
        if name in PUBLIC or name in PARTS:
            continue
        parameters = inspect.signature(function).parameters
        if "actor" not in parameters:
            without[name] = "takes no actor: say in PUBLIC or PARTS why"
        for parameter in parameters.values():
            if parameter.default is parameter.empty and parameter.name not in {"actor", *world.pools}:
                without[name] = f"argument {parameter.name!r} has no values in the world"
    assert without == {}


def test_no_query_returns_what_the_table_denies(world: ReachWorld, capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    for name, function in public_queries().items():
        if name not in PUBLIC and name not in PARTS:
            tally.queries += 1
            check(world, name, function, tally)
    with capsys.disabled():
        print(  # noqa: T201 - the number is asked for
            f"\nreach{' (whole)' if EXHAUSTIVE else ''}: {tally.queries} queries x {len(world.actors)} actors ="
            f" {tally.calls} calls, {tally.answered} answered, {tally.rows} private rows judged,"
            f" {len(tally.leaks)} denied by the table and yet returned"
        )
    assert "\n".join(sorted(set(tally.leaks))) == ""
    assert tally.rows > 0


def test_a_query_that_asks_nobody_is_found(world: ReachWorld) -> None:
    """The test of the test: what returns a case, a note or a message to everybody is seen."""

    def leaky(actor: Actor, case_id: uuid.UUID) -> tuple[Case, list[str]]:
        case = Case.objects.get(pk=case_id)
        return case, [note.text for note in case.notes.all()]

    tally = Tally()
    check(world, "leaky", leaky, tally)
    assert {leak.partition(" to ")[0] for leak in tally.leaks} >= {
        "leaky gives case 0 (content)",
        "leaky gives note 0 (text)",
    }


def test_what_is_public_shows_nothing_private(world: ReachWorld) -> None:
    county = Region.objects.get(pk=COUNTY)
    pools = world.pools | {
        "region": [county], "codes": [[county.pk]], "words": ["灵山"], "slug": ["x"], "item_code": ["000131001000"],
        "answers": [{}], "wanted": [ZoneFilter([])], "earlier": [0], "later": [0], "department": ["planning"],
        "code": [county.pk], "of": [[]], "services": [[each.pk for each in Service.objects.all()]], "items": [[]],
    }  # fmt: skip
    found, calls = public_queries(), 0
    for name in PUBLIC:
        region = name.startswith("supervision.")
        for arguments in arguments_of(found[name], pools | ({"region": [county.pk]} if region else {})):
            with suppress(TongbanError):
                taken = "_actor" if "_actor" in inspect.signature(found[name]).parameters else "actor"
                has = taken in inspect.signature(found[name]).parameters
                seen = set(seen_in(found[name](*([VISITOR] if has else []), **arguments)))
                calls += 1
                assert (name, seen & world.owners.keys()) == (name, set())
    assert calls > len(PUBLIC) // 2


def test_parts_of_queries_are_called_by_queries_only() -> None:
    """A helper that trusts its caller may have no caller who has not judged."""
    source = Path(tongban.__path__[0])
    trusting = (
        "across_of",
        "asked_inbox",
        "draft_light",
        "entries_of_object",
        "light_of_case",
        "receipts_of",
        "submission_receipt",
    )
    assert not [name for name in trusting if not any(part.endswith(f".{name}") for part in PARTS)]
    called = re.compile(rf"(?<!def )\b({'|'.join(trusting)})\(")
    callers = {
        (str(path.relative_to(source)), name)
        for package in ("cases", "items", "feedback", "userspace", "supervision", "portal", "workbench", "api", "cli")
        for path in (source / package).rglob("*.py")
        if not re.search(r"queries(_\w+)?\.py$|/queries/", str(path))
        for name in called.findall(path.read_text(encoding="utf-8"))
    }
    # `tongban ledger receipt` is the operator's: who may read the database may read this.
    assert callers == {("cli/ledger.py", "receipts_of")}
