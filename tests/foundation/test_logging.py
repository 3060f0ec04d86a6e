"""The log tells what happened and nothing about people."""

import json
import logging
from pathlib import Path
from typing import Self

import pytest
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tongban.foundation.logging import RequestLogMiddleware

NUMBER = "450102199001011234"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Lines":
    return Lines(tmp_path / "log")


class Lines:
    """What our own formatter makes of records, line by line."""

    def __init__(self, file: Path) -> None:
        self.file = file
        formatter = next(h.formatter for h in logging.getLogger().handlers if _ours(h))
        self.handler = logging.FileHandler(file, encoding="utf-8")
        self.handler.setFormatter(formatter)

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self.handler)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self.handler)
        self.handler.close()

    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def all(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text().splitlines()]


def _ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)


def test_a_request_is_logged_by_route(lines: Lines, client: Client, db: None) -> None:
    with lines:
        client.get("/health", {"number": NUMBER})
    (line,) = [found for found in lines.all() if found["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/health", 200)
    assert isinstance(line["ms"], float)
    assert NUMBER not in lines.text()


def test_an_address_without_a_route_is_not_logged(lines: Lines) -> None:
    request = RequestFactory().get(f"/people/{NUMBER}/")
    request.resolver_match = None
    with lines:
        RequestLogMiddleware(_missing)(request)
    assert lines.all()[-1]["route"] == "(none)"
    assert NUMBER not in lines.text()


def _missing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


def test_a_librarys_record_is_logged_without_its_arguments(lines: Lines) -> None:
    with lines:
        logging.getLogger("django.request").error("Internal Server Error: %s", f"/people/{NUMBER}")
        logging.getLogger("some.library").warning(f"cannot parse {NUMBER}")  # noqa: G004 - what a library may do
    assert [line["event"] for line in lines.all()] == ["Internal Server Error: %s", "(text withheld)"]
    assert NUMBER not in lines.text()


def _fail() -> None:
    raise DatabaseError(f"Key (number)=({NUMBER}) already exists")


def test_an_exception_is_logged_by_type_and_place(lines: Lines) -> None:
    with lines:
        try:
            _fail()
        except DatabaseError:
            structlog.stdlib.get_logger("tongban.test").exception("could not register")
            logging.getLogger("some.library").exception("failed: %s", NUMBER)
    ours, theirs = lines.all()
    assert ours["event"] == "could not register"
    assert ours["exception"] == theirs["exception"] == "DatabaseError"
    assert "test_logging.py" in str(ours["at"])
    assert NUMBER not in lines.text()


def test_the_log_file_is_in_the_home_folder() -> None:
    handler = settings.LOGGING["handlers"]["file"]
    assert handler["filename"] == str(settings.HOME / "logs" / "tongban.log")
