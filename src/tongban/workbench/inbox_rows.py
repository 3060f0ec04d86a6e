"""The lines of the inbox, drawn without a template: fifty of them were most of what the page cost."""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from uuid import UUID

from django.shortcuts import resolve_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.queries import CaseRow
from tongban.cases.templatetags.cases import due_in

_NOBODY = UUID(int=0)


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


def inbox_lines(rows: Sequence[CaseRow], officers: Mapping[UUID, str]) -> SafeString:
    """Rows of the table of cases, with the names of the officers (by post) who handle them."""
    language = get_language()
    choose, applicant, state, officer, due = _headings(language)
    before, _nobody, after = resolve_url("workbench:case", case_id=_NOBODY).partition(str(_NOBODY))
    names: dict[UUID | None, str] = {post: _name(name, language) or "–" for post, name in officers.items()}
    lines = []
    for row in rows:
        case, number = str(row.id), escape(row.number)
        lines.append(
            f"""<tr>
<td class="choose"><input type="checkbox" name="case" value="{case}" form="bulk" aria-label="{choose} {number}"></td>
<th scope="row"><a href="{before}{case}{after}">{_escaped(row.service)}<br><span class="number">{number}</span></a></th>
<td data-label="{applicant}">{_name(row.applicant, language)}</td>
<td data-label="{state}">{_escaped(row.state_label)}</td>
<td data-label="{officer}">{names.get(row.officer_id, "–")}</td>
<td data-label="{due}">{due_in(language, row)}</td>
</tr>
"""
        )
    return mark_safe("".join(lines))  # noqa: S308 - every value was escaped above
