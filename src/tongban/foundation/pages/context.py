"""What every page knows: the platform's name, language, display mode, actor, and where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf
from django.utils.functional import cached_property
from django.utils.translation import get_language

from tongban.foundation.pages.links import page_links

DISPLAY_COOKIE = "display"
ELDER = "elder"

# Django's language codes to the tags that choose fonts and voices (BCP 47).
_TAGS = {"zh-hans": "zh-CN", "en": "en"}
_OWN_NAMES = {"zh-hans": "中文", "en": "English"}


_FOOTER = frozenset({"accessibility", "contact", "api_docs", "licence"})


@dataclass(frozen=True, eq=False)
class Frame:
    """What the frame of a page says but for its address and who acts; one object for all pages that say the same, by
    which `{% once %}` finds what it drew.

    Attributes:
        language_tag: for the ``lang`` attribute.
        other_languages: code, ``lang`` tag and own name of each language the page could be switched to.
        links: the header's and footer's links that exist (``links.NAMES``).
        has_footer_links: whether the footer has anything to list.
    """

    name: str
    name_en: str
    elder: bool
    signed_in: bool
    officer: bool
    language_tag: str
    other_languages: Sequence[tuple[str, str, str]]
    links: Mapping[str, str]
    has_footer_links: bool


@lru_cache(maxsize=256)
def _frame(language: str, _urlconf: str, _prefix: str, names: tuple[str, str], shown: tuple[bool, bool, bool]) -> Frame:
    links = page_links()
    return Frame(
        *names,
        *shown,
        language_tag=_TAGS.get(language, language),
        other_languages=[
            (code, _TAGS.get(code, code), _OWN_NAMES.get(code, str(label)))
            for code, label in settings.LANGUAGES
            if code != language
        ],
        links=links,
        has_footer_links=not _FOOTER.isdisjoint(links),
    )


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

    @property
    def language_tag(self) -> str:
        """The language for the ``lang`` attribute."""
        return self.frame.language_tag

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

    @property
    def links(self) -> Mapping[str, str]:
        """The header's and footer's links that exist (``links.NAMES``)."""
        return self.frame.links

    @cached_property
    def frame(self) -> Frame:
        """What the page has in common with others."""
        return _frame(
            self.language,
            get_urlconf() or settings.ROOT_URLCONF,
            get_script_prefix(),
            (self.name, self.name_en),
            (self.elder, self.signed_in, self.officer),
        )


def page(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``page``. Also notes on the request that the kit drew this page."""
    request.drawn_by_kit = True  # type: ignore[attr-defined] # read by PageErrorsMiddleware
    return {"page": PageContext(request)}
