"""The maintenance pages speak the reader's language: tables, columns, packages, the title."""

import re
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.utils.translation import override

from tongban.government.models import Agency, Department, Platform, Region
from tongban.identity.models import Account, Person, Post, Role

HAN = re.compile(r"[\u4e00-\u9fff]")
OURS = [one for one in apps.get_app_configs() if one.name.startswith("tongban.")]


def options(model: type[Model]) -> Any:
    return model._meta  # noqa: SLF001 - public in spite of its name (Django's Model _meta API)


MODELS = [model for one in OURS if one.label in {"government", "identity", "items"} for model in one.get_models()]


def test_packages_have_names_in_both_languages() -> None:
    for package in OURS:
        with override("zh-hans"):
            assert HAN.search(str(package.verbose_name)), package.name
        with override("en"):
            assert not HAN.search(str(package.verbose_name)), package.name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: options(model).label)
def test_tables_and_relations_have_names_in_both_languages(model: type[Model]) -> None:
    relations = [field for field in options(model).get_fields() if field.many_to_one or field.one_to_one]
    texts = [options(model).verbose_name, options(model).verbose_name_plural]
    texts += [field.verbose_name for field in relations if field.concrete]
    for text in texts:
        with override("zh-hans"):
            assert HAN.search(str(text)), text
        with override("en"):
            assert not HAN.search(str(text)), text


def test_the_maintenance_pages_are_chinese_and_show_no_groups(nation: Region, ours: Platform) -> None:
    client = Client(headers={"Accept-Language": "zh-Hans"})
    account = Account.objects.create_superuser("root", "an unlikely pass phrase")
    client.force_login(account)
    # What opens them is the post, not the mark on the account.
    assert client.get("/admin/").status_code == 403
    department = Department.objects.create(code="services", name="政务服务", name_en="Government services")
    agency = Agency.objects.create(department=department, region=nation, platform=ours, name="政务服务局")
    person = Person.objects.create(account=account, name="某人")
    Post.objects.create(person=person, agency=agency, role=Role.ADMINISTRATOR, valid_from=date(2020, 1, 1))
    page = client.get("/admin/").content.decode()
    assert "通办 维护" in page
    assert "Tongban" not in page
    assert not admin.site.is_registered(Group)
    with override("en"):
        assert str(admin.site.site_header) == "Tongban maintenance"
    for model in filter(admin.site.is_registered, apps.get_models()):
        with override("zh-hans"):
            for field in options(model).fields:
                if field.editable:
                    assert HAN.search(str(field.verbose_name)), (model, field.name)
