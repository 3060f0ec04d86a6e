"""Every read of cases. Takes the actor, returns only what that actor may see, formatted for pages and the API."""

from tongban.cases.queries.drafts import DraftView, MaterialTask, draft_view, my_drafts
from tongban.cases.queries.figures import AgencyProgress, OverrunRow, progress_by_agency, public_overruns
from tongban.cases.queries.lists import (
    CasePage,
    Cursor,
    InboxCounts,
    InboxFilter,
    entrusted_cases,
    inbox,
    inbox_counts,
    my_cases,
)
from tongban.cases.queries.one_case import (
    CaseView,
    DocumentRow,
    EventRow,
    MaterialRow,
    agencies_to_examine,
    available_actions,
    case_by_number,
    case_view,
    correction_told,
    deferred_materials,
    readable_case,
)
from tongban.cases.queries.papers import DocumentView, FileView, document_view, material_file
from tongban.cases.queries.rows import PAGE_SIZE, CaseRow

__all__ = [
    "PAGE_SIZE",
    "AgencyProgress",
    "CasePage",
    "CaseRow",
    "CaseView",
    "Cursor",
    "DocumentRow",
    "DocumentView",
    "DraftView",
    "EventRow",
    "FileView",
    "InboxCounts",
    "InboxFilter",
    "MaterialRow",
    "MaterialTask",
    "OverrunRow",
    "agencies_to_examine",
    "available_actions",
    "case_by_number",
    "case_view",
    "correction_told",
    "deferred_materials",
    "document_view",
    "draft_view",
    "entrusted_cases",
    "inbox",
    "inbox_counts",
    "material_file",
    "my_cases",
    "my_drafts",
    "progress_by_agency",
    "public_overruns",
    "readable_case",
]
