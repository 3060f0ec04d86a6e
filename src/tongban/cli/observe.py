"""`tongban observe`: studies of the observatory, from a study file to a folder of results."""

import shutil
import sys
import time
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

EXTRA = "the observatory is an extra of the installation: pip install 'tongban[observe]'"
WAIT = 1.0
"""Seconds before progress is shown at all."""


@dataclass(frozen=True)
class Kind:
    """A kind of study: `tongban observe NAME` runs it, `tongban observe new NAME` writes one of its templates.

    The package has a module `run` with `run_study(path, progress, **options)`, which gives a run with `study.language`
    and `result`, and `write_results(run, folder, language, progress)`, which gives the files written, the report first;
    and a folder `templates/<template>/` with a study.toml and what belongs to it. It is imported when it is asked for.
    """

    name: str
    package: str
    summary: str
    templates: tuple[str, ...]
    """The first is the default."""
    options: tuple[click.Option, ...] = ()
    """Options of this kind alone, given on to `run_study`."""


KINDS = (
    Kind(
        "qca",
        "tongban.observatory.qca",
        'Analyse the configurations of STUDY, a file with kind = "qca".',
        ("example", "digital-government"),
    ),
    Kind(
        "index",
        "tongban.observatory.indices",
        'Levels, moves, benchmarks and convergence of an index: STUDY is a file with kind = "index".',
        ("example", "egdi"),
        (
            click.Option(
                ["--engine"],
                type=click.Choice(("duckdb", "pyspark")),
                default="duckdb",
                help="What aggregates the rows; the numbers are equal.",
            ),
        ),
    ),
    Kind(
        "panel",
        "tongban.observatory.panel",
        'Estimate the panel regressions of STUDY, a file with kind = "panel".',
        ("example", "online-integration", "province-spending", "province-capability"),
    ),
)


class UnusableStudyError(click.ClickException):
    """The study or its data cannot be used as they are."""

    exit_code = 2


@click.group()
def observe() -> None:
    """Studies that compare governments, rerun from one file."""


@observe.group()
def new() -> None:
    """Write a commented study that runs."""


def _add(kind: Kind) -> None:
    """The two commands of a kind."""

    def write(folder: Path, template: str) -> None:
        _write_template(kind, folder, template)

    def run(study: Path, out: Path | None, language: str | None, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - what click read
        _run(kind, study, out, language, as_json=as_json, **options)

    default = f"{kind.name}-study"
    new.add_command(
        click.Command(
            kind.name,
            callback=write,
            help=f"Write study.toml and its data into FOLDER ({default} by default).",
            params=[
                click.Argument(["folder"], type=click.Path(path_type=Path), default=Path(default)),
                click.Option(
                    ["--template"],
                    type=click.Choice(kind.templates),
                    default=kind.templates[0],
                    help="Which study to start from.",
                ),
            ],
        )
    )
    observe.add_command(
        click.Command(
            kind.name,
            callback=run,
            help=kind.summary,
            params=[
                click.Argument(["study"], type=click.Path(path_type=Path)),
                click.Option(
                    ["--json", "as_json"],
                    is_flag=True,
                    help="Print result.json and write nothing unless --out is given.",
                ),
                click.Option(
                    ["--out"],
                    type=click.Path(path_type=Path),
                    help="Folder of results; by default beside the study.",
                ),
                click.Option(
                    ["--language"],
                    type=click.Choice(("zh", "en")),
                    help="Of tables and report; by default the study's.",
                ),
                *kind.options,
            ],
        )
    )


def _write_template(kind: Kind, folder: Path, template: str) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnusableStudyError(f"{folder} is there already and is not an empty folder")
    source = files(kind.package) / "templates" / template
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = sorted(_copy(source.iterdir(), folder), key=lambda path: path.name != "study.toml")
    except OSError as error:
        raise UnusableStudyError(f"{folder}: cannot be written ({error.strerror})") from None
    click.echo(f"Wrote {' and '.join(map(str, written))}.")
    if wanted := _data_to_bring(folder):
        click.echo(f"Its data are yours to bring: put {' and '.join(wanted)} there; study.toml says what they hold.")
    click.echo(f"{'Then run' if wanted else 'Run'} it:  tongban observe {kind.name} {folder / 'study.toml'}")


def _data_to_bring(folder: Path) -> list[str]:
    """The files that the study names and its template does not have."""
    data = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))["data"]
    named = [data["file"], *([data["join"]["file"]] if "join" in data else [])]
    return [name for name in named if not (folder / name).exists()]


def _copy(sources: Iterable[Any], folder: Path) -> list[Path]:
    """Copy files of a package, with their names."""
    written = []
    for source in sources:
        with source.open("rb") as original, (folder / source.name).open("wb") as copy:
            shutil.copyfileobj(original, copy)
        written.append(folder / source.name)
    return written


def _run(
    kind: Kind,
    study: Path,
    out: Path | None,
    language: str | None,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - what click read
) -> None:
    try:
        from tongban.observatory.errors import StudyError  # noqa: PLC0415 - numbers are loaded when needed
        from tongban.observatory.study.jsontext import to_json  # noqa: PLC0415

        runner = import_module(f"{kind.package}.run")
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{EXTRA} ({error.name} is missing)") from None
    run_study: Callable[..., Any] = runner.run_study
    write_results: Callable[..., list[Path]] = runner.write_results
    bar = _Progress()
    try:
        run = run_study(study, bar, **options)
        folder = out if out is not None else None if as_json else study.parent / f"{study.stem}-results"
        written = write_results(run, folder, language or run.study.language, bar) if folder else []
    except StudyError as error:
        raise UnusableStudyError(str(error)) from None
    finally:
        bar.close()
    if as_json:
        click.echo(to_json(run.result), nl=False)
        return
    for warning in run.result["warnings"]:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"Wrote {len(written)} files to {folder}; begin with {written[0]}.")


class _Progress:
    """One line on standard error for anything that takes over a second; silent where nobody watches."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.shown = False
        self.watched = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self.watched or time.monotonic() - self.started < WAIT:
            return
        width = 24
        filled = width * done // max(1, total)
        click.echo(f"\r\x1b[2K[{'#' * filled}{'.' * (width - filled)}] {done}/{total} {what}", err=True, nl=False)
        self.shown = True

    def close(self) -> None:
        if self.shown:
            click.echo("\r\x1b[2K", err=True, nl=False)


for _kind in KINDS:
    _add(_kind)


if __name__ == "__main__":
    observe(prog_name="tongban observe")
