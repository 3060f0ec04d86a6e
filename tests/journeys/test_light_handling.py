"""Light handling in a real browser: guided to a list, decided at once by rule, explained, and looked at by officers."""

import pytest

from tests.journeys.site import Site, Walk, a_file

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def fill_in_and_send(walk: Walk) -> None:
    """From the task list to the receipt."""
    page = walk.page
    walk.press(".task-list a[href*='/questions/']")
    page.fill("[name=shop_name]", "海湾小厨")
    page.fill("[name=area]", "36")
    walk.press("main form button")
    page.fill("[name=phone]", "13977712345")
    walk.press("main form button")
    walk.press(".task-list a[href$='/materials/']")
    walk.press(".task-list a[href$='/materials/1/']")
    page.set_input_files("[name=file]", a_file("plan.pdf"))
    walk.press("form[enctype] button")
    walk.press("main .button")
    walk.press(".task-list a[href$='/check/']")
    page.check("[name=declaration]")
    walk.press("main form button")


def test_a_guided_applicant_is_granted_at_once_and_asks_for_an_officer(site: Site) -> None:
    world = site.world
    service = site.light
    reviewer = world.actor(world.reviewer)
    with site.walk("zh-hans") as citizen, site.walk("en") as reviewing:
        page = citizen.page
        citizen.go(f"/guides/{service.pk}/situation")
        citizen.look("guidance-question")
        page.check("[name=premises][value=rented]")
        citizen.press("main form button")
        page.check("[name=landlord][value=public]")
        citizen.press("main form button")
        citizen.look("guidance-list")
        assert "the landlord is government itself" in page.inner_text("main")

        citizen.sign_in("nong.hao")
        citizen.go(f"/guides/{service.pk}/situation?premises=rented&landlord=public")
        citizen.press("form[action$='/apply'] button")
        citizen.look("light-task-list")
        citizen.press(".task-list a[href$='/situation/']")
        citizen.look("situation-in-draft")
        citizen.press("main a.button")
        citizen.press(".task-list a[href$='/way/']")
        citizen.look("way")
        citizen.press("main form button")
        fill_in_and_send(citizen)
        citizen.look("light-receipt")

        citizen.press("a[href$='/explanation/']")
        citizen.look("explanation")
        case = page.url.split("/explanation")[0].removeprefix(site.url)
        citizen.go(f"{case}/list/")
        citizen.look("frozen-list")
        citizen.go("/me/offers/")
        citizen.look("no-offers")
        citizen.go(f"{case}/step/ask_for_review/")
        page.fill("[name=reason]", "请工作人员看一看面积。")
        citizen.press("main form button")

        reviewing.sign_in("zhao.shen", reviewer.hat)
        reviewing.go("/workbench/tasks/")
        reviewing.look("workbench-tasks")
        reviewing.press("main table a")
        reviewing.press("a[href$='/light/']")
        reviewing.look("workbench-case-light")
        reviewing.go(reviewing.page.url.removeprefix(site.url).replace("/light/", "/grant/"))
        reviewing.press("main form button")
        reviewing.go("/workbench/tasks/")
        assert "No open tasks" in reviewing.page.inner_text("main")
