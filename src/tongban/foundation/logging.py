"""Logs as JSON lines, to standard error and TONGBAN_HOME/logs/tongban.log, without personal data.

Three rules keep people out of the log: a request is logged by its route, never by its address; a library's record
by its template, never with its arguments; an exception by its type and where it arose, never by its message, which
may quote what was entered. What our own code logs it names itself, by keyword: ids and counts.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase

from tongban.foundation.tracing import span

Event = MutableMapping[str, Any]
UNMATCHED = "(none)"
WITHHELD = "(text withheld)"

log = structlog.stdlib.get_logger("tongban.requests")


def logging_config(home: Path, level: str) -> dict[str, Any]:
    """Django's LOGGING for the installation at `home`; sets structlog up to match."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": LineFormatter,
                "pass_foreign_args": True,
                "foreign_pre_chain": [_template_only, *shared],
                "processors": [
                    where_it_arose,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            # Watched: a rotated or removed file is opened anew.
            "file": {
                "class": "logging.handlers.WatchedFileHandler",
                "filename": str(folder / "tongban.log"),
                "encoding": "utf-8",
                "delay": True,
                "formatter": "json",
            },
        },
        "root": {"handlers": ["stderr", "file"], "level": level},
        "loggers": {
            "django": {"level": "INFO", "propagate": True, "handlers": []},
            # Refusals (4xx) stand in the request log.
            "django.request": {"level": "ERROR"},
            # Statements carry what people entered, at every level.
            "django.db.backends": {"level": "CRITICAL", "propagate": False},
            "django.server": {"level": "CRITICAL", "propagate": False, "handlers": []},
        },
    }


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes the line of a record once, however many handlers print it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: str | None = getattr(record, "written_line", None)
        if line is None:
            line = record.written_line = super().format(record)
        return line


def _template_only(_: Any, __: str, event: Event) -> Event:  # noqa: ANN401 - structlog's signature
    """A library's record: its message before the arguments were put in."""
    record = event.get("_record")
    arguments = event.pop("positional_args", None)
    if isinstance(record, logging.LogRecord):
        event["event"] = str(record.msg) if arguments else WITHHELD
        if record.exc_info:
            event["exc_info"] = record.exc_info
        request = getattr(record, "request", None)
        if request is not None:
            event["route"] = route(request)
    return event


def where_it_arose(_: Any, __: str, event: Event) -> Event:  # noqa: ANN401 - structlog's signature
    """Replaces an exception by its type and the lines it came through; its message may quote what was entered."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = type(error).__qualname__
        event["at"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def place_of(error: BaseException) -> str:
    """Type of an error and where it arose, for a record an operator reads; never its message."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
    return f"{type(error).__qualname__}{where}"


def route(request: HttpRequest) -> str:
    """The pattern that answered ("/cases/<str:number>"), not the address, which may hold names and numbers."""
    match = request.resolver_match
    return f"/{match.route}" if match else UNMATCHED


class RequestLogMiddleware:
    """One line for each request: method, route, status, milliseconds; and a span of the same, where they are wanted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers and logs."""
        began = time.perf_counter()
        with span("request", answers=True, parent=request.headers.get("traceparent", "")) as say:
            response = self.get_response(request)
            say(
                f"{request.method} {route(request)}",
                http__request__method=request.method,
                http__route=route(request),
                http__response__status_code=response.status_code,
            )
        took = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=request.method, route=route(request), status=response.status_code, ms=took)
        return response
