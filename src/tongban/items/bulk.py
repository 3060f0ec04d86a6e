"""Writing many rows by PostgreSQL's COPY: an INSERT of thousands of parameters costs more to phrase than to run."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import CharField, Model, SlugField, TextField, URLField

_TEXTS = {CharField, SlugField, TextField, URLField}


def copy_rows(rows: Sequence[Model]) -> None:
    """Append rows of one table that bring their keys or have them made by the database. Constraints and triggers hold
    as for an INSERT; no signal is sent and no field's key is read back.

    Must run inside a transaction when it is to stand or fall with other writes.
    """
    if not rows:
        return
    options = rows[0]._meta  # noqa: SLF001 - Django's public _meta
    fields = [f for f in options.concrete_fields if not (f.primary_key and f.get_internal_type() == "BigAutoField")]
    # What a text column holds is written as it is: asking the field takes as long as all the rest.
    texts = [f.attname if type(f) in _TEXTS else "" for f in fields]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(f.column)) for f in fields)
    statement = f"COPY {quote(options.db_table)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            values = row.__dict__
            copy.write_row(
                [
                    values[text]
                    if text and type(values.get(text)) is str
                    else f.get_db_prep_save(f.pre_save(row, add=True), connection)
                    for f, text in zip(fields, texts, strict=True)
                ]
            )
