"""English names of regions."""

import pytest

from tongban.government.english import english_name


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
