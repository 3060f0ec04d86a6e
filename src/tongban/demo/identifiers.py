"""Numbers of the demonstration's people and organs: right in form and check character, and nobody's."""

from datetime import date

from stdnum.cn import ric, uscc

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MODULUS = 11
GOVERNMENT_ORGAN = "11"
COMPANY = "91"


def credit_code(registered_by: str, region: str, serial: int) -> str:
    """A unified social credit code (GB 32100): registration authority and class (2), region (6), the organisation
    code with its own check character (GB 11714), and the check character of the whole.
    """
    body = f"{serial:08d}"
    total = sum(weight * int(digit) for weight, digit in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    check = "0123456789X0"[(_MODULUS - total % _MODULUS) % (_MODULUS + 1)]
    code = f"{registered_by}{region[:6]}{body}{check}"
    return f"{code}{uscc.calc_check_digit(code)}"


def id_number(county: str, born: date, serial: int) -> str:
    """A citizen's identity number (GB 11643): county (6), birthday, serial (even for women), check digit."""
    number = f"{county[:6]}{born:%Y%m%d}{serial:03d}"
    # The library takes a whole number and leaves its last place out.
    return f"{number}{ric.calc_check_digit(number + '0')}"


def phone(serial: int) -> str:
    """A mobile number of a block of zeros that looks like nobody's."""
    return f"1990000{serial:04d}"
