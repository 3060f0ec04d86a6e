"""The installation's database as PostgreSQL's own client programs, and we, reach it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tongban.cli.outcome import UnusableError
from tongban.foundation.postgres.host import binaries

# libpq's names in a URL and in the environment.
VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}


def client_environment(url: str) -> dict[str, str]:
    """The environment that points psql, pg_dump and pg_restore at `url`, the password out of the process list."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    given = conninfo_to_dict(url)
    return kept | {VARIABLES[name]: str(value) for name, value in given.items() if name in VARIABLES}


def program(name: str, url: str) -> str:
    """The path of a client program for the server at `url`.

    The system's, where it has the server's major version: it knows that server's own additions, and has the TLS that
    the wheel's programs lack. Otherwise the wheel's, which knows every older server.
    """
    own = shutil.which(name)
    if own:
        with suppress(OSError, ValueError, IndexError):
            done = subprocess.run([own, "--version"], capture_output=True, text=True, check=False)
            if int(done.stdout.split()[2].split(".")[0]) == server_version(url) // 10000:
                return own
    return str(binaries() / name)


def server_version(url: str) -> int:
    """As PostgreSQL counts it: 150006 is 15.6."""
    with connected(url) as connection:
        return connection.info.server_version


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection and a transaction.

    Raises:
        UnusableError: the server does not answer or refuses; the sentence is its own.
    """
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise UnusableError(f"The database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    with connection:
        yield connection
