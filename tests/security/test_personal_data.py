"""The whole main job with marked personal data, by several at once; then nothing marked stands where it must not.

Identity number, telephone and address: nowhere in clear but in the answers to those they are for. A name: never in
addresses, logs, events and error reports (where else it stands in clear, and why, is in docs/security.md).
"""

import base64
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_started
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from tests.api.world import FORM, LONG_AGO, OPERATOR, PASSWORD, World, build, post, publish
from tests.leaks import dump, files_under, leaked
from tongban.cases.models import Case
from tongban.foundation import jobs, outbox, tracing
from tongban.foundation.models import DomainEvent, PeriodicRun
from tongban.identity.access_records import DataReading
from tongban.identity.actions import Identity, issue_token, open_account, register_person
from tongban.items.models import Item
from tongban.workbench import views

THREADS = 3
NUMBERS = ("450102199003072353", "450102198511230018", "450102199308154018")
PHONES = ("13977012345", "13877054321", "13677098765")
ADDRESSES = ("钦州湾大道甲八十八号三单元", "灵城街道马鞍山路乙十二号", "平南古渡巷丙六号后座")
NAMES = ("欧阳霁月", "司徒望舒", "端木疏影")
SECRET = (*NUMBERS, *PHONES, *ADDRESSES)


def _text(label: str, **hints: Any) -> dict[str, Any]:
    return {"type": "string", "maxLength": 200, "x-tongban": {"label": {"zh": label, "en": label}, **hints}}


ORDINARY: dict[str, Any] = FORM["properties"]  # type: ignore[assignment] # JSON of any kind
PERSONAL_FORM = FORM | {
    "properties": ORDINARY
    | {
        "id_number": _text("身份证号", widget="id-number"),
        "phone": _text("电话", widget="phone"),
        "address": _text("住址", sealed=True),
        "owner": _text("经营者姓名"),
    },
    "x-tongban": {
        "groups": [
            {
                "id": "all",
                "title": {"zh": "内容", "en": "Content"},
                "fields": ["shop_name", "seats", "id_number", "phone", "address", "owner"],
            }
        ]
    },
}


@dataclass
class Seen:
    """What went through: addresses that were asked for or pointed to, error answers, the log, the traces."""

    addresses: list[str] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    traces: Any = None  # where the extra `otel` is installed

    def spans(self) -> list[str]:
        """The spans that would have gone to the collector, whole."""
        return [span.to_json() for span in self.traces.get_finished_spans()] if self.traces else []


