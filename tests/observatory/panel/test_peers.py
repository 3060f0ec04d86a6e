"""Who looks at whom."""

from pathlib import Path

import numpy as np
import pytest

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.peers import _provinces, peer_means, province, regions_of_china, weights
from tongban.observatory.panel.request import Derived


def test_neighbours_of_china_are_mutual_and_whole() -> None:
    own = {item.name: item for item in _provinces().values()}
    assert len(own) == 31
    for item in own.values():
        assert item.neighbours
        for other in item.neighbours:
            assert item.name in own[other].neighbours, (item.name, other)
    assert sum(len(item.neighbours) for item in own.values()) == 2 * 69  # 68 land borders, and Hainan's strait
    assert {item.region for item in own.values()} == {"东部", "中部", "西部", "东北"}


@pytest.mark.parametrize("name", ["广西壮族自治区", "广西", "450000", "45", "Guangxi", "guangxi"])
def test_a_province_goes_by_many_names(name: str) -> None:
    found = province(name)
    assert found is not None
    assert found.name == "广西"


def test_regions_of_strangers_are_refused() -> None:
    assert regions_of_china(("北京市", "Xinjiang")) == ("东部", "西部")
    with pytest.raises(StudyError, match="“Atlantis” is no province of China"):
        regions_of_china(("Atlantis",))


def test_means_of_peers_leave_out_the_own_unit_and_the_absent() -> None:
    asked = Derived("p", "peer", ("y",), of="region")
    weight = weights(asked, ("a", "b", "c", "d"), ("n", "n", "n", "s"))
    means = peer_means(weight, np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0], [7.0, 8.0]]))
    assert means[:3].tolist() == [[4.0, 6.0], [3.0, 4.0], [2.0, 2.0]]
    assert np.isnan(means[3]).all()


def test_distances_weigh_by_their_inverse(tmp_path: Path) -> None:
    path = tmp_path / "distances.csv"
    path.write_text("a,b,km\na,b,100\na,c,50\nb,c,10\n", encoding="utf-8")
    asked = Derived("p", "peer", ("y",), of="distance", file=path)
    weight = weights(asked, ("a", "b", "c"), None)
    assert peer_means(weight, np.array([[0.0], [3.0], [6.0]]))[0, 0] == pytest.approx(
        (3 / 100 + 6 / 50) / (1 / 100 + 1 / 50)
    )
    path.write_text("a,b,km\na,b,0\n", encoding="utf-8")
    with pytest.raises(StudyError, match="row 2: a distance must be above 0"):
        weights(asked, ("a", "b", "c"), None)
