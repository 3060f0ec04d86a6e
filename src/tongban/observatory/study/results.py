"""The folder of results that every kind of study writes: report, tables, figures, result.json and log."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongban.charts.png import png_problem, to_png
from tongban.observatory.errors import StudyError
from tongban.observatory.study.common import Format, Progress, no_progress
from tongban.observatory.study.jsontext import to_json
from tongban.observatory.study.language import Language
from tongban.observatory.study.writer import Figure, OutputTable, as_csv, write_tables


@dataclass(frozen=True)
class Results:
    """What the folder holds, in one language."""

    study_file: str
    title: str
    language: Language
    tables: Sequence[OutputTable]
    figures: Sequence[Figure]
    page: str
    """The report as HTML."""
    result: dict[str, Any]
    """What result.json holds: `provenance`, `warnings` and `choices` go into the log too."""
    formats: Sequence[Format]
    png: bool


def write_folder(results: Results, folder: Path, progress: Progress = no_progress) -> list[Path]:
    """Write everything; the files written, the report first.

    Raises:
        StudyError: The folder cannot be written.
    """
    try:
        return _write(results, folder, progress)
    except OSError as error:
        raise StudyError(f"{folder}: cannot be written ({error.strerror})") from None


def _write(results: Results, folder: Path, progress: Progress) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = write_tables(results.tables, folder, results.formats, results.title)
    notes: list[str] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # drawing pixels leaves Python free
        files = pool.map(lambda figure: _write_figure(figure, folder / "figures", png=results.png), results.figures)
        for at, (paths, problem) in enumerate(files, start=1):
            progress("figures", at, len(results.figures))
            written += paths
            notes += [problem] if problem and problem not in notes else []
    page = folder / "report.html"
    page.write_text(results.page, encoding="utf-8")
    result = folder / "result.json"
    result.write_text(to_json(results.result), encoding="utf-8")
    log = folder / "log.txt"
    log.write_text(_log(results, notes), encoding="utf-8")
    return [page, result, log, *written]


def _write_figure(figure: Figure, folder: Path, *, png: bool) -> tuple[list[Path], str | None]:
    """The files of one figure, and why there is no PNG among them."""
    folder.mkdir(parents=True, exist_ok=True)
    drawing, data = folder / f"{figure.name}.svg", folder / f"{figure.name}.csv"
    drawing.write_text(figure.svg, encoding="utf-8")
    data.write_text(as_csv(figure.data), encoding="utf-8-sig")
    problem = png_problem(figure.svg) if png else None
    if problem or not png:
        return [drawing, data], problem
    picture = folder / f"{figure.name}.png"
    to_png(figure.svg, picture)
    return [drawing, data, picture], None


def _log(results: Results, notes: Sequence[str]) -> str:
    """What ran, on what, with which choices; no clock time, so that the same run gives the same file."""
    provenance, choices = results.result["provenance"], results.result["choices"]
    lines = [f"study      {results.study_file}", f"language   {results.language}"]
    lines += [f"version    {name} {number}" for name, number in provenance["versions"].items()]
    lines += [f"sha256     {digest}  {name}" for name, digest in provenance["sha256"].items()]
    lines += [f"warning    {warning}" for warning in results.result["warnings"]]
    lines += [f"note       {note}" for note in notes]
    lines += [f"choice     {key} = {value}" for key, value in choices.items() if key not in {"variables", "path"}]
    lines += [f"table      {table.name}: {table.title}" for table in results.tables]
    return "\n".join(lines) + "\n"
