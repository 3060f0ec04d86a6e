"""Reading YAML, the same way wherever a document stands as such."""

from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, where it was built, reads in a tenth of the time; every process reads documents when it starts."""


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever the document holds; typed where it is used
    """What a YAML document holds: mappings, lists, texts, numbers, dates, nothing else.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    try:
        return yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError:
        # The one in Python names the place in the text; the one in C names the end of the file for what is left open.
        return yaml.safe_load(text)
