"""Drafts, uploads, applications, cases, their steps, the officers' desk, over HTTP.

Translate, call one action or query, translate.
"""

from tongban.cases.api.across import router as across
from tongban.cases.api.applying import router as drafts
from tongban.cases.api.arrangements import router as arrangements
from tongban.cases.api.bundles import router as bundles
from tongban.cases.api.counter import router as counter
from tongban.cases.api.desk import router as desk
from tongban.cases.api.emergency import router as emergency
from tongban.cases.api.light import router as light
from tongban.cases.api.reading import router as cases
from tongban.cases.api.receipts import router as receipts
from tongban.cases.api.steps import router as steps

__all__ = [
    "across",
    "arrangements",
    "bundles",
    "cases",
    "counter",
    "desk",
    "drafts",
    "emergency",
    "light",
    "receipts",
    "steps",
]
