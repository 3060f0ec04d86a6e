"""The kit's components as template tags. A builtin library: pages need no ``{% load %}``.

Every tag is shown, with its arguments, on the ``/kit`` page (``templates/kit/catalogue.html``). Arguments
that take mappings also take objects with the same attributes: templates look both up the same way.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from tongban.charts.bars import BarChart, draw_bars, tabulate
from tongban.foundation.dates import day_in_words, moment_in_words
from tongban.foundation.forms import FormDefinition, messages
from tongban.foundation.pages import fields
from tongban.foundation.pages.form_fields import draw_group
from tongban.foundation.pages.links import optional_url
from tongban.foundation.pages.once import compile_once

register = template.Library()
register.tag("once", compile_once)
Context = dict[str, Any]

NOTICES = {"success", "warning", "information"}
# Django's message levels to the kit's three banners.
_LEVELS = {
    "success": "success",
    "warning": "warning",
    "error": "warning",
    "info": "information",
    "debug": "information",
}
_NOTICE_TITLES = {"success": _("Done"), "warning": _("Important"), "information": _("Information")}
TAGS = {"neutral", "waiting", "active", "done", "attention", "refused"}
LIGHTS = {"green": _("In time"), "yellow": _("Due soon"), "red": _("Late")}


def _known(value: str, allowed: Iterable[str], what: str) -> str:
    if value not in allowed:
        raise template.TemplateSyntaxError(f"{what} is {value!r}; expected one of {', '.join(sorted(allowed))}")
    return value


# Page header and ways about -------------------------------------------------------------------------------


@register.inclusion_tag("kit/breadcrumb.html")
def breadcrumb(trail: Sequence[tuple[str, str]]) -> Context:
    """The way here: ``[(label, url), ...]`` from the first page to the parent of this page."""
    return {"trail": trail}


@register.inclusion_tag("kit/page_header.html")
def page_header(title: str, *, caption: str = "", lead: str = "", trail: Sequence[tuple[str, str]] = ()) -> Context:
    """The page's one ``h1``, with a caption above, a lead below and the breadcrumb over all."""
    return {"title": title, "caption": caption, "lead": lead, "trail": trail}


@register.simple_tag
def url_if(name: str) -> str:
    """The address of a named page, or nothing where the project has none of that name."""
    return optional_url(name)


@register.filter
def named(thing: Any, attribute: str = "name") -> str:  # noqa: ANN401 # a model, a dataclass or a mapping
    """A thing's name in the reader's language: ``name_en`` on English pages where there is one, else ``name``.

    ``{{ service|named:"title" }}`` does the same for ``title`` and ``title_en``.
    """

    def look(key: str) -> str:
        found = thing.get(key, "") if isinstance(thing, Mapping) else getattr(thing, key, "")
        return str(found or "")

    english = (get_language() or "").startswith("en")
    return (english and look(f"{attribute}_en")) or look(attribute)


@register.filter
def worded(words: Mapping[str, str] | None) -> str:
    """Words of a form (``zh`` and ``en``) in the reader's language: ``{{ group.title|worded }}``."""
    return messages.worded(words)


@register.filter
def day(value: date | None) -> str:
    """A day in a sentence, in the reader's language: ``{{ row.due_on|day }}``. Tables write ``|date:"Y-m-d"``."""
    return day_in_words(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """The same of a moment, with its time."""
    return moment_in_words(value) if value else ""


_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef][\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”、0-9]*")


@register.filter
def tongued(text: str) -> SafeString:
    """A text that may hold Chinese, with the language said where the page is in another: screen readers switch
    voices by it (WCAG 3.1.2). For names and laws that have no English: ``{{ agency.name|tongued }}``.
    """
    safe = conditional_escape(text)
    # What is HTML already may hold Chinese in an attribute, where no mark can stand.
    if isinstance(text, SafeData) or (get_language() or "").startswith("zh"):
        return safe
    return mark_safe(_CHINESE.sub(lambda run: f'<span lang="zh-CN">{run.group()}</span>', safe))  # noqa: S308 - escaped


@register.filter
def listed(words: Iterable[object]) -> str:
    """Several in one sentence, as the reader's language lists them: ``{{ parts|listed }}``."""
    return gettext(", ").join(str(word) for word in words)


@register.simple_tag
def tabs(label: str, items: Sequence[tuple[str, str, bool]]) -> SafeString:
    """Links drawn as tabs: ``[(label, url, is_current), ...]``; ``label`` names them to screen readers."""
    return format_html('<nav class="tabs" aria-label="{}">{}</nav>', label, _links(items))


