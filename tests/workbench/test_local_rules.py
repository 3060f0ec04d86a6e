"""Rules of time that regions adopt, as administrators enter them."""

import json
from datetime import date
from http import HTTPStatus

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.kept import copied, kept
from tests.world import PASSWORD, SmallWorld
from tongban.cases.models import AdoptedRule
from tongban.cli.casework import adopt_command, drop_command, rules_command
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import platform_process
from tongban.identity.models import Account, Role

OPERATOR = platform_process("tests")


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


def test_a_rule_is_looked_at_adopted_and_dropped(world: SmallWorld, client: Client) -> None:
    listed, adopt = reverse("workbench:local_rules"), reverse("workbench:local_rule_adopt")
    client.force_login(Account.objects.get(person=world.window.person_id))
    assert client.get(listed).status_code == HTTPStatus.FORBIDDEN
    account = open_account(OPERATOR, "keeper", PASSWORD)
    keeper = register_person(OPERATOR, Identity("陆管", assurance_level=4), account)
    appoint(OPERATOR, keeper, world.agency, Role.ADMINISTRATOR, date(2026, 1, 1))
    client.force_login(account)
    assert client.get(listed).status_code == HTTPStatus.OK
    assert "450721000000" in client.get(adopt, {"where": "灵山"}).text
    chosen = {"region": "450721000000", "rule": "ONLINE-CHECK", "basis": "灵山县公告2026年第1号"}
    day = {"since-year": "2026", "since-month": "6", "since-day": "1"}
    unsaid = client.get(adopt, {"region": "450721000000", "preview": "1", "since-year": "x"})
    assert all(f'href="#field-{field}"' in unsaid.text for field in ("rule", "since"))
    preview = client.get(adopt, chosen | day | {"preview": "1"})
    for words in ("2026年6月2日", "1个工作日"):  # one working day from a Monday
        assert words in preview.text
    assert not AdoptedRule.objects.exists()
    no_setting = client.post(adopt, chosen | day | {"unit": "day"})
    assert 'href="#field-unit"' in no_setting.text
    law = client.post(adopt, chosen | day | {"rule": "LIC-DECIDE"})
    assert 'href="#field-rule"' in law.text
    assert client.post(adopt, chosen | day).status_code == HTTPStatus.FOUND
    assert client.post(adopt, chosen | day).status_code == HTTPStatus.CONFLICT
    row = AdoptedRule.objects.get()
    assert (row.adopted_by, row.adopted_from, row.basis) == ("陆管", date(2026, 6, 1), chosen["basis"])
    page = client.get(listed).text
    assert "陆管" in page
    assert chosen["basis"] in client.get(reverse("portal:local_rules")).text
    key = "450721000000 ONLINE-CHECK"
    assert 'href="#field-until"' in client.post(listed, {"drop": key, "until-year": "x"}).text
    until = timezone.localdate().replace(year=2030, day=1)
    ended = {"until-year": until.year, "until-month": until.month, "until-day": until.day}
    assert client.post(listed, {"drop": key} | ended).status_code == HTTPStatus.FOUND
    row.refresh_from_db()
    assert row.adopted_to == until


@pytest.mark.parametrize("code", ["450721", "450721000000"])
def test_on_the_command_line_a_region_has_six_digits_or_twelve(world: SmallWorld, code: str) -> None:
    adopted = CliRunner().invoke(adopt_command, ["ONLINE-CHECK", "--region", code, "--from", "2026-06-01"])
    assert adopted.output == "ONLINE-CHECK holds in 450721000000 from 2026-06-01.\n"
    assert world.agency.region_id == AdoptedRule.objects.get().region_id
    listed = json.loads(CliRunner().invoke(rules_command, ["--region", code, "--json"]).output)
    assert {row["id"] for row in listed if row["in_force"] == "adopted"} == {"ONLINE-CHECK"}
    dropped = CliRunner().invoke(drop_command, ["ONLINE-CHECK", "--region", code, "--to", "2026-06-02"])
    assert dropped.exit_code == 0
    for wrong, says in (("4507", "give 6 or 12 digits"), ("999999", "999999")):
        refused = CliRunner().invoke(rules_command, ["--region", wrong])
        assert (refused.exit_code, says in refused.output) == (2, True), refused.output
