"""The Guangxi platform of 2019 as records: 1,960 services, of which Table 1 counts those of trade facilitation.

What is known is the table: 14 units with an example each, how many of their trade-facilitation services need exactly
one visit or none, and the platform's totals (1,960; 1,739; 140). Everything else is reconstructed to those
numbers, marked as such in the record, and says so in its title. Chinese titles of the examples are translated back
from the English table.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

REGION = "450000000000"
THEME = "trade-facilitation"
EFFECTIVE_FROM = "2019-05-31"
KEY = "TABLE1-2019"
TOTAL, COME_ONCE, NO_VISIT = 1960, 1739, 140

Record = dict[str, str]


@dataclass(frozen=True)
class Unit:
    """A unit of the table: department, names, its example, and its services of trade facilitation."""

    department: str
    name: str
    name_en: str
    short: str
    example: str = ""
    example_en: str = ""
    come_once: int = 0
    no_visit: int = 0


# fmt: off
UNITS: tuple[Unit, ...] = (
    Unit("development-reform", "广西壮族自治区发展和改革委员会", "Guangxi Development and Reform Commission",
         "自治区发展改革委", "自治区权限内外商投资项目核准",
         "Approval of foreign investment projects within the autonomous region's powers", 6, 2),
    Unit("industry-information", "广西壮族自治区工业和信息化厅",
         "Guangxi Department of Industry and Information Technology", "自治区工业和信息化厅",
         "重大技术装备进口关键零部件及原材料免税转让",
         "Tax-free transfer of imported key parts and raw materials for major technical equipment", 2, 0),
    Unit("science-technology", "广西壮族自治区科学技术厅", "Guangxi Department of Science and Technology",
         "自治区科技厅", "人类遗传资源采集、收集、买卖、出口、出境审批",
         "Approval of collecting, trading, exporting or taking abroad human genetic resources", 1, 0),
    Unit("agriculture-rural", "广西壮族自治区农业农村厅", "Guangxi Department of Agriculture and Rural Affairs",
         "自治区农业农村厅", "草种进出口审批", "Approval of the import and export of grass seeds", 9, 0),
    Unit("forestry", "广西壮族自治区林业局", "Guangxi Forestry Bureau", "自治区林业局",
         "从事种子进出口业务的林木种子生产经营许可证初审",
         "Preliminary examination of forest seed licences for the import and export of seeds", 2, 0),
    Unit("commerce", "广西壮族自治区商务厅", "Guangxi Department of Commerce", "自治区商务厅",
         "易制毒化学品、石墨类相关制品进出口许可",
         "Import and export licence for precursor chemicals and graphite products", 25, 0),
    Unit("culture-tourism", "广西壮族自治区文化和旅游厅", "Guangxi Department of Culture and Tourism",
         "自治区文化和旅游厅", "美术品进出口经营活动审批",
         "Approval of the import and export of works of fine art", 2, 1),
    Unit("marine", "广西壮族自治区海洋局", "Guangxi Oceanic Bureau", "自治区海洋局",
         "出口水生野生动物或其产品（广西）审批",
         "Approval of the export of aquatic wildlife or its products from Guangxi", 4, 0),
    Unit("market-supervision", "广西壮族自治区市场监督管理局", "Guangxi Market Supervision Bureau",
         "自治区市场监管局", "外商投资企业非登记事项备案",
         "Recording of non-registered matters of foreign-funded enterprises", 3, 22),
    # Customs, banking supervision and communications are vertical organs: of the nation, seated with the province.
    Unit("customs", "南宁海关", "Nanning Customs", "南宁海关", "口岸卫生许可证（餐饮服务）核发",
         "Issue of health permits (catering) at frontier ports", 94, 2),
    Unit("banking-insurance", "中国银行保险监督管理委员会广西监管局",
         "Guangxi Office of the Banking and Insurance Regulatory Commission", "广西银保监局",
         "外国银行代表处设立、变更、终止审批",
         "Approval of setting up, changing or closing representative offices of foreign banks", 4, 0),
    Unit("communications", "广西壮族自治区通信管理局", "Guangxi Communications Administration",
         "自治区通信管理局", "外商投资经营电信业务审批",
         "Approval of foreign investment in telecommunications", 1, 0),
    Unit("trade-promotion", "中国国际贸易促进委员会广西分会", "CCPIT Guangxi Sub-Council", "贸促会广西分会",
         "暂准进口单证册（ATA单证册）签发", "Issue of ATA carnets for temporary imports", 4, 1),
    Unit("press-publication", "广西壮族自治区新闻出版局", "Guangxi Press and Publication Bureau",
         "自治区新闻出版局", "进口出版物目录备案核准",
         "Registration and approval of catalogues of imported publications", 2, 0),
)

# Departments over which the other services are spread; the table does not name them.
OTHERS: tuple[Unit, ...] = (
    Unit("education", "广西壮族自治区教育厅", "Guangxi Department of Education", "自治区教育厅"),
    Unit("ethnic-religious", "广西壮族自治区民族宗教事务委员会", "Guangxi Ethnic and Religious Affairs Commission",
         "自治区民宗委"),
    Unit("public-security", "广西壮族自治区公安厅", "Guangxi Department of Public Security", "自治区公安厅"),
    Unit("civil-affairs", "广西壮族自治区民政厅", "Guangxi Department of Civil Affairs", "自治区民政厅"),
    Unit("justice", "广西壮族自治区司法厅", "Guangxi Department of Justice", "自治区司法厅"),
    Unit("finance", "广西壮族自治区财政厅", "Guangxi Department of Finance", "自治区财政厅"),
    Unit("human-resources-social-security", "广西壮族自治区人力资源和社会保障厅",
         "Guangxi Department of Human Resources and Social Security", "自治区人力资源社会保障厅"),
    Unit("natural-resources", "广西壮族自治区自然资源厅", "Guangxi Department of Natural Resources",
         "自治区自然资源厅"),
    Unit("ecology-environment", "广西壮族自治区生态环境厅", "Guangxi Department of Ecology and Environment",
         "自治区生态环境厅"),
    Unit("housing-urban-rural", "广西壮族自治区住房和城乡建设厅",
         "Guangxi Department of Housing and Urban-Rural Development", "自治区住房城乡建设厅"),
    Unit("transport", "广西壮族自治区交通运输厅", "Guangxi Department of Transport", "自治区交通运输厅"),
    Unit("water-resources", "广西壮族自治区水利厅", "Guangxi Department of Water Resources", "自治区水利厅"),
    Unit("health", "广西壮族自治区卫生健康委员会", "Guangxi Health Commission", "自治区卫生健康委"),
    Unit("emergency", "广西壮族自治区应急管理厅", "Guangxi Department of Emergency Management",
         "自治区应急厅"),
    Unit("drug-administration", "广西壮族自治区药品监督管理局", "Guangxi Drug Administration",
         "自治区药监局"),
    Unit("radio-television", "广西壮族自治区广播电视局", "Guangxi Radio and Television Bureau",
         "自治区广电局"),
    Unit("medical-insurance", "广西壮族自治区医疗保障局", "Guangxi Medical Insurance Bureau",
         "自治区医保局"),
    Unit("meteorology", "广西壮族自治区气象局", "Guangxi Meteorological Bureau", "自治区气象局"),
    Unit("post", "广西壮族自治区邮政管理局", "Guangxi Postal Administration", "自治区邮政管理局"),
    Unit("tobacco", "广西壮族自治区烟草专卖局", "Guangxi Tobacco Monopoly Bureau", "自治区烟草专卖局"),
)
# fmt: on

_EXAMPLE_NOTE = "《表1》例示事项，中文标题由英文回译；生效日期为推定"
_RECONSTRUCTED_NOTE = "标题不详，按《表1》数量重建；事项类型、生效日期为推定"
_NEITHER_NOTE = "标题不详，按《表1》数量重建；不在“只需跑一次”“一次不用跑”两类，或属“一次性告知”清单（推测）"
_NOTES_IN_ENGLISH = {
    _EXAMPLE_NOTE: "An example of Table 1, its Chinese title translated back from English; effective date assumed",
    _RECONSTRUCTED_NOTE: "Title unknown, reconstructed by counts of Table 1; item type and effective date assumed",
    _NEITHER_NOTE: (
        "Title unknown, reconstructed by counts of Table 1; neither “come once” nor “no visit”, or on the list"
        " of “one-time notice” (a surmise)"
    ),
}
_LISTS = {"1": "come_once", "0": "no_visit", "": "one_time_notice"}
_LICENCE, _OTHER_POWER = "01", "10"


def guangxi_services(replaced: Mapping[str, Sequence[str]] | None = None) -> Iterator[Record]:
    """The 1,960 services, always the same, in the exchange format (`tongban import services`).

    Args:
        replaced: visits (`1`, `0` or empty) -> the days from which a described service of the autonomous region stands
            in the place of a reconstructed one of that kind. Those records end on these days, so that the platform
            holds 1,960 services of the autonomous region then as before.
    """
    ends = {visits: list(days) for visits, days in (replaced or {}).items()}
    number = 0
    for unit in UNITS:
        counts = {"1": unit.come_once, "0": unit.no_visit}
        index = 0
        for visits, count in counts.items():
            for _one in range(count):
                number, index = number + 1, index + 1
                is_example = index == 1
                title = unit.example if is_example else f"{unit.short}贸易便利化事项（重建）第 {index} 项"
                title_en = (
                    unit.example_en
                    if is_example
                    else f"{unit.name_en}: trade facilitation service no. {index} (reconstructed)"
                )
                yield _record(number, unit, title, title_en, visits, theme=THEME, reconstructed=not is_example)
    spread = {unit.department: 0 for unit in OTHERS}
    theirs = (sum(u.come_once for u in UNITS), sum(u.no_visit for u in UNITS))
    rest = {
        "1": COME_ONCE - theirs[0],
        "0": NO_VISIT - theirs[1],
        "": TOTAL - COME_ONCE - NO_VISIT,
    }
    turn = 0
    for visits, count in rest.items():
        for _one in range(count):
            unit = OTHERS[turn % len(OTHERS)]
            turn += 1
            number += 1
            spread[unit.department] += 1
            index = spread[unit.department]
            yield _record(
                number,
                unit,
                f"{unit.short}事项（重建）第 {index} 项",
                f"{unit.name_en}: service no. {index} (reconstructed)",
                visits,
                ends=ends[visits].pop() if ends.get(visits) else "",
            )


def _record(  # noqa: PLR0913 - the parts of a record
    number: int,
    unit: Unit,
    title: str,
    title_en: str,
    visits: str,
    *,
    theme: str = "",
    reconstructed: bool = True,
    ends: str = "",
) -> Record:
    note = _EXAMPLE_NOTE if not reconstructed else _RECONSTRUCTED_NOTE if visits else _NEITHER_NOTE
    return {
        "region": REGION,
        "department": unit.department,
        "dept_name": unit.name,
        "foreign_code": f"{KEY}-{number:04}",
        "task_name": title,
        "task_type": _OTHER_POWER if reconstructed else _LICENCE,
        "use_level": "2",
        "limit_scene_num": visits,
        "declared_list": _LISTS[visits],
        "themes": theme,
        "plan_effective_date": EFFECTIVE_FROM,
        "plan_cancel_date": ends,
        "reconstructed": "1" if reconstructed else "0",
        "source_note": note,
        "english": json.dumps({"name": title_en, "source_note": _NOTES_IN_ENGLISH[note]}, ensure_ascii=False),
    }


def guangxi_agencies() -> Iterator[Record]:
    """The agencies of these services, in the format of `tongban import agencies`; their credit codes are not known."""
    for unit in (*UNITS, *OTHERS):
        yield {
            "department": unit.department,
            "region": REGION,
            "name": unit.name,
            "name_en": unit.name_en,
        }


def as_csv(records: Iterator[Record]) -> bytes:
    """The records as a CSV file that the imports read."""
    rows = list(records)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
