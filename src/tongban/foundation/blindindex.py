"""Columns by which rows with sealed data are found, under a key that is changed while the platform runs.

A column holds three things as a `bytea[]`. Two are places for the index under a generation of the key
(`keys.IndexKey`), which is the key's mark and an HMAC-SHA-256: even generations have the first, odd ones the second.
The third is the permanent digest the index is made from (`sealing.blind_index`), sealed: from it any generation's
index can be made, also of a value that is kept nowhere. Where the column is unique, each place is by itself.

That is what makes a change of keys safe. At every moment there is one generation that every process writes, all rows
have, and all look up by, so uniqueness holds in the database whatever each process has heard of yet:

1. `coming`: rows are written under both, looked up by the old one; the background pass fills in what is missing.
2. Once none is missing and no process can be writing the old one alone: the new one is looked up by, both are written.
3. Once no process can be looking up by the old one: it is written no more, and the pass removes it.

`resealing` takes these steps. To a program the column's value is the permanent digest, read, written and compared.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups
from django.db.models.sql.compiler import SQLCompiler

from tongban.foundation.keys import MARK_BYTES, IndexKey, KeyRing, Keys
from tongban.foundation.sealing import active_key, index_under, open_bytes, seal_bytes

_SLOTS = (1, 2)
_SEALED = 3
_DIGEST_DIGITS = 64


def _keys() -> Keys:
    ring: KeyRing = settings.KEYS
    return ring.current()


def _stored(key: IndexKey, digest: str) -> bytes:
    return key.mark + index_under(key, digest)


# Django's classes take type arguments only in their stubs.
if TYPE_CHECKING:
    _Base = models.Field[Any, Any]
    _Lookup = lookups.Lookup[Any]
else:
    _Base, _Lookup = models.Field, lookups.Lookup


class BlindIndexField(_Base):
    """A column that takes what `sealing.blind_index` gives. It can be compared (`exact`, `in`, `isnull`), no more."""

    description = "keyed index of a sealed value"
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        """What the sealed digests of this column are bound to."""
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 - Django's documented API

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002 - Django's own signature
        return "bytea[]"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ANN401, ARG002, FBT001, FBT002 - the same
        return None if value is None else self._made(str(value))

    def from_db_value(self, value: Any, *_: object) -> str | None:  # noqa: ANN401 - what the database gives
        return None if value is None else self._digest(value)

    def get_lookup(self, lookup_name: str) -> Any:  # noqa: ANN401 - Django's own signature
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "in", "isnull"} else None

    def value_to_string(self, obj: models.Model) -> str:
        """Serialised dumps carry the sealed form, never the digest."""
        return seal_bytes(bytes.fromhex(self.value_from_object(obj)), self.context).hex()

    def stale(self) -> tuple[str, list[Any]]:
        """The condition under which a row's index is not as it is written now, and its parameters."""
        column, header, keys = f'"{self.column}"', active_key("fields").header, _keys()
        written = {key.slot: key.mark for key in keys.index_keys.values() if key.is_written}
        # Rows of a former version have no sealed digest until they are written anew.
        wrong, parameters = [f"substr({column}[{_SEALED}], 1, %s) <> %s"], [len(header), header]
        for slot in _SLOTS:
            if slot in written:
                wrong.append(f"substr({column}[{slot}], 1, {MARK_BYTES}) IS DISTINCT FROM %s")
                parameters.append(written[slot])
            else:
                wrong.append(f"{column}[{slot}] IS NOT NULL")
        return f"({column} IS NOT NULL AND ({' OR '.join(wrong)}))", parameters

    def anew(self, stored: Sequence[bytes | None]) -> list[bytes | None]:
        """A stored value as it is written now."""
        return self._made(self._digest(stored))

    def _made(self, digest: str) -> list[bytes | None]:
        if len(digest) != _DIGEST_DIGITS:
            raise ValueError(f"{self.context}: not a blind index")
        made: list[bytes | None] = [None] * len(_SLOTS)
        for key in _keys().index_keys.values():
            if key.is_written:
                made[key.slot - 1] = _stored(key, digest)
        return [*made, seal_bytes(bytes.fromhex(digest), self.context)]

    def _digest(self, stored: Sequence[bytes | None]) -> str:
        former, _, sealed = stored
        if sealed is not None:
            return open_bytes(bytes(sealed), self.context).hex()
        # Of a former version: generation 0, which is the digest itself.
        return bytes(former or b"")[MARK_BYTES:].hex()


class _Comparison(_Lookup):
    """Looks up by the generation in force; place and index are taken from the same keys."""

    prepare_rhs = False

    def compared(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        operator: str,
        sought: Callable[[IndexKey], bytes | list[bytes]],
    ) -> Any:  # noqa: ANN401 - SQL, parameters
        """The comparison of the column's place with what is sought under the key of that place."""
        column, parameters = self.process_lhs(compiler, connection)
        key = _keys().looked_up_by
        return f"{column}[{key.slot}] {operator}", [*parameters, sought(key)]


@BlindIndexField.register_lookup
class _Exact(_Comparison):
    lookup_name = "exact"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401 - SQL, parameters
        return self.compared(compiler, connection, "= %s", lambda key: _stored(key, str(self.rhs)))


@BlindIndexField.register_lookup
class _In(_Comparison):
    lookup_name = "in"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401 - the same
        digests = cast("Iterable[str]", self.rhs)
        return self.compared(compiler, connection, "= ANY(%s::bytea[])", lambda key: [_stored(key, d) for d in digests])


class Slot(models.Func):
    """One of the places of an index, for constraints and indexes of the database."""

    template = "%(expressions)s[%(slot)s]"
    arity = 1

    def __init__(self, column: str, slot: int) -> None:
        super().__init__(column, slot=slot, output_field=models.BinaryField())


def unique_index(name: str, column: str, *within: str) -> list[models.BaseConstraint]:
    """The constraints that keep a `BlindIndexField` unique, under every generation.

    Args:
        name: of the constraints, to which the place's number is added.
        column: the field.
        within: other fields of the same row, where it is unique only among rows that are alike in them.
    """
    return [models.UniqueConstraint(*within, Slot(column, slot), name=f"{name}_{slot}") for slot in _SLOTS]


def plain_index(name: str, column: str) -> list[models.Index]:
    """The database's indexes of a `BlindIndexField` that is not unique."""
    return [models.Index(Slot(column, slot), name=f"{name}_{slot}") for slot in _SLOTS]
