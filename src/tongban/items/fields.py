"""The exchange format's fields: the 71 of the implementation list (实施清单) and the columns kept beside them.

Exchange names and Chinese names are those of the national implementation list (GB/T 39554.2; names as two public
platforms store them); `attribute` is what the field is called here, by its meaning. Where the published material
does not tell the code of a value, the code is ours and the Chinese word is accepted beside it (docs/data-formats.md
lists them).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from django.utils.translation import gettext_lazy as _

from tongban.government.models import RegionLevel
from tongban.items.kinds import Choice, Day, Json, Kind, Number, Several, Text, YesNo
from tongban.items.models import Audience, ItemType, LimitUnit, Material, Necessity, ServiceVersion

Owner = Literal["version", "service", "agency", "state", "material", "fee", "question", "row"]
"""Where a field is kept. `agency` and `row` are resolved (which agency, region, platform); `state` is what the
version's state says."""
Group = Literal["basic", "extend", "material", "fee", "question", "beside"]


@dataclass(frozen=True)
class Field:
    """One field: its group, exchange name, Chinese name, our name for it, where it is kept, how it is read."""

    group: Group
    name: str
    name_zh: str
    attribute: str
    owner: Owner
    kind: Kind


_LONG = Text()
_UNIT = Choice(
    (
        ("1", LimitUnit.WORKING_DAY.value, "工作日", "个工作日"),
        ("2", LimitUnit.DAY.value, "日", "天", "自然日"),
        ("3", LimitUnit.MONTH.value, "月", "个月"),
    )
)
ITEM_TYPE_WORDS = (
    ("01", "行政许可"),
    ("02", "行政处罚"),
    ("03", "行政强制"),
    ("04", "行政征收"),
    ("05", "行政给付"),
    ("06", "行政检查"),
    ("07", "行政确认"),
    ("08", "行政奖励"),
    ("09", "行政裁决"),
    ("10", "其他行政权力", "其他职权", "其他权力"),
    ("20", "公共服务"),
)
ITEM_TYPE = Choice(tuple((words[0], ItemType(words[0]).value, *words[1:]) for words in ITEM_TYPE_WORDS))
# Guangdong's lists write 20 for other powers and 21 for public services (DOMAIN section 2): an alias of the import.
ITEM_TYPE_GUANGDONG = Choice(
    (
        *(pair for pair in ITEM_TYPE.pairs if pair[0] not in {"10", "20"}),
        ("20", "10", "其他行政权力"),
        ("21", "20", "公共服务"),
    )
)
# The level in service codes is the level of the division plus one (the samples: 2 province, 3 prefecture).
_LEVEL = Choice(
    (
        ("1", RegionLevel.NATION.value, "国家级", "国家"),
        ("2", RegionLevel.PROVINCE.value, "省级", "省"),
        ("3", RegionLevel.PREFECTURE.value, "市级", "市", "设区的市级"),
        ("4", RegionLevel.COUNTY.value, "县级", "县", "区级", "区县级"),
        ("5", RegionLevel.TOWNSHIP.value, "乡级", "镇乡街道级", "乡镇级", "乡镇（街道）级"),
        ("6", RegionLevel.VILLAGE.value, "村级", "村社区级"),
    ),
    blank=None,
)


class _Level(Choice):
    """Levels are numbers here too, so only codes and words are read, never the stored number."""

    @cached_property
    def _by_word(self) -> dict[str, int]:
        return self._codes_and_words()


