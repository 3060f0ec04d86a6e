"""Whether a session has shown a second factor."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import SESSION_KEY

# Whose second factor was shown: an account's id. It counts for no other account of the same browser.
SHOWN_KEY = "second_factor"


def was_shown(session: Mapping[str, Any]) -> bool:
    """Whether who is signed in in this session has shown a second factor in it."""
    shown = session.get(SHOWN_KEY)
    return shown is not None and shown == session.get(SESSION_KEY)
