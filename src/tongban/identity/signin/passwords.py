"""Passwords that are guessed first are refused, without asking anybody: the lists ship with the platform.

The operator may add a file of breached passwords of any size (`TONGBAN_BREACHED_PASSWORDS`, `breached`).

Django's list of 20,000 that leaked most (`CommonPasswordValidator`) looks for the whole password only. Guessing
programs begin with such a word and hang a year, a few digits or a sign on it; so does this look-up.
"""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tongban.identity.signin.breached import is_breached

_COMMONPLACES = Path(__file__).with_name("commonplaces.txt")
# Letters as they are commonly disguised.
_DISGUISES = str.maketrans("@4301!$5", "aaeoiiss")
_ENDS = re.compile(r"^[\d\W_]+|[\d\W_]+$")
# A base this short says nothing: what was hung on it may well be the secret.
_LEAST_BASE = 4
# What is left beside a known base is guessed in this many characters.
_MOST_ADDED = 8
# 1300000000 to 1999999999: a mobile number is no secret; nor is a birthday, a plain one or in an identity number.
_NUMBERS = re.compile(r"1[3-9]\d{9}|(19|20)\d{2}[01]\d[0-3]\d\D{0,3}|[1-9]\d{16}[\dx]", re.ASCII)


@cache
def _known() -> frozenset[str]:
    words = set(CommonPasswordValidator().passwords)
    with _COMMONPLACES.open(encoding="utf-8") as ours:
        words |= {line.strip() for line in ours if not line.startswith("#")}
    return frozenset(words - {""})


def is_guessed_first(password: str) -> bool:
    """Whether the password, or what is left of it without what people hang on, is on the lists."""
    plain = password.strip().lower()
    if plain in _known() or _NUMBERS.fullmatch(plain):
        return True
    if len(set(plain)) <= 3:  # noqa: PLR2004 - three different characters are a pattern, however long
        return True
    for text in (plain, plain.translate(_DISGUISES)):
        base = _ENDS.sub("", text)
        if len(base) >= _LEAST_BASE and len(text) - len(base) <= _MOST_ADDED and _is_base(base):
            return True
    return False


def _is_base(base: str) -> bool:
    if base in _known():
        return True
    half = len(base) // 2
    return len(base) % 2 == 0 and base[:half] == base[half:] and base[:half] in _known()  # passwordpassword


class BreachedPasswordValidator:
    """For Django's AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises:
        ValidationError: the password, or its better part, is one of those tried first.
        """
        name = getattr(user, "username", "")
        file: Path | None = settings.BREACHED_PASSWORDS
        if (
            is_guessed_first(password)
            or (len(name) >= _LEAST_BASE and name.lower() in password.lower())
            or (file is not None and is_breached(file, password))
        ):
            raise ValidationError(
                _("This password is easily guessed: it is among those tried first. Take several words of your own."),
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return _("Not a common password, no date, no phone number.")
