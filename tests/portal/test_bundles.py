"""The pages of one thing at once, for applicants, agencies and administrators."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from tests.bundle_world import CHILD_ID, CITY, COUNTY, PARENT_ID, TOWN, BundleWorld, answers_to, build_bundle_world
from tests.kept import copied, kept
from tests.world import PDF
from tongban.cases import actions
from tongban.cases.bundle_store import BUNDLES, composition, latest_bundle, parts_in, pins_of, places_with_all
from tongban.cases.bundles.definition import SHIPPED_BUNDLES
from tongban.cases.models import BundleCase, Draft, Outcome
from tongban.foundation import outbox
from tongban.foundation.masking import masked
from tongban.foundation.yamltext import read_yaml
from tongban.government.models import Region
from tongban.identity.models import Account, Person, Post, Role
from tongban.userspace.queries import my_messages

BESIDE = "450721103000"

pytestmark = pytest.mark.django_db


built = kept(build_bundle_world)


@pytest.fixture
def world(db: None, built: BundleWorld) -> Iterator[BundleWorld]:
    yield copied(built)
    BUNDLES.forget()  # what a test entered is rolled back


def client(account: Account | None = None, *, region: str = TOWN) -> Client:
    found = Client(headers={"Accept-Language": "en"})
    found.cookies.load({"region": region, "language": "en"})
    if account:
        found.force_login(account)
    return found


def place(code: str, name: str, parent: Region) -> Region:
    """A region in which nothing is offered."""
    return Region.objects.create(
        code=code,
        name=name,
        name_en=name,
        level=parent.level + 1,
        parent=parent,
        lineage=[*parent.lineage, code],
        platform=parent.platform,
    )


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def applied(world: BundleWorld, code: str, **own: Any) -> BundleCase:
    actor, now = world.applicant(), timezone.now()
    bundle = latest_bundle(code)
    found = composition(bundle, pins_of(parts_in(bundle, Region.objects.get(pk=TOWN), timezone.localdate())))
    answers = answers_to(found.form, 5, **own)
    files = {m.position: [actions.upload(actor, "a.pdf", PDF).pk] for m in found.materials_asked(answers)}
    return actions.submit_bundle(actor, code, TOWN, answers, files, now)


def refused(world: BundleWorld, bundle: BundleCase, part: str, key: str) -> None:
    """The part's own agency denies it, and what follows is done."""
    case, who, now = bundle.parts.get(name=part).case, world.officer(key), timezone.now()
    assert case is not None
    case = actions.accept(who, case.pk, case.revision, now)
    actions.decide(who, case.pk, case.revision, now, Outcome.DENIED, "不符合规定条件")
    actions.advance_bundle(bundle.pk, now)


def test_found_from_the_first_page_and_from_a_guide(world: BundleWorld) -> None:
    visitor = client()
    home = visitor.get("/").content.decode()
    assert all(f'href="/one-thing/{code}/"' in home for code in ("restaurant", "newborn", "house"))
    guide = visitor.get(f"/guides/{world.services['deed-tax-declaration'].pk}/").content.decode()
    assert 'href="/one-thing/house/"' in guide
    assert 'href="/one-thing/newborn/"' not in guide
    listed = text_of(client(region=COUNTY).get("/one-thing/"))
    assert "Nobody here offers: Vaccination record" in listed


def test_what_it_is_before_anybody_signs_in(world: BundleWorld) -> None:
    visitor = client()
    page = text_of(visitor.get("/one-thing/house/"))
    assert "1 instead of 4" in page
    assert "Begins when this is done: Filing of the contract" in page
    assert "is held until you apply again or give it up" in page
    assert visitor.post("/one-thing/house/")["Location"] == "/sign-in?next=/one-thing/house/"
    not_here = client(region=COUNTY).get("/one-thing/newborn/")
    assert "In Lingshan County nobody offers: Vaccination record" in text_of(not_here)
    assert b"Apply for everything" not in not_here.content
    assert not_here.content.count(b"Another region") == 1
    assert b"Change the region" not in not_here.content
    assert visitor.get("/one-thing/wedding/").status_code == 404


