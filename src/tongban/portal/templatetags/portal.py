"""Parts that several pages of the portal share."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongban.feedback.models import RatingLevel
from tongban.feedback.rules import LEVELS, Score
from tongban.foundation.templatetags.kit import site_nav
from tongban.identity.middleware import actor_of
from tongban.portal.place import chosen_region
from tongban.userspace.queries import unread_messages

register = template.Library()


@register.simple_tag(takes_context=True)
def portal_nav(context: template.Context) -> SafeString:
    """The row of links under the header, with the present page marked."""
    request: HttpRequest = context["request"]
    links = [
        (_("Home"), reverse("portal:home")),
        (_("People"), reverse("portal:people")),
        (_("Organisations"), reverse("portal:organisations")),
        (_("Departments"), reverse("portal:departments")),
        (_("Regions"), reverse("portal:regions")),
        (_("My space"), reverse("portal:my_space")),
        (_("Figures"), reverse("portal:figures")),
    ]
    actor = actor_of(request)
    if actor.is_applicant:
        links.insert(-1, (_with_count(_("Messages"), unread_messages(actor)), reverse("portal:messages")))
    here = max((url for _label, url in links if request.path.startswith(url) and url != "/"), key=len, default="/")
    return site_nav([(label, url, url == here and (url != "/" or request.path == "/")) for label, url in links])


def _with_count(label: str, count: int) -> str:
    return f"{label} ({count})" if count else label


@register.inclusion_tag("portal/parts/region_bar.html", takes_context=True)
def region_bar(context: template.Context) -> dict[str, Any]:
    """Where the reader is, with the way to be elsewhere."""
    request: HttpRequest = context["request"]
    return {"region": chosen_region(request), "path": request.get_full_path()}


@register.inclusion_tag("portal/parts/score.html")
def rating_score(score: Score) -> dict[str, Any]:
    """All there is to say of ratings in figures: the good share with its interval, count, share rated, distribution."""
    low, high = score.interval
    return {
        "count": score.count,
        "handled": score.handled,
        "good": _percent(score.good_share),
        "low": _percent(low),
        "high": _percent(high),
        "mean": score.mean,
        "rated": _percent(score.rated_share),
        "bars": [
            {
                "label": RatingLevel(level).label,
                "count": score.distribution.get(level, 0),
                "share": _percent(score.distribution.get(level, 0) / score.count if score.count else 0),
                "length": f"{100 * score.distribution.get(level, 0) / score.count:.1f}" if score.count else "0",
            }
            for level in LEVELS
        ],
    }


@register.simple_tag
def percent(share: float | None) -> str:
    """A share of 0 to 1 as a percentage with one decimal."""
    return _percent(share)


@register.filter
def of_field(errors: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    """What is wrong with one field."""
    return errors.get(name, ())


@register.simple_block_tag
def section(content: str, title: str, anchor: str) -> SafeString:
    """A part of a long page that can be linked to."""
    return format_html(
        '<section id="{0}" aria-labelledby="{0}-title"><h2 id="{0}-title">{1}</h2>{2}</section>', anchor, title, content
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
