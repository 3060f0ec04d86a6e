"""What most commands need around them: the database running, Django set up."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tongban.cli.outcome import Progress, UnusableError
from tongban.foundation.home import home
from tongban.foundation.postgres import PostgresError, database


@contextmanager
def running_database(progress: Progress) -> Iterator[str]:
    """The database of this installation, started or shared as needed; its URL.

    Raises:
        UnusableError: it cannot be used; the sentence says why.
    """
    context = database(home(), progress=progress)
    try:
        url = context.__enter__()
    except PostgresError as error:
        raise UnusableError(str(error)) from error
    try:
        yield url
    finally:
        context.__exit__(None, None, None)


def _sentence(error: Exception) -> str:
    reason = str(error).strip().splitlines()[0]
    if "No space left on device" in reason:
        return (
            "The disk of the database is full. What was told as done is kept: make room, then give the command again. "
            f"({reason})"
        )
    return f"The database cannot be used: {reason}"


def terminals_language() -> str:
    """Chinese where the terminal's language is Chinese, else English, like the commands themselves."""
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh-hans" if told.lower().startswith("zh") else "en"


@contextmanager
def running_platform(progress: Progress) -> Iterator[None]:
    """Django set up on the running database; connections are closed before the database stops.

    Raises:
        UnusableError: the database or its disk cannot be used; the sentence says why.
    """
    with running_database(progress):
        import django  # noqa: PLC0415 - half a second, not wanted by `tongban --help`
        from django.db import OperationalError, connections  # noqa: PLC0415 - the same
        from django.utils import translation  # noqa: PLC0415 - the same

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.config.settings")
        django.setup()
        try:
            with translation.override(terminals_language()):
                yield
        except OperationalError as error:
            raise UnusableError(_sentence(error)) from error
        finally:
            connections.close_all()
