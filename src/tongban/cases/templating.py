"""Words of notices with places to be filled in: which places there are, what is wrong with a text, the text filled in.

Pure. A place is a name in braces, `{applicant}`; braces of one's own are doubled.
"""

from collections.abc import Iterator, Mapping
from string import Formatter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What may be filled in, and what it is.
PLACES: Mapping[str, object] = {
    "applicant": gettext_lazy("the applicant's name"),
    "service": gettext_lazy("the service"),
    "case": gettext_lazy("the case number"),
    "agency": gettext_lazy("your agency"),
    "phone": gettext_lazy("your agency's telephone number"),
    "due": gettext_lazy("the day by which your agency must act"),
    "today": gettext_lazy("the day of the notice"),
}


def problems_of(text: str) -> list[str]:
    """Everything that is wrong with a text, each naming its place; empty for one that can be filled in."""
    try:
        return list(_problems(text))
    except ValueError:
        return [_("A brace is open or closed alone. Write {{ or }} where you mean the sign itself.")]


def _problems(text: str) -> Iterator[str]:
    for _words, place, form, conversion in Formatter().parse(text):
        if place is None:
            continue
        if place not in PLACES:
            yield _("There is no “{%(place)s}” to fill in.") % {"place": place}
        elif form or conversion:
            yield _("“{%(place)s}” is written with its name only.") % {"place": place}


def in_words(text: str) -> str:
    """A checked text as officers read it: what is filled in stands in words, in brackets."""
    parts = []
    for words, place, _form, _conversion in Formatter().parse(text):
        parts.append(words)
        if place is not None:
            parts.append(_("[%(meaning)s]") % {"meaning": PLACES[place]})
    return "".join(parts)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled in. What the values do not have stays as it is written, for the officer to see.

    Raises:
        ValueError: the text has problems; it was not checked.
    """
    if problems_of(text):
        raise ValueError("a template that was not checked")
    parts = []
    for words, place, _form, _conversion in Formatter().parse(text):
        parts.append(words)
        if place is not None:
            parts.append(values.get(place, "") or f"{{{place}}}")
    return "".join(parts)
