"""Acting for another in a real browser: offered, accepted, used for an application, revoked; the next click refused."""

import pytest
from pytest_django import DjangoDbBlocker
from stdnum.cn import ric

from tests.journeys.site import Site
from tests.journeys.test_main_job import apply_in_short
from tongban.foundation.sealing import blind_index
from tongban.identity.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def _number(front: str) -> str:
    return front + str(ric.calc_check_digit(front + "0"))


MOTHER, CARER = _number("45072119510304002"), _number("45072119840506003")


@pytest.fixture(scope="module")
def numbers(site: Site, django_db_blocker: DjangoDbBlocker) -> None:
    """Both have an identity number. Made outside the test's transaction, for the site to see."""
    with django_db_blocker.unblock():
        for account, number in ((site.world.citizen, MOTHER), (site.world.stranger, CARER)):
            index = blind_index(number, "person.id_number")
            Person.objects.filter(account=account).update(id_number=number, id_number_index=index)


def test_a_delegation_is_offered_accepted_used_and_revoked(site: Site, numbers: None) -> None:
    mother_id = Person.objects.get(account=site.world.citizen).pk
    with site.walk("en") as mother, site.walk("zh-hans") as carer:
        mother.sign_in("wei.lan")
        mother.go(f"/guides/{site.world.licence.pk}/")
        mother.press("a[href*='/me/delegations/new/']")
        mother.look("delegation-matters")
        mother.press("button[name=go]")
        assert "Food business licence" in mother.page.inner_text("main")
        mother.press("main form button")
        mother.look("delegation-offer-errors")
        mother.page.check("[name=kind][value=carer]")
        mother.page.fill("[name=name]", "农浩")
        mother.page.fill("[name=number]", CARER)
        mother.press("main form button")
        mother.look("delegations")
        assert "waits for an answer" in mother.page.inner_text("main")

        carer.sign_in("nong.hao")
        carer.go("/me/")
        carer.press(".notice a")
        carer.press("main .case-list a")
        carer.look("delegation-to-answer")
        carer.press("button[name=accept]")
        carer.go("/act-as/")
        carer.page.check(f"[name=hat][value='person:{mother_id}']")
        carer.press("main form button")
        assert "代 韦兰" in carer.page.inner_text("header")
        carer.go(f"/guides/{site.world.licence.pk}/")
        carer.press("form[action$='/apply'] button")
        case = apply_in_short(carer)
        carer.go(case)
        carer.look("case-applied-for-another")
        assert "农浩代韦兰（护理人）" in carer.page.inner_text("main")

        mother.go(case)
        assert "农浩 for 韦兰 (carer)" in mother.page.inner_text("main")
        mother.go("/me/delegations/")
        mother.press("main .case-list a")
        mother.look("delegation-in-force")
        mother.press("button[name=end]")

        carer.page.reload()
        refused = carer.page.inner_text("main")
        assert "没有这个办件" in refused or "无权" in refused or "不属于" in refused
        assert "代 韦兰" not in carer.page.inner_text("header")
