"""The lines of the inbox, drawn without a template: fifty of them were most of what the page cost."""

from collections.abc import Mapping, Sequence
from html import escape
from uuid import UUID

from django.shortcuts import resolve_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tongban.cases.queries import CaseRow
from tongban.cases.templatetags.cases import due

_NOBODY = UUID(int=0)
_LINE = """\
<tr>
<td class="choose"><input type="checkbox" name="case" value="{id}" form="bulk" aria-label="{choose} {number}"></td>
<th scope="row"><a href="{address}">{service}<br><span class="number">{number}</span></a></th>
<td data-label="{applicant_label}">{applicant}</td>
<td data-label="{state_label}">{state}</td>
<td data-label="{officer_label}">{officer}</td>
<td data-label="{due_label}">{due}</td>
</tr>
"""


def inbox_lines(rows: Sequence[CaseRow], officers: Mapping[UUID, str]) -> SafeString:
    """Rows of the table of cases, with the names of the officers (by post) who handle them."""
    labels = {
        "choose": escape(_("Choose")),
        "applicant_label": escape(_("Applicant")),
        "state_label": escape(_("State")),
        "officer_label": escape(_("Officer")),
        "due_label": escape(_("Due")),
    }
    address = resolve_url("workbench:case", case_id=_NOBODY)
    lines = [
        _LINE.format_map(
            labels
            | {
                "id": row.id,
                "address": address.replace(str(_NOBODY), str(row.id)),
                "number": escape(row.number),
                "service": escape(row.service),
                "applicant": escape(row.applicant),
                "state": escape(row.state_label),
                "officer": escape(officers.get(row.officer_id, "") if row.officer_id else "") or "–",
                "due": due(row),
            }
        )
        for row in rows
    ]
    return mark_safe("".join(lines))  # noqa: S308 - every value was escaped above
