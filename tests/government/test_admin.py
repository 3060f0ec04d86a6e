"""The maintenance pages write through actions: only an administrator's post may, and the ledger knows."""

from datetime import date

import pytest
from django.test import Client

from tongban.foundation.models import LedgerEntry
from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.models import Account, Person, Post, Role


@pytest.fixture
def agency(nation: Region, ours: Platform) -> Agency:
    department = Department.objects.create(code="finance", name="财政")
    return Agency.objects.create(department=department, region=nation, platform=ours, name="财政部")


def signed_in(agency: Agency, role: str) -> Client:
    account = Account.objects.create_superuser(role, "correct-horse")
    person = Person.objects.create(account=account, name="某人")
    Post.objects.create(person=person, agency=agency, role=role, valid_from=date(2020, 1, 1))
    client = Client()
    client.force_login(account)
    return client


def test_an_administrator_changes_a_department_through_the_ledger(agency: Agency) -> None:
    client = signed_in(agency, Role.ADMINISTRATOR)
    address = f"/admin/government/department/{agency.department_id}/change/"
    assert client.get(address).status_code == 200
    fields = {"name": "财政税务", "name_en": "", "position": "80", "introduction": "", "introduction_en": ""}
    assert client.post(address, fields).status_code == 302
    department = Department.objects.get()
    assert (department.name, department.code) == ("财政税务", "finance")
    entry = LedgerEntry.objects.latest("id")
    assert (entry.deed, entry.object_id) == ("department.update", str(department.pk))


def test_others_see_nothing_even_as_superuser_of_the_accounts(agency: Agency) -> None:
    client = signed_in(agency, Role.WINDOW_OFFICER)
    assert client.get(f"/admin/government/department/{agency.department_id}/change/").status_code == 403
    assert client.get(f"/admin/government/agency/{agency.pk}/delete/").status_code == 403


def test_nobody_deletes(agency: Agency) -> None:
    client = signed_in(agency, Role.ADMINISTRATOR)
    assert client.post(f"/admin/government/agency/{agency.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/government/region/").status_code == 200
    assert client.get("/admin/government/dockingtask/add/").status_code == 200
