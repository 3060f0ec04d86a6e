"""The main job in a real browser: apply, be told to correct, correct, be accepted, be granted, receive, rate."""

import pytest
from playwright.sync_api import FilePayload

from tests.journeys.site import Site, Walk, a_file

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def apply_for_the_licence(walk: Walk, *, look: bool = False) -> str:
    """From the guide to the receipt; the case's address."""
    page, name = walk.page, walk.look if look else lambda _name: None
    walk.go(f"/guides/{walk.site.world.licence.pk}/")
    name("guide")
    walk.press("form[action$='/apply'] button")
    name("task-list")
    walk.press(".task-list a")
    if look:
        walk.press("main form button")
        name("questions-with-errors")
    page.fill("[name=shop_name]", "海湾小厨")
    page.fill("[name=floor_area]", "86")
    page.check("[name=cold_food][value=false]")
    walk.press("main form button")
    name("questions")
    page.fill("[name=phone]", "13977712345")
    walk.press("main form button")
    walk.press(".task-list a[href$='/materials/']")
    name("materials")
    for position in (1, 2):
        walk.press(f".task-list a[href$='/materials/{position}/']")
        page.set_input_files("[name=file]", a_file(f"material-{position}.pdf"))
        if position == 1:
            name("material")
        walk.press("form[enctype] button")
    walk.press("main .button")
    name("task-list-complete")
    walk.press(".task-list a[href$='/check/']")
    name("check")
    page.check("[name=declaration]")
    walk.press("main form button")
    assert page.url.endswith("/receipt/")
    name("receipt")
    return page.url.removesuffix("receipt/").removeprefix(walk.site.url)


def apply_in_short(walk: Walk) -> str:
    """From the task list to the receipt; the case's address.

    For ways on which the application is one thing among others: every page of it is gone through on that of
    `apply_for_the_licence`. Here what the pages between would send is sent without them.
    """
    draft = walk.page.url
    walk.send(f"{draft}questions/shop/", shop_name="海湾小厨", floor_area="86", cold_food="false")
    walk.send(f"{draft}questions/contact/", phone="13977712345")
    for position in (1, 2):
        walk.send(f"{draft}materials/{position}/", file=a_file(f"material-{position}.pdf"))
    walk.page.reload()
    walk.press(".task-list a[href$='/check/']")
    assert "海湾小厨" in walk.page.inner_text("main")
    walk.page.check("[name=declaration]")
    walk.press("main form button")
    assert walk.page.url.endswith("/receipt/")
    return walk.page.url.removesuffix("receipt/").removeprefix(walk.site.url)


def take(walk: Walk, case: str, step: str, reason: str = "", *, look: bool = False) -> None:
    """An officer takes one step on the case, from its page at the workbench."""
    walk.go(f"/workbench{case}")
    if look:
        walk.look(f"workbench-case-{step.replace('_', '-')}")
    walk.press(f"main a[href$='/{step}/']")
    if look:
        walk.look(f"workbench-{step.replace('_', '-')}")
    if reason:
        walk.page.fill("[name=reason]", reason)
    walk.press("main form button")
    assert walk.page.locator(".notice.success").is_visible()


