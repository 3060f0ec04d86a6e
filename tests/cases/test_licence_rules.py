"""Each rule of the Licensing Law's clocks (LIC-*) acting on a case: through the actions, by the clock, on real rows."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone, translation

from tests.world import ANSWERS, FORM, NOW, PDF, TODAY, SmallWorld
from tongban.cases import actions, rules
from tongban.cases.adoption import adopt_rule, drop_rule, forget_adoptions
from tongban.cases.clocks import happenings_of, times_of
from tongban.cases.explaining import Left, explain_case
from tongban.cases.models import ApplicationBar, Case, CaseAlert, CaseDocument, CaseState, Outcome, ProcedureVersion
from tongban.cases.particulars import Particulars
from tongban.cases.pdf import render
from tongban.cases.procedure import PAUSE_REASONS, SHIPPED_PROCEDURES
from tongban.cases.procedure_store import PROCEDURES, latest_procedure, procedure_of
from tongban.cases.queries import case_view, entrusted_cases, progress_by_agency, public_overruns
from tongban.cases.timekeeping import recompute_provisional, refresh_lights, run_deemed_effects
from tongban.cases.ways import Choice
from tongban.cases.wording import PAUSES
from tongban.cli.casework import explain_command
from tongban.foundation import outbox
from tongban.foundation.calendar import china
from tongban.foundation.calendars import calendar_in_force, forget_calendar, import_calendar
from tongban.foundation.clock import Limit, Why, deadline
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.government.models import Agency, Department, Region
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for, hats_of, platform_process
from tongban.identity.models import Account, Post, Role
from tongban.items.models import Item, LimitUnit, Material, Service, ServiceVersion
from tongban.userspace.models import Message
from tongban.userspace.queries import my_messages

Submit = Callable[..., Case]
OPERATOR = platform_process("tests")


@pytest.fixture(autouse=True)
def own_snapshots() -> Iterator[None]:
    """What a test adopts or imports is rolled back with it."""
    yield
    forget_adoptions()
    forget_calendar()


@pytest.fixture
def officer(world: SmallWorld) -> Callable[..., Actor]:
    """Appoints somebody new to a role at an agency."""
    numbers = count()

    def make(role: Role, agency: Agency | None = None) -> Actor:
        name = f"officer-{next(numbers)}"
        account = open_account(OPERATOR, name, "correct-horse-battery")
        person = register_person(OPERATOR, Identity(name, assurance_level=4), account)
        appoint(OPERATOR, person, agency or world.agency, role, date(2026, 1, 1), title="负责人", title_en="Head")
        return actor_for(account, "", TODAY)

    return make


Officer = Callable[..., Actor]


def service_of(
    world: SmallWorld,
    procedure: str,
    agency: Agency | None = None,
    form: dict[str, Any] | None = None,
    item_type: str = "01",
) -> Service:
    """Another service of the agency, that follows a procedure."""
    at = agency or world.agency
    item = Item.objects.create(
        code=f"0001310{Item.objects.count():05d}", name=procedure, item_type="01", department=at.department, levels=[3]
    )
    service = Service.objects.create(item=item, agency=at, platform=at.platform)
    version = ServiceVersion.objects.create(
        service=service,
        number=1,
        name=procedure,
        item_type=item_type,
        legal_limit=20,
        legal_limit_unit=LimitUnit.WORKING_DAY,
        promised_limit=10,
        promised_limit_unit=LimitUnit.WORKING_DAY,
        effective_from=date(2026, 1, 1),
        form=form or FORM,
        procedure=procedure,
    )
    Material.objects.create(version=version, position=1, name="平面图", necessity="1")
    Material.objects.create(version=version, position=2, name="房屋租赁合同", necessity="3")
    version.state, version.is_applicable = ServiceVersion.State.PUBLISHED, True
    version.published_at = timezone.now()
    version.save()
    return service


def apply(
    world: SmallWorld,
    service: Service,
    now: datetime = NOW,
    materials: tuple[int, ...] = (1, 2),
    answers: dict[str, Any] | None = None,
) -> Case:
    uploads = {position: [actions.upload(world.citizen, f"{position}.pdf", PDF).pk] for position in materials}
    choice = Choice(materials_follow=True)
    return actions.submit_application(world.citizen, service.pk, answers or ANSWERS, uploads, now, choice)


def at(day: date) -> datetime:
    return datetime.combine(day, time(2), UTC)


def after(start: date, working_days: int) -> datetime:
    """So many working days on."""
    return at(deadline(start, Limit(working_days), china()).due)


def take(actor: Actor, case: Case, action: str, now: datetime = NOW, **stated: Any) -> Case:
    return actions.take_step(actor, case.pk, case.revision, now, action, Particulars(**stated))


def _in_a_second_post(officer: Actor, role: Role) -> Actor:
    """The same human, with another post at the same agency."""
    assert officer.post
    assert officer.account_id
    account = Account.objects.get(pk=officer.account_id)
    agency = Agency.objects.get(pk=officer.post.agency_id)
    post = Post.objects.create(
        person=account.person, agency=agency, role=role, title="兼任", valid_from=date(2026, 1, 1)
    )
    found = next(hat.actor for hat in hats_of(account, TODAY) if hat.actor.post_id == post.pk)
    assert found.account_id == officer.account_id
    return found


def kinds(case: Case) -> list[str]:
    return list(case.documents.order_by("id").values_list("kind", flat=True))


def text_of(case: Case, kind: str) -> dict[str, Any]:
    content = case.documents.filter(kind=kind).latest("issued_at").content
    assert isinstance(content, dict)
    return content


# --- intake (LIC-NOTICE, LIC-NOTLICENSABLE) ---------------------------------------------------------------------------


def test_lic_notice_nobody_told_in_five_days_so_accepted_from_receipt(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    assert (case.clock_on, case.legal_due_on) == (date(2026, 6, 8), date(2026, 6, 8))
    assert run_deemed_effects(at(date(2026, 6, 8))).taken == {}  # the last day is not over
    assert run_deemed_effects(at(date(2026, 6, 9))).taken == {"deem_accepted": 1}
    case.refresh_from_db()
    assert case.state == CaseState.ACCEPTED
    assert case.accepted_at == NOW  # dated back to the receipt
    assert case.legal_due_on == deadline(TODAY, Limit(20), china()).due
    assert kinds(case) == ["receipt", "deemed_acceptance"]
    assert "2026年6月1日" in text_of(case, "deemed_acceptance")["zh"]["body"]
    event = case.events.latest("sequence")
    assert (event.actor_role, event.account_id) == ("platform", None)
    assert run_deemed_effects(at(date(2026, 6, 9))).taken == {}  # once


@pytest.mark.parametrize("action", ["return_for_correction", "refuse_acceptance", "accept"])
def test_lic_notice_the_law_is_faster_than_a_late_officer(world: SmallWorld, submitted: Submit, action: str) -> None:
    case = submitted()
    with pytest.raises(ConflictError):
        take(world.window, case, action, at(date(2026, 6, 9)), reason="晚了一天")
    case.refresh_from_db()
    assert (case.state, case.accepted_at) == (CaseState.ACCEPTED, NOW)


def test_deferred_material_that_comes_too_late(world: SmallWorld) -> None:
    case = apply(world, service_of(world, "deferred"), materials=(1,))
    case = take(world.window, case, "accept_deferred", until=date(2026, 6, 12))
    lease = actions.upload(world.citizen, "合同.pdf", PDF)
    with pytest.raises(ConflictError):
        take(world.citizen, case, "supply_deferred", at(date(2026, 6, 13)), uploads={2: [lease.pk]})
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN


def test_lic_notice_runs_anew_after_a_correction(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    case = actions.return_for_correction(world.window, case.pk, 1, NOW, "平面图看不清楚")
    assert case.clock_on is None
    assert run_deemed_effects(at(date(2026, 7, 30))).taken == {}
    later = at(date(2026, 6, 10))
    case = actions.supplement(world.citizen, case.pk, 2, later, {"area": 50})
    assert case.clock_on == date(2026, 6, 17)
    run_deemed_effects(at(date(2026, 6, 18)))
    case.refresh_from_db()
    assert case.accepted_at == later


def test_lic_notice_a_correction_that_changes_nothing_is_refused(world: SmallWorld, submitted: Submit) -> None:
    case = actions.return_for_correction(world.window, submitted().pk, 1, NOW, "平面图看不清楚")
    with pytest.raises(InvalidError) as refused:
        actions.supplement(world.citizen, case.pk, 2, NOW, dict(ANSWERS))
    assert list(refused.value.fields) == ["answers"]
    case.refresh_from_db()
    assert case.state == CaseState.CORRECTING


def test_lic_notice_everything_is_told_at_once(world: SmallWorld, submitted: Submit) -> None:
    told = "1. 平面图看不清楚；\n2. 联系电话有误。"
    case = actions.return_for_correction(world.window, submitted().pk, 1, NOW, told)
    case = actions.supplement(world.citizen, case.pk, 2, NOW, {"phone": "13900000000"})
    with pytest.raises(InvalidError) as refused:
        actions.return_for_correction(world.window, case.pk, 3, NOW, "平面图看不清楚\n还缺营业场所证明")
    assert "还缺营业场所证明" in str(refused.value)
    assert "平面图" not in str(refused.value)
    case = actions.return_for_correction(world.window, case.pk, 3, NOW, "（1）平面图看不清楚")
    assert case.state == CaseState.CORRECTING


@pytest.mark.parametrize(
    ("action", "document"),
    [("declare_not_required", "not_required"), ("refuse_acceptance", "acceptance_refusal")],
)
def test_lic_notlicensable_is_told_at_once_with_reason(
    world: SmallWorld, submitted: Submit, action: str, document: str
) -> None:
    case = submitted()
    with pytest.raises(InvalidError):
        take(world.window, case, action)
    case = take(world.window, case, action, reason="请向钦州市市场监督管理局提出。")
    assert (case.state, case.closed_at) == (CaseState.REFUSED, NOW)
    assert kinds(case) == ["receipt", document]
    text = text_of(case, document)["zh"]
    assert text["date"] == "2026年6月1日"
    assert "钦州市" in text["reason"]


def test_intake_a_correctable_error_is_corrected_on_the_spot(world: SmallWorld, submitted: Submit) -> None:
    case = take(world.window, submitted(), "correct_on_the_spot", reason="店铺名称错别字，申请人当场更正")
    assert (case.state, case.due_on) == (CaseState.SUBMITTED, date(2026, 6, 8))
    assert kinds(case) == ["receipt", "spot_correction"]


# --- decision (LIC-DECIDE, LIC-EXTEND, LIC-UNIT, LIC-PAUSE) ----------------------------------------------------------


def test_lic_decide_twenty_working_days_from_acceptance(world: SmallWorld) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    assert case.legal_due_on == date(2026, 6, 30)
    assert case.due_on == date(2026, 6, 15)  # promised: ten


def test_lic_unit_holidays_do_not_count(world: SmallWorld) -> None:
    start = at(date(2026, 9, 18))
    case = actions.accept(world.window, apply(world, service_of(world, "standard"), start).pk, 1, start)
    assert case.legal_due_on == date(2026, 10, 22)  # clock_examples.csv


def test_lic_extend_once_by_the_head_with_a_reason(world: SmallWorld, officer: Officer) -> None:
    head = officer(Role.HEAD_OF_AGENCY)
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    with pytest.raises(NotAllowedError):
        take(world.reviewer, case, "extend", reason="需要进一步核实")
    with pytest.raises(InvalidError):
        take(head, case, "extend")
    case = take(head, case, "extend", reason="需要进一步核实")
    assert case.legal_due_on == deadline(TODAY, Limit(30), china()).due
    assert case.due_on == deadline(TODAY, Limit(20), china()).due
    assert "需要进一步核实" in text_of(case, "extension_notice")["zh"]["reason"]
    assert "10 个工作日" in text_of(case, "extension_notice")["zh"]["body"]
    with pytest.raises(ConflictError, match=r"一次|once"):
        take(head, case, "extend", reason="还要再延")


def test_lic_extend_not_after_the_limit(world: SmallWorld, officer: Officer) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    with pytest.raises(ConflictError):
        take(officer(Role.HEAD_OF_AGENCY), case, "extend", at(date(2026, 7, 1)), reason="晚了")


def test_lic_pause_does_not_count_and_is_told_in_writing(world: SmallWorld) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    begun = at(date(2026, 6, 3))
    with pytest.raises(InvalidError) as refused:
        take(world.reviewer, case, "begin_special", begun)
    assert refused.value.fields.keys() == {"pause", "until", "reason"}
    with pytest.raises(InvalidError):
        take(world.reviewer, case, "begin_special", begun, pause="lunch", until=date(2026, 6, 10), reason="午饭")
    case = take(
        world.reviewer, case, "begin_special", begun, pause="testing", until=date(2026, 6, 10), reason="水质检测"
    )
    # 3 to 10 June are six working days, which do not count.
    assert case.legal_due_on == deadline(TODAY, Limit(26), china()).due
    text = text_of(case, "pause_notice")["zh"]["body"]
    assert "检测" in text
    assert "2026年6月10日" in text
    with pytest.raises(ConflictError):
        actions.decide(world.reviewer, case.pk, case.revision, begun, Outcome.GRANTED)
    # Ended early: only what was needed is left out (3, 4, 5 June).
    case = take(world.reviewer, case, "end_special", at(date(2026, 6, 5)))
    assert case.legal_due_on == deadline(TODAY, Limit(23), china()).due
    view = case_view(world.citizen, case.pk, TODAY)
    assert view.clock is not None
    assert [day.date.day for day in view.clock.days if day.why == "pause"] == [3, 4, 5]


def test_lic_pause_for_every_reason_of_art_45(world: SmallWorld) -> None:
    """A day each; for a hearing the tests of hearings have it."""
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    reasons = [reason for reason in PAUSE_REASONS if reason != "hearing"]
    for number, reason in enumerate(reasons, start=1):
        day = after(TODAY, number)
        stated: dict[str, Any] = {"pause": reason, "until": timezone.localdate(day), "reason": "依法进行"}
        case = take(world.reviewer, case, "begin_special", day, **stated)
        text = text_of(case, "pause_notice")
        assert (PAUSES[reason][0] in text["zh"]["body"], PAUSES[reason][1] in text["en"]["body"]) == (True, True)
        case = take(world.reviewer, case, "end_special", day)
        assert case.legal_due_on == deadline(TODAY, Limit(20 + number), china()).due
    assert len(reasons) == 7


def test_lic_pause_the_clock_goes_on_when_the_told_time_is_over(world: SmallWorld) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    begun = at(date(2026, 6, 3))
    case = take(world.reviewer, case, "begin_special", begun, pause="inspection", until=date(2026, 6, 4), reason="检验")
    ended = take(world.reviewer, case, "end_special", at(date(2026, 6, 12)))
    assert ended.legal_due_on == deadline(TODAY, Limit(22), china()).due


def test_lic_pause_a_further_notice_and_overlaps_count_once(world: SmallWorld) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    case = take(world.reviewer, case, "begin_special", NOW, pause="inspection", until=date(2026, 6, 3), reason="检验")
    case = take(
        world.reviewer,
        case,
        "prolong_special",
        at(date(2026, 6, 2)),
        pause="testing",
        until=date(2026, 6, 5),
        reason="复检",
    )
    case = take(world.reviewer, case, "end_special", at(date(2026, 6, 30)))
    # 2 to 5 June: four working days, and once.
    assert case.legal_due_on == deadline(TODAY, Limit(24), china()).due


# --- joint handling (LIC-JOINT, LIC-JOINT-EXTEND) --------------------------------------------------------------------


def test_lic_joint_forty_five_and_fifteen_by_the_government(world: SmallWorld, officer: Officer) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "joint")).pk, 1, NOW)
    assert case.legal_due_on == deadline(TODAY, Limit(45), china()).due
    with pytest.raises((NotAllowedError, NotFoundError)):
        take(officer(Role.HEAD_OF_AGENCY), case, "extend", reason="部门多")
    office = Department.objects.create(code="general-office", name="政府办公室", name_en="General office")
    government = Agency.objects.create(
        department=office, region=world.agency.region, platform=world.agency.platform, name="县政府办"
    )
    mayor = officer(Role.HEAD_OF_GOVERNMENT, government)
    case = take(mayor, case, "extend", reason="涉及七个部门")
    assert case.legal_due_on == deadline(TODAY, Limit(60), china()).due
    assert kinds(case)[-1] == "extension_notice"


# --- the lower organ (LIC-LOWER) -------------------------------------------------------------------------------------


def test_a_lower_agencys_list_follows_whatever_the_procedure_calls_it(world: SmallWorld, officer: Officer) -> None:
    renamed = re.sub(r"\bpreliminary\b", "first_look", SHIPPED_PROCEDURES.text("standard", 3))
    try:
        PROCEDURES.enter(OPERATOR, renamed, NOW)
        window = officer(Role.WINDOW_OFFICER, world.other_agency)
        case = actions.accept(window, apply(world, service_of(world, "standard", world.other_agency)).pk, 1, NOW)
        case = take(window, case, "send_to_lower", lower_agency=world.agency.pk)
        assert (case.procedure_version, case.stage) == (4, "first_look")
        assert [row.id for row in entrusted_cases(world.reviewer, TODAY)] == [case.pk]
        take(world.reviewer, case, "pass_up", reason="建议准予")
        assert entrusted_cases(world.reviewer, TODAY) == []
    finally:
        PROCEDURES.forget()


def test_lic_lower_examines_first_within_twenty_days(world: SmallWorld, officer: Officer) -> None:
    service = service_of(world, "standard", world.other_agency)
    window = officer(Role.WINDOW_OFFICER, world.other_agency)
    case = actions.accept(window, apply(world, service).pk, 1, NOW)
    with pytest.raises(InvalidError):
        take(window, case, "send_to_lower", lower_agency=world.other_agency.pk)
    with pytest.raises(NotFoundError):
        case_view(world.reviewer, case.pk, TODAY)  # the county sees nothing of it yet
    sent = at(date(2026, 6, 3))
    case = take(window, case, "send_to_lower", sent, lower_agency=world.agency.pk)
    assert (case.stage, case.state) == ("preliminary", CaseState.ACCEPTED)
    assert case.legal_due_on == deadline(date(2026, 6, 3), Limit(20), china()).due
    assert "pass_up" in case_view(world.reviewer, case.pk, TODAY).actions
    assert [row.id for row in entrusted_cases(world.reviewer, TODAY)] == [case.pk]
    assert entrusted_cases(window, TODAY) == []
    with pytest.raises(NotAllowedError):
        take(window, case, "pass_up", sent, reason="自己审")
    case = take(world.reviewer, case, "pass_up", sent, reason="符合条件，建议准予")
    assert (case.stage, case.legal_due_on) == ("accepted", deadline(TODAY, Limit(20), china()).due)
    opinion = case.documents.get(kind="preliminary_opinion")
    assert "建议准予" in opinion.content["zh"]["reason"]
    # Who examined first wrote it, under a number of its own.
    assert (opinion.agency_id, opinion.content["zh"]["agency"]) == (world.agency.pk, world.agency.name)
    assert opinion.number.startswith(world.agency.name)


def test_the_lower_agency_hears_of_its_limit_and_explains_its_overrun(world: SmallWorld, officer: Officer) -> None:
    window = officer(Role.WINDOW_OFFICER, world.other_agency)
    case = actions.accept(window, apply(world, service_of(world, "standard", world.other_agency)).pk, 1, NOW)
    case = take(window, case, "send_to_lower", lower_agency=world.agency.pk)
    assert case.legal_due_on
    late = at(case.legal_due_on + timedelta(1))
    refresh_lights(late)
    outbox.drain(late)
    for told in (window, world.window, world.reviewer):  # who sent it down, and who examines it
        assert [row.title for row in my_messages(told).rows if row.case_id == case.pk] == ["办件已超期"]
    view = case_view(world.reviewer, case.pk, late.date())
    assert view.overrun_unexplained
    assert {"explain_overrun", "pass_up"} <= set(view.actions)
    with pytest.raises(ConflictError, match="2026"):  # its limit ends with its opinion
        take(world.reviewer, case, "pass_up", late, reason="建议准予")
    with pytest.raises(NotAllowedError):  # a role that does not decide does not explain
        take(world.window, case, "explain_overrun", late, reason="人手不足")
    case = take(world.reviewer, case, "explain_overrun", late, reason="等候村委会出具意见")
    assert public_overruns()[0].agency == world.agency.label
    case = take(world.reviewer, case, "pass_up", late, reason="建议准予")
    # What follows is the deciding agency's again.
    assert "explain_overrun" not in case_view(world.reviewer, case.pk, date(2026, 12, 31)).actions


# --- delivery (LIC-DELIVER) ------------------------------------------------------------------------------------------


def test_lic_deliver_within_ten_days_of_the_decision(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    decided = at(date(2026, 6, 4))
    case = actions.decide(world.reviewer, case.pk, 2, decided, Outcome.GRANTED)
    assert case.legal_due_on == deadline(date(2026, 6, 4), Limit(10), china()).due


# --- hearing (LIC-HEARING-ASK, -HOLD, -NOTICE) -----------------------------------------------------------------------


@pytest.fixture
def offered(world: SmallWorld) -> Case:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    return take(world.reviewer, case, "offer_hearing", reason="涉及相邻商户重大利益")


def test_lic_hearing_ask_within_five_days(world: SmallWorld, offered: Case) -> None:
    assert (offered.due_on, offered.clock_on) == (None, date(2026, 6, 8))
    assert "2026年6月8日" in text_of(offered, "hearing_right")["zh"]["body"]
    with pytest.raises(ConflictError):  # too late: the right is gone, and that is recorded first
        take(world.citizen, offered, "request_hearing", at(date(2026, 6, 9)))
    offered.refresh_from_db()
    assert offered.events.latest("sequence").action == "forgo_hearing"
    assert run_deemed_effects(at(date(2026, 6, 9))).taken == {}
    assert offered.stage == "accepted"
    # The five days of waiting are time of the hearing: 1 to 8 June, and the day of the lapse.
    assert offered.legal_due_on == deadline(TODAY, Limit(25), china()).due


def test_lic_hearing_ask_unit_is_a_setting_of_the_region(world: SmallWorld) -> None:
    with pytest.raises(InvalidError):
        adopt_rule(OPERATOR, "450700000000", "LIC-HEARING-ASK", TODAY)
    adopt_rule(OPERATOR, "450700000000", "LIC-HEARING-ASK", TODAY, unit="day")
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    case = take(world.reviewer, case, "offer_hearing", reason="涉及他人重大利益")
    assert case.clock_on == date(2026, 6, 6)  # five calendar days


def test_lic_hearing_hold_and_notice_with_another_chair(world: SmallWorld, offered: Case) -> None:
    asked = at(date(2026, 6, 3))
    case = take(world.citizen, offered, "request_hearing", asked)
    assert case.due_on == deadline(date(2026, 6, 3), Limit(20), china()).due  # LIC-HEARING-HOLD
    today = at(date(2026, 6, 4))
    for wrong in (date(2026, 6, 12), case.due_on + timedelta(1)):  # six days' notice; after twenty days
        with pytest.raises(InvalidError) as refused:
            take(world.reviewer, case, "set_hearing", today, hearing_on=wrong, reason="三楼会议室")
        assert list(refused.value.fields) == ["hearing_on"]
    hearing = date(2026, 6, 15)  # seven working days after 4 June
    case = take(world.reviewer, case, "set_hearing", today, hearing_on=hearing, reason="三楼会议室，主持人莫丽")
    assert "2026年6月15日" in text_of(case, "hearing_notice")["zh"]["body"]
    # Told for 15 June: the parties may come until then, so nothing is recorded before.
    for early in (date(2026, 6, 5), hearing - timedelta(1)):
        with pytest.raises(ConflictError, match="2026年6月15日"):
            take(world.second_reviewer, case, "record_hearing", at(early), reason="笔录")
    with pytest.raises(NotAllowedError):  # who told of the hearing examined the case
        take(world.reviewer, case, "record_hearing", at(hearing), reason="笔录")
    case = take(world.second_reviewer, case, "record_hearing", at(hearing), reason="双方意见一致，已签字")
    assert case.stage == "accepted"
    # 1 to 15 June did not count: ten working days after the day of acceptance.
    assert case.legal_due_on == deadline(TODAY, Limit(30), china()).due


def _set(world: SmallWorld, case: Case) -> Case:
    """Offered, asked for and set for 15 June."""
    case = take(world.reviewer, case, "offer_hearing", reason="涉及相邻商户重大利益")
    case = take(world.citizen, case, "request_hearing", at(date(2026, 6, 3)))
    return take(
        world.reviewer, case, "set_hearing", at(date(2026, 6, 4)), hearing_on=date(2026, 6, 15), reason="三楼会议室"
    )


SPECIAL: dict[str, Any] = {"pause": "inspection", "until": date(2026, 6, 12), "reason": "现场检验"}


@pytest.mark.parametrize(
    ("procedure", "deeds"),
    [
        ("standard", [("propose", {"reason": "拟不予许可"}), ("send_back", {"reason": "先听证"})]),
        ("standard", [("begin_special", SPECIAL), ("end_special", {})]),
        ("joint", [("begin_special", SPECIAL), ("end_special", {})]),
        ("deferred", [("begin_special", SPECIAL), ("end_special", {})]),
    ],
)
def test_who_examined_the_case_chairs_no_hearing_in_it(
    world: SmallWorld, officer: Officer, procedure: str, deeds: list[tuple[str, dict[str, Any]]]
) -> None:
    """Each of the deeds alone bars; everything else is done by others."""
    case = actions.accept(world.window, apply(world, service_of(world, procedure)).pk, 1, NOW)
    takers = [officer(Role.HEAD_OF_AGENCY) if action != "propose" else world.second_reviewer for action, _ in deeds]
    for taker, (action, stated) in zip(takers, deeds, strict=True):
        case = take(taker, case, action, **stated)
    case = _set(world, case)
    for taker in takers:
        with pytest.raises(NotAllowedError, match="依法"):
            take(taker, case, "record_hearing", at(date(2026, 6, 15)), reason="笔录")
    case = take(officer(Role.HEAD_OF_AGENCY), case, "record_hearing", at(date(2026, 6, 15)), reason="已签字")
    assert case.stage == "accepted"


def test_an_inspector_chairs_no_hearing_in_the_case(world: SmallWorld, officer: Officer) -> None:
    """Named by somebody else, and by another post than the one they chair with."""
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    head = officer(Role.HEAD_OF_AGENCY)
    case = take(head, case, "want_inspectors")
    inspectors = (world.second_reviewer.post_id, world.window.post_id)
    case = take(head, case, "assign_inspectors", officers=inspectors, **SPECIAL)
    case = _set(world, take(head, case, "end_special"))
    for actor in (world.second_reviewer, _in_a_second_post(world.window, Role.REVIEWING_OFFICER)):
        with pytest.raises(NotAllowedError, match="检验人员"):
            take(actor, case, "record_hearing", at(date(2026, 6, 15)), reason="笔录")
    assert (
        take(officer(Role.REVIEWING_OFFICER), case, "record_hearing", at(date(2026, 6, 15)), reason="已签字").stage
        == "accepted"
    )


# --- inspection, verification, sign-off (LIC-INSPECT-STAFF; art 34) --------------------------------------------------


def test_lic_inspect_staff_two_within_five_days(world: SmallWorld) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    case = take(world.reviewer, case, "want_inspectors")
    assert case.legal_due_on == date(2026, 6, 8)
    stated: dict[str, Any] = {"pause": "inspection", "until": date(2026, 6, 12), "reason": "现场检验"}
    first, second, foreign = (a.post_id for a in (world.second_reviewer, world.window, world.foreign_officer))
    # One twice, one of another agency, one who is none.
    for officers in ((first, first), (first, foreign), (first, uuid.uuid4())):
        with pytest.raises(InvalidError) as refused:
            take(world.reviewer, case, "assign_inspectors", officers=officers, **stated)
        assert list(refused.value.fields) == ["officers"]
    case = take(world.reviewer, case, "assign_inspectors", officers=(first, second), **stated)
    assert case.stage == "special"
    assert case.events.get(action="assign_inspectors").data["officers"] == [str(first), str(second)]


def test_nobody_inspects_their_own_case(world: SmallWorld) -> None:
    own = replace(world, citizen=replace(world.second_reviewer, post=None))
    case = actions.accept(world.window, apply(own, service_of(world, "standard")).pk, 1, NOW)
    case = take(world.reviewer, case, "want_inspectors")
    stated: dict[str, Any] = {"pause": "inspection", "until": date(2026, 6, 12), "reason": "现场检验"}
    with pytest.raises(InvalidError) as refused:
        take(
            world.reviewer,
            case,
            "assign_inspectors",
            officers=(world.second_reviewer.post_id, world.window.post_id),
            **stated,
        )
    assert list(refused.value.fields) == ["officers"]


def test_verification_takes_two_different_officers(world: SmallWorld) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    case = take(world.reviewer, case, "verify", reason="现场与图纸一致")
    with pytest.raises(NotAllowedError):
        take(world.reviewer, case, "confirm_verification", reason="再看一遍")
    case = take(world.second_reviewer, case, "confirm_verification", reason="属实")
    assert kinds(case)[-1] == "verification_record"


def test_sign_off_goes_through_three_hands(world: SmallWorld, officer: Officer) -> None:
    case = actions.accept(world.window, apply(world, service_of(world, "standard")).pk, 1, NOW)
    case = take(world.reviewer, case, "propose", reason="拟准予")
    with pytest.raises(NotAllowedError):
        take(world.reviewer, case, "review")
    with pytest.raises(ConflictError):
        actions.decide(world.second_reviewer, case.pk, case.revision, NOW, Outcome.GRANTED)
    case = take(world.second_reviewer, case, "review")
    with pytest.raises(NotAllowedError):
        take(world.second_reviewer, case, "sign_grant")
    # The same human with a second post, as head, is still the one who proposed or reviewed.
    for hand in (world.reviewer, world.second_reviewer):
        head = _in_a_second_post(hand, Role.HEAD_OF_AGENCY)
        for signing in ("sign_grant", "sign_denial"):
            with pytest.raises(NotAllowedError, match="依法"):
                take(head, case, signing, reason="签发")
    case = take(officer(Role.HEAD_OF_AGENCY), case, "sign_grant")
    assert (case.state, case.outcome) == (CaseState.DECIDED, Outcome.GRANTED)
    assert "第三十八条第一款" in text_of(case, "grant")["zh"]["reason"]


def test_a_grant_without_a_word_states_the_lawful_reason(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    case = actions.decide(world.reviewer, case.pk, case.revision, NOW, Outcome.GRANTED)
    document = case.documents.get(kind="grant")
    chinese, english = document.content["zh"], document.content["en"]
    assert chinese["reason"] == "理由：申请符合法定条件、标准（《中华人民共和国行政许可法》第三十八条第一款）。"
    assert english["reason"] == (
        "Reason: the application meets the conditions and standards of law"
        " (Administrative Licensing Law, art 38 para 1)."
    )
    assert "《中华人民共和国食品安全法》第三十五条" in chinese["legal_basis"]
    assert "Food Safety Law, art 35" in english["legal_basis"]
    assert chinese["remedies"]
    assert english["remedies"]
    for language, text in document.content.items():  # printed too
        assert render(text, language, NOW) != render({**text, "reason": ""}, language, NOW)


def test_a_grant_with_a_remark_states_the_remark(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    case = actions.decide(world.reviewer, case.pk, case.revision, NOW, Outcome.GRANTED, "现场核查合格。")
    assert {text["reason"] for text in text_of(case, "grant").values()} == {"现场核查合格。"}


def test_what_is_granted_but_no_licence_cites_no_licensing_law(world: SmallWorld) -> None:
    case = apply(world, service_of(world, "standard", item_type="07"))
    case = actions.accept(world.window, case.pk, 1, NOW)
    case = actions.decide(world.reviewer, case.pk, case.revision, NOW, Outcome.GRANTED)
    reasons = {text["reason"] for text in text_of(case, "grant").values()}
    assert reasons == {
        "理由：申请符合法定条件、标准。",
        "Reason: the application meets the conditions and standards of law.",
    }


# --- renewal (LIC-RENEW-ASK; art 50) ---------------------------------------------------------------------------------


RENEWAL = deepcopy(FORM)
RENEWAL["properties"]["licence_expires_on"] = {
    "type": "string",
    "format": "date",
    "x-tongban": {"label": {"zh": "许可证有效期至", "en": "Licence expires on"}},
}
RENEWAL["required"] = [*FORM["required"], "licence_expires_on"]
RENEWAL["x-tongban"]["groups"][0]["fields"] = ["shop_name", "area", "licence_expires_on"]


def test_lic_renew_ask_in_time_and_no_decision_is_renewed(world: SmallWorld) -> None:
    service = service_of(world, "renewal", form=RENEWAL)
    expires = deadline(TODAY, Limit(30), china()).due
    case = apply(world, service, answers={**ANSWERS, "licence_expires_on": expires.isoformat()})
    case = actions.accept(world.window, case.pk, 1, NOW)
    assert case.clock_on == expires
    assert run_deemed_effects(at(expires)).taken == {}
    assert run_deemed_effects(at(expires + timedelta(1))).taken == {"deem_renewed": 1}
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.DECIDED, Outcome.GRANTED)
    assert kinds(case)[-1] == "deemed_renewal"


def test_lic_renew_ask_too_late_is_not_renewed_by_itself(world: SmallWorld) -> None:
    service = service_of(world, "renewal", form=RENEWAL)
    expires = deadline(TODAY, Limit(29), china()).due
    case = apply(world, service, answers={**ANSWERS, "licence_expires_on": expires.isoformat()})
    case = actions.accept(world.window, case.pk, 1, NOW)
    assert case.clock_on is None


def test_lic_renew_ask_by_lower_units_setting(world: SmallWorld) -> None:
    adopt_rule(OPERATOR, "450721000000", "LIC-RENEW-ASK", TODAY, unit="day")
    service = service_of(world, "renewal", form=RENEWAL)
    expires = TODAY + timedelta(30)
    case = apply(world, service, answers={**ANSWERS, "licence_expires_on": expires.isoformat()})
    assert actions.accept(world.window, case.pk, 1, NOW).clock_on == expires


# --- bars (LIC-BAR-1, LIC-BAR-3) -------------------------------------------------------------------------------------


def test_lic_bar_1_after_false_materials(world: SmallWorld, officer: Officer) -> None:
    service = service_of(world, "standard")
    case = actions.accept(world.window, apply(world, service).pk, 1, NOW)
    take(officer(Role.HEAD_OF_AGENCY), case, "deny_for_falsehood", reason="租赁合同系伪造")
    assert ApplicationBar.objects.get().until == date(2027, 6, 1)
    with pytest.raises(InvalidError) as refused:
        apply(world, service, at(date(2027, 6, 1)))
    assert "2027-06-01" in str(refused.value) or "2027年6月1日" in str(refused.value)
    assert apply(world, service, at(date(2027, 6, 2))).state == CaseState.SUBMITTED
    actions.start_draft(world.stranger, service.pk, NOW)  # others may apply


def test_lic_bar_3_after_fraud(world: SmallWorld, officer: Officer) -> None:
    service = service_of(world, "standard")
    case = actions.accept(world.window, apply(world, service).pk, 1, NOW)
    case = actions.decide(world.reviewer, case.pk, 2, NOW, Outcome.GRANTED)
    case = take(officer(Role.HEAD_OF_AGENCY), case, "revoke_for_fraud", reason="以贿赂手段取得")
    assert ApplicationBar.objects.get().until == date(2029, 6, 1)
    assert kinds(case)[-1] == "revocation"


# --- deferred material, commitment, on the spot, cancellation --------------------------------------------------------


def test_deferred_material_overdue_is_withdrawn_by_the_clock(world: SmallWorld) -> None:
    service = service_of(world, "deferred")
    with pytest.raises(InvalidError):
        apply(world, service, materials=(2,))  # a main material is missing
    case = apply(world, service, materials=(1,))
    until = date(2026, 6, 12)
    case = take(world.window, case, "accept_deferred", until=until)
    assert (case.stage, case.clock_on) == ("deferred", until)
    assert "房屋租赁合同" in text_of(case, "deferred_acceptance")["zh"]["body"]
    assert run_deemed_effects(at(until)).taken == {}
    assert run_deemed_effects(at(until + timedelta(1))).taken == {"deem_withdrawn": 1}
    case.refresh_from_db()
    assert (case.state, kinds(case)[-1]) == (CaseState.WITHDRAWN, "deemed_withdrawal")


def test_deferred_material_that_follows_in_time(world: SmallWorld) -> None:
    case = apply(world, service_of(world, "deferred"), materials=(1,))
    case = take(world.window, case, "accept_deferred", until=date(2026, 6, 12))
    with pytest.raises(InvalidError) as refused:
        take(world.citizen, case, "supply_deferred")
    assert list(refused.value.fields) == ["materials.2"]
    lease = actions.upload(world.citizen, "合同.pdf", PDF)
    case = take(world.citizen, case, "supply_deferred", at(date(2026, 6, 12)), uploads={2: [lease.pk]})
    assert (case.stage, case.clock_on) == ("accepted", None)
    assert case.materials.filter(position=2).count() == 1


def test_nothing_missing_is_not_deferred(world: SmallWorld) -> None:
    with pytest.raises(ConflictError):
        take(world.window, apply(world, service_of(world, "deferred")), "accept_deferred", until=date(2026, 6, 12))


def test_a_commitment_is_decided_at_once_and_checked_later(world: SmallWorld, officer: Officer) -> None:
    case = apply(world, service_of(world, "commitment"))
    case = actions.decide(world.window, case.pk, 1, NOW, Outcome.GRANTED)
    assert (case.stage, case.outcome) == ("checking", Outcome.GRANTED)
    case = take(world.reviewer, case, "order_rectification", until=date(2026, 7, 1), reason="消防通道堵塞")
    assert "2026年7月1日" in text_of(case, "rectification_order")["zh"]["body"]
    with pytest.raises(NotAllowedError):
        take(world.reviewer, case, "revoke", reason="未整改")
    case = take(officer(Role.HEAD_OF_AGENCY), case, "revoke", reason="未整改")
    assert (case.state, kinds(case)[-1]) == (CaseState.CLOSED, "revocation")


@pytest.mark.parametrize(("procedure", "document"), [("on-the-spot", "grant"), ("cancellation", "cancellation")])
def test_on_the_spot_and_cancellation(world: SmallWorld, procedure: str, document: str) -> None:
    case = apply(world, service_of(world, procedure))
    if procedure == "cancellation":
        case = actions.accept(world.window, case.pk, 1, NOW)
    decider = world.window if procedure == "on-the-spot" else world.reviewer
    case = actions.decide(decider, case.pk, case.revision, NOW, Outcome.GRANTED)
    assert kinds(case)[-1] == document
    assert "符合法定条件、标准" in text_of(case, document)["zh"]["reason"]
    assert actions.deliver(world.window, case.pk, case.revision, NOW).state == CaseState.CLOSED


# --- overrun, lights, provisional dates, adopted rules ---------------------------------------------------------------


def test_an_overrun_is_explained_before_the_decision(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    with pytest.raises(ConflictError):
        take(world.reviewer, case, "explain_overrun", reason="还没到期")
    late = at(date(2026, 7, 1))
    with pytest.raises(ConflictError, match="2026"):
        actions.decide(world.reviewer, case.pk, case.revision, late, Outcome.GRANTED)
    case = take(world.reviewer, case, "explain_overrun", late, reason="系统故障三天")
    assert "系统故障" in text_of(case, "overrun_reason")["zh"]["reason"]
    case = actions.decide(world.reviewer, case.pk, case.revision, late, Outcome.GRANTED)
    assert (case.state, case.legal_due_on) == (CaseState.DECIDED, date(2026, 7, 15))
    later = at(date(2026, 7, 16))  # delivery has a limit of its own, and what was explained was another
    with pytest.raises(ConflictError, match="2026"):
        actions.deliver(world.window, case.pk, case.revision, later)
    case = take(world.reviewer, case, "explain_overrun", later, reason="制证设备检修")
    assert actions.deliver(world.window, case.pk, case.revision, later).state == CaseState.CLOSED


def test_a_hearing_that_is_late_is_explained_and_held_all_the_same(world: SmallWorld, offered: Case) -> None:
    case = take(world.citizen, offered, "request_hearing", at(date(2026, 6, 3)))
    late = at(date(2026, 7, 6))
    assert case.legal_due_on == date(2026, 7, 2)
    first = deadline(date(2026, 7, 6), Limit(7), china()).due
    case = take(world.reviewer, case, "explain_overrun", late, reason="主持人回避，重新指定")
    with pytest.raises(InvalidError):
        take(world.reviewer, case, "set_hearing", late, hearing_on=first + timedelta(1), reason="三楼会议室")
    assert take(world.reviewer, case, "set_hearing", late, hearing_on=first, reason="三楼会议室").stage == "hearing_set"


def test_lights_are_raised_once_and_late_cases_escalate(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)  # promised 8 June, legal 30 June
    none = {"due_soon": 0, "late": 0, "escalated": 0}
    assert refresh_lights(at(date(2026, 6, 3))) == none
    assert refresh_lights(at(date(2026, 6, 4))) == {**none, "due_soon": 1}
    assert refresh_lights(at(date(2026, 6, 5))) == none
    assert refresh_lights(at(date(2026, 6, 9))) == {**none, "late": 1}
    assert refresh_lights(at(date(2026, 7, 1))) == {**none, "escalated": 1}
    assert sorted(case.alerts.values_list("kind", flat=True)) == ["due_soon", "escalated", "late"]
    assert CaseAlert.objects.filter(raised_at__lt=NOW).count() == 0


CALENDAR_2027 = "date,kind,holiday\n2027-01-01,dayoff,New Year\n2027-01-04,dayoff,New Year\n"


def test_provisional_dates_are_counted_anew_when_the_notice_arrives(world: SmallWorld, submitted: Submit) -> None:
    start = at(date(2026, 12, 29))
    case = submitted(now=start)
    assert (case.due_on, case.due_provisional) == (date(2027, 1, 5), True)
    # Whatever is written or told of such a date says so.
    receipt, told = text_of(case, "receipt"), case.events.get().data
    assert "2027年1月5日（暂定" in receipt["zh"]["body"]
    assert "5 January 2027 (provisional" in receipt["en"]["body"]
    assert told["due_provisional"] is True
    outbox.drain(start)
    assert "2027年1月5日（暂定）" in my_messages(world.citizen).rows[0].text
    soon = at(date(2027, 1, 4))
    refresh_lights(soon)
    outbox.drain(soon)
    reminder = Message.objects.filter(notice="due_soon").first()
    assert reminder is not None
    assert "2027年1月5日（暂定）" in reminder.texts["zh"]["text"]
    assert run_deemed_effects(at(date(2027, 1, 6))).taken == {}  # a date that may still move binds nobody
    assert recompute_provisional(calendar_in_force()) == 0
    calendar = import_calendar(OPERATOR, CALENDAR_2027, "2027 notice", start)
    assert calendar.known_through == date(2027, 12, 31)
    assert recompute_provisional(calendar) == 1
    case.refresh_from_db()
    assert (case.due_on, case.due_provisional) == (date(2027, 1, 7), False)
    assert run_deemed_effects(at(date(2027, 1, 8))).taken == {"deem_accepted": 1}


def test_a_legal_date_beside_a_certain_promise_is_provisional_too(world: SmallWorld, submitted: Submit) -> None:
    start = at(date(2026, 12, 14))
    case = actions.accept(world.window, submitted(now=start).pk, 1, start)
    assert (case.due_on, case.due_provisional) == (date(2026, 12, 21), False)
    assert (case.legal_due_on, case.legal_due_provisional) == (date(2027, 1, 11), True)
    # A date that may still move binds nobody: no escalation, and no overrun to explain.
    over = at(date(2027, 1, 12))
    assert refresh_lights(over)["escalated"] == 0
    with pytest.raises(ConflictError):
        take(world.reviewer, case, "explain_overrun", over, reason="年底系统检修")
    assert recompute_provisional(calendar_in_force(), only_known=True) == 0
    calendar = import_calendar(OPERATOR, CALENDAR_2027, "2027 notice", start)
    assert recompute_provisional(calendar, only_known=True) == 1
    case.refresh_from_db()
    assert (case.due_on, case.due_provisional) == (date(2026, 12, 21), False)
    assert (case.legal_due_on, case.legal_due_provisional) == (date(2027, 1, 13), False)
    assert explain_case(world.reviewer, case.pk, date(2027, 1, 12)).agrees
    assert refresh_lights(over)["escalated"] == 0
    assert refresh_lights(at(date(2027, 1, 14)))["escalated"] == 1


def test_a_local_rule_is_off_until_adopted(world: SmallWorld, submitted: Submit) -> None:
    assert submitted().due_on == date(2026, 6, 8)
    with pytest.raises(InvalidError):
        adopt_rule(OPERATOR, "450700000000", "LIC-DECIDE", TODAY)
    with pytest.raises(NotFoundError):
        adopt_rule(OPERATOR, "999999999999", "ONLINE-CHECK", TODAY)
    with pytest.raises(NotAllowedError):
        adopt_rule(world.window, "450700000000", "ONLINE-CHECK", TODAY)
    adopt_rule(OPERATOR, "450700000000", "ONLINE-CHECK", TODAY, basis="钦州市政务服务办法")
    with pytest.raises(ConflictError):
        adopt_rule(OPERATOR, "450700000000", "ONLINE-CHECK", TODAY)
    case = submitted()  # the county lies in the city that adopted it
    assert (case.due_on, case.legal_due_on) == (date(2026, 6, 2), date(2026, 6, 8))
    drop_rule(OPERATOR, "450700000000", "ONLINE-CHECK", TODAY + timedelta(1))
    assert submitted(now=NOW + timedelta(1)).due_on == date(2026, 6, 9)
    assert Region.objects.filter(pk="450700000000").exists()


def test_one_case_that_cannot_be_handled_stops_no_other(world: SmallWorld, submitted: Submit) -> None:
    broken, sound = submitted(), submitted()
    Case.objects.filter(pk=broken.pk).update(procedure_version=99)
    run = run_deemed_effects(at(date(2026, 6, 9)))
    assert run.taken == {"deem_accepted": 1}
    assert "99" in run.failed[str(broken.pk)]
    sound.refresh_from_db()
    assert sound.state == CaseState.ACCEPTED


def test_old_cases_come_to_their_end_by_their_own_version(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    Case.objects.filter(pk=case.pk).update(procedure_version=1)
    case = actions.accept(world.window, case.pk, 1, NOW)
    with pytest.raises(ConflictError):
        take(world.reviewer, case, "offer_hearing", reason="第一版没有听证")
    case = actions.decide(world.reviewer, case.pk, case.revision, NOW, Outcome.GRANTED)
    assert actions.deliver(world.window, case.pk, case.revision, NOW).state == CaseState.CLOSED


def test_a_number_entered_here_keeps_its_meaning_when_it_ships_later(
    world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = SHIPPED_PROCEDURES.versions
    try:
        monkeypatch.setattr(SHIPPED_PROCEDURES, "versions", {**versions, "standard": (1, 2)})
        entered = SHIPPED_PROCEDURES.text("standard", 2).replace("待复核", "待审查")
        PROCEDURES.enter(OPERATOR, entered, NOW)
        case = apply(world, service_of(world, "standard"))
        monkeypatch.setattr(SHIPPED_PROCEDURES, "versions", versions)  # an upgrade ships a third version
        assert case.procedure_version == 3
        assert procedure_of("standard", 3).states["proposed"].title == "待审查"
        assert latest_procedure("standard").states["proposed"].title == "待审查"
        assert procedure_of("standard", 2).states["proposed"].title == "待复核"
        rows = [row for row in PROCEDURES.rows(OPERATOR) if (row.code, row.version) == ("standard", 3)]
        assert [row.entered_at for row in rows] == [NOW]
    finally:
        PROCEDURES.forget()


def test_a_case_goes_on_by_a_version_that_would_be_refused_today(world: SmallWorld) -> None:
    """Entered before keys given twice and denials without a reason were refused."""
    text = SHIPPED_PROCEDURES.text("on-the-spot", 1).replace("version: 1", "version: 2")
    denial = "    roles: [window_officer, reviewing_officer, head_of_agency]\n    asks: [reason]\n    stamps: decided\n"
    assert denial in text
    text = f"{text.replace(denial, denial.replace('reason', 'remark'))}start: submitted\n"
    try:
        with pytest.raises(InvalidError):
            PROCEDURES.enter(OPERATOR, text, NOW)
        ProcedureVersion.objects.create(
            code="on-the-spot", version=2, name="即办", name_en="Spot", document=text, entered_at=NOW, entered_by="x"
        )
        PROCEDURES.forget()
        case = apply(world, service_of(world, "on-the-spot"))
        assert case.procedure_version == 2
        case = actions.decide(world.window, case.pk, case.revision, NOW, Outcome.GRANTED)
        assert case.state == CaseState.DECIDED
    finally:
        PROCEDURES.forget()


def test_the_replay_of_events_gives_the_stored_dates(world: SmallWorld, offered: Case) -> None:
    case = take(world.citizen, offered, "request_hearing", at(date(2026, 6, 3)))
    procedure = procedure_of(case.procedure, case.procedure_version)
    events = happenings_of(case)
    for number, event in enumerate(events, start=1):
        times = times_of(case, procedure, events[:number])
        found = rules.due(procedure.states[event.stage].limit, times, china())
        agencys = found if procedure.states[event.stage].waits_for == "agency" else None
        stored = case.events.get(sequence=number).data
        assert stored["due"] == (agencys.promised.due.isoformat() if agencys else None)
        assert stored["legal_due"] == (agencys.legal.due.isoformat() if agencys else None)


def test_the_command_explains_a_case_and_tells_what_does_not_agree(world: SmallWorld, offered: Case) -> None:
    case = take(world.citizen, offered, "request_hearing", at(date(2026, 6, 3)))

    def explain(*arguments: str) -> Result:
        return CliRunner().invoke(explain_command, list(arguments))

    found = json.loads(explain(rules.written(case.number), "--json").stdout)
    assert [clock["rule"] for clock in found["clocks"] if clock["running"]] == ["LIC-HEARING-HOLD"]
    decision = next(clock for clock in found["clocks"] if clock["rule"] == "LIC-DECIDE")
    assert (decision["promised"]["due"] < decision["legal"]["due"], len(found["pauses"])) == (True, 2)
    assert sum(day["counted"] for day in decision["legal"]["days"]) == 20
    assert found["replay_agrees"] is True
    assert f"by law {case.legal_due_on}" in explain(case.number).stdout
    with translation.override("zh-hans"):  # codes for programs, words for people
        in_chinese = explain(case.number).stdout
        again = json.loads(explain(case.number, "--json").stdout)
    assert "周末" in in_chinese
    codes = {day["why"] for clock in again["clocks"] for day in clock["legal"]["days"]}
    assert {"workday", "weekend", "pause"} <= codes <= set(Why)
    for wrong in ("12", "编号", case.number[:-1]):
        told = explain(wrong)
        assert (told.exit_code, wrong in told.stderr, told.stdout) == (2, True, "")
    Case.objects.filter(pk=case.pk).update(legal_due_on=date(2026, 12, 31))
    told = explain(case.number)
    assert (told.exit_code, "do not give the dates" in told.stderr) == (1, True)


@pytest.mark.parametrize(
    ("working_days", "english", "chinese"),
    [
        (2, "2 working days are left, until 8 June 2026.", "还剩 2 个工作日，截止2026年6月8日。"),
        (1, "1 working day is left, until 8 June 2026.", "还剩 1 个工作日，截止2026年6月8日。"),
        (-1, "It was due on 8 June 2026: 1 working day late.", "应于2026年6月8日办结，已逾期 1 个工作日。"),
        (-3, "It was due on 8 June 2026: 3 working days late.", "应于2026年6月8日办结，已逾期 3 个工作日。"),
    ],
)
def test_what_is_left_is_said_in_the_right_number(working_days: int, english: str, chinese: str) -> None:
    left = Left(date(2026, 6, 8), working_days, [], is_over=working_days < 0, provisional=False)
    with translation.override("en"):
        assert left.in_words == english
    with translation.override("zh-hans"):
        assert left.in_words == chinese


def test_the_command_says_what_is_left_as_the_pages_do(world: SmallWorld, submitted: Submit) -> None:
    today = timezone.localdate()
    case = submitted(now=timezone.now())
    told = CliRunner().invoke(explain_command, [case.number]).stdout.splitlines()
    left = explain_case(world.citizen, case.pk, today).left
    assert left
    assert left.in_words in told
    assert any(line.startswith("Replayed from 1 event:") for line in told)


def test_the_clock_is_no_officer() -> None:
    assert (actions.CLOCK.role, actions.CLOCK.is_officer, actions.CLOCK.is_applicant) == ("platform", False, False)
    assert {"deemed_acceptance", "deemed_withdrawal", "deemed_renewal"} <= set(CaseDocument.Kind.values)


def test_a_case_over_its_legal_limit_is_escalated_to_the_supervisor(world: SmallWorld, submitted: Submit) -> None:
    actions.accept(world.window, submitted().pk, 1, NOW)
    (row,) = progress_by_agency(world.supervisor, date(2026, 6, 9))
    assert (row.late, row.escalated) == (1, 0)
    (row,) = progress_by_agency(world.supervisor, date(2026, 7, 1))
    assert (row.late, row.escalated) == (1, 1)


def test_overruns_are_public_without_names(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    take(world.reviewer, case, "explain_overrun", at(date(2026, 7, 1)), reason="系统故障三天")
    (row,) = public_overruns()
    assert (row.agency, row.reason) == ("灵山县市场监督管理局", "系统故障三天")
    assert world.citizen.person_name not in str(row)