@pytest.mark.parametrize("region", ["000000000000", COUNTY, BESIDE])
def test_where_a_part_is_missing_the_page_leads_to_a_place_that_has_all(world: BundleWorld, region: str) -> None:
    county = Region.objects.get(pk=COUNTY)
    place(BESIDE, "Pingshan Town", county)
    visitor = client(region=region)
    page = visitor.get("/one-thing/newborn/").content.decode()
    places = re.findall(r'<button class="as-link" name="region" value="(\d+)">(.*?)</button>', page)
    assert places == [(TOWN, "Nalong Town")]
    there = visitor.post("/regions/switch", {"region": TOWN, "next": "/one-thing/newborn/"}, follow=True)
    assert b"Apply for everything" in there.content


def test_the_widest_place_with_all_parts_is_named_and_none_where_there_is_none(world: BundleWorld) -> None:
    today, city = timezone.localdate(), Region.objects.get(pk=CITY)
    house = latest_bundle("house")
    assert [place.pk for place in places_with_all(house, city, today)] == [COUNTY]
    elsewhere = place("460000000000", "Hainan", Region.objects.get(pk="000000000000"))
    assert places_with_all(house, elsewhere, today) == []
    page = text_of(client(region="460000000000").get("/one-thing/house/"))
    assert "No place around offers all its parts yet" in page


def test_who_it_is_not_for_is_told_so(world: BundleWorld) -> None:
    page = client(world.citizen).post("/one-thing/restaurant/")
    assert page.status_code == 403
    assert "This is for organisations" in text_of(page)
    assert not Draft.objects.exists()


def test_a_draft_stands_with_the_others_and_leads_to_the_bundle(world: BundleWorld) -> None:
    citizen = client(world.citizen)
    address = citizen.post("/one-thing/house/")["Location"]
    page = citizen.get(address).content.decode()
    assert 'href="/one-thing/house/"' in page
    assert "Buying a house" in text_of(citizen.get("/me/"))
    # A half-filled application is not sent, and the page says where what is missing is asked.
    draft = Draft.objects.get()
    assert citizen.get(f"/apply/{draft.pk}/check/")["Location"] == address
    problems = citizen.post(f"/apply/{draft.pk}/check/", {"declaration": "1"})
    assert problems.status_code == 422
    assert f"/apply/{draft.pk}/questions/once/?from=check#field-price" in problems.content.decode()
    assert citizen.post(f"/apply/{draft.pk}/discard/")["Location"] == "/me/"
    assert not Draft.objects.exists()


def test_a_held_part_is_given_up_or_the_other_applied_for_again(world: BundleWorld) -> None:
    citizen = client(world.citizen)
    bundle = applied(world, "house", uses_fund=False)
    here = f"/me/one-thing/{bundle.pk}/"
    refused(world, bundle, "contract", "home-sale-filing")
    page = text_of(citizen.get(here))
    assert "Held because “Filing of the contract” was refused or taken back" in page
    outbox.drain(timezone.now())
    held = [row for row in my_messages(world.applicant()).rows if row.title == "A part of your application is held"]
    assert len(held) == 2
    # Among the others and by itself, a message about a part leads to the whole.
    for shown in ("/me/messages/", f"/me/messages/{held[0].id}/"):
        main = citizen.get(shown).content.decode().partition("<main")[2].partition("</main>")[0]
        assert f'href="{here}"' in main
        assert "/me/offers/" not in main
    assert citizen.get("/cases/check", {"number": bundle.number})["Location"] == here
    assert client(world.agent).get("/cases/check", {"number": bundle.number}).status_code == 404
    assert "A part is held: it is your turn" in text_of(citizen.get("/me/"))
    again = citizen.post(f"{here}contract/again/")["Location"]
    assert Draft.objects.get().again is not None
    assert citizen.get(again).status_code == 200
    assert citizen.post(f"{here}tax/again/").status_code == 409
    assert "Give this part up?" in text_of(citizen.get(f"{here}title/give-up/"))
    assert citizen.post(f"{here}title/give-up/")["Location"] == here
    assert citizen.post(f"{here}title/give-up/")["Location"] == here
    assert bundle.parts.get(name="title").state == "withdrawn"
    assert citizen.get(f"{here}nothing/give-up/").status_code == 404
    assert client(world.agent).post(f"{here}tax/give-up/").status_code == 404


