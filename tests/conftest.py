"""The ground every test stands on: a throwaway PostgreSQL, a home folder of its own, the reference data.

One cluster serves the whole run: the single process, or pytest-xdist's controller, starts it before Django
reads its settings and stops it at the end; pytest-django makes a database for each worker. Where DATABASE_URL
is set already, that server is used instead.
"""

import atexit
import fcntl
import gc
import gzip
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import HypothesisSideeffectWarning
from hypothesis.internal.charmap import charmap_file
from hypothesis.internal.conjecture import providers
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.databases import MIGRATED, delete_rows
from tongban.foundation.postgres import Cluster

# How long an example takes says how busy the machine is, not whether the code is right.
# Each run tries others; TONGBAN_EXAMPLES asks for more of them at once.
EXAMPLES = int(os.environ.get("TONGBAN_EXAMPLES", "30"))
MOST_WITHOUT_WORDS = 50
hypothesis_settings.register_profile("tongban", deadline=None, max_examples=EXAMPLES)
hypothesis_settings.load_profile("tongban")
if EXAMPLES <= MOST_WITHOUT_WORDS:
    # Hypothesis would try every constant of our own code as a value, too. Reading them all costs each worker seconds
    # (in a new checkout many), and so does sifting them for each kind of value: worth it only for many examples.
    providers._get_local_constants = lambda: providers._local_constants  # noqa: SLF001 - there is no setting for it

ROOT = Path(__file__).resolve().parent.parent
# Folders whose tests share something dear, a browser or a whole world: one worker takes all of such a folder.
# They come first, so that no worker begins one when the others are done.
WHOLE = ("tests/journeys/", "tests/demo/")
# While one worker makes the database, who would have the demo world asks nothing of it yet.
MEANWHILE = "tests/observatory/qca/test_minimise_properties.py"
FIRST = ("tests/journeys/", MEANWHILE, "tests/demo/", "tests/cli/", "tests/api/")
# The journeys are too many for one worker: these go to a second one, with a browser and a site of its own.
SECOND = ("tests/journeys/test_across_regions.py", "tests/journeys/test_several_things.py")
STARTED = pytest.StashKey[Cluster]()
FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Sets the environment; pytest-django sets Django up after this."""
    worker = getattr(config, "workerinput", None)
    if worker is None:
        folder = Path(tempfile.mkdtemp(prefix="tongban-test-"))
        config.stash[FOLDER] = folder
        os.environ["TONGBAN_TEST_FOLDER"] = str(folder)
        os.environ[MIGRATED] = f"tongban_migrated_{os.getpid()}"
        os.environ.pop("TONGBAN_KEYS_FILE", None)
        if not os.environ.get("DATABASE_URL"):
            config.stash[STARTED] = cluster = Cluster(folder / "postgres", durable=False)
            cluster.start()
            os.environ["DATABASE_URL"] = cluster.url
        _say_what_utf_8_encodes()
    name = worker["workerid"] if worker else "home"
    os.environ["TONGBAN_HOME"] = str(Path(os.environ["TONGBAN_TEST_FOLDER"]) / name)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongban.config.settings"
    # Argon2 is slow on purpose; the tests that are about it ask for it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Static files straight from the packages: no collecting, no manifest. (Reading the settings here also makes
    # pytest-django set Django up.)
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_USE_FINDERS = True
    # A file is looked for when it is asked for. Otherwise every `Client` lists all of them, in 20 ms of the processor.
    settings.WHITENOISE_AUTOREFRESH = True
    # What examines the pages comes from the sites themselves: the browser keeps it as it does their own files.
    settings.STATICFILES_DIRS = [("axe", Path(axe_playwright_python.__file__).parent)]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # What pytest-django calls after a test that commits; the stubs leave it out.
    TransactionTestCase._fixture_teardown = delete_rows  # type: ignore[attr-defined] # noqa: SLF001
    if worker is None and config.getoption("numprocesses", None):
        # A worker that found it would read the settings before it comes here, and have our home for its own.
        del os.environ["DJANGO_SETTINGS_MODULE"]


def _say_what_utf_8_encodes() -> None:
    """Every character but surrogates, written where Hypothesis keeps it.

    In a new checkout every worker would otherwise find it out by trying all million: three to six seconds each.
    """
    with warnings.catch_warnings():
        # That plugins should not read what it keeps; this one is here to write it, before the workers start.
        warnings.simplefilter("ignore", HypothesisSideeffectWarning)
        kept = charmap_file("codec-v2-utf-8")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(gzip.compress(json.dumps([[[0, 0xD7FF], [0xE000, sys.maxunicode]], []]).encode()))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops what `pytest_configure` started."""
    cluster = config.stash.get(STARTED, None)
    if not cluster and not getattr(config, "workerinput", None) and MIGRATED in os.environ:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {os.environ[MIGRATED]}")
    if cluster:
        cluster.stop()
        del os.environ["DATABASE_URL"]
    folder = config.stash.get(FOLDER, None)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


