"""How commands end and what they say: exit codes, progress, JSON."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, TypeVar

import click

FAILED, WRONG_INPUT, UNUSABLE = 1, 2, 3

Item = TypeVar("Item")
Function = TypeVar("Function", bound=Callable[..., Any])


class FailedError(click.ClickException):
    """The command understood its task and could not do it."""

    exit_code = FAILED


class InputError(click.ClickException):
    """A file or argument was not what the command expects."""

    exit_code = WRONG_INPUT


class UnusableError(click.ClickException):
    """The machine or the installation cannot be used as it is."""

    exit_code = UNUSABLE


class Progress:
    """Lines on standard error, each with the seconds since the command began."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._began = time.monotonic()
        self._quiet = quiet

    def __call__(self, phase: str) -> None:
        """Says which phase begins."""
        if not self._quiet:
            click.echo(f"[{time.monotonic() - self._began:6.1f} s] {phase}", err=True)

    def track(self, items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
        """Passes the items on; after a second, and then every second, says how many of `total` are done."""
        for item, _ in zip(items, self.ticks(total, what), strict=False):
            yield item

    def ticks(self, total: int, what: str) -> Iterator[None]:
        """An endless iterator to advance once for each thing begun; says every second how far that is."""
        said = time.monotonic()
        for number in count():
            if time.monotonic() - said >= 1:
                said = time.monotonic()
                self(f"{what}: {number} of {total} ({100 * number // max(total, 1)} %)")
            yield


def counted(number: int, thing: str) -> str:
    """`1 migration`, `2 migrations`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def json_option(function: Function) -> Function:
    """`--json`: the command prints one JSON document for programs instead of lines for people."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")(function)


def end_quietly() -> None:
    """What is left of standard output goes nowhere: who read it (`| head`) has seen enough. No error is said then."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def print_json(value: object) -> None:
    """One JSON document on standard output, Chinese readable, with the last line ended."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
