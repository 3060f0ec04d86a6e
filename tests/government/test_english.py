"""English names of regions."""

import pytest

from tongban.government.english import agency_english_name, english_name


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("广西壮族自治区", "Guangxi Zhuang Autonomous Region"),
        ("钦南区", "Qinnan District"),
        ("北海市", "Beihai City"),
        ("西安市", "Xi'an City"),
        ("陕西省", "Shaanxi"),
        ("恩施土家族苗族自治州", "Enshi Tujia and Miao Autonomous Prefecture"),
        ("罗城仫佬族自治县", "Luocheng Mulao Autonomous County"),
        ("浚县", "Xunxian County"),
        ("六安市", "Lu'an City"),
        ("长安街道", "Chang'an Subdistrict"),
        ("湖㳇镇", "Hufu Town"),
    ],
)
def test_english_names(name: str, english: str) -> None:
    assert english_name(name) == english


@pytest.mark.parametrize(
    ("name", "region", "department", "english"),
    [
        ("福州市公安局", "Fuzhou City", "Public Security", "Fuzhou Public Security Bureau"),
        ("福建省商务厅", "Fujian", "Commerce", "Fujian Commerce Department"),
        ("福建省卫生健康委员会", "Fujian", "Health", "Fujian Health Commission"),
        ("福州市住房公积金管理中心", "Fuzhou City", "Housing Provident Fund", "Fuzhou Housing Provident Fund Centre"),
        (
            "灵山县残疾人联合会",
            "Lingshan County",
            "Disabled Persons' Federation",
            "Lingshan County Disabled Persons' Federation",
        ),
        ("福州市公安局", "Fuzhou City", "", ""),
    ],
)
def test_english_names_of_agencies(name: str, region: str, department: str, english: str) -> None:
    assert agency_english_name(name, region, department) == english
