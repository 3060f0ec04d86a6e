"""What every page knows: the platform's name, language, display mode, actor, and where it is."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language

from tongban.foundation.pages.links import page_links

DISPLAY_COOKIE = "display"
ELDER = "elder"

# Django's language codes to the tags that choose fonts and voices (BCP 47).
_TAGS = {"zh-hans": "zh-CN", "en": "en"}
_OWN_NAMES = {"zh-hans": "中文", "en": "English"}


@dataclass
class PageContext:
    """The ``page`` of a template. Cheap until something is asked of it; a frame asks most of it several times."""

    request: HttpRequest

    @property
    def name(self) -> str:
        """The platform's name in Chinese; the pages set the English one beside it."""
        return getattr(settings, "PLATFORM_NAME", "通办")

    @property
    def name_en(self) -> str:
        """The platform's name in English."""
        return getattr(settings, "PLATFORM_NAME_EN", "Tongban")

    @cached_property
    def language(self) -> str:
        """The language as Django names it (``zh-hans``, ``en``)."""
        return get_language() or settings.LANGUAGE_CODE

    @cached_property
    def language_tag(self) -> str:
        """The language for the ``lang`` attribute."""
        return _TAGS.get(self.language, self.language)

    @cached_property
    def other_languages(self) -> list[tuple[str, str, str]]:
        """(code, ``lang`` tag, own name) of each language the page could be switched to."""
        return [
            (code, _TAGS.get(code, code), _OWN_NAMES.get(code, str(label)))
            for code, label in settings.LANGUAGES
            if code != self.language
        ]

    @cached_property
    def elder(self) -> bool:
        """Whether larger text and targets were chosen."""
        return self.request.COOKIES.get(DISPLAY_COOKIE) == ELDER

    @property
    def path(self) -> str:
        """Where a switch comes back to: this page with its query."""
        return self.request.get_full_path()

    @property
    def actor_label(self) -> str:
        """For whom the person signed in acts ("张三（本人）"); empty where nobody is signed in."""
        if not self.signed_in:
            return ""
        return str(getattr(getattr(self.request, "actor", None), "label", "") or "")

    @cached_property
    def signed_in(self) -> bool:
        """Whether someone is signed in."""
        # The actor knows it from one statement; the user would be another.
        known = getattr(getattr(self.request, "actor", None), "is_signed_in", None)
        if known is not None:
            return bool(known)
        user = getattr(self.request, "user", None)
        return bool(user is not None and user.is_authenticated)

    @cached_property
    def officer(self) -> bool:
        """Whether the actor holds a post, and so has a workbench."""
        return self.signed_in and bool(getattr(getattr(self.request, "actor", None), "is_officer", False))

    @cached_property
    def has_footer_links(self) -> bool:
        """Whether the footer has anything to list."""
        return not self.links.keys().isdisjoint({"accessibility", "contact", "api_docs", "licence"})

    @cached_property
    def links(self) -> dict[str, str]:
        """The header's and footer's links that exist (``links.NAMES``)."""
        return page_links()


def page(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``page``. Also notes on the request that the kit drew this page."""
    request.drawn_by_kit = True  # type: ignore[attr-defined] # read by PageErrorsMiddleware
    return {"page": PageContext(request)}
