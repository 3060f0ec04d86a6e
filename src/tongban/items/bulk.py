"""Writing many rows by PostgreSQL's COPY: an INSERT of thousands of parameters costs more to phrase than to run."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model


def copy_rows(rows: Sequence[Model]) -> None:
    """Append rows of one table that bring their keys or have them made by the database. Constraints and triggers hold
    as for an INSERT; no signal is sent and no field's key is read back.

    Must run inside a transaction when it is to stand or fall with other writes.
    """
    if not rows:
        return
    options = rows[0]._meta  # noqa: SLF001 - Django's public _meta
    fields = [f for f in options.concrete_fields if not (f.primary_key and f.get_internal_type() == "BigAutoField")]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(f.column)) for f in fields)
    statement = f"COPY {quote(options.db_table)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([f.get_db_prep_save(f.pre_save(row, add=True), connection) for f in fields])
