"""Loading the demonstration world: one script, seeded, that may be run again and repairs what a crash left out.

Each step adds what is missing and leaves what stands. A case is played in one transaction, with a ledger entry under
its key beside it, so that no case is there by half or twice. The last entry says that the world is whole; with it a
further start costs one query.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from tongban.cases.actions import make_offers
from tongban.demo import across, desk, government, guangxi_2019, people, services
from tongban.demo.applications import enter_applications
from tongban.demo.content import read
from tongban.demo.plans import plans
from tongban.demo.playing import Stage, leave_drafts, leave_readings, play, read_old_messages
from tongban.foundation.ledger import append
from tongban.foundation.models import LedgerEntry
from tongban.government.importing.agencies import import_agencies
from tongban.identity.actor import Actor, platform_process
from tongban.items.importing import ImportOptions, import_services
from tongban.items.models import Service, ServiceVersion
from tongban.items.reading import open_services

Progress = Callable[[str], None]

_KIND = "demo"
_WHOLE = "world-3"
_DESK = "desk"


@dataclass(frozen=True)
class DemoAccount:
    """An account somebody may sign in with, and what to try with it."""

    username: str
    password: str
    phone: str
    app_key: str
    name: str
    role_zh: str
    role_en: str
    try_zh: str
    try_en: str

    @property
    def role(self) -> str:
        return f"{self.role_zh} / {self.role_en}"


def demo_accounts() -> list[DemoAccount]:
    """The named accounts."""
    content = read("people")
    phones = {human.username: human.phone for human in people.humans()}
    return [
        DemoAccount(
            username=person["username"],
            password=content["password"],
            phone=phones[person["username"]],
            app_key=content["app_key"],
            name=person["name"],
            role_zh=person["role"]["zh"],
            role_en=person["role"]["en"],
            try_zh=person["try"]["zh"],
            try_en=person["try"]["en"],
        )
        for person in content["named"]
    ]


def is_loaded() -> bool:
    """Whether this installation holds the demonstration's world."""
    return _done(_WHOLE)


def load_demo_world(progress: Progress, now: datetime | None = None) -> list[DemoAccount]:
    """Load the world unless it stands already.

    Args:
        progress: told a sentence at each step.
        now: the moment the world's dates lie relative to; the present one unless told.

    Returns:
        The accounts to sign in with.
    """
    if not _done(_WHOLE):
        _load(progress, now or timezone.now())
    return demo_accounts()


def _load(progress: Progress, now: datetime) -> None:
    actor = platform_process("demo")
    today = timezone.localdate(now)
    progress("regions and platforms")
    government.enter_regions(actor)
    progress("departments and agencies")
    _enter_agencies_of_2019(actor)
    government.enter_agencies(actor)
    progress("catalogue and services")
    services.enter_catalogue(actor)
    services.enter_services(actor)
    progress("the Guangxi platform of 2019")
    _enter_services_of_2019(actor)
    progress("other platforms")
    services.enter_feeds(actor)
    # Other platforms' tasks have owners whom the feeds bring.
    progress("docking tasks")
    government.enter_docking_tasks(actor, today)
    with connection.cursor() as cursor:
        # The planner knows nothing yet of the rows that have just come in.
        cursor.execute("ANALYZE")
    progress("people and posts")
    across.enter_windows(actor)
    people.enter_people(actor, services.staffed() | across.staffed())
    people.enter_delegations(now)
    people.enter_second_factors()
    across.enter_offers(actor)
    _enter_cases(actor, Stage(people.Cast(today), now), progress)
    progress("applications of departments")
    enter_applications(actor, now)
    if not _done(_DESK):
        progress("the officers' desk")
        with transaction.atomic():
            desk.furnish(actor, now)
            _mark(actor, _DESK)
    _mark(actor, _WHOLE)


def _enter_agencies_of_2019(actor: Actor) -> None:
    # The regions' own departments stand after the first run; the records name some that do not come elsewhere.
    government.enter_departments(actor)
    government.whole(import_agencies(actor, guangxi_2019.as_csv(guangxi_2019.guangxi_agencies())))


def _enter_services_of_2019(actor: Actor) -> None:
    if Service.objects.filter(foreign_code__startswith=guangxi_2019.KEY).exists():
        return  # one transaction loads them all
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guangxi_2019.csv"
        path.write_bytes(guangxi_2019.as_csv(guangxi_2019.guangxi_services(_described_since())))
        services.whole(import_services(actor, open_services(path), ImportOptions()))


def _described_since() -> dict[str, list[str]]:
    """The autonomous region's own described services: visits as the records write them -> days they began."""
    versions = ServiceVersion.objects.filter(
        state=ServiceVersion.State.PUBLISHED, service__agency__region=guangxi_2019.REGION
    )
    since: dict[str, list[str]] = {}
    for visits, day in versions.order_by("id").values_list("visits", "effective_from"):
        since.setdefault(str(visits) if visits in (0, 1) else "", []).append(day.isoformat())
    return since


def _enter_cases(actor: Actor, stage: Stage, progress: Progress) -> None:
    wanted = plans()
    played = set(LedgerEntry.objects.filter(object_type=_KIND).values_list("object_id", flat=True))
    told = time.monotonic()
    for number, plan in enumerate(wanted, start=1):
        if plan.key not in played:
            with transaction.atomic():
                play(stage, plan)
                _mark(actor, plan.key)
        if number == 1 or time.monotonic() - told > 1:
            progress(f"cases: {number} of {len(wanted)}")
            told = time.monotonic()
    for key, entry in across.plans():
        if key not in played:
            with transaction.atomic():
                across.play(stage, key, entry)
                _mark(actor, key)
    leave_readings(stage)
    leave_drafts(stage)
    make_offers(stage.now)
    read_old_messages(stage)


def _done(key: str) -> bool:
    return LedgerEntry.objects.filter(object_type=_KIND, object_id=key).exists()


def _mark(actor: Actor, key: str) -> None:
    with transaction.atomic():
        append(actor, "demo.load", _KIND, key)
