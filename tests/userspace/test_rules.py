"""Licences that run out, finding one's own things, stages of life, suggestions: the pure rules."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.calendar import china
from tongban.items.searchable import pinyin_of
from tongban.userspace.life.stages import StagesError, read_stages, stages, stages_of
from tongban.userspace.rules import AHEAD, Standing, find, reminder, standing, term_of
from tongban.userspace.suggesting import (
    MOST,
    SMALLEST_GROUP,
    Applied,
    Begun,
    Facts,
    Followed,
    Kind,
    Running,
    is_sensitive,
    suggestions,
)

DAYS = st.dates(date(2020, 1, 1), date(2025, 12, 31))


@given(DAYS, st.integers(1, 60))
def test_a_renewal_is_asked_for_thirty_working_days_before(granted: date, months: int) -> None:
    term = term_of(granted, months, china())
    between = [term.ask_by + timedelta(days=n) for n in range((term.expires_on - term.ask_by).days)]
    if not term.provisional:
        assert sum(china().is_working(day) for day in between) == 30
    assert (term.expires_on.year - granted.year) * 12 + term.expires_on.month - granted.month == months


def test_a_renewed_licence_runs_on_from_the_old_end() -> None:
    assert term_of(date(2025, 3, 10), 12, china(), date(2025, 4, 30)).expires_on == date(2026, 4, 30)
    assert term_of(date(2025, 5, 10), 12, china(), date(2025, 4, 30)).expires_on == date(2026, 5, 10)


@given(DAYS, st.integers(1, 24), st.integers(-400, 900), st.none() | st.integers(-300, 300))
def test_a_licence_stands_one_way_on_each_day(granted: date, months: int, offset: int, asked: int | None) -> None:
    term = term_of(granted, months, china())
    today = term.expires_on + timedelta(days=offset)
    asked_on = None if asked is None else term.ask_by + timedelta(days=asked)
    found = standing(term, today, asked_on)
    if asked_on and asked_on >= term.ask_by - AHEAD:
        assert found is Standing.RENEWING
    elif today > term.expires_on:
        assert found is Standing.EXPIRED
    elif today > term.ask_by:
        assert found is Standing.ASK_LATE
    else:
        assert found is (Standing.RENEW_NOW if today >= term.ask_by - AHEAD else Standing.VALID)
    assert reminder(term, today, asked_on) == (str(found) if found in {Standing.RENEW_NOW, Standing.ASK_LATE} else "")


@dataclass(frozen=True)
class Thing:
    title: str
    text: str = ""

    @property
    def spelt(self) -> str:
        return self.title


OWN = [
    Thing("食品经营许可", "450721-20260601-00012 灵山县市场监督管理局"),
    Thing("申请已受理", "您的“食品经营许可”申请已受理"),
    Thing("Old-age allowance", "高龄津贴"),
]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("食品", ["食品经营许可", "申请已受理"]),
        ("spjyxk", ["食品经营许可"]),
        ("shipin 灵山", ["食品经营许可"]),
        ("4507212026060100012", ["食品经营许可"]),
        ("450721-20260601", ["食品经营许可"]),
        ("OLD allow", ["Old-age allowance"]),
        ("食品 津贴", []),
        ("", []),
        ("  ' - ", []),
    ],
)
def test_ones_own_things_are_found(query: str, titles: list[str]) -> None:
    assert [thing.title for thing in find(OWN, query, pinyin_of)] == titles


@given(st.text(max_size=130), st.lists(st.builds(Thing, st.text(max_size=12), st.text(max_size=20)), max_size=5))
def test_what_is_found_is_among_ones_own(query: str, things: list[Thing]) -> None:
    found = find(things, query, pinyin_of)
    assert all(thing in things for thing in found)
    # More words never find more.
    assert set(find(things, f"{query[:60]} x9", pinyin_of)) <= set(find(things, query[:60], pinyin_of)) or not query[
        :60
    ].strip(" -'’\x00\t\n\r")


# --- stages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("出生登记", {"born"}),
        ("内地居民结婚登记", {"marriage"}),
        ("居民身份证换领、补领", {"papers"}),
        ("食品经营许可", {"open", "run"}),
        ("公司注销登记", {"close"}),
        ("食品经营许可变更", {"change"}),
    ],
)
def test_names_find_their_stages(name: str, slugs: set[str]) -> None:
    assert slugs <= {stage.slug for stage in stages_of(name)}


def test_for_whom_a_service_is_comes_first() -> None:
    assert {stage.audience for stage in stages_of("食品经营许可", audiences=["person"])} <= {"person"}
    assert [stage.slug for stage in stages_of("无名", item="450500040000")] == ["born"]
    assert [stage.slug for stage in stages_of("无名", themes=["closing"])] == ["close"]
    assert [s.slug for s in stages()][:3] == ["born", "school", "work"]


@pytest.mark.parametrize("change", [{"words": "("}, {"oops": 1}, {"audience": "dogs"}])
def test_a_faulty_stage_is_named(change: dict[str, Any]) -> None:
    good = {"slug": "x", "audience": "person", "name": {"zh": "x", "en": "x"}, "lead": {"zh": "", "en": ""}}
    good |= {"items": [], "themes": [], "words": "x"}
    assert len(read_stages([good])) == 1
    with pytest.raises(StagesError, match="x"):
        read_stages([good | change])


# --- suggestions ------------------------------------------------------------------------------------------------------

TODAY = date(2026, 6, 1)
NAMES = {"A": "食品经营许可", "B": "设置户外广告、招牌审批", "C": "城乡居民基本医疗保险参保登记", "D": "公司设立登记"}
applied = st.builds(
    lambda item, days: Applied(item, NAMES[item], NAMES[item], TODAY - timedelta(days=days), ("open",)),
    st.sampled_from(sorted(NAMES)),
    st.integers(0, 700),
)
followed = st.builds(
    Followed, st.sampled_from(sorted(NAMES)), st.sampled_from(sorted(NAMES)), st.integers(10, 200), st.integers(0, 200)
)
facts = st.builds(
    Facts,
    licences=st.lists(
        st.builds(Running, st.uuids().map(str), st.just("x"), st.dates(), st.dates(), st.booleans()), max_size=9
    ),
    drafts=st.lists(st.builds(Begun, st.uuids().map(str), st.just("x"), st.dates(date(2026, 5, 1), TODAY)), max_size=3),
    cases=st.lists(applied, max_size=5),
    others=st.lists(followed, max_size=8),
    names=st.just(NAMES),
)


@given(facts)
def test_suggestions_say_why_hide_groups_and_keep_from_what_is_sensitive(given_facts: Facts) -> None:
    found = suggestions(given_facts, TODAY)
    assert len(found) <= MOST
    assert len({(one.kind, one.target) for one in found}) == len(found)
    done = {case.item for case in given_facts.cases}
    for one in found:
        assert one.because
        if one.kind is Kind.OTHERS:
            assert one.target not in done
            assert int(str(one.because["followed"])) >= SMALLEST_GROUP
            assert not is_sensitive(NAMES[one.target])
            assert not is_sensitive(str(one.because["before"]))
        if one.kind is Kind.STAGE:
            assert not is_sensitive(str(one.because["name"]))
    # What runs out comes first.
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, key=[Kind.RENEW, Kind.DRAFT, Kind.OTHERS, Kind.STAGE].index)


def test_what_is_sensitive() -> None:
    for name in ("残疾人证办理（新办）", "最低生活保障审核确认", "内地居民离婚登记", "工伤认定", "出生登记"):
        assert is_sensitive(name), name
    for name in ("食品经营许可", "公司设立登记", "机动车驾驶证期满换证"):
        assert not is_sensitive(name), name
    assert not any(re.search(r"\s", stage.words) for stage in stages())
