"""Which procedures there are. New cases follow the latest version of the code their service names; a case keeps the
version it was filed under.
"""

from tongban.cases.models import ProcedureVersion
from tongban.cases.procedure import SHIPPED_PROCEDURES
from tongban.cases.versions import VersionStore

PROCEDURES = VersionStore("procedure", SHIPPED_PROCEDURES, ProcedureVersion)

latest_procedure = PROCEDURES.latest
procedure_of = PROCEDURES.of
