"""English names of regions: known ones from a table, the others in pinyin with their kind translated.

"钦南区" becomes "Qinnan District", "恩施土家族苗族自治州" "Enshi Tujia and Miao Autonomous Prefecture".
Computed once, when a region is loaded; a reading that pinyin gets wrong is corrected on the region itself.
"""

import re
from functools import cache

from tongban.foundation.pinyin import add_readings, syllables

_KNOWN = {
    "中国": "China",
    "内蒙古自治区": "Inner Mongolia Autonomous Region",
    "广西壮族自治区": "Guangxi Zhuang Autonomous Region",
    "西藏自治区": "Tibet Autonomous Region",
    "宁夏回族自治区": "Ningxia Hui Autonomous Region",
    "新疆维吾尔自治区": "Xinjiang Uygur Autonomous Region",
    "新疆生产建设兵团": "Xinjiang Production and Construction Corps",
    "北京市": "Beijing",
    "天津市": "Tianjin",
    "上海市": "Shanghai",
    "重庆市": "Chongqing",
    "陕西省": "Shaanxi",
    "市辖区": "Municipal Districts",
    "县": "Counties",
    "省直辖县级行政区划": "County-level Divisions Directly under the Province",
    "自治区直辖县级行政区划": "County-level Divisions Directly under the Autonomous Region",
    "呼和浩特市": "Hohhot City",
    "包头市": "Baotou City",
    "乌鲁木齐市": "Ürümqi City",
    "拉萨市": "Lhasa City",
    "哈尔滨市": "Harbin City",
    "延边朝鲜族自治州": "Yanbian Korean Autonomous Prefecture",
    "兴安盟": "Hinggan League",
    "锡林郭勒盟": "Xilingol League",
    "阿拉善盟": "Alxa League",
    "西沙群岛": "Xisha Islands",
    "南沙群岛": "Nansha Islands",
    "中沙群岛的岛礁及其海域": "Reefs and Waters of the Zhongsha Islands",
}

# Readings of places that the dictionary of phrases does not hold or holds otherwise.
_READINGS = {
    "六安": [["lu"], ["an"]],
    "六合": [["lu"], ["he"]],
    "蚌埠": [["beng"], ["bu"]],
    "亳州": [["bo"], ["zhou"]],
    "台州": [["tai"], ["zhou"]],
    "丽水": [["li"], ["shui"]],
    "番禺": [["pan"], ["yu"]],
    "东莞": [["dong"], ["guan"]],
    "厦门": [["xia"], ["men"]],
    "长治": [["chang"], ["zhi"]],
    "渑池": [["mian"], ["chi"]],
    "浚县": [["xun"], ["xian"]],
    "乐清": [["yue"], ["qing"]],
    "铅山": [["yan"], ["shan"]],
    "百色": [["bai"], ["se"]],
    "朝阳": [["chao"], ["yang"]],
    "都匀": [["du"], ["yun"]],
    "犍为": [["qian"], ["wei"]],
    "洪洞": [["hong"], ["tong"]],
}

_ETHNIC = {
    "蒙古族": "Mongol",
    "蒙古": "Mongol",
    "回族": "Hui",
    "藏族": "Tibetan",
    "维吾尔": "Uygur",
    "维吾尔族": "Uygur",
    "苗族": "Miao",
    "彝族": "Yi",
    "壮族": "Zhuang",
    "布依族": "Buyi",
    "朝鲜族": "Korean",
    "满族": "Manchu",
    "侗族": "Dong",
    "瑶族": "Yao",
    "白族": "Bai",
    "土家族": "Tujia",
    "哈尼族": "Hani",
    "哈萨克": "Kazakh",
    "哈萨克族": "Kazakh",
    "傣族": "Dai",
    "黎族": "Li",
    "傈僳族": "Lisu",
    "佤族": "Va",
    "畲族": "She",
    "拉祜族": "Lahu",
    "水族": "Sui",
    "东乡族": "Dongxiang",
    "纳西族": "Naxi",
    "景颇族": "Jingpo",
    "柯尔克孜": "Kyrgyz",
    "土族": "Tu",
    "达斡尔族": "Daur",
    "仫佬族": "Mulao",
    "羌族": "Qiang",
    "布朗族": "Blang",
    "撒拉族": "Salar",
    "毛南族": "Maonan",
    "仡佬族": "Gelao",
    "锡伯": "Xibe",
    "塔吉克": "Tajik",
    "怒族": "Nu",
    "鄂温克族": "Evenki",
    "保安族": "Bonan",
    "裕固族": "Yugur",
    "独龙族": "Derung",
    "鄂伦春": "Oroqen",
    "各族": "Various Nationalities",
    "普米族": "Pumi",
}

