"""The three bundles that ship, from the first page to the last grant, by officers of different agencies and regions."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from tests.bundle_world import CHILD_ID, CITY, COUNTY, PARENT_ID, TOWN, BundleWorld, answers_to, build_bundle_world
from tests.journeys.site import Site, Walk, a_file
from tests.portal.world import PASSWORD
from tongban.cases.actions import advance_stirred
from tongban.cases.bundle_store import composition, latest_bundle, parts_in, pins_of
from tongban.cases.bundles.merging import Composition
from tongban.cases.models import BundleCase
from tongban.foundation import outbox
from tongban.foundation.forms.fields import Kind
from tongban.government.models import Region

# No transaction of a test's own: what the worker does here must be seen by the server, and is cleared with the site.
pytestmark = pytest.mark.browser

SEQUENCE = {
    "newborn": ("birth", "vaccination", "insurance", "card"),
    "restaurant": ("drain", "sign", "food"),
    "house": ("contract", "fund", "tax", "title"),
}
ANSWERS: dict[str, dict[str, Any]] = {
    "newborn": {"joins_insurance": True, "wants_card": True, "guardian_id": PARENT_ID},
    "restaurant": {"has_sign": True, "hires_first": False},
    "house": {"uses_fund": True},
}
SERVICE = {
    "birth": "birth-registration",
    "vaccination": "vaccination-record",
    "insurance": "resident-medical-insurance",
    "card": "social-security-card",
    "food": "food-business-licence",
    "sign": "outdoor-sign-permit",
    "drain": "drainage-permit",
    "contract": "home-sale-filing",
    "tax": "deed-tax-declaration",
    "title": "home-transfer-registration",
    "fund": "housing-fund-for-purchase",
}


@pytest.fixture(scope="module")
def bundles(site: Site, django_db_blocker: Any) -> Iterator[BundleWorld]:
    """The bundles' services beside the site's own world; what the worker does is done here, on committed rows."""
    with django_db_blocker.unblock():
        yield build_bundle_world(PASSWORD)


def merged(code: str) -> Composition:
    bundle = latest_bundle(code)
    return composition(bundle, pins_of(parts_in(bundle, Region.objects.get(pk=TOWN), timezone.localdate())))


def fill_in(walk: Walk, found: Composition, answers: dict[str, Any], *, look: bool = False) -> None:
    """Every group of questions on its own page, each answer in its field."""
    form = found.form
    walk.press(".task-list a")
    for group in form.groups(answers):
        assert f"/questions/{group.id}/" in walk.page.url
        asked = form.asked(answers)
        for name in group.fields:
            if name not in asked or name not in answers:
                continue
            for posted, values in form.render(group.id, {name: answers[name]}).items():
                for value in values:
                    enter(walk, posted, value, asked[name].kind)
        if look and group.id == "once":
            walk.look("asked-once")
        walk.press("main form button")


def enter(walk: Walk, name: str, value: str, kind: Kind) -> None:
    choice = walk.page.locator(
        f"[name='{name}'][type=radio][value='{value}'], [name='{name}'][type=checkbox][value='{value}']"
    )
    if choice.count():
        choice.first.check()
    elif walk.page.locator(f"select[name='{name}']").count():
        walk.page.select_option(f"select[name='{name}']", value)
    else:
        assert kind is not Kind.ARRAY
        walk.page.fill(f"[name='{name}']", value)


def apply_for(walk: Walk, code: str, *, look: bool = False) -> str:
    """From the first page to the number; the address of the application."""
    name = walk.look if look else lambda _name: None
    walk.go("/")
    walk.press(f"main .entries a[href='/one-thing/{code}/']")
    name("bundle")
    walk.press("main form button")
    draft = walk.page.url.removeprefix(walk.site.url)
    found = merged(code)
    answers = answers_to(found.form, 11, **ANSWERS[code])
    fill_in(walk, found, answers, look=look)
    for material in found.materials_asked(answers):
        walk.go(f"{draft}materials/{material.position}/")
        walk.page.set_input_files("[name=file]", a_file(f"material-{material.position}.pdf"))
        walk.press("form[enctype] button")
    walk.press("main .button")
    walk.press(".task-list a[href$='/check/']")
    name("bundle-check")
    walk.page.check("[name=declaration]")
    walk.press("main form button")
    assert "/me/one-thing/" in walk.page.url
    name("bundle-sent")
    return walk.page.url.split("?")[0].removeprefix(walk.site.url)


def follow() -> None:
    """What the worker does."""
    now = timezone.now()
    while outbox.drain(now):
        pass
    advance_stirred(now)


def take(walk: Walk, address: str, step: str) -> None:
    walk.go(f"{address}{step}/")
    if walk.page.locator("[name=reason]").count():
        walk.page.fill("[name=reason]", "材料齐全，符合规定。")
    walk.press("main form button")
    assert walk.page.locator(".notice.success").is_visible()


def test_three_things_at_once_by_officers_of_many_agencies(site: Site, bundles: BundleWorld) -> None:
    acted: set[tuple[str, str]] = set()
    in_english = {"house"}
    for code, order in SEQUENCE.items():
        language = "en" if code in in_english else "zh-hans"
        with site.walk(language) as walk, site.walk(language) as officer:
            walk.page.context.add_cookies([{"name": "region", "value": TOWN, "url": site.url}])
            organised = code == "restaurant"
            hat = f"organisation:{bundles.organisation.pk}" if organised else "person"
            walk.sign_in("baoliang" if organised else "mo.xiaohua", hat)
            address = apply_for(walk, code, look=code == "newborn")
            bundle = BundleCase.objects.get(pk=address.strip("/").split("/")[-1])
            why = walk.page.inner_text("main .inset")
            assert ("45个工作日" in why) == (code == "restaurant"), why
            for part in order:
                case = bundle.parts.get(name=part).case_id
                assert case is not None, f"{part} did not begin"
                account = bundles.officers[SERVICE[part]]
                agency = bundles.officer(SERVICE[part]).post
                assert agency is not None
                acted.add((account.username, agency.region_code))
                officer.sign_in(account.username, bundles.officer(SERVICE[part]).hat)
                take(officer, f"/workbench/cases/{case}/", "accept")
                take(officer, f"/workbench/cases/{case}/", "grant")
                if part == "birth":
                    officer.go(f"/workbench/cases/{case}/")
                    officer.look("workbench-part-of-a-bundle")
                    officer.press("main .notice a[href$='/results/']")
                    officer.look("workbench-results")
                    officer.page.fill("[name=child_id]", CHILD_ID)
                    officer.press("main form button")
                    assert officer.page.locator(".notice.success").is_visible()
                follow()
                if part == "fund":
                    walk.go(address)
                    walk.look("bundle-half-way")
                if part == "title":  # it leads: its officers see the whole
                    officer.go("/workbench/one-thing/")
                    officer.look("workbench-led-bundles")
                    officer.press("main tbody a")
                    officer.look("workbench-bundle")
            walk.go(address)
            if code == "house":
                walk.look("bundle-done")
            done = "granted" if language == "en" else "准予"
            assert walk.page.locator(".part-list .tag").all_inner_texts() == [done] * len(order)
            walk.go("/me/")
            if code == "house":
                walk.look("my-cases-with-bundles")
            assert address in walk.page.content()
    assert len({username for username, _region in acted}) >= 9
    assert {region for _username, region in acted} == {CITY, COUNTY, TOWN}
