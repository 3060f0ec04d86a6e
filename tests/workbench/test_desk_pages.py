"""The pages of the desk: assigning, notes, help, several cases at once, views, absences, templates, hall, counter."""

import uuid
from collections.abc import Callable
from datetime import date, time, timedelta
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from stdnum.cn import ric

from tests.kept import copied, kept
from tests.world import ANSWERS, PDF, SmallWorld
from tongban.cases import actions
from tongban.cases.actions.internal import Shared, ask_cooperation
from tongban.cases.models import Absence, BulkRun, Case, CaseNote, Cooperation, NoticeTemplate, QueueTicket, SavedView
from tongban.cases.particulars import Particulars
from tongban.foundation import outbox, snapshot
from tongban.identity.actions import appoint, let_serve_counter
from tongban.identity.actor import Actor, platform_process
from tongban.identity.models import Account, Person, Post, Role

NUMBER = "45072119900512001"
NUMBER += ric.calc_check_digit(NUMBER + "0")
Browse = Callable[[Actor], Client]


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def case(world: SmallWorld) -> Case:
    return submit(world)


def submit(world: SmallWorld) -> Case:
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    return actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())


@pytest.fixture
def browse(client: Client) -> Browse:
    def sign_in(actor: Actor) -> Client:
        client.force_login(Account.objects.get(person=actor.person_id))
        return client

    return sign_in


def token_of(page: Any) -> str:
    return str(page.context["token"])


def _day(name: str, day: date) -> dict[str, int]:
    return {f"{name}-year": day.year, f"{name}-month": day.month, f"{name}-day": day.day}


