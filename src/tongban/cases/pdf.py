"""A written act as PDF/A, set by typst with the font that ships: the same bytes for the same act, on any machine."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import as_file, files

import typst

from tongban.charts.fonts import FONT_FOLDER, missing_characters

_BASIS = {"zh": "法律依据：", "en": "Legal basis: "}


class CannotSetError(RuntimeError):
    """The font lacks a character; typst would leave a blank without a word, which an act must never do."""


def render(text: Mapping[str, str], language: str, issued_at: datetime) -> bytes:
    """The act as PDF/A-2b.

    Args:
        text: one language of a document's content (`documents.Text` as a mapping).
        language: `zh` or `en`; chooses labels and typesetting.
        issued_at: becomes the PDF's date, so that the file never changes.

    Raises:
        CannotSetError: a character is not in the font; the message names it by code point.
    """
    missing = missing_characters("".join(text.values()))
    if missing:
        points = ", ".join(f"U+{ord(character):04X}" for character in missing)
        raise CannotSetError(f"the font lacks {points}")
    act = {**text, "lang": language, "basis_label": _BASIS[language]}
    with as_file(files("tongban.cases") / "typst" / "act.typ") as template:
        return typst.compile(
            str(template),
            format="pdf",
            font_paths=[str(FONT_FOLDER)],
            ignore_system_fonts=True,
            sys_inputs={"act": json.dumps(act, ensure_ascii=False)},
            pdf_standards=["a-2b"],
            timestamp=int(issued_at.timestamp()),
        )