@register.simple_tag
def site_nav(items: Sequence[tuple[str, str, bool | str]], label: str = "", *, sub: bool = False) -> SafeString:
    """``[(label, url, is_current), ...]``; ``label`` names the navigation for screen readers. Where a group of pages is
    current and not a page, ``is_current`` is the word ``group``. ``sub`` draws the second line of two.
    """
    return format_html(
        '<nav class="site-nav{}" aria-label="{}"><div class="width">{}</div></nav>',
        " sub" if sub else "",
        label or gettext("Main"),
        _links(items),
    )


def _links(items: Sequence[tuple[str, str, bool | str]]) -> SafeString:
    """A list of links; their numbers change too often for a template to be worth it."""
    drawn = (
        f'<li><a href="{conditional_escape(url)}"{_CURRENT[current]}>{conditional_escape(text)}</a></li>'
        for text, url, current in items
    )
    return mark_safe(f"<ul>{''.join(drawn)}</ul>")  # noqa: S308 # escaped above


_CURRENT = {False: "", True: ' aria-current="page"', "group": ' aria-current="true"'}


@register.inclusion_tag("kit/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any], parameter: str = "page") -> Context:
    """Numbered pages of a Django paginator; keeps the rest of the query."""
    request: HttpRequest = context["request"]

    def address(number: int) -> str:
        query = request.GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    numbers = [
        (number if isinstance(number, int) else None, address(number) if isinstance(number, int) else "")
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return {
        "numbers": numbers,
        "current": page.number,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("kit/cursor_pagination.html")
def cursor_pagination(previous: str = "", following: str = "") -> Context:
    """Previous and next, as addresses; for lists too long to number."""
    return {"previous": previous, "next": following}


# Buttons --------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/button.html")
def button(label: str, *, name: str = "", value: str = "", kind: str = "") -> Context:
    """A submit button. ``kind``: empty, ``secondary``, ``danger`` or ``start``."""
    return {"label": label, "name": name, "value": value, "kind": _kind(kind)}


@register.inclusion_tag("kit/button.html")
def link_button(label: str, url: str, *, kind: str = "") -> Context:
    """A link drawn as a button: for going somewhere, never for changing anything."""
    return {"label": label, "url": url, "kind": _kind(kind)}


def _kind(kind: str) -> str:
    return _known(kind, {"", "secondary", "danger", "start"}, "kind of a button")


@register.inclusion_tag("kit/print.html")
def print_hint() -> Context:
    """How to print this page; with script, a button that does."""
    return {}


@register.inclusion_tag("kit/htmx.html")
def kit_htmx() -> Context:
    """Htmx, set up for our content-security policy; goes in the ``head`` block of pages that use it."""
    return {}


# Fields ---------------------------------------------------------------------------------------------------
# Shared arguments: name, label, value, hint, error (a message, a list of messages or a forms.FieldError),
# optional (adds "(optional)" to the label), nth (0 for the first of several fields of one name on a page, to which
# errors lead), big (the label is the page's question), autocomplete, width (2,
# 4, 10 or 20 characters). The field's own id is `field-<name>`, which the error summary links to.


@register.simple_tag
def text_field(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # the shared arguments above
    """A line of text. Also: ``type`` (text, tel, email, password, search), ``inputmode``, ``prefix``,
    ``suffix``.
    """
    return fields.text(name, label, **options)


@register.simple_tag
def number_field(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # the shared arguments above
    """A number, typed as text with a numeric keyboard. Also: ``decimal``, ``prefix``, ``suffix``."""
    return fields.number(name, label, **options)


@register.simple_tag
def textarea_field(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # the shared arguments above
    """Several lines of text. Also: ``rows``, ``maxlength``, ``code`` (a text whose lines and spaces say something)."""
    return fields.textarea(name, label, **options)


@register.simple_tag
def date_field(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # the shared arguments above
    """Year, month, day as three boxes, posted as ``name-year``, ``name-month``, ``name-day``; ``value`` is
    ISO.
    """
    return fields.date(name, label, **options)


@register.simple_tag
def select_field(name: str, label: str, choices: Iterable[Any], **options: Any) -> SafeString:  # noqa: ANN401 # as above
    """A drop-down of ``[(value, label), ...]``; radios are easier up to about ten choices. Also:
    ``empty_label``.
    """
    return fields.select(name, label, choices, **options)


@register.simple_tag
def radios_field(name: str, label: str, choices: Iterable[Any], **options: Any) -> SafeString:  # noqa: ANN401 # as above
    """One of ``[(value, label), ...]`` or of mappings with value, label, hint, conditional (HTML shown when
    chosen).
    """
    return fields.radios(name, label, choices, **options)


@register.simple_tag
def checkboxes_field(name: str, label: str, choices: Iterable[Any], **options: Any) -> SafeString:  # noqa: ANN401 # as above
    """Any of the choices, given as for radios; ``value`` is a list."""
    return fields.checkboxes(name, label, choices, **options)


@register.simple_tag
def file_field(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # the shared arguments above
    """A file to hand in. Also: ``accept``, ``kept`` (the name of the file already held)."""
    return fields.file(name, label, **options)


@register.simple_block_tag
def fieldset(content: str, legend: str) -> SafeString:
    """Fields that belong together, under a legend."""
    return format_html('<fieldset class="group"><legend>{}</legend>{}</fieldset>', legend, content)


@register.simple_block_tag
def button_row(content: str) -> SafeString:
    """Buttons and links at the foot of a form."""
    return format_html('<div class="button-row">{}</div>', content)


@register.simple_tag
def error_summary(errors: fields.Errors | None) -> SafeString:
    """What is wrong, each linked to its field; takes the focus when the page opens. Nothing if nothing is
    wrong.
    """
    listed = fields.listed_errors(errors)
    return mark_safe(render_to_string("kit/error_summary.html", {"errors": listed}) if listed else "")  # noqa: S308 # our template


# Messages -------------------------------------------------------------------------------------------------


@register.simple_block_tag
def notification(content: str, level: str = "information", title: str = "") -> SafeString:
    """A banner: ``success``, ``warning`` or ``information`` (Django's message levels are understood too)."""
    level = _known(_LEVELS.get(level.rsplit(" ", maxsplit=1)[-1], level), NOTICES, "level of a notification")
    role = "alert" if level == "warning" else "status"
    return format_html(
        '<div class="notice {}" role="{}"><h2>{}</h2>{}</div>',
        level,
        role,
        title or _NOTICE_TITLES[level],
        content,
    )


@register.simple_block_tag
def inset(content: str) -> SafeString:
    """Text set apart from what surrounds it."""
    return format_html('<div class="inset">{}</div>', content)


@register.inclusion_tag("kit/warning_text.html")
def warning_text(text: str) -> Context:
    """A warning of consequences in law or money."""
    return {"text": text}


@register.simple_block_tag
def receipt_panel(content: str, title: str, number: str = "", number_label: str = "") -> SafeString:
    """Confirmation that something was received, with its number. Holds the page's ``h1``."""
    return mark_safe(  # noqa: S308 # our template escapes its arguments
        render_to_string(
            "kit/receipt_panel.html",
            {"title": title, "number": number, "number_label": number_label, "content": content},
        ),
    )


@register.simple_block_tag
def empty_state(content: str, title: str) -> SafeString:
    """What stands where a list would, when there is nothing to list."""
    return format_html('<div class="empty"><h2>{}</h2>{}</div>', title, content)


@register.simple_block_tag
def details(content: str, label: str) -> SafeString:
    """Help that most readers do not need, behind a disclosure."""
    return format_html('<details><summary>{}</summary><div class="details-body">{}</div></details>', label, content)


# States ---------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/tag.html")
def tag(label: str, kind: str = "neutral") -> Context:
    """A state: neutral, waiting, active, done, attention or refused; each also has its own border or sign."""
    return {"label": label, "kind": _known(kind, TAGS, "kind of a tag")}


@register.inclusion_tag("kit/light.html")
def light(colour: str, words: str = "") -> Context:
    """The clock's light: green circle, yellow triangle, red square, always with words ("3 working days
    left").
    """
    return {"colour": _known(colour, LIGHTS, "colour of a light"), "words": words or LIGHTS[colour]}


# Lists ----------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/task_list.html")
def task_list(tasks: Sequence[Mapping[str, Any]]) -> Context:
    """Work in parts: mappings with title, url (empty: cannot start yet), hint, status, kind (of ``tag``)."""
    return {"tasks": tasks}


@register.inclusion_tag("kit/summary_list.html")
def summary_list(rows: Sequence[Mapping[str, Any]]) -> Context:
    """Facts, or answers to check: mappings with label, value (a string or a list of strings), change_url."""
    return {"rows": [_row(row) for row in rows]}


def _row(row: Any) -> Context:  # noqa: ANN401 # a mapping or an object
    def look(key: str) -> Any:  # noqa: ANN401 # whatever the page gave
        return row.get(key) if isinstance(row, Mapping) else getattr(row, key, None)

    value = look("value")
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return {
        "label": look("label"),
        "values": [single for single in values if single not in (None, "")],
        "change_url": look("change_url"),
    }


@register.inclusion_tag("kit/timeline.html")
def timeline(events: Sequence[Mapping[str, Any]]) -> Context:
    """What happened and what comes next: mappings with title, at (datetime or text), who, note, state (done,
    current, next).
    """
    return {"events": events}


@register.simple_block_tag
def filters(content: str, label: str = "") -> SafeString:
    """A form that narrows a list (GET, to this page). Holds fields; brings its own button."""
    return mark_safe(render_to_string("kit/filters.html", {"label": label, "content": content}))  # noqa: S308 # our template


# Tables and figures ---------------------------------------------------------------------------------------


@register.simple_block_tag
def table(content: str, caption: str, cards: bool = False) -> SafeString:  # noqa: FBT001, FBT002 # a template's argument
    """A table around your own ``thead`` and ``tbody``: scrolls in a focusable region where it is too wide.

    With ``cards`` each row becomes a card on narrow screens; give every ``td`` a ``data-label``.
    """
    return mark_safe(  # noqa: S308 # our template escapes the caption
        render_to_string("kit/table.html", {"content": content, "caption": caption, "cards": cards}),
    )


@register.inclusion_tag("kit/data_table.html")
def data_table(
    caption: str,
    columns: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    cards: bool = True,
    foot: Sequence[Any] = (),
) -> Context:
    """A table from data: columns are labels or ``(label, "number")``; a row's first cell is its heading."""
    heads = [(column[0], "number") if isinstance(column, (tuple, list)) else (column, "") for column in columns]
    return {
        "caption": caption,
        "heads": heads,
        "rows": [list(zip(heads, row, strict=True)) for row in rows],
        "foot": list(zip(heads, foot, strict=True)) if foot else [],
        "cards": cards,
    }


@register.inclusion_tag("kit/score.html")
def score(
    *,
    mean: float | None,
    count: int,
    low: float | None = None,
    high: float | None = None,
    distribution: Sequence[tuple[str, int]] = (),
    handled: int | None = None,
    title: str = "",
) -> Context:
    """A rating with its uncertainty.

    Args:
        mean: Mean mark, 1 to 5; None where nobody has rated.
        count: Ratings.
        low: Lower end of the interval of the mean.
        high: Upper end of the interval of the mean.
        distribution: (label, ratings) from the best level to the worst.
        handled: Cases handled, of which ``count`` were rated.
        title: Heading.
    """
    most = max((number for _label, number in distribution), default=0)
    bars = [
        {
            "label": label,
            "count": number,
            "share": 100 * number / count if count else 0,
            "length": f"{100 * number / most:.1f}" if most else "0",
        }
        for label, number in distribution
    ]
    return {
        "mean": mean,
        "low": low,
        "high": high,
        "count": count,
        "bars": bars,
        "handled": handled,
        "share": 100 * count / handled if handled else None,
        "title": title or _("Ratings"),
    }


@register.inclusion_tag("kit/bar_chart.html")
def bar_chart(chart: BarChart) -> Context:
    """Horizontal bars as SVG with their table beside them (``tongban.charts.bars``)."""
    heads, rows = tabulate(chart)
    return {
        "chart": chart,
        "svg": mark_safe(draw_bars(chart)),  # noqa: S308 # draw_bars escapes every text it is given
        "columns": [heads[0], *((head, "number") for head in heads[1:])],
        "rows": rows,
    }


# Forms ----------------------------------------------------------------------------------------------------


@register.simple_tag
def form_group(
    definition: FormDefinition,
    group: str,
    answers: Mapping[str, Any],
    errors: Mapping[str, Any] | None = None,
    posted: Mapping[str, Any] | None = None,
) -> SafeString:
    """The fields of one group of a form.

    Give ``posted`` (``request.POST``) only where a post is shown again: it shows what could not be understood.
    """
    return draw_group(definition, group, answers, errors or {}, posted, get_language() or "")
