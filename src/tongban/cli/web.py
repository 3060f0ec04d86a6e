"""`tongban serve` and `tongban demo`: database, migrations, static files, worker, web server, in that order."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

import click

from tongban.cli.outcome import Progress, UnusableError
from tongban.cli.ports import port_problem
from tongban.cli.running import running_platform
from tongban.cli.working import end_with_parent, kept_worker
from tongban.foundation.admission import Limits
from tongban.foundation.home import home

# Simulated verification of identities (`tongban.demo.assurance`, which is loaded with Django only).
DEMO_SOURCES = ("tongban.demo.assurance.DemoRegister", "tongban.demo.assurance.DemoFaceCheck")
if TYPE_CHECKING:
    from tongban.demo.world import DemoAccount  # which needs Django set up

TARGET = "tongban.config.asgi:application"
# Says to this process and its children, which no other can be, that they are the demonstration (`settings.DEMO`).
DEMO_PROCESS = "TONGBAN_DEMO_PROCESS"
# Connections that may stand before us; whether a request is taken in, `foundation.admission` says at once.
CONNECTIONS = 4096

Function = Callable[..., None]


def _web_options(function: Function) -> Function:
    for option in (
        click.option("--without-jobs", is_flag=True, help="Start no worker here; `tongban worker` runs elsewhere."),
        click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes."),
        click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535)),
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    ):
        function = option(function)
    return function


@click.command()
@_web_options
def serve(host: str, port: int, workers: int, *, without_jobs: bool) -> None:
    """Run the platform until Ctrl-C.

    Starts the database in TONGBAN_HOME (unless DATABASE_URL names another), migrates it, collects the static files
    where they changed, starts a worker for events and jobs, and answers on HOST:PORT. Stopping it leaves no process
    behind.
    """
    os.environ.pop(DEMO_PROCESS, None)
    _run(Site(host, port, workers, jobs=not without_jobs), Progress(), _nothing)


@click.command()
@_web_options
def demo(host: str, port: int, workers: int, *, without_jobs: bool) -> None:
    """Run the platform with a demo world: regions, services, cases and accounts to try it with.

    The world is loaded once; later starts find it there. No text message is sent: a code stands on the page, in a box
    marked as the demonstration's.
    """
    os.environ[DEMO_PROCESS] = str(os.getpid())
    progress = Progress()
    # Before Django reads its settings; what the operator names stays.
    os.environ.setdefault("TONGBAN_ASSURANCE_SOURCES", ",".join(DEMO_SOURCES))

    def load() -> Callable[[], None]:
        from tongban.demo.world import load_demo_world  # noqa: PLC0415 - needs Django set up

        accounts = load_demo_world(progress)

        def show() -> None:
            click.echo("\nAccounts (user name, password, who, what to try):")
            for account in accounts:
                click.echo(f"  {account.username:<12} {account.password:<16} {account.name} · {account.role}")
                click.echo(f"  {'':<29} {account.try_zh}\n  {'':<29} {account.try_en}")
            _tell_of_codes(accounts[0])

        return show

    _run(Site(host, port, workers, jobs=not without_jobs), progress, load)


def _tell_of_codes(first: "DemoAccount") -> None:
    click.echo(
        "\n工作人员登录有第二步：验证码就显示在页面“演示”框中。短信验证码同样如此，可用手机号"
        f" {first.phone} 试一试。\n"
        "Officers sign in with a second step: the code to type stands on the page, in the box “Demonstration”.\n"
        f"So do codes by text message: try {first.phone}.\n"
        f"API: `code` of POST /api/v1/tokens is what an authenticator app shows for the key {first.app_key}."
    )


def _nothing() -> Callable[[], None]:
    return lambda: None


# How long a web process may take over its last requests when the platform is stopped; then it is killed. Without an end
# one that misses the signal (a service manager sends it to every process at once) would keep all the others waiting.
SECONDS_TO_END = 20


@dataclass(frozen=True)
class Site:
    """Where the platform answers, with how many web processes, and whether a worker runs beside them."""

    host: str
    port: int
    workers: int
    jobs: bool


def _run(site: Site, progress: Progress, prepare: Callable[[], Callable[[], None]]) -> None:
    problem = port_problem(site.host, site.port)
    if problem:
        raise UnusableError(problem)
    Limits.from_environment()  # a wrong setting ends the command here, not each of its processes
    signal.signal(signal.SIGTERM, _leave)
    with running_platform(progress):
        from tongban.cli.preparation import collect_static_files, migrate  # noqa: PLC0415 - needs Django

        migrate(progress)
        collect_static_files(home() / "static", progress)
        show = prepare()
        with kept_worker() if site.jobs else nullcontext():
            _serve(site, progress, show)
            progress("stopping")


def _leave(_number: int, _frame: FrameType | None) -> None:
    # Before the web server takes the signals over: unwind, which stops the database.
    sys.exit(0)


def _serve(site: Site, progress: Progress, show: Callable[[], None]) -> None:
    from django.db import connections  # noqa: PLC0415 - needs Django set up
    from django.urls import get_resolver  # noqa: PLC0415 - the same
    from granian import Granian  # noqa: PLC0415 - not wanted by `tongban --help`
    from granian.constants import Interfaces  # noqa: PLC0415 - the same

    # Loaded once for all of them, so that a web process that takes another's place answers at once.
    import_module(TARGET.partition(":")[0])
    get_resolver().url_patterns  # noqa: B018 - reading it imports every page and every operation of the API
    connections.close_all()  # the web processes are forked and must not share ours
    os.register_at_fork(after_in_child=end_with_parent)
    server = Granian(
        TARGET,
        address=site.host,
        port=site.port,
        interface=Interfaces.ASGINL,
        workers=site.workers,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_END,
    )

    def ready() -> None:
        show()
        shown = "127.0.0.1" if site.host in {"0.0.0.0", "::"} else site.host  # noqa: S104 - compared, not bound
        click.echo(f"\nTongban is at http://{f'[{shown}]' if ':' in shown else shown}:{site.port}/  (Ctrl-C stops it)")
        progress("serving")

    server.on_startup(ready)
    server.serve()
