"""Every package's routers as one API under `/api/v1`."""

from ninja import NinjaAPI

from tongban import __version__
from tongban.cases import api as cases
from tongban.feedback import api as feedback
from tongban.foundation.rest.parsing import StrictParser
from tongban.foundation.rest.problems import install
from tongban.foundation.transparency import api as ledger
from tongban.government import api as government
from tongban.identity import api as identity
from tongban.identity import own_api as own
from tongban.identity.assurance import api as assurance
from tongban.items import api as items
from tongban.supervision import api as supervision
from tongban.userspace import api as userspace

PREFIX = "/api/v1"
ROUTERS = (
    identity.router,
    assurance.router,
    own.delegations,
    own.data,
    government.router,
    items.router,
    cases.drafts,
    cases.bundles,
    cases.light,
    cases.cases,
    cases.steps,
    cases.desk,
    cases.arrangements,
    cases.counter,
    cases.across,
    userspace.router,
    userspace.space,
    cases.receipts,
    cases.emergency,
    feedback.router,
    items.figures,
    supervision.router,
    ledger.router,
)

api = NinjaAPI(
    title="通办 Tongban",
    version=__version__,
    urls_namespace="v1",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
for router in ROUTERS:
    api.add_router("", router)
install(api)
