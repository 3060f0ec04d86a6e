"""Coming to a window: book a time at the hall of a service's agency, see one's appointments, cancel one."""

import uuid
from datetime import date, datetime, time
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions.counter import book_appointment, cancel_appointment
from tongban.cases.queries import appointment_slots, my_appointments
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit, deadline
from tongban.foundation.errors import InvalidError
from tongban.foundation.ids import uuid7
from tongban.foundation.pages.errors import offer_way_on
from tongban.identity.middleware import actor_of
from tongban.portal.views.common import for_applicants
from tongban.portal.views.space import trail


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """Choose a day, then a free time; booking twice is once."""
    actor, now = actor_of(request), timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    day = _day(given.get("day", "")) or _next_working_day(now)
    errors: dict[str, list[str]] = {}
    offer_way_on(request, _("Your appointments"), resolve_url("portal:appointments"))
    if request.method == "POST":
        starts_at, token = _time(given.get("starts_at", "")), _uuid(given.get("token", ""))
        try:
            if starts_at is None or token is None:
                errors = {"starts_at": [_("Choose a time.")]}
            else:
                book_appointment(actor, service_id, day, starts_at, token, now)
                messages.success(request, _("Your appointment is booked."))
                return HttpResponseRedirect(resolve_url("portal:appointments"))
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
    view = appointment_slots(actor, service_id, day, now)
    context = {
        "view": view,
        "times": [(f"{slot:%H:%M}", f"{slot:%H:%M}") for slot in view.free],
        "chosen": given.get("starts_at", ""),
        "token": given.get("token") or uuid7(),
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/appointment.html", context, status=status)


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """One's appointments from today on; a POST cancels one."""
    actor = actor_of(request)
    if request.method == "POST":
        offer_way_on(request, _("Your appointments"), resolve_url("portal:appointments"))
        ticket_id = _uuid(request.POST.get("cancel", ""))
        if ticket_id:
            cancel_appointment(actor, ticket_id)
            messages.success(request, _("The appointment is cancelled."))
        return HttpResponseRedirect(resolve_url("portal:appointments"))
    return render(
        request,
        "portal/appointments.html",
        {"trail": trail(), "appointments": my_appointments(actor, timezone.localdate())},
    )


def _next_working_day(now: datetime) -> date:
    return deadline(timezone.localdate(now), Limit(1), calendar_in_force()).due


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text.strip()[:5])
    except ValueError:
        return None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
