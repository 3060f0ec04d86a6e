"""Looking for values where they must not stand: tables as COPY writes them, files, text; in clear or thinly wrapped."""

import base64
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import quote

from django.db import connection


def dump() -> Iterator[tuple[str, bytes]]:
    """Every table of the database, as COPY writes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            with cursor.cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as rows:
                yield table, b"".join(bytes(part) for part in rows)


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, with its content."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def forms_of(value: str) -> set[bytes]:
    """A value in clear, as JSON and addresses write it, in hexadecimal, and within base64 at any offset."""
    raw = value.encode()
    forms = {raw, raw.hex().encode(), quote(value).encode(), json.dumps(value)[1:-1].encode()}
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode()
        # Characters that hold bits of the neighbours are cut off.
        forms.add(coded[(0, 2, 3)[offset] : len(coded) - 4].encode())
    return forms


def leaked(data: bytes, values: Collection[str]) -> set[str]:
    """Those of the values that stand in the data in any of their forms."""
    return {value for value in values if any(form in data for form in forms_of(value))}
