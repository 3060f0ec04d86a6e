"""The page every report shares: head, contents, numbered sections, and how to run the study again."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from tongban.observatory.report import markup
from tongban.observatory.study.language import Language
from tongban.observatory.study.writer import Figure, OutputTable

STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class Opening:
    """What stands before the sections. All but the title is HTML already."""

    title: str
    lead: str
    notice: str
    summary: str


def page(opening: Opening, sections: Sequence[tuple[str, str]], version: str, language: Language) -> str:
    """A self-contained page without script; sections are headings with their content as HTML."""
    contents = "".join(
        f'<li><a href="#s{at}">{escape(heading)}</a></li>' for at, (heading, _) in enumerate(sections, start=1)
    )
    body = "\n".join(
        f'<section aria-labelledby="s{at}"><h2 id="s{at}">{at} {escape(heading)}</h2>\n{content}</section>'
        for at, (heading, content) in enumerate(sections, start=1)
    )
    title = escape(opening.title)
    zh = language == "zh"
    made_by = f"由通办观测平台{version}生成。" if zh else f"Made with the observatory of Tongban {version}."
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if zh else "en"}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n"
        f"<header><h1>{title}</h1>{opening.lead}</header>\n<main>{opening.notice}{opening.summary}"
        f'<nav aria-label="{"目录" if zh else "Contents"}"><ol>{contents}</ol></nav>\n{body}</main>\n'
        f"<footer><p>{escape(made_by)}</p></footer>\n</body>\n</html>\n"
    )


def reproduction(command: str, provenance: dict[str, Any], language: Language) -> str:
    """The box that lets a referee run the study again: command, versions, hashes."""
    zh = language == "zh"
    versions = ", ".join(f"{name} {number}" for name, number in provenance["versions"].items())
    same = (
        "同一研究文件和数据在任何机器上得到相同的数字；全部选择与完整精度的结果见result.json。"
        if zh
        else "The same study file and data give the same numbers on any machine; result.json holds every choice "
        "and all figures in full precision."
    )
    lines = [
        f"{'命令' if zh else 'Command'}: {markup.expression(command)}",
        f"{'版本' if zh else 'Versions'}: {escape(versions)}",
        *(f"{escape(name)} SHA-256: {markup.expression(digest)}" for name, digest in provenance["sha256"].items()),
        escape(same),
    ]
    return markup.bullets(lines)


def drawing(figure: Figure, data: OutputTable, language: Language) -> str:
    """A figure, and under it, folded, the data it shows."""
    heading = "图中数据" if language == "zh" else "Data of the figure"
    under = markup.folded(heading, markup.table(data, caption=False))
    return f"<div>{markup.figure(figure.svg, figure.alternative)}{under}</div>"
