"""Finding services by what people type: parts of names, prefixes, pinyin in full or by initials, codes, English.

PostgreSQL does it as long as a region's services are some thousands: every word of the query must be found, and what
is found is ranked by how directly the name says it.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Collate, Length

from tongban.foundation.rest.pages import WrongCursorError
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


@dataclass(frozen=True)
class SearchSlice:
    """Results after a place in the list; `next` is the version they end with, None where nothing follows."""

    hits: Sequence[SearchHit]
    total: int
    next: uuid.UUID | None


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
    words = _words(text)
    found = _matching(found, words)
    total = found.count()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    ordered = _ordered(found, words).order_by(*_order(words))
    return SearchPage([_hit(v) for v in ordered[(page - 1) * size : page * size]], total, page, pages)


def services_after(
    actor: Actor, text: str, filters: Filters, *, day: date, after: uuid.UUID | None = None, size: int = PAGE_SIZE
) -> SearchSlice:
    """The same services in the same order from a place on, so that what is published or withdrawn while somebody reads
    on neither repeats nor hides others.

    The place is the version the slice before ended with. Its row still says where it stands when it is no longer in
    force: what was published never changes.

    Args:
        actor: who searches; what is published is open to everyone.
        text: as in `search_services`.
        filters: which services.
        day: the services in force on it.
        after: the version the slice before ended with; None for the first.
        size: hits a slice.

    Raises:
        WrongCursorError: there is no such version.
    """
    words = _words(text)
    found = _matching(published_services(actor, filters, day), words)
    total = found.count()
    order = _order(words)
    ordered = _ordered(found, words).order_by(*order)
    if after:
        published = ServiceVersion.objects.filter(pk=after).exclude(state=ServiceVersion.State.DRAFT)
        place = _ordered(published, words).values_list(*(name.lstrip("-") for name in order)).first()
        if place is None:
            raise WrongCursorError
        ordered = ordered.filter(_beyond(order, place))
    versions = list(ordered[: size + 1])
    return SearchSlice(
        [_hit(v) for v in versions[:size]], total, versions[size - 1].pk if len(versions) > size else None
    )


def _beyond(order: Sequence[str], place: Sequence[Any]) -> Q:
    """What comes after a place in an order: greater in one of its keys and equal in all before."""
    beyond, equal = Q(pk__in=[]), Q()
    for key, value in zip(order, place, strict=True):
        name = key.lstrip("-")
        beyond |= equal & Q(**{f"{name}__{'lt' if key.startswith('-') else 'gt'}": value})
        equal &= Q(**{name: value})
    return beyond


def _words(text: str) -> list[str]:
    words = re.split(r"[\s\x00]+", text.strip()[:LONGEST_QUERY])[:_MOST_WORDS]
    return [word for word in words if word]


def _matching(found: QuerySet[ServiceVersion], words: Sequence[str]) -> QuerySet[ServiceVersion]:
    for word in words:
        found = found.filter(_matches(word))
    return found


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


def _order(words: Sequence[str]) -> tuple[str, ...]:
    """By pinyin; of a search, the most direct first, among equals what can be applied for, and the shorter name."""
    return ("rank", "-is_applicable", "length", "spelt", "id") if words else ("pinyin", "id")


def _ordered(found: QuerySet[ServiceVersion], words: Sequence[str]) -> QuerySet[ServiceVersion]:
    """With what `_order` names. Most direct is the name itself, then its beginning, a part of it, its pinyin likewise,
    then the rest.
    """
    if not words:
        return found
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
        length=Length("name"),
        spelt=Collate("pinyin", "C"),
    )


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
