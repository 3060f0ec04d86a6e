"""Sample data of the ``/kit`` page: every component once, in both languages, where it is hardest to draw."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest

from tongban.charts.bars import BarChart
from tongban.foundation.forms import FormDefinition

_TIME = ZoneInfo("Asia/Shanghai")


# Chinese, then English.
_LABELS: dict[str, tuple[str, str]] = {
    "title": ("页面组件", "The page kit"),
    "caption": ("面向开发者", "For developers"),
    "lead": (
        "每个组件一次，附模板标签。页面只用这里的组件。",
        "Every component once, with its template tag. Pages are made of these and nothing else.",
    ),
    "region": ("广西壮族自治区 · 南宁市", "Guangxi · Nanning"),
    "source": ("模板写法", "In a template"),
    "send": ("提交申请", "Send the application"),
    "save": ("保存，稍后继续", "Save and come back later"),
    "withdraw": ("撤回申请", "Withdraw the application"),
    "apply": ("在线办理", "Apply online"),
    "name": ("姓名", "Name"),
    "name_hint": ("与身份证上的姓名一致", "As it stands on your identity card"),
    "phone": ("联系电话", "Contact phone"),
    "money": ("注册资本", "Registered capital"),
    "yuan": ("万元", "10,000 yuan"),
    "date": ("出生日期", "Date of birth"),
    "kind": ("业务类型", "Kind of application"),
    "way": ("如何领取结果", "How do you want to receive the result?"),
    "goods": ("申请的业务（可多选）", "What you apply for (choose any)"),
    "note": ("补充说明", "Anything else we should know"),
    "file": ("场所使用证明", "Proof that you may use the premises"),
    "file_hint": (
        "PDF、图片、Word、Excel 或 OFD，不超过 10 MB",
        "PDF, picture, Word, Excel or OFD, up to 10 MB",
    ),
    "saved": ("已保存。您可以随时回来继续填写。", "Saved. You can come back and go on whenever you like."),
    "closing": ("3 月 6 日前未补正的，视为撤回申请。", "Correct it by 6 March, or it counts as withdrawn."),
    "moved": ("本事项现可全程网办，不需要到窗口。", "This can now be done entirely online."),
    "inset": (
        "窗口同样可以办理：南宁市政务服务中心二楼，工作日 9:00 至 17:00。",
        "You can also come to the window: Nanning Service Centre, second floor, working days 9:00 to 17:00.",
    ),
    "law": ("提供虚假材料的，依法承担责任。", "You answer in law for false documents."),
    "why": ("为什么需要这项材料？", "Why is this needed?"),
    "because": ("用于确认您有权使用该场所。", "To confirm that you may use these premises."),
    "nothing": ("还没有办件", "No cases yet"),
    "find": ("查找要办的事", "Find what you want to do"),
    "green": ("还有 12 个工作日", "12 working days left"),
    "yellow": ("还有 2 个工作日", "2 working days left"),
    "red": ("已超期 1 个工作日", "1 working day late"),
    "table": ("贸易便利化事项（件）", "Trade-facilitation services"),
    "cases": ("办件", "Cases"),
    "receipt_note": (
        "回执面板含页面的一级标题，示例见提交成功页。",
        "The receipt panel holds the page’s first heading; see the page after sending an application.",
    ),
}


def _words(chinese: str, english: str) -> dict[str, str]:
    return {"zh": chinese, "en": english}


def sample_form() -> FormDefinition:
    """A form with a condition, an identifier, a choice and a file."""
    return FormDefinition.load(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "shop_name": {
                    "type": "string",
                    "maxLength": 60,
                    "x-tongban": {
                        "label": _words("店铺名称", "Name of the shop"),
                        "hint": _words("与营业执照上的名称一致", "As it stands on the business licence"),
                        "autocomplete": "organization",
                    },
                },
                "credit_code": {
                    "type": "string",
                    "x-tongban": {
                        "label": _words("统一社会信用代码", "Unified social credit code"),
                        "widget": "uscc",
                    },
                },
                "by_agent": {
                    "type": "boolean",
                    "x-tongban": {"label": _words("是否委托他人办理", "Does someone apply for you?")},
                },
                "agent_phone": {
                    "type": "string",
                    "x-tongban": {
                        "label": _words("代办人电话", "Their telephone"),
                        "widget": "phone",
                        "show_when": {"field": "by_agent", "equals": True},
                        "required": True,
                    },
                },
                "area": {
                    "type": "number",
                    "minimum": 0,
                    "x-tongban": {
                        "label": _words("经营面积", "Floor area"),
                        "unit": _words("平方米", "m²"),
                        "width": 4,
                    },
                },
                "lease": {
                    "type": "object",
                    "properties": {"digest": {"type": "string"}, "name": {"type": "string"}},
                    "required": ["digest", "name"],
                    "x-tongban": {"label": _words("场所使用证明", "Proof that you may use the premises")},
                },
            },
            "required": ["shop_name", "credit_code", "by_agent"],
            "x-tongban": {
                "groups": [
                    {
                        "id": "shop",
                        "title": _words("店铺", "The shop"),
                        "fields": ["shop_name", "credit_code", "by_agent", "agent_phone", "area", "lease"],
                    },
                ],
            },
        },
    )


def catalogue(request: HttpRequest, *, english: bool) -> dict[str, Any]:
    """The context of the ``/kit`` page."""

    def say(chinese: str, english_words: str) -> str:
        return english_words if english else chinese

    form = sample_form()
    posted = {
        "shop_name": "壮乡小吃店",
        "credit_code": "91450100MA5XXXXX0Y",
        "by_agent": "true",
        "area": "很大",
    }
    answers, form_errors = form.parse("shop", posted)
    return {
        "english": english,
        "L": {key: pair[english] for key, pair in _LABELS.items()},
        "form": form,
        "form_answers": answers,
        "form_posted": posted,
        "form_errors": form_errors,
        "trail": [(say("首页", "Home"), "/"), (say("开发", "Development"), "#main")],
        "tabs": [
            (say("办理中", "In hand"), "#tabs", True),
            (say("已办结", "Closed"), "#tabs", False),
            (say("草稿", "Drafts"), "#tabs", False),
        ],
        "choices": [
            ("new", say("首次申请", "First application")),
            ("change", say("变更", "Change")),
            ("renew", say("延续", "Renewal")),
        ],
        "hinted": [
            {
                "value": "post",
                "label": say("邮寄送达", "By post"),
                "hint": say("一般 2 个工作日送到", "Arrives within about 2 working days"),
            },
            {"value": "window", "label": say("窗口领取", "At the window")},
        ],
        "sample_errors": {
            "kit_phone": [say("请填写联系电话", "Enter contact phone")],
            "kit_date": [say("出生日期应为真实的日期", "Date of birth must be a real date")],
        },
        "tasks": [
            {
                "title": say("申请人信息", "About you"),
                "url": "#lists",
                "status": say("已填写", "Done"),
                "kind": "done",
            },
            {
                "title": say("经营场所", "Premises"),
                "url": "#lists",
                "hint": say("需要房产证或租赁合同", "You need the deed or the lease"),
                "status": say("填写中", "Under way"),
                "kind": "active",
            },
            {
                "title": say("核对并提交", "Check and send"),
                "status": say("尚不能开始", "Cannot start yet"),
                "kind": "waiting",
            },
        ],
        "rows": [
            {"label": say("姓名", "Name"), "value": "张三", "change_url": "#lists"},
            {
                "label": say("经营项目", "Goods sold"),
                "value": [say("预包装食品", "Packaged food"), say("饮料", "Drinks")],
                "change_url": "#lists",
            },
            {"label": say("备注", "Remarks"), "value": "", "change_url": "#lists"},
        ],
        "tags": [
            (say("草稿", "Draft"), "neutral"),
            (say("待受理", "Awaiting acceptance"), "waiting"),
            (say("审查中", "In review"), "active"),
            (say("已办结", "Closed"), "done"),
            (say("待补正", "To be corrected"), "attention"),
            (say("不予受理", "Acceptance refused"), "refused"),
        ],
        "events": [
            {
                "title": say("提交申请", "Application sent"),
                "at": datetime(2026, 3, 2, 9, 30, tzinfo=_TIME),
                "who": "张三",
                "state": "done",
            },
            {
                "title": say("受理", "Accepted"),
                "at": datetime(2026, 3, 3, 15, 5, tzinfo=_TIME),
                "who": say("南宁市市场监督管理局", "Nanning Market Supervision Bureau"),
                "note": say("材料齐全，符合法定形式。", "Everything is there and in the form the law asks for."),
                "state": "current",
            },
            {
                "title": say("作出决定", "Decision"),
                "at": say("最迟 2026 年 3 月 24 日", "By 24 March 2026"),
                "state": "next",
            },
        ],
        "columns": [
            say("部门", "Agency"),
            (say("只需跑一次", "One visit"), "number"),
            (say("一次不用跑", "No visit"), "number"),
        ],
        "table_rows": [
            [say("自治区海关协调办公室", "Customs coordination office"), 21, 4],
            [say("商务厅", "Department of Commerce"), 18, 2],
        ],
        "table_foot": [say("合计", "Total"), 39, 6],
        "distribution": [
            (say("非常满意", "Very satisfied"), 41),
            (say("满意", "Satisfied"), 9),
            (say("基本满意", "Fairly satisfied"), 3),
            (say("不满意", "Dissatisfied"), 1),
            (say("非常不满意", "Very dissatisfied"), 0),
        ],
        "chart": BarChart(
            title=say("贸易便利化事项的到现场次数", "Visits asked for by trade-facilitation services"),
            groups=[
                say("自治区海关协调办公室", "Customs coordination office"),
                say("商务厅", "Department of Commerce"),
            ],
            series=[say("只需跑一次", "One visit"), say("一次不用跑", "No visit")],
            values=[[21, 4], [18, 2]],
            unit=say("项", "services"),
            group_heading=say("部门", "Agency"),
        ),
        "paginator_page": Paginator(range(240), 20).get_page(request.GET.get("page", "5")),
    }
