"""Forms as data: what a definition must hold, and that answers survive the way to the page and back."""

import copy
import json
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.foundation.forms import FormDefinition, FormDefinitionError
from tongban.foundation.forms.formats import is_id_number
from tongban.foundation.forms.values import normalise_text


def words(chinese: str, english: str) -> dict[str, str]:
    return {"zh": chinese, "en": english}


def options(*values: tuple[Any, str, str]) -> list[dict[str, Any]]:
    return [{"value": value, "label": words(chinese, english)} for value, chinese, english in values]


def document() -> dict[str, Any]:
    """A form with every widget, and conditions on the same page and on an earlier one."""
    fields: dict[str, dict[str, Any]] = {
        "name": {
            "type": "string",
            "maxLength": 20,
            "x-tongban": {"label": words("姓名", "Name"), "sealed": True},
        },
        "id_number": {
            "type": "string",
            "x-tongban": {"label": words("公民身份号码", "ID number"), "widget": "id-number", "sealed": True},
        },
        "phone": {
            "type": "string",
            "x-tongban": {"label": words("联系电话", "Contact phone"), "widget": "phone"},
        },
        "born": {
            "type": "string",
            "format": "date",
            "x-tongban": {"label": words("出生日期", "Date of birth")},
        },
        "agent": {
            "type": "boolean",
            "x-tongban": {"label": words("是否委托办理", "Whether an agent applies")},
        },
        "agent_name": {
            "type": "string",
            "x-tongban": {
                "label": words("代办人姓名", "Agent's name"),
                "show_when": {"field": "agent", "equals": True},
                "required": True,
            },
        },
        "kind": {
            "type": "string",
            "enum": ["new", "change"],
            "x-tongban": {
                "label": words("业务类型", "Kind of application"),
                "widget": "select",
                "options": options(("new", "新办", "New"), ("change", "变更", "Change")),
            },
        },
        "uscc": {
            "type": "string",
            "x-tongban": {
                "label": words("统一社会信用代码", "Unified social credit code"),
                "widget": "uscc",
                "show_when": {"field": "kind", "equals": "change"},
                "required": True,
            },
        },
        "area": {
            "type": "number",
            "minimum": 0,
            "x-tongban": {"label": words("面积", "Floor area"), "unit": words("平方米", "m²")},
        },
        "staff": {"type": "integer", "minimum": 1, "x-tongban": {"label": words("从业人数", "Staff")}},
        "goods": {
            "type": "array",
            "items": {"type": "string", "enum": ["food", "drink", "other"]},
            "uniqueItems": True,
            "x-tongban": {
                "label": words("经营项目", "Goods sold"),
                "options": options(("food", "食品", "Food"), ("drink", "饮料", "Drink"), ("other", "其他", "Other")),
            },
        },
        "note": {"type": "string", "x-tongban": {"label": words("说明", "Remarks"), "widget": "textarea"}},
        "lease": {
            "type": "object",
            "properties": {
                "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "name": {"type": "string"},
            },
            "required": ["digest", "name"],
            "additionalProperties": False,
            "x-tongban": {"label": words("租赁合同", "Lease")},
        },
        "promise": {
            "type": "boolean",
            "const": True,
            "x-tongban": {"label": words("以上内容属实", "All of this is true"), "widget": "checkboxes"},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": fields,
        "required": ["name", "id_number", "phone", "agent", "kind", "lease", "promise"],
        "x-tongban": {
            "groups": [
                {
                    "id": "applicant",
                    "title": words("申请人", "Applicant"),
                    "fields": ["name", "id_number", "phone", "born", "agent", "agent_name"],
                },
                {
                    "id": "matter",
                    "title": words("申请内容", "Application"),
                    "fields": ["kind", "area", "staff"],
                },
                {
                    "id": "more",
                    "title": words("更多", "More"),
                    "fields": ["uscc", "goods", "note", "lease", "promise"],
                },
            ],
        },
    }


FORM = FormDefinition.load(document())
LEASE = {"digest": "0" * 64, "name": "租赁合同.pdf"}


def good_answers() -> dict[str, Any]:
    return {
        "name": "张三",
        "id_number": "11010519491231002X",
        "phone": "13800138000",
        "agent": False,
        "kind": "new",
        "lease": dict(LEASE),
        "promise": True,
    }


def test_a_complete_answer_has_no_errors() -> None:
    assert FORM.validate(good_answers()) == []


@pytest.mark.parametrize(
    ("change", "pointer", "code", "chinese", "english"),
    [
        ({"phone": None}, "/phone", "required", "请填写联系电话", "Enter contact phone"),
        ({"kind": None}, "/kind", "required", "请选择业务类型", "Select kind of application"),
        ({"lease": None}, "/lease", "required", "请上传租赁合同", "Upload lease"),
        (
            {"promise": False},
            "/promise",
            "const",
            "请勾选确认：以上内容属实",
            "Tick to confirm: all of this is true",
        ),
        (
            {"phone": "12345"},
            "/phone",
            "format",
            "联系电话应为手机号码或带区号的固定电话，例如 0771-5551234",
            "Contact phone must be a mobile number, or a fixed line with its area code, like 0771-5551234",
        ),
        ({"staff": 0}, "/staff", "minimum", "从业人数不能小于 1", "Staff must be 1 or more"),
        (
            {"staff": 1.5},
            "/staff",
            "type",
            "从业人数应填写整数，例如 12",
            "Staff must be a whole number, like 12",
        ),
        (
            {"goods": ["gold"]},
            "/goods/0",
            "enum",
            "请从所列选项中选择经营项目",
            "Select goods sold from the list",
        ),
        ({"agent": True}, "/agent_name", "required", "请填写代办人姓名", "Enter agent's name"),
        (
            {"uscc": "x"},
            "/uscc",
            "unexpected",
            "在您的情形下不需要填写统一社会信用代码",
            "Unified social credit code is not asked for in your case",
        ),
        (
            {"nonsense": 1},
            "/nonsense",
            "unknown",
            "没有名为“nonsense”的填写项",
            "There is no field named nonsense",
        ),
    ],
)
def test_each_error_names_its_field_in_both_languages(
    change: dict[str, Any], pointer: str, code: str, chinese: str, english: str
) -> None:
    answers = {name: value for name, value in (good_answers() | change).items() if value is not None}
    error = next(error for error in FORM.validate(answers) if error.pointer == pointer or code == "required")
    assert error.code == code
    assert error.in_language("zh-hans") == chinese
    assert error.in_language("en") == english


def test_a_body_that_is_no_object_is_one_error() -> None:
    assert [error.code for error in FORM.validate(["not", "an", "object"])] == ["type"]


def test_the_effective_schema_alone_says_what_conditions_say() -> None:
    assert json.loads(json.dumps(FORM.schema)) == FORM.schema
    validator = jsonschema_rs.Draft202012Validator(FORM.schema)
    assert validator.is_valid(good_answers())
    assert not validator.is_valid(good_answers() | {"agent": True})
    assert validator.is_valid(good_answers() | {"agent": True, "agent_name": "李四"})


class TestParse:
    def test_what_a_browser_posts_becomes_typed(self) -> None:
        data = QueryDict(mutable=True)
        data.setlist("name", ["　张三 "])
        data.setlist("id_number", ["１１０１０５ 19491231 002x"])
        data.setlist("phone", ["+86 138-0013-8000"])
        data.setlist("born-year", ["１９４９"])
        data.setlist("born-month", ["12"])
        data.setlist("born-day", ["31"])
        data.setlist("agent", ["false"])
        data.setlist("agent_name", ["left over from another choice"])
        answers, errors = FORM.parse("applicant", data)
        assert errors == {}
        assert answers == {
            "name": "张三",
            "id_number": "11010519491231002X",
            "phone": "13800138000",
            "born": "1949-12-31",
            "agent": False,
        }

    def test_numbers_lists_and_files(self) -> None:
        answers, errors = FORM.parse("matter", {"kind": "new", "area": "1,234.50", "staff": "１２"})
        assert (answers, errors) == ({"kind": "new", "area": 1234.5, "staff": 12}, {})
        answers, errors = FORM.parse(
            "more", {"goods": ["drink", "food"], "promise": ["true"]}, {"kind": "new"}, {"lease": LEASE}
        )
        assert errors == {}
        assert answers == {"goods": ["food", "drink"], "lease": LEASE, "promise": True}

    @pytest.mark.parametrize(
        ("group", "data", "field", "english"),
        [
            (
                "applicant",
                {"born": "2023-02-30"},
                "born",
                "Date of birth must be a real date, like 2026 3 27",
            ),
            ("applicant", {"born-year": "90", "born-month": "1", "born-day": "1"}, "born", None),
            ("applicant", {"id_number": "110105194912310021"}, "id_number", None),
            ("matter", {"staff": "twelve"}, "staff", "Staff must be a whole number, like 12"),
            ("matter", {"area": "1e5"}, "area", "Floor area must be a number, like 12.5"),
            ("matter", {"kind": "sell"}, "kind", "Select kind of application from the list"),
            ("more", {"goods": ["gold"]}, "goods", "Select goods sold from the list"),
        ],
    )
    def test_what_cannot_be_read_is_said_once(
        self, group: str, data: dict[str, str], field: str, english: str | None
    ) -> None:
        answers, errors = FORM.parse(group, data)
        assert field in errors
        if english:
            assert errors[field].in_language("en") == english
        assert field not in answers or field == "id_number"

    def test_errors_come_in_the_order_of_the_page(self) -> None:
        _answers, errors = FORM.parse("applicant", {})
        assert list(errors) == ["name", "id_number", "phone", "agent"]

    def test_a_page_cannot_name_a_file_it_did_not_hand_in(self) -> None:
        answers, errors = FORM.parse("more", {"lease": "f" * 64, "promise": "true"}, {"kind": "new"})
        assert "lease" not in answers
        assert errors["lease"].code == "required"

    def test_a_condition_on_an_earlier_page_holds(self) -> None:
        _answers, errors = FORM.parse("more", {"promise": "true"}, {"kind": "change"}, {"lease": LEASE})
        assert list(errors) == ["uscc"]

    def test_an_unknown_group_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            FORM.parse("nowhere", {})


def test_trim_drops_what_a_changed_answer_no_longer_asks_for() -> None:
    assert FORM.trim({"agent": False, "agent_name": "李四", "stray": 1}) == {"agent": False}


def test_summary_speaks_the_readers_language() -> None:
    answers = good_answers() | {"born": "1949-12-31", "area": 50.0, "goods": ["food", "other"]}
    shown = {row.field: row.value for group in FORM.summary(answers, "zh-hans") for row in group.rows}
    assert shown["born"] == ["1949年12月31日"]
    assert shown["agent"] == ["否"]
    assert shown["area"] == ["50 平方米"]
    assert shown["goods"] == ["食品", "其他"]
    assert shown["lease"] == ["租赁合同.pdf"]
    assert shown["note"] == []
    assert "agent_name" not in shown
    english = {row.field: row.value for group in FORM.summary(answers, "en") for row in group.rows}
    assert english["born"] == ["31 December 1949"]
    assert english["kind"] == ["New"]


def _without(path: str) -> dict[str, Any]:
    changed = document()
    *parents, last = path.split("/")
    holder: Any = changed
    for parent in parents:
        holder = holder[int(parent) if isinstance(holder, list) else parent]
    del holder[int(last) if isinstance(holder, list) else last]
    return changed


def _with(path: str, value: object) -> dict[str, Any]:
    changed = document()
    *parents, last = path.split("/")
    holder: Any = changed
    for parent in parents:
        holder = holder[int(parent) if isinstance(holder, list) else parent]
    holder[int(last) if isinstance(holder, list) else last] = value
    return changed


@pytest.mark.parametrize(
    ("faulty", "problem"),
    [
        (_without("properties/name/x-tongban/label/en"), "properties/name/x-tongban/label/en: it is missing"),
        (_with("properties/name/type", "sting"), "properties/name/type: it is not JSON Schema"),
        (_with("properties/name/x-tongban/widgit", "text"), "properties/name/x-tongban/widgit: it is unknown"),
        (
            _with("properties/name/x-tongban/widget", "slider"),
            "properties/name/x-tongban/widget: 'slider' is none of",
        ),
        (_with("properties/staff/x-tongban/widget", "date"), "'date' cannot ask for integer"),
        (_with("x-tongban/groups/0/fields/0", "nom"), "x-tongban/groups/0/fields/0: 'nom' is no property"),
        (_with("x-tongban/groups/0/fields/0", "kind"), "'kind' is already in group 'applicant'"),
        (_without("x-tongban/groups/1/fields/1"), "properties/area: it is in no group"),
        (_with("properties/kind/enum", ["new"]), "properties/kind/x-tongban/options: it offers"),
        (_with("properties/uscc/x-tongban/show_when/equals", "sold"), "'sold' is no single choice of 'kind'"),
        (_with("properties/uscc/x-tongban/show_when/field", "note"), "'note' must be asked before 'uscc'"),
        (_with("required", ["uscc"]), "required: 'uscc' is asked for only sometimes"),
        (_with("required", ["nobody"]), "required: it names 'nobody'"),
        (_with("properties/name/$ref", "http://elsewhere.example/schema"), "elsewhere.example"),
        (_with("properties/name/pattern", "("), "pattern"),
        (_with("$schema", "http://json-schema.org/draft-07/schema#"), "$schema: it must be"),
        (_with("properties/lease/required", ["name"]), "a file needs both digest and name"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_a_faulty_document_is_refused_with_its_path(faulty: dict[str, Any], problem: str) -> None:
    with pytest.raises(FormDefinitionError) as caught:
        FormDefinition.load(faulty)
    assert problem in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(changes=st.lists(st.tuples(st.integers(0, 10_000), json_values), max_size=3))
@settings(max_examples=60, deadline=None)
def test_loading_never_fails_but_with_its_own_error(changes: list[tuple[int, Any]]) -> None:
    changed = document()
    for place, value in changes:
        holders: list[tuple[Any, Any]] = []
        _walk(changed, holders)
        holder, key = holders[place % len(holders)]
        holder[key] = copy.deepcopy(value)
    try:
        FormDefinition.load(changed)
    except FormDefinitionError as error:
        assert error.problems  # noqa: PT017 # either it loads or it says why; both are right here


def _walk(node: Any, found: list[tuple[Any, Any]]) -> None:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        found.append((node, key))
        _walk(value, found)


def _text(field: str) -> st.SearchStrategy[str]:
    return st.text(max_size=20).map(lambda text: normalise_text(FORM.fields[field], text)).filter(bool)


numbers = st.decimals(-1_000_000, 1_000_000, places=4).map(float)
some_answers = st.fixed_dictionaries(
    {},
    optional={
        "name": _text("name"),
        "id_number": _text("id_number"),
        "phone": _text("phone"),
        "born": st.dates().filter(lambda day: day.year > 999).map(lambda day: day.isoformat()),
        "agent": st.booleans(),
        "kind": st.sampled_from(["new", "change"]),
        "area": numbers,
        "staff": st.integers(-(10**14), 10**14),
        "goods": st.sets(st.sampled_from(["food", "drink", "other"]), min_size=1).map(
            lambda chosen: [good for good in ("food", "drink", "other") if good in chosen]
        ),
        "note": _text("note"),
        "lease": st.just(LEASE),
    },
)


@given(answers=some_answers, agent_name=_text("agent_name"), promise=st.booleans())
@settings(max_examples=80, deadline=None)
def test_answers_survive_the_page(answers: dict[str, Any], agent_name: str, promise: bool) -> None:  # noqa: FBT001 # a drawn value
    answers |= {"promise": promise}
    if answers.get("agent"):
        answers["agent_name"] = agent_name
    back: dict[str, Any] = {}
    for group in FORM.group_list:
        files = {"lease": LEASE} if "lease" in answers else {}
        found, _errors = FORM.parse(group.id, FORM.render(group.id, answers), back, files)
        back |= found
    assert back == answers
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in answers.items()}


names = st.sampled_from([*FORM.fields, "born-year", "born-month", "born-day", "other"])


@given(
    data=st.dictionaries(names, st.lists(st.text(max_size=30), max_size=3)),
    answers=st.dictionaries(names, json_values),
)
@settings(max_examples=100, deadline=None)
def test_nothing_a_browser_sends_makes_it_raise(data: dict[str, list[str]], answers: dict[str, Any]) -> None:
    for group in FORM.group_list:
        found, errors = FORM.parse(group.id, data, answers)
        assert set(found) | set(errors) <= set(group.fields)
        json.dumps(found)
        for error in errors.values():
            assert error.in_language("zh-hans")
            assert error.in_language("en")
    FORM.validate(answers)
    FORM.summary(answers, "en")


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("450721199003150026", True),  # issued under a county code that came into force after the birth
        ("450721199003150027", False),  # wrong check digit
        ("450721199013150026", False),  # no such month
        ("45072119900315002", False),
    ],
)
def test_an_identity_number_is_judged_by_form_birthday_and_check_digit(number: str, *, right: bool) -> None:
    assert is_id_number(number) is right


def test_a_day_of_the_past_cannot_lie_ahead() -> None:
    dated = document()
    dated["properties"]["born"]["x-tongban"]["past"] = True
    form = FormDefinition.load(dated)
    today = date(2026, 6, 1)
    ahead = [e for e in form.validate({"born": "2026-06-02"}, today) if e.field == "born"]
    assert [(e.code, e.pointer, e.words["en"]) for e in ahead] == [
        ("past", "/born", "Date of birth cannot be later than today")
    ]
    for born in ("2026-06-01", "2026-02-30", 3):
        assert "past" not in {e.code for e in form.validate({"born": born}, today)}
    posted = {"born-year": ["2026"], "born-month": ["6"], "born-day": ["2"]}
    group = next(g.id for g in form.group_list if "born" in g.fields)
    assert form.parse(group, posted, today=today)[1]["born"].code == "past"
    dated["properties"]["name"]["x-tongban"]["past"] = True
    with pytest.raises(FormDefinitionError, match="properties/name/x-tongban/past"):
        FormDefinition.load(dated)


def test_identifiers_are_the_same_however_they_are_written() -> None:
    form = FormDefinition.load(document())
    given = {"id_number": " 11010519491231002x ", "phone": "138 0000 0000", "name": " Li ", "agent": True}
    assert form.normalised(given) == given | {"id_number": "11010519491231002X", "phone": "13800000000"}