class _Keeps(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines
        written = [handler.formatter for handler in logging.getLogger().handlers if handler.name in {"stderr", "file"}]
        self.setFormatter(written[0])

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def seen(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    found = Seen()
    if find_spec("opentelemetry"):
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        found.traces = InMemorySpanExporter()
        tracer = tracing.tracer_to(SimpleSpanProcessor(found.traces))
        monkeypatch.setattr(tracing, "_tracer", lambda: tracer)

    def note(environ: dict[str, Any], **_: Any) -> None:
        found.addresses.append(f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}")

    handler = _Keeps(found.log)
    logging.getLogger().addHandler(handler)
    request_started.connect(note, weak=False, dispatch_uid="seen")
    yield found
    request_started.disconnect(dispatch_uid="seen")
    logging.getLogger().removeHandler(handler)


def _live(world: World, which: int, seen: Seen) -> None:
    """One person's application from the first attempt to sign in to the decision and a look at who looked."""
    number, phone, address, name = NUMBERS[which], PHONES[which], ADDRESSES[which], NAMES[which]
    account = open_account(OPERATOR, f"person{which}", PASSWORD)
    register_person(
        OPERATOR,
        Identity(name=name, id_number=number, phone=phone, address=address, assurance_level=3),
        account,
    )
    world.tokens[f"person{which}"] = issue_token(account, "person", timezone.now())[0]
    mine, officer = world.client(f"person{which}"), world.client("reviewer")
    Client(raise_request_exception=False).post(
        "/sign-in", {"username": number, "password": phone}
    )  # the wrong thing in the wrong place
    file = SimpleUploadedFile(f"{name}{number}.pdf", f"%PDF-1.4\n% {name} {number} {phone} {address}\n%%EOF\n".encode())
    kept = mine.post("/api/v1/uploads", {"file": file}, headers={"Idempotency-Key": f"file{which}"}).json()["id"]
    answers = {"shop_name": "店", "id_number": number, "phone": phone, "address": address, "owner": name}
    body = {"service": str(world.service.pk), "answers": answers, "uploads": {"1": [kept]}}
    refused = post(mine, "/applications", body | {"answers": answers | {"seats": phone}})
    assert refused.status_code == 422
    seen.errors.append(refused.content)
    sent = [post(mine, "/applications", body, **{"Idempotency-Key": f"case{which}"}) for _ in range(2)]
    assert [one.status_code for one in sent] == [201, 201], sent[0].content
    case = sent[0].json()
    path = f"/cases/{case['id']}"
    words = f"{name}（{number}）请补交，电话 {phone}，住 {address}"
    steps: list[Any] = [
        post(officer, f"{path}/notes", {"text": words}),
        post(officer, f"{path}/receive", {"revision": case["revision"]}),
        post(officer, f"{path}/return-for-correction", {"revision": case["revision"] + 1, "reason": words}),
    ]
    seats = {"revision": case["revision"] + 2, "answers": {"seats": 9}}
    steps += [
        post(mine, f"{path}/supplement", seats),
        post(officer, f"{path}/accept", {"revision": case["revision"] + 3}),
        post(officer, f"{path}/personal-data", {"purpose": "other", "reason": words}),
    ]
    seen.addresses += [one.headers.get("Location", "") for one in steps]
    assert all(one.status_code < 300 for one in steps), [(one.status_code, one.content) for one in steps]
    assert number in steps[-1].content.decode()
    masked = json.dumps(officer.get(f"/api/v1{path}").json()["answers"], ensure_ascii=False)
    assert not leaked(masked.encode(), (number, phone, address))
    post(officer, f"{path}/decide", {"revision": case["revision"] + 4, "outcome": "denied", "reason": words})
    for page in ("/me/", f"/cases/{case['id']}/", "/me/who-looked/"):
        browser = Client(raise_request_exception=False)
        browser.force_login(account)
        assert browser.get(page).status_code == 200
    # An error nobody foresaw, with personal data in its message and in what was posted.
    browser = Client(raise_request_exception=False)
    browser.force_login(world.accounts["reviewer"])
    failed = browser.post(f"/workbench/cases/{case['id']}/personal-data/", {"purpose": "other", "reason": words})
    assert failed.status_code == 500
    seen.errors.append(failed.content)


@dataclass(frozen=True)
class _Places:
    """Where personal data must not stand in clear: tables (jobs, events, search index among them), the content store,
    addresses, error answers, log lines as they are formatted and as they stand in the file, and what PostgreSQL logs,
    which quotes values of statements that fail (another server than ours keeps its log elsewhere).
    """

    store: Path
    logs: Mapping[str, tuple[Path, int]]
    seen: Seen

    @classmethod
    def now(cls, store: Path, seen: Seen) -> "_Places":
        """Of the files that grow, what comes from now on."""
        files = {"log file": Path(settings.HOME) / "logs" / "tongban.log"}
        server = Path(settings.HOME).parent / "postgres" / "server.log"
        files |= {"server log": server} if server.exists() else {}
        return cls(store, {name: (at, at.stat().st_size if at.exists() else 0) for name, at in files.items()}, seen)

    def leaks(self) -> dict[str, set[str]]:
        """What was found, by place; empty where all is well."""
        everything = (*SECRET, *NAMES)
        found = {
            name: leaked(data, everything if name == "public.foundation_domainevent" else SECRET)
            for name, data in dump()
        }
        found |= {name: leaked(data, everything) for name, data in files_under(self.store)}
        found["addresses"] = leaked("\n".join(self.seen.addresses).encode(), everything)
        found["errors"] = leaked(b"\n".join(self.seen.errors), everything)
        found["traces"] = leaked("\n".join(self.seen.spans()).encode(), everything)
        found["log"] = leaked("\n".join(self.seen.log).encode(), everything)
        found |= {name: leaked(at.read_bytes()[before:], everything) for name, (at, before) in self.logs.items()}
        return {place: values for place, values in found.items() if values}


def test_no_marked_value_stands_where_it_must_not(seen: Seen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "CONTENT_ROOT", tmp_path / "content")
    world = build()
    publish(world.service, form=PERSONAL_FORM, effective_from=LONG_AGO)
    places = _Places.now(tmp_path / "content", seen)

    def broken(*_: object) -> None:
        raise RuntimeError(f"unforeseen: {SECRET} {NAMES}")

    monkeypatch.setattr(views, "_case_context", broken)
    failures: list[BaseException] = []

    def one(which: int) -> None:
        try:
            _live(world, which, seen)
        except BaseException as error:  # noqa: BLE001 - raised again by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(which,)) for which in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]

    # It is all there, and opens: what follows looks for something that exists.
    assert {case.answers["id_number"] for case in Case.objects.all()} == set(NUMBERS)
    assert DataReading.objects.filter(asked=True).count() == 2 * THREADS
    assert DomainEvent.objects.count() >= THREADS
    assert places.leaks() == {}
    outbox.drain(timezone.now())
    jobs.run_due(timezone.now())
    assert places.leaks() == {}
    assert len(list(files_under(tmp_path / "content"))) == THREADS
    assert len(seen.addresses) > 20 * THREADS
    assert "unexpected_error" in "\n".join(seen.log)
    spans = "\n".join(seen.spans())
    for name in ("POST /workbench/cases/<uuid:case_id>/personal-data/", "handler ", "job "):
        assert name in spans or not seen.traces

    _plant(places)
    assert places.leaks().keys() >= {
        "public.foundation_domainevent", "public.foundation_periodicrun", "public.items_item", "planted", "addresses",
        "errors", "log", *places.logs,
    } | ({"traces"} if seen.traces else set())  # fmt: skip


def _plant(places: _Places) -> None:
    """In each of the places, where it would be seen: a name where no name may be, a number in tables."""
    number, name = NUMBERS[0], NAMES[0]
    DomainEvent.objects.create(
        id=10**9, name="x", object_type="case", object_id="", at=timezone.now(), detail={"to": name}
    )
    PeriodicRun.objects.create(job=f"job for {number}", due_at=timezone.now())
    Item.objects.update(legal_basis=f"found by {number}")
    (places.store / "planted").write_bytes(base64.b64encode(f"-- {name}".encode()))
    places.seen.addresses.append(f"/search?q={quote(name)}")
    places.seen.errors.append(json.dumps({"detail": name}).encode())
    logging.getLogger("tongban").error("case of %s", name)  # texts that are not ours, and arguments, are withheld
    assert not places.leaks().keys() & {"log", "log file"}
    structlog.get_logger("tongban").error("planted", of=name)
    assert not places.leaks().keys() & {"server log", "traces"}
    # An exception's message is no part of a span; what is said outright would be.
    with pytest.raises(RuntimeError), tracing.span("planted", parent=f"00-{number}-1-01"):
        raise RuntimeError(name)
    assert "traces" not in places.leaks()
    with tracing.span("planted") as say:
        say(to=name)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT %s::text::integer", [name])  # what fails in such a way quotes what it was given


@pytest.mark.parametrize("value", [NUMBERS[0], ADDRESSES[0]])
def test_the_search_finds_wrapped_values(value: str) -> None:
    import json

    for before in ("", "a", "ab", "abc"):
        text = f"{before}{value}, and more"
        for data in (
            text.encode(),
            base64.b64encode(text.encode()),
            text.encode().hex().encode(),
            json.dumps(text).encode(),
        ):
            assert leaked(data, [value]) == {value}
    assert leaked(b"nothing", [value]) == set()
