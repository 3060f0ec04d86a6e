"""Running an index study: from its file to a result, and from a result to a folder of files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongban.observatory.indices.analysis import Analysis, analyse
from tongban.observatory.indices.engine import EngineName
from tongban.observatory.indices.figures import figures
from tongban.observatory.indices.outputs import outputs
from tongban.observatory.indices.page import report_page
from tongban.observatory.indices.request import IndexStudy, read_index_study
from tongban.observatory.indices.tables import result_tables
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.provenance import plain, sha256, versions
from tongban.observatory.study.results import Results, write_folder

MOST_WARNINGS = 20
"""Entities that are warned about by name."""


@dataclass(frozen=True)
class Run:
    """A study with all its results."""

    study: IndexStudy
    analysis: Analysis
    result: dict[str, Any]
    """What result.json holds."""


def run_study(path: Path, progress: Progress = no_progress, *, engine: EngineName = "duckdb") -> Run:
    """Everything the study file asks for, nothing written.

    Raises:
        StudyError: The study or its data cannot be used; the message is one sentence.
    """
    study = read_index_study(path)
    analysis = analyse(study, engine, progress)
    result = {
        "kind": "index",
        "title": {"zh": study.title[0], "en": study.title[1]},
        "notice": {"zh": study.notice[0], "en": study.notice[1]} if study.notice else None,
        "indices": list(study.indices),
        "warnings": warnings(analysis),
        "choices": plain(study),
        "provenance": {
            "engine": engine,
            "versions": versions("numpy", *analysis.engine_packages),
            "sha256": {file.name: sha256(file) for file in files(study)},
        },
        "outputs": outputs(analysis),
    }
    return Run(study, analysis, result)


def files(study: IndexStudy) -> list[Path]:
    """The study and every file it reads."""
    found = [study.path, study.data_file]
    found += [file for file in (study.sample.file, study.names_file) if file is not None]
    found += [file for request in study.benchmarks for file in request.components]
    found += [request.file for request in study.published]
    return list(dict.fromkeys(found))


def warnings(analysis: Analysis) -> list[str]:
    """What somebody who reads the numbers must know."""
    study, sample = analysis.study, analysis.sample
    found = []
    if study.sample.file and len(sample.flags) > 1 and study.sample.column is None:
        found.append(
            f"{study.sample.file.name}: members are those with {sample.flag} = 1; "
            f"{', '.join(sample.flags[1:])} would be chosen by sample_column"
        )
    if sample.not_in_data:
        found.append(f"members of the sample without a row in the data: {', '.join(sample.not_in_data)}")
    treated = "counted in the lowest level" if study.sample.not_surveyed == "lowest" else "left out of the counts"
    if len(sample.unsurveyed) > MOST_WARNINGS:
        found.append(f"more than {MOST_WARNINGS} entities were not surveyed in every period; {treated}")
    for entity, periods in sample.unsurveyed[:MOST_WARNINGS]:
        found.append(f"{entity} was not surveyed in {', '.join(map(str, periods))}; {treated}")
    if sample.names is None:
        found.append(f"{sample.entities} entities are too many to be named; rows have counts alone")
    return found


def write_results(run: Run, folder: Path, language: Language, progress: Progress = no_progress) -> list[Path]:
    """The folder of results: report, tables, figures, result.json and log.

    Raises:
        StudyError: The folder cannot be written.
    """
    tables = result_tables(run.analysis, language)
    drawn = figures(run.analysis, language)
    results = Results(
        study_file=run.study.path.name,
        title=pick(run.study.title, language),
        language=language,
        tables=tables,
        figures=drawn,
        page=report_page(run.analysis, tables, drawn, run.result, language),
        result=run.result,
        formats=run.study.formats,
        png=run.study.png,
    )
    return write_folder(results, folder, progress)
