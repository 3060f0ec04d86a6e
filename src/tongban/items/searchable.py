"""The pinyin of a name, by which people type it: in full and by initials."""

import re
from functools import lru_cache

from tongban.foundation.pinyin import syllables

_WORDS = re.compile(r"[0-9a-z]+")


@lru_cache(maxsize=65_536)
def pinyin_of(name: str) -> str:
    """`yingyezhizhao yyzz` for 营业执照: lower-case, letters and digits only; Latin words stand in both."""
    spelt = syllables(name, other=_latin)
    full = "".join(spelt)
    initials = "".join(s if s.isascii() and s[:1].isdigit() else s[:1] for s in spelt)
    return f"{full} {initials}".strip()


def _latin(text: str) -> list[str]:
    return _WORDS.findall(text.lower())
