"""Identity papers beside the resident identity number: what their numbers look like. Pure.

Sources: GB 11643-1999 (check character); ICAO Doc 9303 part 4 (passport numbers, up to nine letters and digits);
国家移民管理局 2023, 新版外国人永久居留身份证 (18 characters beginning with 9, MOD 11-2 as GB 11643); 国办发〔2018〕81号
(residence permits of Hong Kong, Macao and Taiwan residents: a citizen's number that begins with 81, 82 or 83).
"""

import re
from datetime import date, datetime
from enum import StrEnum

from stdnum.cn import ric

from tongban.foundation.forms.formats import is_id_number


class PaperKind(StrEnum):
    """What proves who somebody is. A resident card's number is the person's own; all others are kept as papers."""

    RESIDENT = "resident"  # 居民身份证
    PASSPORT = "passport"  # 外国护照
    PERMANENT_RESIDENCE = "permanent_residence"  # 外国人永久居留身份证
    HK_MACAO_PERMIT = "hk_macao_permit"  # 港澳居民来往内地通行证
    TAIWAN_PERMIT = "taiwan_permit"  # 台湾居民来往大陆通行证
    HMT_RESIDENCE = "hmt_residence"  # 港澳台居民居住证


# The only issuing country of a kind; a passport names its own.
ISSUED_BY_CHINA = frozenset(PaperKind) - {PaperKind.PASSPORT}
CHINA = "CHN"

_PASSPORT = re.compile(r"[A-Z0-9]{5,9}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{3}", re.ASCII)
# Three letters of the country, four digits of the place, six of the birth (yymmdd), one of order, one to check.
_PERMANENT_OLD = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
_PERMANENT_NEW = re.compile(r"9\d{16}[\dX]", re.ASCII)
# Eleven characters on the paper: two more count the times it was issued; nine on the card.
_HK_MACAO = re.compile(r"[HM]\d{8}(\d{2})?", re.ASCII)
_TAIWAN = re.compile(r"\d{8}(\d{2})?", re.ASCII)
_HMT_PREFIXES = ("81", "82", "83")


def normalised(number: str) -> str:
    """As it is compared: no spaces, upper case. A home-return permit's count of issues is not part of its number."""
    return "".join(number.split()).upper()


def number_to_find(kind: PaperKind, number: str) -> str:
    """What a number is found by: the same human's renewed permit keeps its first eight digits."""
    number = normalised(number)
    if kind is PaperKind.HK_MACAO_PERMIT:
        return number[:9]
    return number[:8] if kind is PaperKind.TAIWAN_PERMIT else number


def is_valid(kind: PaperKind, number: str, country: str = CHINA) -> bool:
    """Whether a paper of this kind, issued by this country (ISO 3166-1 alpha-3), can have this number."""
    number = normalised(number)
    match kind:
        case PaperKind.RESIDENT:
            return is_id_number(number) and not number.startswith((*_HMT_PREFIXES, "9"))
        case PaperKind.HMT_RESIDENCE:
            return is_id_number(number) and number.startswith(_HMT_PREFIXES)
        case PaperKind.PASSPORT:
            fits = bool(_PASSPORT.fullmatch(number)) and any(c.isdigit() for c in number)
            return fits and bool(_COUNTRY.fullmatch(country)) and country != CHINA
        case PaperKind.PERMANENT_RESIDENCE:
            return _is_permanent_residence(number)
        case PaperKind.HK_MACAO_PERMIT:
            return bool(_HK_MACAO.fullmatch(number))
        case PaperKind.TAIWAN_PERMIT:
            return bool(_TAIWAN.fullmatch(number))


def _is_permanent_residence(number: str) -> bool:
    if _PERMANENT_NEW.fullmatch(number):
        return _day(number[6:14], "%Y%m%d") is not None and ric.calc_check_digit(number) == number[-1]
    return bool(_PERMANENT_OLD.fullmatch(number)) and _day(number[7:13], "%y%m%d") is not None


def born_on(kind: PaperKind, number: str) -> date | None:
    """The day of birth that stands in the number; None where it has none, or only two digits of the year."""
    number = normalised(number)
    has_birth = kind in {PaperKind.RESIDENT, PaperKind.HMT_RESIDENCE} or (
        kind is PaperKind.PERMANENT_RESIDENCE and bool(_PERMANENT_NEW.fullmatch(number))
    )
    return _day(number[6:14], "%Y%m%d") if has_birth else None


def _day(digits: str, form: str) -> date | None:
    try:
        return datetime.strptime(digits, form).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None
