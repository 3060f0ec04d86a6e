"""The pages the header and footer lead to, named by URL name.

Foundation knows no domain, so a link appears when the project has a page of that name and is left out when
not.
"""

from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse

NAMES = {
    "home": "portal:home",
    "search": "portal:search",
    "my_space": "portal:my_space",
    "sign_in": "account_login",
    "sign_out": "account_logout",
    "hats": "portal:hats",
    "assurance": "portal:assurance",
    "workbench": "workbench:inbox",
    "accessibility": "portal:accessibility",
    "contact": "portal:contact",
    "licence": "portal:licence",
    "api_docs": "api:docs",
    "language": "pages:language",
    "display": "pages:display",
}


def optional_url(name: str) -> str:
    """The address of a named page, or an empty string if the project has none of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def page_links() -> dict[str, str]:
    """Every link of the header and footer that exists, by the keys of ``NAMES``."""
    return _links_of(get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=8)
def _links_of(_urlconf: str, _prefix: str) -> dict[str, str]:
    """They stand on every page and are the same on all of them: resolved once."""
    return {key: url for key, name in NAMES.items() if (url := optional_url(name))}
