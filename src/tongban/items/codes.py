"""Codes of items and services: built, parsed, checked; faults are reported, never raised at real data.

The implementation code (实施编码, 31 characters) is the implementing organ's unified social credit code (18), the
level of exercise (1) and the basic code (12); the handling code (业务办理项编码, 33) has two more digits (GB/T
39554.1, as live samples show it). Other platforms have codes of their own, in which a credit code is often embedded.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongban.government import rules as government
from tongban.government.models import RegionLevel

BASIC_LENGTH = 12
IMPLEMENTATION_LENGTH = 31
HANDLING_LENGTH = 33
CREDIT_CODE_LENGTH = 18

_BASIC = re.compile(r"[0-9A-Z]{12}")
_REGION = re.compile(r"\d{12}")
_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])")


class CodeFault(StrEnum):
    """What is wrong with a code."""

    LENGTH = "length"
    LOWER_CASE = "lower_case"
    FORMAT = "format"
    CHECK_CHARACTER = "check_character"
    LEVEL = "level"

    @property
    def label(self) -> Promise:
        """The fault in words, in the reader's language."""
        return _FAULT_LABELS[self]


_FAULT_LABELS: dict[CodeFault, Promise] = {
    CodeFault.LENGTH: _("wrong length"),
    CodeFault.LOWER_CASE: _("small letters, where the standard has capitals"),
    CodeFault.FORMAT: _("characters that do not belong there"),
    CodeFault.CHECK_CHARACTER: _("wrong check character"),
    CodeFault.LEVEL: _("no level of exercise"),
}


@dataclass(frozen=True)
class ServiceCode:
    """An implementation code in its parts; `handling` holds the two digits of a handling code, or nothing.

    Attributes:
        level: level of the division (0 nation to 5 village); the code holds it plus one.
    """

    credit_code: str
    level: int
    basic_code: str
    handling: str = ""

    def __str__(self) -> str:
        return f"{self.credit_code}{self.level + 1}{self.basic_code}{self.handling}"

    @property
    def implementation_code(self) -> str:
        return str(self)[:IMPLEMENTATION_LENGTH]


def build_code(credit_code: str, level: int, basic_code: str, handling: str = "") -> ServiceCode:
    """The implementation code (31), or with two digits in `handling` the handling code (33).

    Raises:
        ValueError: a part is malformed or its check character wrong; what we issue ourselves is right.
    """
    fault = credit_code_fault(credit_code)
    if fault:
        raise ValueError(f"credit code {credit_code!r}: {fault}")
    if level not in RegionLevel.values:
        raise ValueError(f"level {level!r} is not one of {RegionLevel.values}")
    if not _BASIC.fullmatch(basic_code):
        raise ValueError(f"basic code {basic_code!r} is not 12 capital letters and digits")
    if handling and not re.fullmatch(r"\d{2}", handling, re.ASCII):
        raise ValueError(f"handling part {handling!r} is not two digits")
    return ServiceCode(credit_code, level, basic_code, handling)


def parse_code(code: str) -> tuple[ServiceCode | None, list[CodeFault]]:
    """The parts of a code of 31 or 33 characters, and everything that is wrong with it.

    A wrong check character leaves the parts readable; None only where there is nothing to split.
    """
    if len(code) not in {IMPLEMENTATION_LENGTH, HANDLING_LENGTH}:
        return None, [CodeFault.LENGTH]
    credit, level, basic, handling = code[:18], code[18], code[19:31], code[31:]
    faults = [fault for fault in (credit_code_fault(credit),) if fault]
    if not _BASIC.fullmatch(basic) or (handling and not re.fullmatch(r"[0-9]{2}", handling)):
        faults.append(CodeFault.FORMAT)
    if level not in {str(value + 1) for value in RegionLevel.values}:
        return None, [*faults, CodeFault.LEVEL]
    return ServiceCode(credit, int(level) - 1, basic, handling), faults


def credit_code_fault(code: str) -> CodeFault | None:
    """The fault of a unified social credit code (GB 32100: 18 digits and capital letters, modulo 31), or None."""
    if len(code) != CREDIT_CODE_LENGTH:
        return CodeFault.LENGTH
    if code != code.upper():
        return CodeFault.LOWER_CASE
    fault = government.credit_code_fault(code)
    return CodeFault(fault.value) if fault else None


def embedded_credit_code(foreign_code: str) -> str | None:
    """The credit code inside another platform's code: a part of 18 letters and digits between its dashes.

    Sichuan: `511Z07001006-511602000000-000-11511301008778183N-1-00`. Whether it is a right one is another question
    (`credit_code_fault`): a part that is meant as one and is wrong must be found, too.
    """
    parts = _TOKEN.findall(foreign_code)
    return parts[-1] if parts else None


def is_region_code(code: str) -> bool:
    """Whether it has the form of a 12-digit division code whose levels have no gap (GB/T 2260, GB/T 10114)."""
    if not (_REGION.fullmatch(code) and code.isascii()):
        return False
    parts = [code[:2], code[2:4], code[4:6], code[6:9], code[9:]]
    filled = [bool(part.strip("0")) for part in parts]
    # Dongguan and its like have townships without counties (441900003000); no other level may be left out.
    return filled[0] and (filled[1] or not any(filled[2:])) and (filled[3] or not filled[4])
