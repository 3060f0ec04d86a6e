"""The desk in a real browser: taken in at the counter of one agency, assigned, helped with and handled at another."""

from datetime import date

import pytest
from pytest_django import DjangoDbBlocker
from stdnum.cn import ric

from tests.journeys.site import Site, Walk, a_file
from tests.portal.world import COUNTY, PASSWORD, START
from tongban.government.models import Agency, Department
from tongban.identity.actions import appoint, let_serve_counter
from tongban.identity.actor import actor_for, platform_process
from tongban.identity.models import Account, Person, Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
NUMBER = "45072119400512002"
NUMBER += ric.calc_check_digit(NUMBER + "0")


@pytest.fixture(scope="module")
def hat(site: Site, django_db_blocker: DjangoDbBlocker) -> str:
    """Somebody at the one-window counter of another agency: their hat. Made outside the test's transaction, for the
    site to see.
    """
    with django_db_blocker.unblock():
        return _counter_officer(site)


def _counter_officer(site: Site) -> str:
    operator, agency = platform_process("tests"), site.world.agency
    hall = Agency.objects.create(
        department=Department.objects.create(code="service-centre", name="政务服务中心", name_en="Service centre"),
        region_id=COUNTY,
        platform=agency.platform,
        name="灵山县政务服务中心",
        name_en="Lingshan Service Centre",
    )
    account = Account.objects.create_user("hall.luo", PASSWORD)
    person = Person.objects.create(account=account, name="罗晴", assurance_level=4)
    post = appoint(operator, person, hall, Role.WINDOW_OFFICER, START, title="综合窗口", title_en="One-window counter")
    let_serve_counter(operator, post)
    return actor_for(account, f"post:{post.pk}", date.today()).hat  # noqa: DTZ011 - any day the post is held on


def _take_in(counter: Walk) -> None:
    counter.go("/workbench/hall/")
    counter.page.fill("[name=name]", "谭阿婆")
    counter.press("button:has-text('Draw a number')")
    counter.look("counter-number")
    counter.go("/workbench/hall/")
    counter.press("button[name=next]")
    counter.look("hall")
    counter.press("main a:has-text('Take an application in')")
    counter.page.check("[value=resident_card]")
    counter.page.fill("[name=name]", "谭阿婆")
    counter.page.fill("[name=id_number]", "1")
    counter.press("main form button")
    counter.look("counter-wrong-number")
    counter.page.fill("[name=id_number]", NUMBER)
    counter.press("main form button")
    counter.page.fill("main [name=text]", "Food")
    counter.press("main form.filters button")
    counter.look("counter-desk")
    counter.press("main .task-list button")
    counter.page.fill("[name=shop_name]", "阿婆凉粉")
    counter.page.fill("[name=floor_area]", "12")
    counter.page.check("[name=cold_food][value=false]")
    counter.page.fill("[name=phone]", "13977712345")
    for position in (1, 2):
        counter.page.set_input_files(f"[name=material-{position}]", a_file(f"scan-{position}.pdf"))
    counter.look("counter-form")
    counter.press("button[name=submit]")
    counter.look("counter-receipt")
    assert "罗晴" in counter.page.inner_text("main")


def test_one_window_then_the_desks_of_two_agencies(site: Site, hat: str) -> None:
    window, reviewer = site.world.actor(site.world.window), site.world.actor(site.world.reviewer)
    with site.walk("en") as counter, site.walk("en") as at_window, site.walk("en") as reviewing:
        counter.sign_in("hall.luo", hat)
        _take_in(counter)

        at_window.sign_in("li.chuang", window.hat)
        at_window.go("/workbench/inbox/")
        at_window.page.fill("main [name=text]", "谭阿婆")
        at_window.press("main form.filters button")
        at_window.look("workbench-inbox-desk")
        # By keyboard: to the case, and into it.
        at_window.page.keyboard.press("j")
        with at_window.page.expect_navigation():
            at_window.page.keyboard.press("Enter")
        case = at_window.page.url
        at_window.page.fill("main [name=text]", "Came to the counter in person.")
        at_window.press("button:has-text('Keep the note')")
        at_window.look("workbench-case-desk")
        at_window.press("main a[href$='/assign/']")
        at_window.look("workbench-assign")
        at_window.page.check(f"[name=post][value='{reviewer.post_id}']")
        at_window.press("main form button")
        at_window.press("main a[href$='/ask/']")
        at_window.page.select_option("[name=asked]", label="Lingshan Service Centre")
        at_window.page.fill("[name=question]", "Did she show the original licence?")
        at_window.page.check("[name=answers][value=shop_name]")
        at_window.look("workbench-ask")
        at_window.press("main form[method=post] button")

        counter.go("/workbench/inbox/")
        counter.press("main a[href*='/cooperation/']")
        assert "阿婆凉粉" in counter.page.inner_text("main")
        assert "谭阿婆" not in counter.page.inner_text("main")
        counter.look("workbench-cooperation")
        counter.page.fill("[name=text]", "Yes.")
        counter.press("button[value=answer]")

        reviewing.sign_in("zhao.shen", reviewer.hat)
        reviewing.go("/workbench/inbox/?whose=mine")
        reviewing.page.keyboard.press("j")
        reviewing.page.keyboard.press("x")
        reviewing.press("form#bulk button")
        reviewing.page.check("[name=act][value=receive]")
        reviewing.look("workbench-bulk")
        reviewing.press("main form button")
        reviewing.look("workbench-bulk-result")
        assert "1 case: done" in reviewing.page.inner_text("main")
        reviewing.page.goto(case)
        assert "Came to the counter in person." in reviewing.page.inner_text("main")
        for page in ("absences", "templates"):
            reviewing.go(f"/workbench/{page}/")
            reviewing.look(f"workbench-{page}")