def test_a_case_is_assigned_and_found_under_mine(world: SmallWorld, case: Case, browse: Browse) -> None:
    client, address = browse(world.window), reverse("workbench:assign", args=[case.pk])
    assert address in client.get(reverse("workbench:case", args=[case.pk])).text
    assert client.get(address).status_code == HTTPStatus.OK
    assert client.post(address, {"holder": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    client.post(address, {"post": str(world.reviewer.post_id), "holder": ""})
    assert "农丽华" in client.get(reverse("workbench:inbox")).text
    assert client.get(address).status_code == HTTPStatus.FORBIDDEN
    mine = {"whose": "mine"}
    assert case.applicant_name not in client.get(reverse("workbench:inbox"), mine).text
    reviewer = browse(world.reviewer)
    assert case.applicant_name in reviewer.get(reverse("workbench:inbox"), mine).text
    passing = {"post": str(world.second_reviewer.post_id), "holder": str(world.reviewer.post_id)}
    assert 'href="#field-reason"' in reviewer.post(address, passing).text
    reviewer.post(address, passing | {"reason": "休假"})
    assert "休假" in reviewer.get(reverse("workbench:case", args=[case.pk])).text


def test_every_box_costs_the_same_number_of_queries(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    boxes: tuple[dict[str, str], ...] = (
        {},
        {"whose": "nobody"},
        {"due": "late"},
        {"due": "today"},
        {"waiting": "yes"},
        {"whose": "mine"},
    )
    costs: list[int] = []
    for _round in range(2):  # the first reads what a process reads once
        costs.clear()
        for box in boxes:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(reverse("workbench:inbox"), box).status_code == HTTPStatus.OK
            costs.append(len(asked))
        submit(world)
    assert costs == [3] * len(boxes)


def _post(actor: Actor) -> Post:
    assert actor.post
    return Post.objects.get(pk=actor.post.id)


def _longer(world: SmallWorld, number: int) -> None:
    """One row more in every list of the desk, of the hall and of what is public."""
    now, today, agency = timezone.now(), timezone.localdate(), world.agency
    case = submit(world)
    post, other, at_window = map(_post, (world.reviewer, world.second_reviewer, world.window))
    Absence.objects.create(
        post=post, stand_in=other, agency=agency, first_day=today, last_day=today, reason="培训", entered_at=now
    )
    NoticeTemplate.objects.create(
        agency=agency, name=f"模板{number}", version=1, text="{applicant}", entered_at=now, entered_by="农丽华"
    )
    SavedView.objects.create(post=at_window, name=f"视图{number}", query={})
    ask_cooperation(world.window, case.pk, world.other_agency.pk, "请核实地址", 3, Shared(), now)
    tickets = [(number * 2 + 1, None), (number * 2 + 2, time(23, 59 - number))]
    for drawn, starts_at in tickets:
        QueueTicket.objects.create(
            agency=agency,
            day=today,
            number=drawn,
            starts_at=starts_at,
            person_id=world.citizen.person_id,
            service=world.service,
            drawn_at=now,
            token=uuid.uuid4(),
        )
    late = case.submitted_at + timedelta(days=60)
    actions.accept(world.window, case.pk, 1, now)
    actions.take_step(world.reviewer, case.pk, 2, late, "explain_overrun", Particulars(reason="系统故障"))


def test_every_list_costs_the_same_whatever_its_length(
    world: SmallWorld, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing that a process reads once a minute is read anew in between.
    monkeypatch.setattr(snapshot, "time", SimpleNamespace(monotonic=lambda: 0.0))
    lists = (
        (world.window, "workbench:hall"),
        (world.window, "workbench:absences"),
        (world.window, "workbench:templates"),
        (world.window, "workbench:views"),
        (world.window, "workbench:inbox"),
        (world.foreign_officer, "workbench:inbox"),
        (world.window, "workbench:messages"),
        (world.window, "workbench:tasks"),
        (world.supervisor, "workbench:progress"),
        (world.citizen, "portal:appointments"),
        (world.citizen, "portal:my_cases"),
        (world.citizen, "portal:messages"),
        (world.citizen, "portal:overruns"),
    )
    costs: list[dict[str, int]] = []
    for number in range(3):
        _longer(world, number)
        outbox.drain(timezone.now())
        found = {}
        for actor, address in lists:
            client = browse(actor)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(reverse(address)).status_code == HTTPStatus.OK
            found[f"{address} {actor.post_id}"] = len(asked)
        costs.append(found)
    assert costs[1] == costs[2]  # the first reads what a process reads once


def test_a_note_is_kept_once_and_the_applicant_never_sees_it(world: SmallWorld, case: Case, browse: Browse) -> None:
    client, page = browse(world.window), reverse("workbench:case", args=[case.pk])
    token = str(client.get(page).context["note_token"])
    for _click in range(2):
        client.post(reverse("workbench:notes", args=[case.pk]), {"text": "申请人来电", "token": token})
    assert CaseNote.objects.count() == 1
    assert "申请人来电" in client.get(page).text
    assert "申请人来电" not in browse(world.citizen).get(reverse("portal:case", args=[case.pk])).text
    assert browse(world.citizen).get(page).status_code == HTTPStatus.FORBIDDEN


def test_help_is_asked_for_and_given(world: SmallWorld, case: Case, browse: Browse) -> None:
    client, address = browse(world.window), reverse("workbench:ask_cooperation", args=[case.pk])
    assert "钦州市市场监督管理局" in client.get(address, {"text": "钦州"}).text
    empty = client.post(address, {"limit": "x"})
    assert empty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    sent = {"asked": str(world.other_agency.pk), "question": "请核实地址", "limit": "5", "answers": ["shop_name"]}
    client.post(address, sent | {"materials": [str(case.materials.get().pk)]})
    request = Cooperation.objects.get()
    page = reverse("workbench:cooperation", args=[request.pk])
    assert page in client.get(reverse("workbench:inbox")).text
    client.post(page, {"act": "remind"})
    helper = browse(world.foreign_officer)
    assert page in helper.get(reverse("workbench:inbox")).text
    shown = helper.get(page)
    assert "阿秀米粉店" in shown.text
    assert "13800000000" not in shown.text
    file = helper.get(reverse("workbench:cooperation_file", args=[request.pk, case.materials.get().pk]))
    assert file.headers["Content-Security-Policy"].startswith("sandbox")
    assert helper.post(page, {"act": "answer", "text": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert helper.post(page, {"act": "nonsense"}).status_code == HTTPStatus.NOT_FOUND
    helper.post(page, {"act": "answer", "text": "属实"})
    assert "属实" in browse(world.reviewer).get(page).text
    assert browse(world.supervisor).get(page).status_code == HTTPStatus.NOT_FOUND


def test_several_cases_at_once(world: SmallWorld, case: Case, browse: Browse) -> None:
    client, other = browse(world.window), submit(world)
    page = client.get(reverse("workbench:bulk"), {"case": [str(case.pk), str(other.pk), str(uuid.uuid4()), "x"]})
    assert len(page.context["cases"]) == 2
    sent: dict[str, Any] = {"case": [str(case.pk), str(other.pk)], "act": "accept", "token": token_of(page)}
    sent |= {f"revision-{pk}": 1 for pk in sent["case"]}
    actions.receive(world.reviewer, other.pk, 1, timezone.now())
    for _click in range(2):
        done = client.post(reverse("workbench:bulk"), sent, follow=True)
        assert "农丽华" in done.text
    assert BulkRun.objects.count() == 1
    assert [Case.objects.get(pk=one.pk).state for one in (case, other)] == ["accepted", "received"]
    missing = client.post(
        reverse("workbench:bulk"), sent | {"act": "return_for_correction", "token": str(uuid.uuid4())}
    )
    assert 'href="#field-reason"' in missing.text
    assert str(case.pk) in missing.text
    assert client.get(reverse("workbench:bulk")).status_code == HTTPStatus.OK


def test_a_view_is_kept_and_opens_first(world: SmallWorld, case: Case, browse: Browse) -> None:
    client = browse(world.window)
    client.post(reverse("workbench:views"), {"name": "超期的", "due": "late", "default": "yes"})
    assert case.applicant_name not in client.get(reverse("workbench:inbox")).text
    assert case.applicant_name in client.get(reverse("workbench:inbox"), {"state": ""}).text
    assert client.post(reverse("workbench:views"), {"name": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    client.post(reverse("workbench:views"), {"remove": str(SavedView.objects.get().pk)})
    assert case.applicant_name in client.get(reverse("workbench:inbox")).text


def test_an_absence_is_entered_and_ended(world: SmallWorld, browse: Browse) -> None:
    client, today = browse(world.reviewer), timezone.localdate()
    address = reverse("workbench:absences")
    wrong = client.post(address, {**_day("first_day", today), "stand_in": ""})
    assert 'href="#field-last_day"' in wrong.text
    assert "请填写截止日期" in wrong.text
    days = {**_day("first_day", today), **_day("last_day", today + timedelta(days=2))}
    client.post(address, {**days, "stand_in": str(world.second_reviewer.post_id), "reason": "培训"})
    assert "莫丽" in client.get(address).text
    assert "培训" not in browse(world.window).get(address).text
    browse(world.reviewer).post(address, {"end": str(Absence.objects.get().pk)})
    assert Absence.objects.get().cancelled_at


def test_who_stands_in_is_told_for_whom_and_until_when(world: SmallWorld, case: Case, browse: Browse) -> None:
    today, inbox = timezone.localdate(), reverse("workbench:inbox")
    until = today + timedelta(days=2)
    days = {**_day("first_day", today), **_day("last_day", until)}
    client = browse(world.reviewer)
    client.post(reverse("workbench:assign", args=[case.pk]), {"post": str(world.reviewer.post_id), "holder": ""})
    client.post(reverse("workbench:absences"), {**days, "stand_in": str(world.second_reviewer.post_id)})
    second = browse(world.second_reviewer)
    page = second.get(inbox, {"whose": "mine"}).text
    told = f"您正在代替{world.reviewer.person_name}（至{until.year}年{until.month}月{until.day}日）"
    assert told in page
    assert case.applicant_name in page
    english = second.get(inbox, headers={"Accept-Language": "en"}).text
    assert f'You stand in for <span lang="zh-CN">{world.reviewer.person_name}</span> (until {until.day} ' in english
    assert "您正在代替" not in browse(world.reviewer).get(inbox).text
    assert "您正在代替" not in browse(world.window).get(inbox).text


def test_what_is_asked_of_the_agency_stands_over_its_list_and_what_it_waits_for_below(
    world: SmallWorld, case: Case, browse: Browse
) -> None:
    now, inbox = timezone.now(), reverse("workbench:inbox")
    ask_cooperation(world.window, case.pk, world.other_agency.pk, "请核实地址", 3, Shared(), now)
    page = browse(world.window).get(inbox).text
    assert page.index('class="tabs"') < page.index('class="filters') < page.index('id="bulk"')
    assert page.index('id="bulk"') < page.index("等待其他机关协办")


def test_words_are_chosen_on_the_page_of_a_step(world: SmallWorld, case: Case, browse: Browse) -> None:
    client, address = browse(world.reviewer), reverse("workbench:templates")
    wrong = client.post(address, {"name": "缺图", "step": "return_for_correction", "text": "{nobody}"})
    assert "nobody" in wrong.text
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    client.post(address, {"name": "缺图", "step": "return_for_correction", "text": "{applicant}请补交平面图"})
    kept = NoticeTemplate.objects.get()
    step = reverse("workbench:step", args=[case.pk, "return_for_correction"])
    assert "缺图" in client.get(step).text
    assert "韦秀兰请补交平面图" in client.get(step, {"template": str(kept.pk)}).text
    assert "缺图" in client.get(address, {"edit": str(kept.pk)}).text
    client.post(address, {"retire": "缺图"})
    assert "缺图" not in client.get(step).text


def test_inspectors_are_chosen_from_the_agencys_posts(world: SmallWorld, case: Case, browse: Browse) -> None:
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(procedure="standard", procedure_version=2)
    actions.accept(world.window, case.pk, 1, now)
    actions.take_step(world.reviewer, case.pk, 2, now, "want_inspectors", Particulars())
    client = browse(world.reviewer)
    step = reverse("workbench:step", args=[case.pk, "assign_inspectors"])
    posts = [str(world.second_reviewer.post_id), str(world.window.post_id)]
    assert all(f'value="{post}"' in client.get(step).text for post in posts)
    sent = {
        "revision": 3,
        "pause": "inspection",
        "reason": "现场",
        **_day("until", timezone.localdate() + timedelta(9)),
    }
    assert 'href="#field-officers"' in client.post(step, sent | {"officers": posts[:1]}).text
    client.post(step, sent | {"officers": posts})
    assert Case.objects.get(pk=case.pk).finer_stage == "special"


def test_the_head_divides_the_work(world: SmallWorld, browse: Browse) -> None:
    person = Person.objects.get(account=world.stranger.account_id)
    appoint(platform_process("tests"), person, world.agency, Role.HEAD_OF_AGENCY, date(2026, 1, 1), title="局长")
    client, address = browse(world.stranger), reverse("workbench:arrangement")
    client.post(address, {"method": "least_load"})
    client.post(address, {"service": str(world.service.pk), "posts": [str(world.reviewer.post_id)]})
    page = client.get(address)
    assert page.context["method"] == "least_load"
    assert page.context["services"][0][2] == [str(world.reviewer.post_id)]
    hours = {"opens_at": "8", "closes_at": "12:00", "slot_minutes": "20", "places": "2"}
    assert 'href="#field-opens_at"' in client.post(address, hours).text
    client.post(address, hours | {"opens_at": "08:00"})
    assert "08:00" in client.get(address).text
    assert browse(world.reviewer).get(address).status_code == HTTPStatus.FORBIDDEN


def test_from_the_number_to_the_printed_receipt(world: SmallWorld, browse: Browse) -> None:
    operator = platform_process("tests")
    person = Person.objects.get(account=world.supervisor.account_id)
    post = appoint(operator, person, world.other_agency, Role.WINDOW_OFFICER, date(2025, 1, 1), title="综合窗口")
    let_serve_counter(operator, post)
    client, hall = browse(world.supervisor), reverse("workbench:hall")
    sent = {"token": token_of(client.get(hall)), "name": "廖阿婆"}
    drawn = client.post(hall, sent, follow=True)
    assert "A001" in drawn.text
    client.post(hall, sent)
    assert QueueTicket.objects.count() == 1
    client.post(hall, {"next": "1"})
    assert "A001" in client.get(hall).text
    start = reverse("workbench:counter")
    wrong = client.post(start, {"document": "resident_card", "name": "廖阿婆", "id_number": "123"})
    assert 'href="#field-id_number"' in wrong.text
    desk = client.post(start, {"document": "resident_card", "name": "廖阿婆", "id_number": NUMBER}).headers["Location"]
    assert "食品经营许可" in client.get(desk, {"text": "食品"}).text
    check_id = desk.strip("/").split("/")[-1]
    draft = client.post(reverse("workbench:counter_begin", args=[check_id, world.service.pk])).headers["Location"]
    assert "廖阿婆" in client.get(draft).text
    scan = SimpleUploadedFile("平面图.pdf", PDF, "application/pdf")
    half = client.post(draft, {"shop_name": "阿婆粉店", "material-1": scan, "submit": "1"})
    assert half.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "阿婆粉店" in half.text
    whole = {"shop_name": "阿婆粉店", "phone": "13800000000", "area": "20", "submit": "1"}
    receipt = client.post(draft, whole).headers["Location"]
    assert client.post(draft, whole).headers["Location"] == receipt
    case = Case.objects.get()
    assert (case.applicant_name, case.agency_id) == ("廖阿婆", world.agency.pk)
    assert case.counter.ticket == QueueTicket.objects.get()
    page = client.get(receipt)
    assert "苏伟" in page.text
    assert "收件" in page.text or "接收" in page.text
    document = page.context["document"].id
    assert client.get(reverse("workbench:counter_receipt_pdf", args=[check_id, document])).content.startswith(b"%PDF")
    client.post(desk)
    assert client.get(desk).status_code == HTTPStatus.CONFLICT
    assert browse(world.window).get(start).status_code == HTTPStatus.FORBIDDEN