_STATE = Choice(
    (
        ("1", ServiceVersion.State.PUBLISHED.value, "在用", "已发布", "正常"),
        ("3", ServiceVersion.State.WITHDRAWN.value, "取消", "已取消", "废止"),
    )
)
_HANDLING = Choice((("1", "1", "即办件", "即办"), ("2", "2", "承诺件", "承诺")))
_AUDIENCES = Several(
    Choice(
        (
            ("1", Audience.PERSON.value, "自然人", "个人"),
            ("2", Audience.ORGANISATION.value, "法人", "企业法人", "法人和其他组织", "其他组织"),
        )
    )
)
_CHANNELS = Several(
    Choice(
        (
            ("1", ServiceVersion.Channel.WINDOW.value, "窗口办理", "窗口"),
            ("2", ServiceVersion.Channel.ONLINE.value, "网上办理", "网办"),
            ("3", ServiceVersion.Channel.SELF_SERVICE.value, "自助终端办理", "自助终端"),
            ("4", ServiceVersion.Channel.MAIL.value, "邮寄办理", "邮寄", "快递申请"),
        )
    )
)
_AREA = Choice(
    (
        ("1", ServiceVersion.HandlingArea.NATION.value, "全国"),
        ("2", ServiceVersion.HandlingArea.PROVINCE.value, "全省", "全区（省级）"),
        ("3", ServiceVersion.HandlingArea.PREFECTURE.value, "全市"),
        ("4", ServiceVersion.HandlingArea.COUNTY.value, "全县", "全区"),
        ("5", ServiceVersion.HandlingArea.TOWNSHIP.value, "全镇", "全乡", "全乡（镇）"),
    )
)
_RESULT = Choice(
    (
        ("10", ServiceVersion.ResultType.CERTIFICATE.value, "证照"),
        ("20", ServiceVersion.ResultType.REPLY.value, "批文"),
        ("99", ServiceVersion.ResultType.OTHER.value, "其他"),
    )
)
_DEPTH = Choice(
    (
        ("I", "I", "Ⅰ", "Ⅰ级", "I级", "1", "一级"),
        ("II", "II", "Ⅱ", "Ⅱ级", "II级", "2", "二级"),
        ("III", "III", "Ⅲ", "Ⅲ级", "III级", "3", "三级"),
        ("IV", "IV", "Ⅳ", "Ⅳ级", "IV级", "4", "四级", "全程网办", "全程网办(IV级)"),
    )
)
_CAPABILITIES = Several(
    Choice(
        (
            ("1", 1, "互联网咨询"),
            ("2", 2, "互联网收件"),
            ("3", 3, "互联网预审"),
            ("4", 4, "互联网受理"),
            ("5", 5, "互联网办理"),
            ("6", 6, "互联网办理结果信息反馈"),
            ("7", 7, "互联网电子证照反馈"),
        ),
        blank=None,
    )
)
_NECESSITY = Choice(
    (
        ("1", Necessity.REQUIRED.value, "必要"),
        ("2", Necessity.OPTIONAL.value, "非必要"),
        ("3", Necessity.DEFERRABLE.value, "容缺后补"),
    )
)
_MATERIAL_KIND = Choice(
    (
        ("1", Material.Kind.CERTIFICATE.value, "证件证书证明"),
        ("2", Material.Kind.FORM.value, "申请表格", "申请表格文书"),
        ("3", Material.Kind.OTHER.value, "其他"),
    )
)
_MATERIAL_FORM = Choice(
    (
        ("1", Material.Form.PAPER.value, "纸质"),
        ("2", Material.Form.ELECTRONIC.value, "电子", "电子化"),
        ("3", Material.Form.BOTH.value, "纸质和电子", "纸质和电子化"),
    )
)
_SOURCE = Choice(
    (
        ("10", Material.Source.APPLICANT.value, "申请人自备"),
        ("20", Material.Source.GOVERNMENT.value, "政府部门核发"),
        ("99", Material.Source.OTHER.value, "其他"),
    )
)
_DECLARED = Choice(
    (
        ("one_time_notice", ServiceVersion.DeclaredList.ONE_TIME_NOTICE.value, "一次性告知"),
        ("come_once", ServiceVersion.DeclaredList.COME_ONCE.value, "只需跑一次"),
        ("no_visit", ServiceVersion.DeclaredList.NO_VISIT.value, "一次不用跑"),
    )
)
_SLUG = Text(60, code=True, pattern=r"[a-z0-9_-]+", expected=_("a code of a-z, 0-9, - and _"))


