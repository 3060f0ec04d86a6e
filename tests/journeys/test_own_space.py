"""One's own space in a real browser: the level is raised in the middle of an application, without losing it."""

import re

import pytest
from pytest_django import DjangoDbBlocker
from stdnum.cn import ric

from tests.identity.provider.party import ASKS, BACK, LAW, Party, published
from tests.journeys.site import Site, Walk
from tests.portal.world import PASSWORD
from tongban.foundation.sealing import blind_index
from tongban.identity.actions import let_serve_counter
from tongban.identity.actor import platform_process
from tongban.identity.models import Account, AssuranceLevel, Person, Post
from tongban.identity.provider.actions.directory import Asked

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
NUMBER = "45072119910715002"
NUMBER += ric.calc_check_digit(NUMBER + "0")


@pytest.fixture(scope="module")
def newcomer(site: Site, django_db_blocker: DjangoDbBlocker) -> str:
    """Somebody whose identity is only self-declared; and the window serves the one-window counter from now on."""
    with django_db_blocker.unblock():
        account = Account.objects.create_user("tan.mei", PASSWORD)
        Person.objects.create(
            account=account,
            name="谭梅",
            id_number=NUMBER,
            id_number_index=blind_index(NUMBER, "person.id_number"),
            assurance_level=AssuranceLevel.DECLARED,
        )
        post = Post.objects.get(person__account=site.world.window)
        let_serve_counter(platform_process("tests"), post)
    return account.username


def _begin(walk: Walk) -> None:
    """From the guide, which is saved for later, to the step that takes more than one has."""
    walk.go(f"/guides/{walk.site.world.certain_identity.pk}/")
    walk.press("form[action*='/me/saved/'] button")
    assert walk.page.locator(".notice.success").is_visible()
    walk.press("form[action$='/apply'] button")
    walk.press(".task-list a")
    walk.page.fill("[name=shop_name]", "谭记凉粉")
    walk.page.fill("[name=floor_area]", "12")
    walk.page.check("[name=cold_food][value=false]")
    walk.press("main form button")
    walk.page.fill("[name=phone]", "13977700001")
    walk.press("main form button")
    walk.press(".task-list a[href$='/check/']")
    assert "/me/assurance/?need=5" in walk.page.url


def test_the_level_is_raised_at_the_counter_and_the_application_goes_on(site: Site, newcomer: str) -> None:
    window = site.world.actor(site.world.window)
    with site.walk("zh-hans") as citizen, site.walk("en") as counter, site.walk("en", scripted=False) as plain:
        citizen.sign_in(newcomer)
        _begin(citizen)
        citizen.look("assurance")
        citizen.press("#counter button")
        citizen.look("assurance-code")
        code = citizen.page.inner_text(".counter-code .number")
        assert re.fullmatch(r"\d{8}", code)

        counter.sign_in("li.chuang", window.hat)
        counter.go("/workbench/counter/")
        counter.page.check("[value=resident_card]")
        counter.page.fill("[name=name]", "谭梅")
        counter.page.fill("[name=id_number]", NUMBER)
        counter.page.fill("[name=code]", code)
        counter.press("main form button")
        assert "level L5" in counter.page.inner_text("main")
        counter.look("counter-desk-level")

        citizen.page.reload()
        citizen.look("assurance-met")
        citizen.press(".notice.success a.button")
        assert citizen.page.url.endswith("/check/")
        assert "谭记凉粉" in citizen.page.inner_text("main")
        citizen.page.check("[name=declaration]")
        citizen.press("main form button")
        assert citizen.page.url.endswith("/receipt/")

        # Without script it is the same.
        plain.sign_in(newcomer)
        plain.go("/me/")
        plain.page.fill("#own-q", "gtgsh")
        plain.press("form.own-search button")
        assert plain.page.locator("main .case-list a").count() == 2  # the case, and what was saved
        for address, name in (
            ("/me/", "my-space"),
            ("/me/search/?q=gtgsh", "my-search"),
            ("/me/saved/", "my-saved"),
            ("/me/suggestions/", "my-suggestions"),
            ("/life/", "life"),
        ):
            citizen.go(address)
            citizen.look(name)
        citizen.go("/me/assurance/")
        citizen.press("td a")
        citizen.look("assurance-revoke")
        citizen.page.fill("[name=reason]", "不是本人")
        citizen.press("main form button")
        assert "L2" in citizen.page.inner_text(".levels .held")


@pytest.fixture(scope="module")
def application(site: Site, django_db_blocker: DjangoDbBlocker) -> Party:
    """A department's system in the directory, which asks for one thing that it can do without."""
    with django_db_blocker.unblock():
        post = Post.objects.select_related("agency").get(person__account=site.world.window)
        return published(post.agency, asks=(*ASKS, Asked("phone", "短信提醒", LAW, "To remind you", optional=True)))


def test_an_application_is_agreed_to_by_keyboard_alone(site: Site, newcomer: str, application: Party) -> None:
    asked = application.request(scope="openid profile phone")
    for language, scripted in (("zh-hans", True), ("en", False)):
        with site.walk(language, scripted=scripted) as person:
            person.page.route(f"{BACK}**", lambda route: route.fulfill(status=200, body="here"))
            person.sign_in(newcomer)
            person.go("/applications/")
            person.look("applications")
            person.press(".application-list a")
            person.look("application")
            person.go(asked)
            person.look("consent")
            # From the tick to the button by the keys that everybody has.
            person.page.focus("[name=tell]")
            person.page.keyboard.press("Space" if scripted else "Tab")
            if scripted:
                person.page.keyboard.press("Tab")
            assert person.page.evaluate("document.activeElement.value") == "agree"
            person.page.keyboard.press("Enter")
            # The page that answers the form goes on by itself, without script too.
            person.page.wait_for_url(f"{BACK}**")
            assert "code=" in person.page.url
            person.go("/me/applications/")
            person.look("my-applications")
            person.press("main form button")  # and takes it back
            assert person.page.locator(".application-list li").count() == 0
