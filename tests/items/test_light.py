"""The document of light handling: what is wrong with it is told by name, and what it says is what it does."""

import re
from copy import deepcopy
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.light import COMMITMENT, FETCH, GUIDANCE, INSTANT, OFFER
from tests.world import FORM
from tongban.foundation.forms import FormDefinition
from tongban.items.light import EXCLUDED_FIELDS, LightError, LightHandling, load_light

WHOLE = {"guidance": GUIDANCE, "commitment": COMMITMENT, "fetch": FETCH, "instant": INSTANT, "offer": OFFER}


def load(document: dict[str, Any]) -> LightHandling:
    return load_light(document, FormDefinition.load(FORM), {1: True, 2: True}, ["person"])


def test_a_whole_document_is_read() -> None:
    light = load(WHOLE)
    assert [code for code, _table in light.tables()] == [
        *("guidance.materials.2", "guidance.fields.area", "instant", "offer"),
    ]


def changed(path: str, value: object) -> dict[str, Any]:
    """The document with the value at `a/b/0/c` replaced; None takes it away."""
    document: Any = deepcopy(WHOLE)
    *way, last = path.split("/")
    at = document
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    key: Any = int(last) if isinstance(at, list) else last
    if value is None:
        del at[key]
    else:
        at[key] = value
    whole: dict[str, Any] = document
    return whole


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("moon", {}, "unknown key 'moon'"),
        ("guidance/version", "one", "guidance.version: it is a number"),
        ("guidance/questions/0/label", {"zh": "只有中文"}, "guidance.questions.1.label: it has zh and en"),
        ("guidance/questions/0/options", [], "at least two"),
        ("guidance/questions/1/ask_when", {"moon": ["full"]}, "'moon' is no earlier question"),
        ("guidance/questions/1/ask_when", {"premises": ["castle"]}, "guidance.questions.2.ask_when.premises"),
        ("guidance/materials/9", [], "'9' is not the position"),
        ("guidance/materials/2/0", None, "no rule covers premises = own"),
        ("guidance/materials/2/0/when", {}, "overlap"),
        ("guidance/materials/2/0/then", "perhaps", "'perhaps' is none of needed, not_needed"),
        ("guidance/fields/moon", [], "the form has no field 'moon'"),
        ("commitment/bears_on", None, "missing key 'bears_on'"),
        ("commitment/bears_on", "nothing", "commitment.bears_on: a list of"),
        ("commitment/check_within_days", 0, "commitment.check_within_days"),
        ("commitment/replaces", [7], "commitment.replaces: 7"),
        ("fetch/1", [], "fetch.1: it is a list of sources"),
        ("fetch/1/0/item", "short", "no basic code"),
        ("instant/inputs/area/from", "answer.moon", "the form has no field 'moon'"),
        ("instant/inputs/area/from", "answer.shop_name", "cannot be compared"),
        ("instant/inputs/area/type", {"number": [1, 100]}, "the form takes 1 to 10000"),
        ("instant/inputs/area/type", "boolean", "instant"),
        ("instant/inputs/granted/from", "stars.aligned", "'stars.aligned' is no source"),
        ("instant/rules/0/then", "deny", "'deny' is none of grant, officer"),
        ("instant/rules/0/when/moon", True, "there is no field 'moon'"),
        ("instant/rules/2", None, "no rule covers"),
        ("offer/inputs/age/from", "answer.area", "is not known before somebody applies"),
        ("offer/answers/phone", None, "nothing answers the field 'phone'"),
        ("offer/without_materials", [1], "material 2 would be needed"),
        ("offer/open_for_days", -1, "offer.open_for_days"),
    ],
)
def test_what_is_wrong_is_told_by_name(path: str, value: object, told: str) -> None:
    with pytest.raises(LightError) as error:
        load(changed(path, value))
    assert told in str(error.value)
    with translation.override("zh-hans"), pytest.raises(LightError) as refused:
        load(changed(path, value))
    assert all(re.search("[一-龥]", problem) for problem in refused.value.problems), refused.value.problems


@pytest.mark.parametrize("field", EXCLUDED_FIELDS)
def test_commitment_is_never_offered_in_an_excluded_field(field: str) -> None:
    with pytest.raises(LightError) as error:
        load(changed("commitment/bears_on", [field]))
    assert field in str(error.value)


answers = st.dictionaries(
    st.sampled_from(["premises", "landlord"]), st.sampled_from(["own", "rented", "private", "public", "castle"])
)


@given(answers)
def test_guidance_either_asks_on_or_settles_everything(given: dict[str, str]) -> None:
    guidance = load(WHOLE).guidance
    assert guidance is not None
    following = guidance.next_question(given)
    if guidance.problems(given):
        return
    assert following is None
    situation = guidance.settle(given)
    assert situation.answers.keys() == {question.id for question in situation.asked}
    rented_of_a_person = given == {"premises": "rented", "landlord": "private"}
    assert (2 not in situation.left_out_materials) == rented_of_a_person
    # Settling what was settled changes nothing.
    assert guidance.settle(situation.answers) == situation


@given(st.floats(1, 10000), st.booleans())
def test_every_fact_meets_one_rule_and_the_same_one_again(area: float, granted: bool) -> None:  # noqa: FBT001
    table = load(WHOLE).instant
    assert table is not None
    found = table.judge({"area": area, "granted": granted})
    assert found == table.judge({"area": area, "granted": granted})
    assert found.outcome == ("grant" if area <= 50 or granted else "officer")
    missing = table.judge({"area": None, "granted": granted})
    assert (missing.outcome, missing.rule) == ("", 0)
    # Who reads why a person decides reads what the fact is called, not its name in the table.
    label = INSTANT["inputs"]["area"]["label"]
    assert missing.because["zh"].endswith(f"：{label['zh']}")
    assert missing.because["en"].endswith(f": {label['en']}")
    assert table.judge({"area": 20_000, "granted": granted}).rule == 0