def _code(length: int) -> Text:
    return Text(
        length,
        null=True,
        code=True,
        pattern=rf"[0-9A-Za-z]{{{length}}}",
        expected=_("%(length)d letters and digits") % {"length": length},
    )


# fmt: off
FIELDS: tuple[Field, ...] = (
    Field("basic", "catalog_code", "基本编码", "catalogue_code", "service",
          Text(12, code=True, pattern=r"[0-9A-Za-z]{12}", expected=_("12 letters and digits"))),
    Field("basic", "local_catalog_code", "地方基本编码", "local_catalogue_code", "service", Text(40, code=True)),
    Field("basic", "task_code", "实施编码", "implementation_code", "service", _code(31)),
    Field("basic", "task_handle_item", "业务办理项编码", "handling_code", "service", _code(33)),
    Field("basic", "task_name", "事项名称", "name", "version", Text(500)),
    Field("basic", "task_type", "事项类型", "item_type", "version", ITEM_TYPE),
    Field("basic", "task_version", "事项版本", "version_label", "version", Text(40)),
    Field("basic", "task_state", "事项状态", "state", "state", _STATE),
    Field("basic", "by_law", "设定依据", "legal_basis", "version", _LONG),
    Field("basic", "power_source", "权力来源", "power_source", "version", Text(200)),
    Field("basic", "use_level", "行使层级", "exercise_level", "version", _Level(_LEVEL.pairs, None)),
    Field("basic", "dept_code", "实施主体编码", "credit_code", "agency", Text(80, code=True)),
    Field("basic", "dept_name", "实施主体", "agency_name", "agency", Text(300)),
    Field("basic", "dept_type", "实施主体性质", "agency_nature", "version", Text(100)),
    Field("basic", "entrust_name", "委托部门", "entrusting_department", "version", Text(200)),
    Field("basic", "other_dept", "联办机构", "joint_agencies", "version", _LONG),
    Field("basic", "anticipate_day", "法定办结时限", "legal_limit", "version", Number()),
    Field("basic", "anticipate_type", "法定办结时限单位", "legal_limit_unit", "version", _UNIT),
    Field("basic", "anticipate_explain", "法定办结时限说明", "legal_limit_note", "version", _LONG),
    Field("basic", "promise_day", "承诺办结时限", "promised_limit", "version", Number()),
    Field("basic", "promise_type", "承诺办结时限单位", "promised_limit_unit", "version", _UNIT),
    Field("basic", "promise_explain", "承诺办结时限说明", "promised_limit_note", "version", _LONG),
    Field("basic", "project_type", "办件类型", "handling_kind", "version", _HANDLING),
    Field("basic", "accept_condition", "受理条件", "acceptance_conditions", "version", _LONG),
    Field("basic", "handle_flow", "办理流程", "handling_steps", "version", _LONG),
    Field("basic", "special_procedure", "特别程序", "special_procedures", "version", _LONG),
    Field("basic", "server_type", "服务对象", "audiences", "version", _AUDIENCES),
    Field("basic", "handle_type", "办理形式", "channels", "version", _CHANNELS),
    Field("basic", "limit_scene_num", "到办事现场次数", "visits", "version", Number(32767)),
    Field("basic", "limit_scene_explain", "必须现场办理原因说明", "visits_reason", "version", _LONG),
    Field("basic", "transact_addr", "办理地点", "address", "version", _LONG),
    Field("basic", "transact_time", "办理时间", "opening_hours", "version", _LONG),
    Field("basic", "link_way", "咨询方式", "consultation_contact", "version", _LONG),
    Field("basic", "supervise_way", "监督投诉方式", "complaint_contact", "version", _LONG),
    Field("basic", "plan_effective_date", "计划生效日期", "effective_from", "version", Day()),
    Field("basic", "plan_cancel_date", "计划取消日期", "effective_to", "version", Day()),
    Field("extend", "is_entry_center", "是否进驻政务大厅", "in_service_hall", "version", YesNo()),
    Field("extend", "handle_area", "通办范围", "handling_area", "version", _AREA),
    Field("extend", "limit_explain", "数量限制", "quantity_limit", "version", _LONG),
    Field("extend", "result_type", "审批结果类型", "result_type", "version", _RESULT),
    Field("extend", "result_name", "审批结果名称", "result_name", "version", Text(300)),
    Field("extend", "result_guid", "审批结果样本", "result_sample", "version", _LONG),
    Field("extend", "is_schedule", "是否支持预约办理", "appointment", "version", YesNo()),
    Field("extend", "is_pay_online", "是否支持网上支付", "online_payment", "version", YesNo()),
    Field("extend", "is_express", "是否支持物流快递", "delivery", "version", YesNo()),
    Field("extend", "is_service_terminals", "是否支持自助终端办理", "self_service_terminal", "version", YesNo()),
    Field("extend", "user_topic_type", "面向自然人主题分类", "person_topics", "version", _LONG),
    Field("extend", "corp_topic_type", "面向法人主题分类", "organisation_topics", "version", _LONG),
    Field("extend", "is_online", "是否网办", "online", "version", YesNo()),
    Field("extend", "online_handle_depth", "网上办理深度", "stated_online_depth", "version", _DEPTH),
    Field("extend", "service_type", "中介服务", "intermediary_services", "version", _LONG),
    Field("extend", "town_village_codes", "乡镇村居代码", "township_codes", "version", _LONG),
    Field("material", "material_name", "材料名称", "name", "material", Text(500)),
    Field("material", "is_need", "材料必要性", "necessity", "material", _NECESSITY),
    Field("material", "material_type", "材料类型", "kind", "material", _MATERIAL_KIND),
    Field("material", "material_format", "材料形式", "form", "material", _MATERIAL_FORM),
    Field("material", "page_num", "份数", "copies", "material", Number(32767)),
    Field("material", "source_type", "来源渠道", "source", "material", _SOURCE),
    Field("material", "source_explain", "来源渠道说明", "source_note", "material", _LONG),
    Field("material", "by_law", "要求提供材料的依据", "basis", "material", _LONG),
    Field("material", "form_guid", "空白表格", "blank_form", "material", _LONG),
    Field("material", "example_guid", "示例样表", "sample", "material", _LONG),
    Field("material", "fill_explain", "填报须知", "filling_note", "material", _LONG),
    Field("material", "accept_stand", "受理标准", "acceptance_standard", "material", _LONG),
    Field("fee", "is_fee", "是否收费", "is_charged", "version", YesNo()),
    Field("fee", "fee_name", "收费项目名称", "name", "fee", Text(300)),
    Field("fee", "fee_stand", "收费标准", "standard", "fee", _LONG),
    Field("fee", "fee_basis", "收费依据", "basis", "fee", _LONG),
    Field("fee", "is_desc", "是否允许减免", "reducible", "fee", YesNo()),
    Field("question", "question", "常见问题", "question", "question", _LONG),
    Field("question", "answer", "解答", "answer", "question", _LONG),
)

