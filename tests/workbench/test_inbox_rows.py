"""The lines of the inbox: drawn by hand, and still what a screen reader needs."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.world import ANSWERS, PDF, SmallWorld
from tongban.cases import actions
from tongban.identity.models import Account


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "mark"), [("en", ' lang="zh-CN"'), ("zh-hans", None)])
def test_a_chinese_name_is_marked_where_the_page_is_english(client: Client, language: str, mark: str | None) -> None:
    world = SmallWorld.build()
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    case = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())
    client.force_login(Account.objects.get(person=world.window.person_id))
    client.cookies["language"] = language
    name = case.applicant_name
    shown = f"<span{mark}>{name}</span>" if mark else name
    assert f">{shown}</td>" in client.get(reverse("workbench:inbox")).text
