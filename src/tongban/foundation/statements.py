"""Statements for acts that happen thousands of times a minute: composed once a process, prepared once a connection.

The ORM composes its SQL anew each time, which costs more than PostgreSQL needs to carry it out. What is written here
comes from the same models and fields, so that there is one description of a table; only the composing is kept.
Elsewhere use the ORM.
"""
# ruff: noqa: SLF001, S608 - `_meta` is Django's documented description of a table, and only its names are put in here

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg.sql import Literal

if TYPE_CHECKING:
    from tongban.foundation.connections.base import DatabaseWrapper

Row = TypeVar("Row", bound=models.Model)


def run(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Carry out a statement, bound and prepared by the server, on Django's connection; its rows, if it has any."""
    database = cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])
    database.validate_no_broken_transaction()
    database.close_if_health_check_failed()
    database.ensure_connection()
    numbered, names = _numbered(sql)
    values = parameters if names is None else [parameters[name] for name in names]  # type: ignore[call-overload] # a mapping
    with database.wrap_database_errors:
        cursor = database.for_statements()
        cursor.execute(numbered, values, prepare=True)
        if database.queries_logged:  # tests count them
            database.queries_log.append({"sql": sql, "time": "0"})
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


_PLACE = re.compile(r"%(?:s|%|\((\w+)\)s)")


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...] | None]:
    """The statement as PostgreSQL wants it, with $1, $2, and the names in that order where the parameters have names.

    psycopg does the same, but keeps it for small statements only; ours are large, and few.
    """
    names: dict[str, int] = {}
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1]:
            return f"${names.setdefault(found[1], len(names) + 1)}"
        count += 1
        return f"${count}"

    text = _PLACE.sub(number, sql)
    if names and count:
        raise ValueError("the parameters of a statement have names, all of them or none")
    return text.encode(), tuple(names) or None


