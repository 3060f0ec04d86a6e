"""Bundles as data: those that ship, and what is refused, by name."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest
from django.utils import translation

from tests.bundle_world import SERVICES
from tongban.cases.bundles.definition import SHIPPED_BUNDLES, BundleError, read_bundle, read_kept_bundle
from tongban.cases.bundles.merging import AskedMaterial, Composition, PartService, compose
from tongban.demo.content import service
from tongban.foundation.yamltext import read_yaml

pytestmark = pytest.mark.usefixtures("in_english")

BY_ITEM = {service(key)["item"]: service(key) for key in SERVICES}


def behind(described: dict[str, Any]) -> PartService:
    """What the merging needs of a described service."""
    materials = [
        AskedMaterial(position, row["name"]["zh"], row["necessity"], fetched=bool(row["resource_code"]))
        for position, row in enumerate(described["materials"], start=1)
    ]
    return PartService(described["form"], materials, described["item_type"])


def composed(document: dict[str, Any], **services: PartService) -> Composition:
    bundle = read_bundle(json.dumps(document, ensure_ascii=False))  # JSON is YAML, too
    found = {name: behind(BY_ITEM[part.item]) for name, part in bundle.parts.items()}
    return compose(bundle, found | services)


def document(code: str) -> dict[str, Any]:
    loaded: dict[str, Any] = read_yaml(SHIPPED_BUNDLES.text(code, 1))
    return loaded


def problems(changed: dict[str, Any]) -> str:
    with pytest.raises(BundleError) as refused:
        composed(changed)
    return "\n".join(refused.value.problems)


def test_three_ship_and_fit_the_services_of_the_demonstration() -> None:
    assert set(SHIPPED_BUNDLES.versions) == {"restaurant", "newborn", "house"}
    for code in SHIPPED_BUNDLES.versions:
        merged = composed(document(code))
        parts = merged.bundle.parts
        # A datum asked once: fewer questions than the parts' own forms ask together.
        assert len(merged.form.fields) < sum(len(form.fields) for form in merged.forms.values())
        assert len({part.item for part in parts.values()}) == len(parts) == 4
        assert all(edge.refused and edge.withdrawn for edge in merged.bundle.edges)


def test_a_datum_is_asked_once_and_handed_to_every_part_under_its_own_name() -> None:
    merged = composed(document("restaurant"))
    assert merged.names["food"]["premises_address"] == "premises_address"
    assert merged.names["drain"]["drain_address"] == "premises_address"
    answers = merged.answers_of("drain", {"premises_address": "示例路1号", "shop_name": "小馆"}, {})
    assert answers == {"drain_address": "示例路1号", "drainer_name": "小馆"}
    # What the bundle answers itself is not asked.
    assert "business_type" not in merged.names["food"]
    assert merged.answers_of("food", {}, {}) == {"business_type": "catering"}


def test_what_is_shared_may_be_called_otherwise_than_in_the_first_part() -> None:
    merged = composed(document("newborn"))
    assert merged.forms["birth"].fields["child_name"].label["en"] == "Name"
    assert merged.form.fields["child_name"].label["en"] == "Name of the child"


def test_the_stricter_bound_of_a_shared_datum_holds() -> None:
    changed = deepcopy(BY_ITEM["453400030000"])
    changed["form"]["properties"]["shop_name"]["maxLength"] = 12
    merged = composed(document("restaurant"), sign=behind(changed))
    assert merged.form.fields["shop_name"].schema["maxLength"] == 12


def test_a_part_is_asked_about_only_where_it_is_wanted() -> None:
    merged = composed(document("restaurant"))
    assert "sign_sign_kind" in merged.form.asked({"has_sign": True})
    assert "sign_sign_kind" not in merged.form.asked({"has_sign": False})
    assert set(merged.bundle.wanted({"has_sign": True, "hires_first": False})) == {"food", "drain", "sign"}
    assert set(merged.bundle.wanted({"has_sign": 1, "hires_first": 0})) == {"food", "drain"}


def test_a_material_is_handed_in_once_and_only_where_it_is_needed() -> None:
    merged = composed(document("restaurant"))
    right = next(m for m in merged.materials if m.name == "经营场所使用证明")
    assert set(right.parts) == {"sign", "drain"}
    names = {m.name for m in merged.materials_asked({"has_sign": False, "hires_first": False})}
    assert "招牌设计效果图" not in names
    assert "经营场所使用证明" in names
    # What another part gives is not asked for at all.
    assert not any("备案证明" in m.name or "完税凭证" in m.name for m in composed(document("house")).materials)


def test_joint_only_where_the_bundle_says_so_and_every_part_wanted_is_a_licence() -> None:
    merged = composed(document("restaurant"))
    assert merged.is_joint({"has_sign": True, "hires_first": False})
    assert not merged.is_joint({"has_sign": True, "hires_first": True})
    assert merged.why_not_joint({"hires_first": True}) == ("no_licence", ("insurance",))
    assert composed(document("house")).why_not_joint({"uses_fund": False}) == ("separate", ())
    waiting = document("restaurant")
    waiting["edges"][0] |= {"waits": True}
    assert composed(waiting).why_not_joint({"has_sign": True, "hires_first": False}) == ("waiting", ("sign",))


def _edge(source: str, target: str, **more: object) -> dict[str, object]:
    return {"source": source, "target": target, "waits": True, "refused": "cancel", "withdrawn": "cancel"} | more


WRONG: list[tuple[str, Any, str]] = [
    ("house", lambda d: d["edges"].append(_edge("title", "contract")), r"wait for each other: contract -> \w+ -> "),
    ("house", lambda d: d["edges"][0].pop("refused"), r"edges\[contract -> tax\]: missing key 'refused'"),
    ("house", lambda d: d["edges"][0].pop("withdrawn"), r"edges\[contract -> tax\]: missing key 'withdrawn'"),
    ("house", lambda d: d["edges"][0].update(refused="wait"), r"refused: 'wait' is none of continue, suspend, cancel"),
    ("house", lambda d: d["edges"][0].update(target="taxes"), r"edges\[contract -> taxes\]: there is no part 'taxes'"),
    ("house", lambda d: d["edges"].append(dict(d["edges"][0])), r"edges\[contract -> tax\]: it stands twice"),
    (
        "house",
        lambda d: d["edges"][0].update(feeds={"filing": "decision_number"}),
        r"the form of tax has no field 'filing'",
    ),
    ("house", lambda d: d["edges"][0].update(feeds={"filing_number": "seal"}), r"contract has no output 'seal'"),
    (
        "house",
        lambda d: d["edges"][0].update(feeds={"family_size": "decision_number"}),
        r"type of the output is 'string'",
    ),
    ("house", lambda d: d["edges"][0].update(feeds={"filing_number": "decided_on"}), r"format of the output is 'date'"),
    (
        "house",
        lambda d: d["edges"][0].update(refused="continue"),
        r"feeds.filing_number: nothing gives it where contract is ref",
    ),
    ("house", lambda d: d["edges"][3].update(withdrawn="continue"), r"nothing stands for '商品房买卖合同备案证明'"),
    ("house", lambda d: d["edges"][1].update(materials=["合同"]), r"title has no material '合同'"),
    ("house", lambda d: d["shared"]["price"].update(tax="cost"), r"shared.price: the form of tax has no field 'cost'"),
    (
        "house",
        lambda d: d["shared"].update(price={"contract": "price", "tax": "buyer_name"}),
        r"'buyer_name' of tax stands",
    ),
    (
        "house",
        lambda d: d["shared"].update(mix={"contract": "signed_on", "tax": "homes"}),
        r"shared\.mix: (type|format|enum)",
    ),
    (
        "house",
        lambda d: d["materials"]["contract"].update(tax="发票"),
        r"materials\.contract: tax has no material '发票'",
    ),
    (
        "house",
        lambda d: d["parts"]["fund"].update(when={"rich": True}),
        r"parts\.fund\.when: there is no question 'rich'",
    ),
    (
        "house",
        lambda d: d["parts"]["fund"].update(when={"uses_fund": "yes"}),
        r"when: 'yes' is no answer to 'uses_fund'",
    ),
    (
        "house",
        lambda d: d["parts"]["fund"].update(levels=["village"]),
        r"parts\.fund\.levels: 'village' is none of province",
    ),
    ("house", lambda d: d["parts"]["fund"].update(preset={"amount": "much"}), r"parts\.fund\.preset\.amount: "),
    (
        "house",
        lambda d: d["parts"]["fund"].update(preset={"sum": 1}),
        r"parts\.fund\.preset\.sum: the form of fund has no field",
    ),
    ("house", lambda d: d["shared"]["price"].update(label={"zh": "价"}), r"shared\.price\.label: both zh and en"),
    ("house", lambda d: d.update(lead="fund"), r"lead: fund is not always wanted"),
    ("house", lambda d: d.update(audience="everybody"), r"audience: 'everybody' is none of person, organisation"),
    ("house", lambda d: d.update(handling="together"), r"handling: 'together' is none of separate, joint"),
    ("house", lambda d: d.update(colour="red"), r"^unknown key 'colour'"),
    (
        "house",
        lambda d: d["questions"]["uses_fund"].pop("x-tongban"),
        r"questions: properties/uses_fund/x-tongban: it is miss",
    ),
    ("restaurant", lambda d: d["edges"][0].update(refused="suspend"), r"suspend needs waits: .*art 45"),
    (
        "restaurant",
        lambda d: d["edges"][0].update(feeds={"shop_name": "case_number"}),
        r"only a part that waits can be given results",
    ),
    # Two parts that are asked for on different answers share what then has no one condition.
    (
        "restaurant",
        lambda d: d["shared"].update(size={"sign": "sign_width", "insurance": "wages"}),
        r"shared\.size: asked",
    ),
    # Fed by a part that may not be wanted, and nobody else to ask.
    (
        "newborn",
        lambda d: d["parts"]["birth"].update(outputs={"child_id": {"type": "string"}}),
        r"parts\.birth\.outputs: properties/child_id/x-tongban",
    ),
]


@pytest.mark.parametrize(("code", "change", "told"), WRONG, ids=[told[:40] for _c, _f, told in WRONG])
def test_what_is_wrong_is_refused_by_name(code: str, change: Any, told: str) -> None:
    changed = document(code)
    change(changed)
    assert re.search(told, problems(changed), re.MULTILINE), problems(changed)
    with translation.override("zh-hans"):
        assert all(re.search("[一-龥]", line) for line in problems(changed).splitlines()), problems(changed)


def test_everything_wrong_is_told_at_once() -> None:
    changed = document("house")
    changed["edges"][0].pop("refused")
    changed["lead"] = "nobody"
    changed["parts"]["fund"]["levels"] = []
    told = problems(changed)
    assert "missing key 'refused'" in told
    assert "lead: there is no part 'nobody'" in told
    assert "parts.fund.levels: name at least one" in told


@pytest.mark.parametrize("text", ["", "[]", "code: {", "a: b\n  c"])
def test_what_is_no_bundle_at_all_is_refused(text: str) -> None:
    with pytest.raises(BundleError):
        read_bundle(text)


def test_a_key_given_twice_is_refused_where_it_stands() -> None:
    text = SHIPPED_BUNDLES.text("house", 1)
    line = text.count("\n") + 1
    with pytest.raises(BundleError, match=f"line {line}: the key 'code' stands in line "):
        read_bundle(f"{text}code: home\n")
    assert read_kept_bundle(f"{text}code: home\n").code == "home"  # taken in before: what follows it goes on


def test_a_field_another_part_gives_is_asked_where_that_part_is_not_wanted() -> None:
    """A licence the applicant has already need not be applied for again; its number is asked instead."""
    changed = document("house")
    changed["questions"]["filed_already"] = {
        "type": "boolean",
        "x-tongban": {"label": {"zh": "合同是否已备案", "en": "Is the contract filed already?"}},
    }
    changed["parts"]["contract"]["when"] = {"filed_already": False}
    merged = composed(changed)
    assert "tax_filing_number" in merged.form.asked({"filed_already": True})
    assert "tax_filing_number" not in merged.form.asked({"filed_already": False})
    proofs = {m.name for m in merged.materials_asked({"filed_already": True, "uses_fund": False})}
    assert "商品房买卖合同备案证明" in proofs
    assert "商品房买卖合同备案证明" not in {m.name for m in merged.materials_asked({"filed_already": False})}


def test_shipped_versions_are_read_once() -> None:
    assert SHIPPED_BUNDLES.document("house", 1) is SHIPPED_BUNDLES.document("house", 1)
    with pytest.raises(BundleError, match="there is no version 9"):
        SHIPPED_BUNDLES.document("house", 9)