# Longest ending first, so that 街道办事处 is not read as 办事处.
_KINDS = {
    "省": "",
    "市": "City",
    "地区": "Prefecture",
    "盟": "League",
    "自治州": "Autonomous Prefecture",
    "自治县": "Autonomous County",
    "自治旗": "Autonomous Banner",
    "林区": "Forestry District",
    "特区": "Special District",
    "新区": "New Area",
    "矿区": "Mining District",
    "县": "County",
    "旗": "Banner",
    "区": "District",
    "街道办事处": "Subdistrict",
    "街道": "Subdistrict",
    "镇": "Town",
    "民族苏木": "Ethnic Sumu",
    "苏木": "Sumu",
    "民族乡": "Ethnic Township",
    "乡": "Township",
    "农场": "Farm",
    "林场": "Forest Farm",
    "经济技术开发区": "Economic and Technological Development Zone",
    "经济开发区": "Economic Development Zone",
    "高新技术产业开发区": "High-tech Industrial Development Zone",
    "开发区": "Development Zone",
    "工业园区": "Industrial Park",
    "园区": "Park",
    "管理区": "Management District",
    "管理委员会": "Administrative Committee",
    "管委会": "Administrative Committee",
    "行政委员会": "Administrative Committee",
    "居委会": "Residents' Committee",
    "村委会": "Villagers' Committee",
}
_AUTONOMOUS = ("自治州", "自治县", "自治旗", "民族乡", "乡")
_BY_LENGTH = sorted(_KINDS, key=len, reverse=True)
_ETHNIC_END = re.compile(f"({'|'.join(sorted(_ETHNIC, key=len, reverse=True))})$")
_CHINESE = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")


def english_name(name: str) -> str:
    """The English name of a region with this Chinese name."""
    if name in _KNOWN:
        return _KNOWN[name]
    for ending in _BY_LENGTH:
        body = name.removesuffix(ending)
        if body and body != name:
            groups: list[str] = []
            if ending in _AUTONOMOUS:
                body, groups = _ethnic_groups(body)
            # A one-character county keeps its kind in its name: 浚县 is "Xunxian County".
            proper = _pinyin(name if len(body) == 1 and ending == "县" else body)
            return " ".join(part for part in (proper, _join(groups), _KINDS[ending]) if part)
    return _pinyin(name)


_BODIES = {"局": "Bureau", "厅": "Department", "委员会": "Commission", "中心": "Centre", "办公室": "Office"}


def agency_english_name(name: str, region: str, department: str) -> str:
    """What an agency is called in English where nobody said: "Fuzhou Public Security Bureau" for 福州市公安局.

    Args:
        name: its Chinese name, whose ending says what kind of body it is.
        region: the region's English name; a city goes without the word.
        department: the department's English name.

    Empty where the region or the department has no English name.
    """
    if not region or not department:
        return ""
    body = next((word for ending, word in _BODIES.items() if name.endswith(ending)), "")
    return " ".join(part for part in (region.removesuffix(" City"), department, body) if part)


def _ethnic_groups(body: str) -> tuple[str, list[str]]:
    groups: list[str] = []
    while (found := _ETHNIC_END.search(body)) and found.start() > 0:
        groups.insert(0, _ETHNIC[found.group()])
        body = body[: found.start()]
    return body, groups


def _join(groups: list[str]) -> str:
    return f"{', '.join(groups[:-1])} and {groups[-1]}" if len(groups) > 1 else "".join(groups)


@cache
def _load_readings() -> None:
    add_readings(_READINGS)


def _pinyin(chinese: str) -> str:
    _load_readings()
    return _CHINESE.sub(lambda run: _capitalised(run.group()), chinese.replace("（", " (").replace("）", ") ")).strip()


def _capitalised(run: str) -> str:
    spelt = syllables(run, v_to_u=True)
    # An apostrophe divides where a later syllable opens with a vowel (GB/T 16159): Xi'an.
    joined = spelt[0] + "".join(f"'{s}" if s[:1] in "aoe" else s for s in spelt[1:])
    return joined[:1].upper() + joined[1:]