WORDS = {
    "zh-hans": {"correct": "平面图缺少签字，请补签后重新上传。", "comment": "讲得清楚，办得快。"},
    "en": {"correct": "The floor plan is not signed. Sign it and upload it again.", "comment": "Clear and quick."},
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_from_the_first_page_to_the_rating(site: Site, language: str) -> None:
    world, words = site.world, WORDS[language]
    window, reviewer = world.actor(world.window), world.actor(world.reviewer)
    with (
        site.walk(language) as citizen,
        site.walk(language) as at_window,
        site.walk(language) as reviewing,
    ):
        citizen.go("/")
        citizen.look("home")
        citizen.page.fill("#home-q", "spjyxk")
        citizen.press("main form button")
        citizen.look("search")
        citizen.go("/sign-in")
        citizen.look("sign-in")
        citizen.sign_in("wei.lan")
        case = apply_for_the_licence(citizen, look=True)
        with citizen.page.expect_download() as download:
            citizen.page.locator("a[href$='.pdf']").first.click()
        assert download.value.suggested_filename.endswith(".pdf")
        assert download.value.path().read_bytes().startswith(b"%PDF-")
        citizen.press("main a.button")
        citizen.look("case-submitted")

        at_window.sign_in("li.chuang", window.hat)
        at_window.go("/workbench/inbox/")
        at_window.look("workbench-inbox")
        take(at_window, case, "return_for_correction", words["correct"], look=True)

        citizen.go("/me/")
        citizen.look("my-cases")
        citizen.press(".notice a")
        citizen.look("correct")
        assert words["correct"] in citizen.page.inner_text("main")
        citizen.page.set_input_files("[name=material-2]", a_file("signed-plan.pdf"))
        citizen.press("main form button")
        assert "signed-plan.pdf" in citizen.page.inner_text("main")

        take(at_window, case, "accept", look=True)
        reviewing.sign_in("zhao.shen", reviewer.hat)
        take(reviewing, case, "grant", look=True)
        take(at_window, case, "deliver")

        citizen.go(case)
        citizen.look("case-closed")
        citizen.press(".timeline a >> nth=-1")
        citizen.look("decision")
        citizen.go(f"{case}rate/")
        citizen.look("rate")
        citizen.page.check("[name=level][value='5']")
        citizen.page.fill("[name=comment]", words["comment"])
        citizen.press("main form button")
        citizen.look("rated")
        citizen.go(f"/guides/{world.licence.pk}/ratings/")
        citizen.look("ratings")
        assert words["comment"] in citizen.page.inner_text("main")
        assert len(citizen.seen) == len(set(citizen.seen)) == 20


def test_without_script_everything_can_be_done(site: Site) -> None:
    with site.walk("zh-hans", scripted=False) as citizen:
        citizen.sign_in("nong.hao")
        case = apply_for_the_licence(citizen)
        citizen.press("button[name=language]")
        citizen.go(f"{case}withdraw/")
        citizen.press("main form button")
        assert citizen.page.locator(".tag").first.inner_text() == "withdrawn"


class Keyboard:
    """Somebody who has no mouse."""

    MOST_TABS = 120

    def __init__(self, walk: Walk) -> None:
        self.page = walk.page
        # The browser hands dialogs to us as long as somebody listens; begun only with the key press it may be late.
        self.page.on("filechooser", lambda _dialog: None)

    def reach(self, selector: str) -> None:
        """Tab until the element has the focus, and can be seen to have it."""
        for _step in range(self.MOST_TABS):
            if self.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                outline = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"the focus on {selector} cannot be seen"
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab does not reach {selector} on {self.page.url}")

    def wait_for_focus(self, selector: str) -> None:
        """Where the page's script puts the focus once it is loaded."""
        self.page.wait_for_function("s => document.activeElement.matches(s)", arg=selector)

    def type(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.type(text)

    def enter(self, selector: str) -> None:
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, selector: str) -> None:
        self.reach(selector)
        self.page.keyboard.press("Space")

    def give(self, selector: str, file: FilePayload) -> None:
        """Open the system's file dialog with the keyboard and take a file there."""
        self.reach(selector)
        with self.page.expect_file_chooser() as dialog:
            self.page.keyboard.press("Enter")
        dialog.value.set_files(file)


def test_by_keyboard_alone(site: Site) -> None:
    with site.walk("en") as citizen:
        keys = Keyboard(citizen)
        citizen.go("/")
        citizen.page.keyboard.press("Tab")
        assert citizen.page.evaluate("document.activeElement.className") == "skip-link"
        keys.type("#home-q", "food business")
        keys.enter("#home-q")
        keys.enter(f"a[href='/guides/{site.world.licence.pk}/']")
        keys.enter("form[action$='/apply'] button")
        keys.type("[name=username]", "nong.hao")
        keys.type("[name=password]", "one-network-2026")
        keys.enter("main form button")
        keys.enter("main form button")
        keys.enter(".task-list a[href*='/shop/']")
        keys.enter("main form button:not([name])")
        keys.wait_for_focus(".error-summary")
        keys.reach(".error-summary a[href='#field-shop_name']")
        citizen.page.keyboard.press("Enter")
        assert citizen.page.evaluate("document.activeElement.id") == "field-shop_name"
        citizen.page.keyboard.type("键盘小店")
        keys.type("[name=floor_area]", "30")
        keys.reach("[name=cold_food]")
        citizen.page.keyboard.press("ArrowDown")
        keys.enter("main form button:not([name])")
        keys.type("[name=phone]", "13977712345")
        keys.enter("main form button:not([name])")
        assert citizen.page.locator(".tag.done").count() == 2
        keys.enter(".task-list a[href$='/materials/']")
        for position in (1, 2):
            keys.enter(f".task-list a[href$='/materials/{position}/']")
            keys.give("[name=file]", a_file(f"material-{position}.pdf"))
            keys.enter("form[enctype] button")
        keys.enter("main .button")
        keys.enter(".task-list a[href$='/check/']")
        keys.enter("main form button")
        keys.wait_for_focus(".error-summary")
        keys.choose("[name=declaration]")
        keys.enter("main form button")
        assert citizen.page.url.endswith("/receipt/")
        keys.enter("main a.button")
        assert "键盘小店" in citizen.page.inner_text("main")