# --- writing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One write of several that are carried out as one statement.

    Attributes:
        name: what the parts beside it may read what it returns under.
        sql: INSERT or UPDATE that returns at most one row, of one column; of a limited number of texts.
        values: of its parameters.
    """

    name: str
    sql: str
    values: Sequence[Any]


def write(*parts: Part) -> list[Any]:
    """Carry out the parts as one statement, in one round trip: all or none; what each returned.

    They see the database as it was before any of them; a key that one needs of another is read from that one's name.
    """
    sql = _written(tuple((part.name, part.sql) for part in parts))
    return list(run(sql, [value for part in parts for value in part.values])[0])


@cache
def _written(parts: tuple[tuple[str, str], ...]) -> str:
    bodies = ", ".join(f"{name} AS ({sql})" for name, sql in parts)
    return f"WITH {bodies} SELECT {', '.join(f'(SELECT * FROM {name})' for name, _sql in parts)}"


def insertion(row: models.Model, name: str) -> Part:
    """A new row. Its key, where the database gives it, is what the part returns (`inserted`)."""
    sql, fields, _key = _insertion(type(row))
    database = connections[DEFAULT_DB_ALIAS]
    return Part(name, sql, [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields])


def inserted(row: models.Model, returned: object) -> None:
    """Tell a row that it stands in the database now, under the key that its insertion returned."""
    _sql, _fields, key = _insertion(type(row))
    if key:
        setattr(row, key, returned)
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS


@cache
def _insertion(table: type[models.Model]) -> tuple[str, Sequence["models.Field[Any, Any]"], str]:
    """The INSERT, the fields it takes, and the attribute of a key that the database gives."""
    # What only the database gives is left to it; a default beside the model's own is for rows that stood there before.
    fields = [field for field in table._meta.concrete_fields if not field.db_returning or field.has_default()]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    key = table._meta.pk
    sql = (
        f'INSERT INTO "{table._meta.db_table}" ({columns}) VALUES ({", ".join(["%s"] * len(fields))})'
        f' RETURNING "{key.column}"'
    )
    return sql, fields, key.attname if key.db_returning else ""


def updating(row: models.Model, name: str) -> Part:
    """Every field of a row that stands in the database."""
    database = connections[DEFAULT_DB_ALIAS]
    sql, fields = _updating(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=False), database) for field in fields]
    return Part(name, sql, [*values, row.pk])


@cache
def _updating(table: type[models.Model]) -> tuple[str, Sequence["models.Field[Any, Any]"]]:
    fields = [field for field in table._meta.concrete_fields if not field.primary_key]
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
    key = table._meta.pk.column
    return f'UPDATE "{table._meta.db_table}" SET {assignments} WHERE "{key}" = %s RETURNING "{key}"', fields


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

    The arguments are placed where the query has its parameters, by identity; they must be used as they are. What is the
    same each time stands in the statement as a literal: of a parameter the planner could not know that a partial index
    covers it, and would plan anew each time.
    """

    def __init__(self, compose: Callable[..., "models.QuerySet[Any, Any]"], *examples: object) -> None:
        """`examples` are arguments of the right types, all different from each other and from other values."""
        self._compose, self._examples = compose, examples

    def __call__(self, *arguments: object) -> list[tuple[Any, ...]]:
        sql, parameters = self.composed
        return run(sql, self.placed(parameters, arguments))

    def of(self, *arguments: object) -> "Asked":
        """The question with its arguments, to be asked `together` with others."""
        return Asked(self, arguments)

    @cached_property
    def composed(self) -> tuple[str, Sequence[Any]]:
        """The statement, and its parameters with the examples among them."""
        return self._whole(*self._with_literals(*self.query.query.sql_with_params()))

    def _whole(self, sql: str, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return sql, parameters

    @property
    def query(self) -> "models.QuerySet[Any, Any]":
        """As the ORM has it, with the examples for arguments."""
        return self._compose(*self._examples)

    def placed(self, parameters: Sequence[Any], arguments: Sequence[object]) -> list[Any]:
        """The parameters with these arguments in place of the examples."""
        places = dict(zip(self._examples, arguments, strict=True))
        return [places.get(one, one) if one.__hash__ else one for one in parameters]

    def _with_literals(self, sql: str, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        first, *others = sql.split("%s")
        parts, kept = [first], []
        for value, following in zip(parameters, others, strict=True):
            if value in self._examples or not isinstance(value, str | int):
                parts.append("%s")
                kept.append(value)
            else:  # of a choice of Django's its value
                plain = str(value) if isinstance(value, str) else value
                parts.append(Literal(plain).as_string().replace("%", "%%"))
            parts.append(following)
        return "".join(parts), kept

    @cached_property
    def converters(self) -> Sequence[Callable[[Any], Any]]:
        """What makes of JSON's value of each column the one that a field gives."""
        compiler = self.query.query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.as_sql()
        return [expression.output_field.to_python for expression, _sql, _alias in compiler.select]


class Counting(Reading):
    """How many rows a query has, as its one row: of a slice, no more than it is long."""

    converters = (int,)

    def _whole(self, sql: str, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return f"SELECT count(*) FROM ({sql}) AS counted", parameters


@dataclass(frozen=True)
class Asked:
    """A reading, and what it is asked with."""

    reading: Reading
    arguments: Sequence[object]


def together(*asked: Asked, listing: Asked | None = None) -> tuple[list[list[tuple[Any, ...]]], list[tuple[Any, ...]]]:
    """Several readings, asked in one round trip: the rows of each, and those of the listing.

    A page that needs six short lists would otherwise wait, and have PostgreSQL wait, six times.

    Args:
        asked: readings of few rows, which travel as JSON.
        listing: a reading of many, which come as they are.
    """
    composed = _together(tuple(one.reading for one in asked), listing and listing.reading)
    every = (*asked, listing) if listing else asked
    parts = zip(every, composed.parameters, strict=True)
    number = len(asked)
    found = run(composed.sql, [value for one, given in parts for value in one.reading.placed(given, one.arguments)])
    short = [
        [tuple(convert(value) for convert, value in zip(converters, row, strict=True)) for row in rows or ()]
        for converters, rows in zip(composed.converters, found[0][:number], strict=True)
    ]
    return short, [row[number + 1 :] for row in found if row[number] is not None]


@dataclass(frozen=True)
class _Together:
    sql: str
    parameters: Sequence[Sequence[Any]]
    converters: Sequence[Sequence[Callable[[Any], Any]]]


@lru_cache(maxsize=256)
def _together(readings: tuple[Reading, ...], listing: Reading | None) -> _Together:
    converters = [reading.converters for reading in readings]
    parts = []
    for reading, of_columns in zip(readings, converters, strict=True):
        names = ", ".join(f"c{number}" for number in range(len(of_columns)))
        parts.append(f"(SELECT json_agg(json_build_array({names})) FROM ({reading.composed[0]}) AS part ({names}))")
    parameters = [reading.composed[1] for reading in readings]
    if listing is None:
        return _Together(f"SELECT {', '.join(parts)}, NULL", parameters, converters)
    sql, of_listing = listing.composed
    names = ", ".join(f"c{number}" for number in range(len(listing.converters)))
    # The short ones stand in the first row, be there one of the listing or not.
    first = ", ".join(f"CASE WHEN coalesce(place, 1) = 1 THEN {part} END" for part in parts)
    listed = f"SELECT row_number() OVER () AS place, part.* FROM ({sql}) AS part ({names})"
    whole = f"SELECT {first}, listed.* FROM (SELECT) AS one LEFT JOIN ({listed}) AS listed ON true ORDER BY place"
    return _Together(whole, [*parameters, of_listing], converters)
