"""Drafts, uploads, applications, cases and their steps, over HTTP: translate, call one action or query, translate."""

from tongban.cases.api.applying import router as drafts
from tongban.cases.api.reading import router as cases
from tongban.cases.api.steps import router as steps

__all__ = ["cases", "drafts", "steps"]
