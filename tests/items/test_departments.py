"""Departments from the names of agencies, as the real list of Guang'an district writes them."""

import csv
from importlib.resources import files

import pytest

from tongban.items.departments import KnownDepartments, department_name, lines_of, shipped_aliases

SHIPPED = [
    (row["code"], row["name"])
    for row in csv.DictReader(
        (files("tongban.government") / "data" / "departments.csv").read_text(encoding="utf-8").splitlines()
    )
]


@pytest.mark.parametrize(
    ("agency", "region", "name"),
    [
        ("区民政局", "广安区", "民政局"),
        ("广安区税务局", "广安区", "税务局"),
        ("区委统战部", "广安区", "区委统战部"),
        ("广安区委统战部", "广安区", "区委统战部"),
        ("区委办", "广安区", "区委办"),
        ("县委办", "岳池县", "县委办"),
        ("旗委办公室", "鄂托克旗", "旗委办公室"),
        ("市委编办", "广安市", "市委编办"),
        ("广安市委编办", "广安市", "市委编办"),
        ("市卫健委", "广安市", "卫健委"),
        ("市市监局", "广安市", "市监局"),
        ("市场监督管理局", "广安市", "市场监督管理局"),
        ("区政府办", "广安区", "政府办"),
    ],
)
def test_the_place_goes_and_a_committee_keeps_it(agency: str, region: str, name: str) -> None:
    assert department_name(agency, region) == name


@pytest.mark.parametrize(
    ("agency", "code"),
    [
        ("区交通运输局", "transport"),
        ("区人社局", "human-resources-social-security"),
        ("区住建局", "housing-urban-rural"),
        ("区公安分局", "public-security"),
        ("区农业农村局", "agriculture-rural"),
        ("区医疗保障局", "medical-insurance"),
        ("区卫健局", "health"),
        ("区发改局", "development-reform"),
        ("区司法局", "justice"),
        ("区商务局", "commerce"),
        ("区市监局", "market-supervision"),
        ("区应急管理局", "emergency"),
        ("区政府办", "general-office"),
        ("区教科体局", "education"),
        ("区文广旅局", "culture-tourism"),
        ("区林业局", "forestry"),
        ("区残联", "disabled-persons"),
        ("区民政局", "civil-affairs"),
        ("区气象局", "meteorology"),
        ("区水务局", "water-resources"),
        ("区烟草专卖局", "tobacco"),
        ("区生态环境局", "ecology-environment"),
        ("区经信局", "industry-information"),
        ("区统计局", "statistics"),
        ("区综合执法局", "urban-management"),
        ("区自然资源和规划局", "natural-resources"),
        ("区行政审批局", "government-services-data"),
        ("区财政局", "finance"),
        ("区退役军人事务局", "veterans"),
        ("广安区税务局", "tax"),
        ("区国有资产监督管理委员会", "state-assets"),
        ("区公管办", None),
        ("区委办", None),
        ("区委统战部", None),
        ("区消防大队", None),
    ],
)
def test_real_names_find_the_departments_that_ship(agency: str, code: str | None) -> None:
    assert KnownDepartments(SHIPPED, shipped_aliases()).code_of(department_name(agency, "广安区")) == code


def test_the_name_itself_goes_before_the_line_and_the_line_before_an_alias() -> None:
    departments = [("a", "林业和草原"), ("b", "林业"), ("c", "林业局")]
    aliases = {"a": ("林业", "林草")}
    assert KnownDepartments(departments, aliases).code_of("林业局") == "c"
    assert KnownDepartments(departments[:2], aliases).code_of("林业局") == "b"
    assert KnownDepartments(departments[:1], aliases).code_of("林业局") == "a"
    assert KnownDepartments(departments[:1], {}).code_of("林业局") is None
    assert KnownDepartments([("d", "民政局"), ("e", "民政厅")], {}).code_of("民政") == "d"


def test_lines() -> None:
    assert lines_of("应急管理局") == ["应急管理局", "应急管理", "应急"]
    assert lines_of("海关") == ["海关"]
    assert lines_of("外办") == ["外办"]


def test_aliases_are_of_departments_that_ship_and_mean_one_each() -> None:
    aliases = [alias for names in shipped_aliases().values() for alias in names]
    assert set(shipped_aliases()) <= {code for code, _name in SHIPPED}
    assert len(aliases) == len(set(aliases))
    lines = {line: code for code, name in SHIPPED for line in lines_of(name)}
    assert not {alias for alias in aliases if alias in lines}
