"""Across regions over HTTP: what can be done from where, and who answers for which step."""

from django.test import Client

from tests.api.world import World, apply, post
from tongban.cases.actions import OfferTerms, offer_across
from tongban.cases.models import CaseAcross, Mode
from tongban.government.models import Agency, Region
from tongban.identity.actor import platform_process

OPERATOR = platform_process("tests")


def _elsewhere(world: World) -> Agency:
    """An agency of another region."""
    home = world.service.agency
    county = home.region
    parent = county.lineage[:-1]
    region = Region.objects.create(
        code="451029000000",
        name="田林县",
        name_en="Tianlin County",
        level=county.level,
        parent=county.parent,
        lineage=[*parent, "451029000000"],
        platform=home.platform,
    )
    return Agency.objects.create(
        department=home.department, region=region, platform=home.platform, name="田林县窗口", name_en="Tianlin window"
    )


def test_the_zone_is_open_to_everybody(world: World, client: Client) -> None:
    window = _elsewhere(world)
    today = world.version.effective_from
    offer_across(OPERATOR, world.service.pk, OfferTerms(Mode.COLLECT, window.region_id, window.pk), today)
    offer_across(OPERATOR, world.service.pk, OfferTerms(Mode.ONLINE, window.region_id), today)
    address = "/api/v1/across-regions/services"
    (row,) = client.get(address, {"here": "451029"}).json()["items"]
    assert row["service_id"] == str(world.service.pk)
    assert [way["mode"] for way in row["ways"]] == ["collect", "online"]
    assert row["ways"][0]["window_id"] == str(window.pk)
    assert client.get(address, {"here": "451029", "mode": "joint"}).json() == {"items": [], "next": None}
    for wrong in ({}, {"here": "x"}, {"here": "451029", "mode": "mail"}, {"here": "451029", "cursor": "eA"}):
        assert client.get(address, wrong).status_code in {400, 422}, wrong
    assert client.get(address, {"here": "999999"}).status_code == 404


def test_a_case_says_who_answers_for_each_step(world: World) -> None:
    window, officer = _elsewhere(world), world.client("reviewer")
    case = apply(world, world.client("citizen"))
    path = f"/cases/{case['id']}"
    assert officer.get(f"/api/v1{path}").json()["across"] is None
    assert post(officer, f"{path}/across/acknowledge", {"revision": 1}).status_code == 404  # it never left its region
    CaseAcross.objects.create(
        case_id=case["id"],
        mode=Mode.COLLECT,
        region_id=window.region_id,
        agency=window,
        received_at="2026-06-01T00:00Z",
        forwarded_at="2026-06-02T00:00Z",
        dispatch="EMS 1",
    )
    shown = officer.get(f"/api/v1{path}").json()
    assert (shown["across"]["mode"], shown["across"]["deeds"]) == ("collect", ["acknowledge", "return_originals"])
    assert shown["events"][0]["duty"]["liable"] == "Tianlin window"
    assert post(officer, f"{path}/across/forward", {"revision": 1, "dispatch": "x"}).status_code == 403
    assert post(officer, f"{path}/across/return-originals", {"revision": 1}).status_code == 422
    done = post(officer, f"{path}/across/acknowledge", {"revision": 1, "reason": "齐全"})
    assert (done.status_code, done.json()["revision"]) == (200, 2)
    events = officer.get(f"/api/v1{path}/events").json()["items"]
    assert [event["duty"]["liable"] for event in events] == ["Tianlin window", world.service.agency.label]
