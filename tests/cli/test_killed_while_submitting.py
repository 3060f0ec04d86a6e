"""A server killed in the middle of submissions: whatever was acknowledged is there, and nothing is there twice."""

import json
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import run_tongban
from tests.cli.test_serve import Served, _until

ACKNOWLEDGED_FIRST = 12
CLIENTS = 4
_WORLD = """
import json
from tests.api.world import build
from tongban.cases.actions import upload
from tongban.identity.actor import actor_for
from django.utils import timezone
from tests.api.world import PDF, ANSWERS
world = build()
citizen = actor_for(world.accounts["citizen"], "person", timezone.localdate())
kept = upload(citizen, "licence.pdf", PDF)
body = {"service": str(world.service.pk), "answers": ANSWERS, "uploads": {"1": [str(kept.pk)]}}
print(json.dumps({"token": world.tokens["citizen"], "body": body}))
"""


# What the worker made of it: everything that waits, then cases, messages of submission, and what is left.
_WORK_OFF = """
from tongban.foundation.worker import work_off
work_off()
from tongban.cases.models import Case
from tongban.foundation.models import DomainEvent, FailedDelivery
from tongban.userspace.models import Message
told = Message.objects.filter(notice="submit").values("case").distinct().count()
left = DomainEvent.objects.count() + FailedDelivery.objects.count()
print(Case.objects.count(), Message.objects.count(), told, left)
"""


class Applicant:
    """Somebody who applies again and again, and remembers which keys were acknowledged with which case."""

    def __init__(self, token: str, body: dict[str, Any]) -> None:
        self.token, self.body = token, json.dumps(body).encode()
        self.sent: list[str] = []
        self.acknowledged: dict[str, str] = {}
        self.enough = threading.Event()
        self.stop = threading.Event()

    def call(self, port: int, path: str, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            data=self.body if key else None,
            headers=headers | ({"Idempotency-Key": key} if key else {}),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def apply(self, port: int, client: int) -> None:
        number = 0
        while not self.stop.is_set():
            key = f"{client}-{number}"
            number += 1
            self.sent.append(key)
            try:
                self.acknowledged[key] = self.call(port, "/api/v1/applications", key)["number"]
            except (OSError, ValueError):
                return  # the server is gone; whether this one was taken is not known
            if len(self.acknowledged) >= ACKNOWLEDGED_FIRST:
                self.enough.set()

    def cases(self, port: int) -> list[str]:
        found: list[str] = []
        following = "/api/v1/cases?limit=100"
        while following:
            page = self.call(port, following)
            found += [row["number"] for row in page["items"]]
            following = page["next"]
        return found


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Served]]:
    served: list[Served] = []

    def one(*options: str) -> Served:
        served.append(Served(home, *options))
        assert _until(lambda: served[-1].health() == "ok"), served[-1].said
        return served[-1]

    yield one
    for each in served:
        each.process.kill()
        each.process.wait()
        for stream in (each.process.stdout, each.process.stderr):
            if stream:
                stream.close()


def test_nothing_acknowledged_is_lost_and_nothing_doubled(home: Path, start: Callable[..., Served]) -> None:
    made = run_tongban(home, "manage", "shell", "--no-imports", "-c", _WORLD)
    assert made.returncode == 0, made.stderr
    world = json.loads(made.stdout.splitlines()[-1])
    applicant = Applicant(world["token"], world["body"])

    first = start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for client in range(CLIENTS):
            pool.submit(applicant.apply, first.port, client)
        assert applicant.enough.wait(60), first.said
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        applicant.stop.set()

    second = start("--without-jobs")
    found = applicant.cases(second.port)
    assert len(found) == len(set(found))
    assert set(applicant.acknowledged.values()) <= set(found)
    # At most what was on its way in the last moment was taken without its answer having arrived.
    assert len(found) - len(applicant.acknowledged) <= CLIENTS

    # Sent once more with its key, each request is the case it was, or becomes one now.
    numbers = {key: applicant.call(second.port, "/api/v1/applications", key)["number"] for key in applicant.sent}
    assert {key: numbers[key] for key in applicant.acknowledged} == applicant.acknowledged
    assert sorted(applicant.cases(second.port)) == sorted(numbers.values())
    assert len(set(numbers.values())) == len(applicant.sent)

    # Each submission was told of once, whoever was killed in between.
    worked = run_tongban(home, "manage", "shell", "--no-imports", "-c", _WORK_OFF)
    cases = len(applicant.sent)
    assert worked.stdout.split()[-4:] == [str(cases), str(cases), str(cases), "0"], worked.stderr
