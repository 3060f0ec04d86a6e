"""Pages about the platform itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongban.foundation.pages.methods import require_safe


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this platform is and does."""
    return render(request, "portal/about.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement (无障碍环境建设法 art 32)."""
    return render(request, "portal/accessibility.html")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where to ask, and the ways without a computer."""
    return render(request, "portal/contact.html")


@require_safe
def licence(request: HttpRequest) -> HttpResponse:
    """Under which licence the software stands."""
    return render(request, "portal/licence.html")
