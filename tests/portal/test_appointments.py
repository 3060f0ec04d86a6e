"""Booking a time at a window, and cancelling it."""

from datetime import date, timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.world import SmallWorld
from tongban.cases.models import QueueTicket
from tongban.foundation.calendars import calendar_in_force
from tongban.identity.models import Account


@pytest.mark.django_db
def test_an_appointment_is_booked_once_and_cancelled(client: Client) -> None:
    world = SmallWorld.build()
    address = reverse("portal:appointment", args=[world.service.pk])
    assert client.get(address).status_code in {HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED}
    client.force_login(Account.objects.get(person=world.citizen.person_id))
    page = client.get(address)
    assert world.agency.name in page.text
    day: date = page.context["view"].day
    assert day > timezone.localdate()
    assert calendar_in_force().is_working(day)
    sent = {"day": day.isoformat(), "token": str(page.context["token"])}
    assert 'href="#field-starts_at"' in client.post(address, sent).text
    for _click in range(2):
        client.post(address, sent | {"starts_at": "10:00"})
    booked = QueueTicket.objects.get()
    assert (booked.person_id, booked.day, f"{booked.starts_at:%H:%M}") == (world.citizen.person_id, day, "10:00")
    listing = reverse("portal:appointments")
    assert "Y001" in client.get(listing).text
    client.post(listing, {"cancel": str(booked.pk)})
    assert "Y001" not in client.get(listing).text
    far = (timezone.localdate() + timedelta(days=90)).isoformat()
    assert client.get(address, {"day": far}).status_code == HTTPStatus.OK
    new = {"day": far, "token": str(client.get(address).context["token"]), "starts_at": "10:00"}
    assert client.post(address, new).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert QueueTicket.objects.count() == 1
    assert client.get(address, {"day": "x", "starts_at": "25:99"}).status_code == HTTPStatus.OK
