"""Words for the figures of supervision."""

from django.utils.translation import gettext as _


def share_words(name: str) -> str:
    """What a share of `rules.visits_shares` says, in the reader's language."""
    return {
        "theme_exactly_one_of_exactly_one": _("Of all services that need one visit, those of the theme"),
        "theme_none_of_none": _("Of all services that need no visit, those of the theme"),
        "exactly_one_of_items": _("Of all services, those that need one visit"),
        "none_of_items": _("Of all services, those that need no visit"),
        "neither_of_items": _("Of all services, those in neither class"),
        "theme_exactly_one_of_items": _("Of all services, those of the theme that need one visit"),
        "theme_none_of_items": _("Of all services, those of the theme that need no visit"),
    }[name]
