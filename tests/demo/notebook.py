"""What the demonstration's tests share: the world's progress and its log."""

import io
import logging
from dataclasses import dataclass, field


class Notebook(logging.Handler):
    """Keeps whatever anybody logs, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = io.StringIO()
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.text.write(self.format(record) + "\n")


@dataclass
class World:
    """What was said while it was loaded, and what was logged."""

    progress: list[str] = field(default_factory=list)
    log: Notebook = field(default_factory=Notebook)
