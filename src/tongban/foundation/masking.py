"""How personal data is shown until somebody asks for it with a reason: enough to recognise, not enough to use."""

import re

# Of a text that is neither number nor telephone: enough of an address to name the city, of a name the family.
_SHOWN_OF_TEXT = 6
_SHORT = 8
_STAR = "*"


def masked(value: str, kind: str = "text") -> str:
    """A value with its middle hidden.

    Args:
        value: as it is stored.
        kind: `id-number` keeps four characters at both ends, `phone` three and four, `email` the first and what
            follows the @, any other text the beginning, at most half of it.
    """
    text = value.strip()
    if kind == "phone" and len(text) >= _SHORT:
        return _middle(text, 3, 4)
    if kind == "id-number" and len(text) > _SHORT:
        return _middle(text, 4, 4)
    if kind == "email" and (found := re.fullmatch(r"(.).*(@[^@]+)", text)):
        return f"{found[1]}{_STAR * 4}{found[2]}"
    shown = min(_SHOWN_OF_TEXT, len(text) // 2)
    # How long it is says something too.
    return text[:shown] + _STAR * 4 if text else ""


def _middle(text: str, first: int, last: int) -> str:
    return text[:first] + _STAR * (len(text) - first - last) + text[-last:]