class ByFileOrFolder(LoadScopeScheduling):  # type: ignore[misc] # untyped
    """Sends a worker the tests of a file, or of a folder of `WHOLE`, together."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path in SECOND:
            return "the second half of the journeys"
        if path == MEANWHILE:
            return "tests/demo/"
        return next((folder for folder in WHOLE if path.startswith(folder)), path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: a third of the time goes into waiting for browsers, servers and the database."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileOrFolder:
    """How pytest-xdist deals the tests out."""
    return ByFileOrFolder(config, log)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names bytes by their length: some hold the time they were made at, and workers must name a test alike."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


# Looking for garbage among a hundred thousand tests, models and templates that stay took a fifteenth of the time.
gc.set_threshold(100_000, 50, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest first."""
    order = {folder: number for number, folder in enumerate(FIRST)}
    items.sort(key=lambda item: next((order[f] for f in FIRST if item.nodeid.startswith(f)), len(FIRST)))
    # What is loaded by now stays to the end: until then nobody need look for garbage in it.
    gc.freeze()
    atexit.register(gc.unfreeze)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Every worker's database is a copy of one that the first to need it migrates: that is dear, a copy is not."""
    name = os.environ[MIGRATED]
    with (Path(os.environ["TONGBAN_TEST_FOLDER"]) / "migrated.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                own, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], f"{name}_in_work"
                server.execute(f"CREATE DATABASE {name}_in_work")
                call_command("migrate", verbosity=0)
                connection.close()
                connection.settings_dict["NAME"] = own
                server.execute(f"ALTER DATABASE {name}_in_work RENAME TO {name}")
    connection.settings_dict["TEST"]["TEMPLATE"] = name


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference data beside the checkout, or where TONGBAN_REFERENCE says."""
    folder = Path(os.environ.get("TONGBAN_REFERENCE") or ROOT.parent / "shared" / "reference")
    if not folder.is_dir():
        pytest.skip(f"the reference data is not at {folder} (TONGBAN_REFERENCE names another place)")
    return folder


@pytest.fixture(autouse=True, scope="session")
def sessions_made_directly_are_whole() -> Iterator[None]:
    """`Client.force_login` makes the session of somebody who showed their second factor too.

    Only the sessions that tests make themselves: whoever signs in by the pages or the API shows it, or goes without.
    """
    from django.test import Client

    from tongban.identity.signin.session import SHOWN_KEY

    made = Client.force_login

    def force_login(client: Client, user: Any, backend: str | None = None) -> None:
        made(client, user, backend)
        session = client.session
        session[SHOWN_KEY] = str(user.pk)
        session.save()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "force_login", force_login)
        yield


@pytest.fixture(autouse=True)
def default_language() -> Iterator[None]:
    """Every test begins in the platform's language: a request of the one before leaves its own active."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def in_english(default_language: None) -> Iterator[None]:
    """For tests of a module whose messages are compared by their English words."""
    with translation.override("en"):
        yield
