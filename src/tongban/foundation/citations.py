"""How a law is cited for people.

《行政许可法》（2019修正）第三十二条第四项 in Chinese, Administrative Licensing Law (2019), art 32(4) in English.
"""

import re

# English names of what the rules of time stand in; what has none is cited in Chinese.
_ENGLISH = {
    "行政许可法": "Administrative Licensing Law",
    "安阳市政务服务条例": "Anyang Regulations on Government Services",
    "德州市好差评工作方案": "Dezhou work plan on ratings",
    "四川遂宁好差评": "Suining (Sichuan) rules on ratings",
    "政务数据共享条例": "Regulations on the Sharing of Government Data",
    "水城区政务数据办法": "Shuicheng District measures on government data",
    "潍坊12345条例": "Weifang 12345 Regulations",
    "济南12345条例": "Jinan 12345 Regulations",
    "信访工作条例": "Regulations on the Work of Petitions",
    "政府信息公开条例": "Regulations on the Disclosure of Government Information",
    "网络安全法": "Cybersecurity Law",
    "商用密码管理条例": "Regulations on Commercial Cryptography",
    "工信部适老化及无障碍通用设计规范": "MIIT general design specification for older users and accessibility",
}
_SOURCE = re.compile(r"(?P<name>[^( ]+?) ?(?:\((?P<version>[^)]*)\))?(?: (?P<number>.+))?")
_ARTICLE = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+))?(?P<items>(?:\(\d+\))*)")
_YEAR = re.compile(r"\d{4}")
_DECREE = re.compile(r"国务院令第(\d+)号")
_DIGITS = "零一二三四五六七八九"
_TEN = 10


def citation(source: str, article: str, *, english: bool) -> str:
    """A source as the rules of time state it (`行政许可法(2019修正)`, `32(4)`), as people cite it.

    Several stand beside each other, divided by `; `. An article that is not written in numbers (nobody has verified it)
    is left out.
    """
    sources, articles = source.split("; "), article.split("; ")
    if len(articles) != len(sources):
        articles = [article] * len(sources)
    cite = _in_english if english else _in_chinese
    return ("; " if english else "、").join(cite(*pair) for pair in zip(sources, articles, strict=True))


def _in_chinese(source: str, article: str) -> str:
    found = _SOURCE.fullmatch(source)
    if found is None:
        return source
    beside = [part for part in (found["version"], found["number"]) if part]
    return f"《{found['name']}》" + "".join(f"（{part}）" for part in beside) + article_in_chinese(article)


def article_in_chinese(article: str) -> str:
    """第三十二条第四项 for `32(4)`; empty for what is not written in numbers."""
    found = _ARTICLE.fullmatch(article)
    if found is None:
        return ""
    text = f"第{_chinese(int(found['first']))}条"
    if found["last"]:
        text += f"至第{_chinese(int(found['last']))}条"
    items = re.findall(r"\d+", found["items"])
    return text + (f"第{'、'.join(_chinese(int(item)) for item in items)}项" if items else "")


def _chinese(number: int) -> str:
    """A number below 100 in Chinese characters."""
    tens, ones = divmod(number, _TEN)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def _in_english(source: str, article: str) -> str:
    found = _SOURCE.fullmatch(source)
    if found is None:
        return source
    year = _YEAR.search(found["version"] or "")
    decree = _DECREE.fullmatch(found["number"] or "")
    words = _ENGLISH.get(found["name"], found["name"])
    words += f" ({year[0]})" if year else ""
    words += f" (State Council Decree {decree[1]})" if decree else ""
    return words + (f", art {article}" if _ARTICLE.fullmatch(article) else "")
