"""Days as written acts and messages say them."""

from datetime import date


def long_date(day: date, *, chinese: bool) -> str:
    """2026年6月8日, or 8 June 2026, whatever the language of the process."""
    return f"{day.year}年{day.month}月{day.day}日" if chinese else f"{day.day} {day:%B %Y}"
