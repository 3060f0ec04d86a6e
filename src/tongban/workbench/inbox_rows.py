"""The lines of the inbox, drawn without a template: fifty of them were most of what the page cost."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from html import escape
from uuid import UUID

from django.shortcuts import resolve_url
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.queries import Clock, Clocks, ListedCase, Words
from tongban.cases.templatetags.cases import due_in


def _escaped(text: str) -> str:
    """As HTML; most names are letters alone, and looking costs less than replacing five signs in turn."""
    return text if text.isalnum() else escape(text)


def _name(name: str, language: str | None) -> str:
    """A name as HTML, marked as Chinese where the page is in another language (as `tongued` does)."""
    shown = _escaped(name)
    return shown if name.isascii() or (language or "").startswith("zh") else f'<span lang="zh-CN">{shown}</span>'


@cache
def _headings(_language: str | None) -> tuple[str, ...]:
    return tuple(escape(label) for label in (_("Choose"), _("Applicant"), _("State"), _("Officer"), _("Due")))


def inbox_lines(cases: Sequence[ListedCase], today: date, officers: Mapping[UUID, str]) -> SafeString:
    """Rows of the table of cases, with the names of the officers (by post) who handle them."""
    read, clocks = (get_language(), get_script_prefix()), Clocks(today)
    names: dict[UUID | None, str] = {post: _name(name, read[0]) or "–" for post, name in officers.items()}
    lines = [_line(read, case, clocks[case.due_on], names.get(case.officer_id, "–")) for case in cases]
    return mark_safe("".join(lines))  # noqa: S308 - every value was escaped


# An officer's list is the same from one look to the next but for a case or two. A line is found by all that it says, so
# that what changed is drawn anew.
@lru_cache(maxsize=4096)
def _line(read: tuple[str | None, str], listed: ListedCase, clock: Clock, officer: str) -> str:
    row, language = Words().row_of(listed, clock), read[0]
    choose, applicant, state, handled_by, due = _headings(language)
    case, number = str(row.id), escape(row.number)
    return f"""<tr>
<td class="choose"><input type="checkbox" name="case" value="{case}" form="bulk" aria-label="{choose} {number}"></td>
<th scope="row"><a href="{resolve_url("workbench:case", case_id=row.id)}">{_escaped(row.service)}<br>\
<span class="number">{number}</span></a></th>
<td data-label="{applicant}">{_name(row.applicant, language)}</td>
<td data-label="{state}">{_escaped(row.state_label)}</td>
<td data-label="{handled_by}">{officer}</td>
<td data-label="{due}">{due_in(language, row)}</td>
</tr>
"""
