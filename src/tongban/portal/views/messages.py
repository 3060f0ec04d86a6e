"""Messages to the applicant, and by which further channels they come."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.portal.views.common import for_applicants
from tongban.userspace.actions import choose_channels, mark_all_read
from tongban.userspace.pages import messages_context
from tongban.userspace.queries import my_channels, my_message


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The messages of the present hat; a POST marks them as read."""
    actor = actor_of(request)
    if request.method == "POST":
        mark_all_read(actor, timezone.now())
        return HttpResponseRedirect(resolve_url("portal:messages"))
    return render(
        request, "portal/messages.html", messages_context(request, actor, "portal:case", "portal:bundle_case")
    )


@never_cache
@for_applicants
@require_safe
def one(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """One message of the present hat."""
    trail = [
        (_("My space"), resolve_url("portal:my_space")),
        (_("Messages"), resolve_url("portal:messages")),
    ]
    found = my_message(actor_of(request), message_id)
    return render(request, "portal/me/message.html", {"trail": trail, "message": found})


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    """Whether messages come by e-mail and SMS as well, where the account takes codes."""
    actor = actor_of(request)
    offered = my_channels(actor)
    chosen = [name for name in ("email", "sms") if getattr(offered, f"by_{name}")]
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        chosen = request.POST.getlist("by")
        try:
            choose_channels(actor, by_email="email" in chosen, by_sms="sms" in chosen)
        except InvalidError as error:
            errors = {"by": [str(text) for texts in error.fields.values() for text in texts]}
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(resolve_url("portal:messages"))
    choices = [("email", _("E-mail to %(address)s") % {"address": offered.email})] if offered.email else []
    if offered.phone and offered.sms_offered:
        choices.append(("sms", _("Text message to %(number)s") % {"number": offered.phone}))
    context = {
        "trail": [(_("Messages"), resolve_url("portal:messages"))],
        "choices": choices,
        "chosen": chosen,
        "offered": offered,
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/channels.html", context, status=status)