def test_the_whole_is_withdrawn_after_asking_once(world: BundleWorld) -> None:
    citizen = client(world.citizen)
    bundle = applied(world, "house", uses_fund=True)
    here = f"/me/one-thing/{bundle.pk}/"
    assert "Withdraw the whole application?" in text_of(citizen.get(f"{here}withdraw/"))
    assert citizen.post(f"{here}withdraw/", {"reason": "不买了"})["Location"] == here
    assert set(bundle.parts.values_list("state", flat=True)) == {"withdrawn"}
    assert citizen.get(f"{here}withdraw/")["Location"] == here
    assert "Everything is over" in text_of(citizen.get(here))


def test_an_agency_states_its_result_and_only_the_leading_one_sees_the_whole(world: BundleWorld) -> None:
    bundle = applied(world, "newborn", joins_insurance=True, wants_card=False, guardian_id=PARENT_ID)
    birth = bundle.parts.get(name="birth").case
    assert birth is not None
    police, health = (client(world.officers[key]) for key in ("birth-registration", "vaccination-record"))
    case = f"/workbench/cases/{birth.pk}/"
    assert police.get(f"{case}results/").status_code == 409
    who, now = world.officer("birth-registration"), timezone.now()
    accepted = actions.accept(who, birth.pk, birth.revision, now)
    actions.decide(who, birth.pk, accepted.revision, now, Outcome.GRANTED)
    assert f"{case}results/" in police.get(case).content.decode()
    wrong = police.post(f"{case}results/", {"child_id": "12"})
    assert wrong.status_code == 422
    assert police.post(f"{case}results/", {"child_id": CHILD_ID})["Location"] == case
    assert bundle.parts.get(name="insurance").state == "open"
    assert health.get(f"{case}results/").status_code == 404
    whole = f"/workbench/one-thing/{bundle.pk}/"
    # The number of the child stands masked there, as on every page of an officer.
    assert CHILD_ID not in (page := text_of(police.get(whole)))
    assert masked(CHILD_ID, "id-number") in page
    assert text_of(police.get("/workbench/one-thing/")).count("A newborn's first papers".replace("'", "&#x27;")) == 1
    assert health.get(whole).status_code == 404
    vaccination = bundle.parts.get(name="vaccination").case
    assert vaccination is not None
    page = health.get(f"/workbench/cases/{vaccination.pk}/").content.decode()
    assert "Part of" in page
    assert whole not in page


def test_an_administrator_sees_them_drawn_and_enters_a_version(world: BundleWorld) -> None:
    account = Account.objects.create(username="admin.x")
    person = Person.objects.create(name="管理", account=account)
    agency = next(iter(world.agencies.values()))
    Post.objects.create(person=person, agency=agency, role=Role.ADMINISTRATOR, valid_from=timezone.localdate())
    admin = client(account)
    assert text_of(admin.get("/workbench/bundles/")).count("ships with the platform") == 3
    house = admin.get("/workbench/bundles/house/1/").content.decode()
    picture = "".join(re.findall(r"<svg.*?</svg>", house, re.DOTALL))
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))
    # Every part with its level, the condition of the one that is not always wanted, and what each is given by which.
    for words in ("Registration of title", "county, prefecture · leads", "only if “Do you withdraw from the housing"):
        assert words in drawn
    assert "1: number of the decision →" in drawn
    assert "stroke-dasharray" not in picture  # every part of it waits for another
    assert "stroke-dasharray" in admin.get("/workbench/bundles/restaurant/1/").content.decode()
    assert "451250020000" in house
    changed = read_yaml(SHIPPED_BUNDLES.text("house", 1))
    changed["edges"][0].pop("refused")
    changed["lead"] = "nobody"
    told = admin.post("/workbench/bundles/house/1/edit/", {"document": yaml.safe_dump(changed, allow_unicode=True)})
    assert told.status_code == 422
    assert "edges[contract -&gt; tax]: missing key" in told.content.decode()
    assert "lead: there is no part" in told.content.decode()
    good = SHIPPED_BUNDLES.text("house", 1).replace("Buying a house", "Buying a home")
    entered = admin.post("/workbench/bundles/house/1/edit/", {"document": good})
    assert entered["Location"] == "/workbench/bundles/house/2/"
    assert "Buying a home" in text_of(client().get("/one-thing/house/"))
    assert client(world.officers["birth-registration"]).get("/workbench/bundles/").status_code == 403
