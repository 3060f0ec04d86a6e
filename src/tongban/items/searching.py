"""Finding services by what people type: parts of names, prefixes, pinyin in full or by initials, codes, English.

PostgreSQL does it as long as a region's services are some thousands: every word of the query must be found, and what
is found is ranked by how directly the name says it.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Collate, Length

from tongban.identity.actor import Actor
from tongban.items.guides import limit_text, visits_text
from tongban.items.models import ServiceVersion
from tongban.items.queries import Filters, published_services

PAGE_SIZE = 20
LONGEST_QUERY = 100
_MOST_WORDS = 6
_LATIN = re.compile(r"[0-9A-Za-z]+")
_FEWEST_LETTERS = 2


@dataclass(frozen=True)
class SearchHit:
    """A service among the results, formatted for its line."""

    service_id: uuid.UUID
    name: str
    summary: str
    agency: str
    region: str
    region_code: str
    department: str
    department_code: str
    platform: str
    is_foreign: bool
    is_applicable: bool
    is_reconstructed: bool
    item_type: str
    promised_limit: str
    visits: str
    code: str


@dataclass(frozen=True)
class SearchPage:
    """A page of results; `pages` is at least 1."""

    hits: Sequence[SearchHit]
    total: int
    page: int
    pages: int


def search_services(  # noqa: PLR0913 - the filters of the page, each by name
    actor: Actor,
    text: str,
    *,
    day: date,
    region: str = "",
    below: bool = False,
    above: bool = False,
    audience: str = "",
    theme: str = "",
    department: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> SearchPage:
    """The services in force on the day that match every word of the text (all of them for an empty text).

    Args:
        actor: who searches; what is published is open to everyone.
        text: what was typed; beyond 100 characters or six words the rest is left away.
        day: the services in force on it.
        region: a region's code.
        below: the services of everything in the region, too.
        above: those of the regions it lies in, too.
        audience: person or organisation.
        theme: a theme's code.
        department: a department's code.
        page: from 1; a page after the last is the last.
        size: hits a page.
    """
    filters = Filters(region=region, below=below, above=above, audience=audience, theme=theme, department=department)
    return page_of_services(published_services(actor, filters, day), text, page, size)


def page_of_services(found: QuerySet[ServiceVersion], text: str, page: int, size: int) -> SearchPage:
    """A page of those versions that match every word of the text, the most direct first."""
    words = re.split(r"[\s\x00]+", text.strip()[:LONGEST_QUERY])[:_MOST_WORDS]
    words = [word for word in words if word]
    for word in words:
        found = found.filter(_matches(word))
    total = found.count()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    ranked = _ranked(found, words) if words else found
    return SearchPage([_hit(v) for v in ranked[(page - 1) * size : page * size]], total, page, pages)


def _matches(word: str) -> Q:
    match = (
        Q(name__icontains=word)
        | Q(english__name__icontains=word)
        | Q(summary__icontains=word)
        | Q(service__agency__name__icontains=word)
        | Q(service__implementation_code__istartswith=word)
        | Q(service__foreign_code__istartswith=word)
    )
    letters = _letters(word)
    return match | Q(pinyin__contains=letters) if letters else match


def _letters(word: str) -> str:
    """A word that can be pinyin: Latin letters and digits only, apostrophes between syllables left away."""
    plain = word.replace("'", "").replace("’", "")
    return plain.lower() if len(plain) >= _FEWEST_LETTERS and _LATIN.fullmatch(plain) else ""


def _ranked(found: QuerySet[ServiceVersion], words: Sequence[str]) -> QuerySet[ServiceVersion]:
    """The most direct first: the name itself, its beginning, a part of it, its pinyin likewise, then the rest; among
    equals what can be applied for, and the shorter name.
    """
    whole = " ".join(words)
    whens = [
        When(name__iexact=whole, then=Value(0)),
        When(name__istartswith=whole, then=Value(1)),
        When(name__icontains=whole, then=Value(3)),
    ]
    letters = _letters("".join(words))
    if letters:
        whens += [
            When(Q(pinyin__startswith=letters) | Q(pinyin__contains=f" {letters}"), then=Value(2)),
            When(english_name__icontains=whole, then=Value(3)),
            When(pinyin__contains=letters, then=Value(4)),
        ]
    first = words[0]
    whens += [When(name__icontains=first, then=Value(5))]
    return found.annotate(
        english_name=Cast(KeyTextTransform("name", "english"), TextField()),
        rank=Case(*whens, default=Value(6), output_field=IntegerField()),
    ).order_by("rank", F("is_applicable").desc(), Length("name"), Collate("pinyin", "C"), "id")


def _hit(version: ServiceVersion) -> SearchHit:
    service = version.service
    agency = service.agency
    return SearchHit(
        service_id=service.pk,
        name=version.text("name"),
        summary=version.text("summary"),
        agency=agency.label,
        region=agency.region.label,
        region_code=agency.region_id,
        department=agency.department.label,
        department_code=agency.department.code,
        platform=service.platform.label,
        is_foreign=not service.platform.run_by_us,
        is_applicable=version.is_applicable,
        is_reconstructed=service.reconstructed,
        item_type=version.get_item_type_display(),
        promised_limit=limit_text(version.promised_limit, version.promised_limit_unit),
        visits=visits_text(version.visits),
        code=service.implementation_code or service.foreign_code or "",
    )
