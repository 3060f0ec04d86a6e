"""Formats of Chinese identifiers, as JSON Schema ``format`` checkers. Each answers, none raises."""

import re
from collections.abc import Callable

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

ID_NUMBER = "cn-id-number"
USCC = "cn-uscc"
PHONE = "cn-phone"

# A mobile number; a fixed line with area code and perhaps an extension; a 400 or 800 service number.
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?[2-9]\d{6,7}(-\d{1,6})?|[48]00-?\d{3}-?\d{4}", re.ASCII)
_ID_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
_USCC = re.compile(r"[0-9A-Z]{18}", re.ASCII)


def is_id_number(value: str) -> bool:
    """Whether this is a citizen's identity number of 18 characters (GB 11643-1999), birthday and check digit
    right.
    """
    if not _ID_NUMBER.fullmatch(value):
        return False
    try:
        # Not `ric.is_valid`: it also asks whether the place's code was in force in the year of birth, and refuses
        # real people, whose number may have been issued years later, under the code of then.
        ric.get_birth_date(value)
    except ValidationError:
        return False
    return bool(ric.calc_check_digit(value) == value[-1])


def is_uscc(value: str) -> bool:
    """Whether this is a unified social credit code (GB 32100-2015) with the right check character."""
    return bool(_USCC.fullmatch(value)) and bool(uscc.is_valid(value))


def is_phone(value: str) -> bool:
    """Whether this is a telephone number of the Chinese mainland, mobile or fixed."""
    return bool(_PHONE.fullmatch(value))


FORMATS: dict[str, Callable[[str], bool]] = {ID_NUMBER: is_id_number, USCC: is_uscc, PHONE: is_phone}
