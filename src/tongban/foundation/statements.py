"""Statements for acts that happen thousands of times a minute: composed once a process, prepared once a connection.

The ORM composes its SQL anew each time, which costs more than PostgreSQL needs to carry it out. What is written here
comes from the same models and fields, so that there is one description of a table; only the composing is kept.
Elsewhere use the ORM.
"""
# ruff: noqa: SLF001, S608 - `_meta` is Django's documented description of a table, and only its names are put in here

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models

Row = TypeVar("Row", bound=models.Model)


def run(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Carry out a statement, bound and prepared by the server, on Django's connection; its rows, if it has any."""
    database = connections[DEFAULT_DB_ALIAS]
    database.validate_no_broken_transaction()
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors, psycopg.Cursor(database.connection) as cursor:
        cursor.execute(sql.encode(), parameters, prepare=True)
        if database.queries_logged:  # tests count them
            database.queries_log.append({"sql": sql, "time": "0"})
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


# --- writing --------------------------------------------------------------------------------------------------------


def insert(*rows: models.Model) -> None:
    """Insert new rows, of one table or of several, in one statement. Rows with a key of the database's get it."""
    database = connections[DEFAULT_DB_ALIAS]
    plans = [_insertion(type(row)) for row in rows]
    values: list[Any] = []
    for row, (_sql, fields, _key) in zip(rows, plans, strict=True):
        values += [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields]
    found = run(_together(*(type(row) for row in rows)), values)[0]
    for row, (_sql, _fields, key), given in zip(rows, plans, found, strict=True):
        if key:
            setattr(row, key, given)
        row._state.adding = False
        row._state.db = DEFAULT_DB_ALIAS


@cache
def _together(*tables: type[models.Model]) -> str:
    parts = ", ".join(f"row{n} AS ({_insertion(table)[0]})" for n, table in enumerate(tables))
    keys = ", ".join(f"(SELECT * FROM row{n})" for n in range(len(tables)))
    return f"WITH {parts} SELECT {keys}"


@cache
def _insertion(table: type[models.Model]) -> tuple[str, Sequence["models.Field[Any, Any]"], str]:
    """The INSERT, the fields it takes, and the attribute of a key that the database gives."""
    fields = [field for field in table._meta.concrete_fields if not field.db_returning]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    key = table._meta.pk
    sql = (
        f'INSERT INTO "{table._meta.db_table}" ({columns}) VALUES ({", ".join(["%s"] * len(fields))})'
        f' RETURNING "{key.column}"'
    )
    return sql, fields, key.attname if key.db_returning else ""


def update(row: models.Model) -> None:
    """Write every field of a row that stands in the database."""
    database = connections[DEFAULT_DB_ALIAS]
    sql, fields = _updating(type(row))
    run(sql, [*(field.get_db_prep_save(field.pre_save(row, add=False), database) for field in fields), row.pk])


@cache
def _updating(table: type[models.Model]) -> tuple[str, Sequence["models.Field[Any, Any]"]]:
    fields = [field for field in table._meta.concrete_fields if not field.primary_key]
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
    sql = f'UPDATE "{table._meta.db_table}" SET {assignments} WHERE "{table._meta.pk.column}" = %s'
    return sql, fields


# --- reading --------------------------------------------------------------------------------------------------------


def columns(table: type[models.Model], alias: str, names: Sequence[str] = ()) -> str:
    """The columns of a table (or those named) as a select list, in the order `instance` takes their values."""
    return ", ".join(f'{alias}."{field.column}"' for field in _fields(table, tuple(names)))


def instance(table: type[Row], values: Sequence[Any], names: Sequence[str] = ()) -> Row:
    """A row of the table from values in the order of `columns`; fields not named are read when asked for."""
    fields = _fields(table, tuple(names))
    given = {field.attname: _converted(field, value) for field, value in zip(fields, values, strict=True)}
    # Django takes them in the order of the table's description, whatever order they were asked for in.
    attributes = [field.attname for field in table._meta.concrete_fields if field.attname in given]
    return table.from_db(DEFAULT_DB_ALIAS, attributes, [given[name] for name in attributes])


@cache
def _fields(table: type[models.Model], names: tuple[str, ...]) -> list[Any]:
    return [table._meta.get_field(name) for name in names] if names else list(table._meta.concrete_fields)


def _converted(field: Any, value: Any) -> Any:  # noqa: ANN401 - a value of any type
    convert = getattr(field, "from_db_value", None)
    return convert(value, None, connections[DEFAULT_DB_ALIAS]) if convert else value


class Reading:
    """A query of plain values, composed by the ORM once and asked many times.

        IN_FORCE = Reading(lambda day, service: in_force_on(day).filter(service=service).values_list("id"))
        IN_FORCE(today, service_id)

    The arguments are placed where the query has its parameters, by identity; they must be used as they are.
    """

    def __init__(self, compose: Callable[..., "models.QuerySet[Any, Any]"], *examples: object) -> None:
        """`examples` are arguments of the right types, all different from each other and from other values."""
        self._compose, self._examples = compose, examples
        self._composed: tuple[str, Sequence[Any]] = ("", ())

    def __call__(self, *arguments: object) -> list[tuple[Any, ...]]:
        if not self._composed[0]:
            self._composed = self._compose(*self._examples).query.sql_with_params()
        sql, parameters = self._composed
        places = dict(zip(self._examples, arguments, strict=True))
        return run(sql, [places.get(one, one) if one.__hash__ else one for one in parameters])
