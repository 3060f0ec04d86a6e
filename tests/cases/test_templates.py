"""Words for notices: the places in them are checked when they are saved, and filled in for a case."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NOW, TODAY, SmallWorld
from tongban.cases.actions.templates import retire_template, save_template
from tongban.cases.models import Case
from tongban.cases.queries import filled_template, notice_templates, template_versions
from tongban.cases.templating import PLACES, fill, in_words, problems_of
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="{}"), max_size=20)


@given(st.lists(st.tuples(WORDS, st.sampled_from(sorted(PLACES))), max_size=5), WORDS)
def test_every_place_is_filled_in_and_nothing_else_changes(parts: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{words}{{{place}}}" for words, place in parts) + end
    values = {place: f"<{place}>" for place in PLACES}
    assert problems_of(text) == []
    assert fill(text, values) == "".join(f"{words}<{place}>" for words, place in parts) + end
    # What is not known stays to be seen.
    assert fill(text, {}) == text


@given(st.text(alphabet="{}abc!:.[0]", max_size=12))
def test_a_text_is_refused_or_can_be_filled_in(text: str) -> None:
    if problems_of(text):
        with pytest.raises(ValueError, match="not checked"):
            fill(text, {})
    else:
        assert isinstance(fill(text, dict.fromkeys(PLACES, "x")), str)


@pytest.mark.parametrize(
    "text", ["{applicants}", "{}", "{0}", "{applicant.__class__}", "{applicant!r}", "{due:>9}", "{", "}", "{case}}"]
)
def test_what_cannot_be_filled_in(text: str) -> None:
    assert problems_of(text)


def test_officers_read_in_words_what_is_filled_in() -> None:
    shown = "〔申请人名称〕：您申请的〔事项名称〕{原文}"
    assert in_words("{applicant}：您申请的{service}{{原文}}") == shown


def test_versions_and_who_keeps_them(world: SmallWorld, submitted: Callable[..., Case]) -> None:
    words = ("缺平面图", "return_for_correction", "{applicant}：请补交平面图。")
    first = save_template(world.reviewer, *words, NOW)
    assert save_template(world.reviewer, *words, NOW) == first
    text = "{applicant}：请于{due}前补交“{service}”（{case}）的平面图。{{签字}}"
    second = save_template(world.reviewer, "缺平面图", "return_for_correction", text, NOW + timedelta(days=1))
    assert second.version == 2
    assert [t.version for t in notice_templates(world.window, "return_for_correction")] == [2]
    assert notice_templates(world.window, "deny") == []
    assert [t.version for t in template_versions(world.reviewer, first.pk)] == [2, 1]
    case = submitted()
    filled = filled_template(world.window, case.pk, second.pk, TODAY)
    assert filled.startswith("韦秀兰：请于2026-06-08前补交“食品经营许可”（450721-")
    assert filled.endswith("的平面图。{签字}")
    with pytest.raises(NotAllowedError):
        save_template(world.window, "缺平面图", "", "x", NOW)
    with pytest.raises(NotFoundError):
        filled_template(world.foreign_officer, case.pk, second.pk, TODAY)
    assert notice_templates(world.foreign_officer) == []
    with pytest.raises(NotFoundError):
        template_versions(world.foreign_officer, first.pk)
    retire_template(world.reviewer, "缺平面图", NOW)
    retire_template(world.reviewer, "缺平面图", NOW)
    assert notice_templates(world.window) == []
    for field, given_ in {
        "name": ("", "", "x"),
        "step": ("x", "grant", "x"),
        "text": ("x", "", "{applicnt}"),
    }.items():
        with pytest.raises(InvalidError) as refused:
            save_template(world.reviewer, *given_, NOW)
        assert list(refused.value.fields) == [field]
    assert "applicnt" in str(refused.value)
