"""SVG to PNG with resvg and the font that ships, so that a figure looks the same on every machine."""

from pathlib import Path

from tongban.charts.fonts import FONT_FAMILY, FONT_FILE, missing_characters


def png_problem(svg: str) -> str | None:
    """Why this figure cannot become a PNG here, in one sentence; nothing when it can."""
    try:
        import resvg_py  # noqa: F401, PLC0415 - an extra; only its presence is asked
    except ImportError:
        return "PNG needs resvg: pip install 'tongban[observe]'"
    missing = missing_characters(svg)
    if missing:
        return f"the font that ships lacks {' '.join(missing)}, so the figure is written as SVG only"
    return None


def to_png(svg: str, path: Path, *, scale: int = 2) -> None:
    """Write the figure with `scale` pixels to the SVG unit."""
    import resvg_py  # noqa: PLC0415 - an extra

    picture = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        skip_system_fonts=True,
        font_files=[str(FONT_FILE)],
        font_family=FONT_FAMILY,
        sans_serif_family=FONT_FAMILY,
    )
    path.write_bytes(bytes(picture))