BESIDE: tuple[Field, ...] = (
    Field("beside", "service_id", "服务标识", "id", "row", Text(36, code=True)),
    Field("beside", "platform", "平台", "platform", "row", Text(40, code=True)),
    Field("beside", "region", "行政区划代码", "region", "row",
          Text(12, code=True, pattern=r"\d{6}|\d{12}", expected=_("a region code of 12 digits"))),
    Field("beside", "department", "部门", "department", "row", Text(300)),
    Field("beside", "foreign_code", "平台自有编码", "foreign_code", "service", Text(80, null=True, code=True)),
    Field("beside", "themes", "主题", "themes", "version", Several(_SLUG)),
    Field("beside", "declared_list", "公布清单", "declared_list", "version", _DECLARED),
    Field("beside", "online_capabilities", "互联网办理能力", "online_capabilities", "version", _CAPABILITIES),
    Field("beside", "reconstructed", "推定", "reconstructed", "service", YesNo(null=False)),
    Field("beside", "source_url", "来源网址", "source_url", "service",
          Text(500, pattern=r"https?://\S+", expected=_("an address that begins with http:// or https://"))),
    Field("beside", "source_note", "来源说明", "source_note", "service", Text(300)),
    Field("beside", "english", "英文", "english", "version", Json(null=False)),
    Field("beside", "form", "表单", "form", "version", Json()),
    Field("beside", "procedure", "办理流程代码", "procedure", "version",
          Text(40, code=True, pattern=r"[A-Za-z0-9_-]+", expected=_("a code of letters, digits, - and _"))),
    Field("beside", "light", "简化办理", "light", "version", Json()),
    Field("beside", "summary", "概要", "summary", "version", _LONG),
    Field("beside", "assurance_level", "认证等级", "assurance_level", "version",
          Choice(tuple((str(n), n, f"L{n}") for n in range(1, 6)), blank=None)),
    Field("beside", "result_validity", "结果有效期（月）", "result_validity", "version", Number(1200)),
    Field("beside", "renewal_item", "延续事项编码", "renewal_item", "version",
          Text(12, code=True, pattern=r"[0-9A-Z]{12}", expected=_("a basic code of 12 characters"))),
)

# Columns that the groups of rows have beside the list's own fields.
CHILDREN_BESIDE: tuple[Field, ...] = (
    Field("material", "resource_code", "数据资源代码", "resource_code", "material", Text(80, code=True)),
    Field("material", "english", "英文", "english", "material", Json(null=False)),
    Field("fee", "english", "英文", "english", "fee", Json(null=False)),
    Field("question", "english", "英文", "english", "question", Json(null=False)),
)
# fmt: on

CHILD_GROUPS: dict[str, tuple[Field, ...]] = {
    plural: tuple(f for f in (*FIELDS, *CHILDREN_BESIDE) if f.owner == owner)
    for plural, owner in (("materials", "material"), ("fees", "fee"), ("questions", "question"))
}
CHILD_GROUPS_ZH = {"materials": "材料", "fees": "收费项目", "questions": "常见问题"}
REQUIRED_OF_CHILD = {"materials": "material_name", "fees": "fee_name", "questions": "question"}

SERVICE_FIELDS: dict[str, Field] = {
    f.name: f
    for f in (
        *(f for f in BESIDE if f.owner == "row"),
        *(f for f in FIELDS if f.owner in {"version", "service", "agency", "state"}),
        *(f for f in BESIDE if f.owner != "row"),
    )
}
"""Every field that stands once a service, by exchange name, in the order of the columns."""

COLUMNS: tuple[str, ...] = (*SERVICE_FIELDS, *CHILD_GROUPS)

# Other names that real lists use for a column (Guang'an's list: `item_name`, `area_code12`, ...).
ALIASES = {
    "item_name": "task_name",
    "area_code12": "region",
    "area_code": "region",
    "item_code_platform": "foreign_code",
    "task_type_code": "task_type",
    "task_type_zh": "task_type",
    "机构": "department",
}


@cache
def column_names() -> dict[str, str]:
    """Every header that is understood -> the exchange name of its column."""
    names = {f.name_zh: name for name, f in SERVICE_FIELDS.items()}
    names |= {zh: name for name, zh in CHILD_GROUPS_ZH.items()}
    names |= {name: name for name in COLUMNS}
    return names | ALIASES


@cache
def child_names(group: str) -> dict[str, str]:
    """The same for the rows of a group."""
    fields = CHILD_GROUPS[group]
    return {f.name_zh: f.name for f in fields} | {f.name: f.name for f in fields}
