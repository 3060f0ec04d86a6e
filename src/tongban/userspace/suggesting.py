"""What somebody might want next, and why it is said. Pure: facts in, suggestions out.

Every suggestion states its reason. None rests on sensitive matters (个人信息保护法 art 28), and all can be switched off
(art 24). What others did counts only as numbers of groups large enough to hide everybody in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

# The fewest who must have gone on to the second matter before their number is kept or told.
SMALLEST_GROUP = 10
# And the share of the group that must have done it for it to be worth saying.
LEAST_SHARE = 0.1
DRAFT_RESTS = timedelta(days=1)
STAGE_LASTS = timedelta(days=365)
MOST = 8
_MOST_OF_OTHERS = 3

# Health, faith, money trouble, family matters, those under fourteen: art 28, read widely.
_SENSITIVE = re.compile(
    r"残疾|疾病|病残|大病|慢性|特殊病|精神|传染|艾滋|医疗|医保|就医|诊疗|门诊|住院|药品|健康|康复|戒毒|社区矫正"
    r"|低保|最低生活|特困|困难|救助|补助|抚恤|失业|工伤|伤残|信用修复|失信|欠费"
    r"|宗教|民族|婚姻|结婚|离婚|收养|孤儿|儿童|未成年|亲子|生育|孕|婴|出生|预防接种|死亡|丧葬|殡葬|继承|公证"
    r"|犯罪|戒|法律援助|调解|投诉|举报|面部|指纹"
)


def is_sensitive(name: str) -> bool:
    """Whether a matter's Chinese name tells of sensitive personal information."""
    return bool(_SENSITIVE.search(name))


class Kind(StrEnum):
    """What a suggestion rests on."""

    RENEW = "renew"
    DRAFT = "draft"
    STAGE = "stage"
    OTHERS = "others"


@dataclass(frozen=True)
class Running:
    """A licence that runs out: what it is called, the case that granted it, until when, by when to ask (which may still
    move where it is provisional).
    """

    case: str
    name: str
    expires_on: date
    ask_by: date
    is_late: bool
    provisional: bool = False


@dataclass(frozen=True)
class Begun:
    """A draft: what it is for, and since when it rests."""

    draft: str
    name: str
    saved_on: date


@dataclass(frozen=True)
class Applied:
    """An own case: the item, its Chinese name and the one to show, when, and the stages of life it belongs to."""

    item: str
    name_zh: str
    name: str
    on: date
    stages: Sequence[str]


@dataclass(frozen=True)
class Followed:
    """Of `group` that applied for the item `before`, `followed` applied for `after` within a year."""

    before: str
    after: str
    group: int
    followed: int


@dataclass(frozen=True)
class Facts:
    """What suggestions are made from: one's own things, and counts of what others did."""

    licences: Sequence[Running] = ()
    drafts: Sequence[Begun] = ()
    cases: Sequence[Applied] = ()
    others: Sequence[Followed] = ()
    # Item -> Chinese name, of all that `others` names and that is offered to this reader.
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Suggestion:
    """Something to do next.

    Attributes:
        kind: what it rests on.
        target: a case, a draft, a stage's slug or an item's code, by kind.
        because: what is said in its reason: names, days and numbers.
    """

    kind: Kind
    target: str
    because: Mapping[str, str | int | date]


def suggestions(facts: Facts, today: date) -> list[Suggestion]:
    """What to do next, the most pressing first; at most eight, nothing twice."""
    found = [*_renewals(facts), *_drafts(facts, today), *_others(facts), *_stages(facts, today)]
    return list({(each.kind, each.target): each for each in found}.values())[:MOST]


def _renewals(facts: Facts) -> Iterator[Suggestion]:
    for one in sorted(facts.licences, key=lambda each: each.expires_on):
        reason: dict[str, str | int | date] = {"name": one.name, "expires_on": one.expires_on, "ask_by": one.ask_by}
        yield Suggestion(Kind.RENEW, one.case, reason | {"late": int(one.is_late), "provisional": int(one.provisional)})


def _drafts(facts: Facts, today: date) -> Iterator[Suggestion]:
    for one in facts.drafts:
        if today - one.saved_on >= DRAFT_RESTS:
            yield Suggestion(Kind.DRAFT, one.draft, {"name": one.name, "saved_on": one.saved_on})


def _others(facts: Facts) -> Iterator[Suggestion]:
    done = {case.item: case for case in facts.cases}
    open_cases = {item: case for item, case in done.items() if not is_sensitive(case.name_zh)}
    worth = [
        one
        for one in facts.others
        if one.before in open_cases
        and one.after not in done
        and one.after in facts.names
        and not is_sensitive(facts.names[one.after])
        and one.followed >= SMALLEST_GROUP
        and one.followed >= LEAST_SHARE * one.group
    ]
    worth.sort(key=lambda one: (-one.followed / one.group, one.after))
    for one in list({each.after: each for each in reversed(worth)}.values())[::-1][:_MOST_OF_OTHERS]:
        reason: dict[str, str | int | date] = {"before": open_cases[one.before].name}
        yield Suggestion(Kind.OTHERS, one.after, reason | {"followed": one.followed, "group": one.group})


def _stages(facts: Facts, today: date) -> Iterator[Suggestion]:
    """The stage of life that one's latest case stands in."""
    for case in sorted(facts.cases, key=lambda each: each.on, reverse=True):
        if today - case.on <= STAGE_LASTS and not is_sensitive(case.name_zh) and case.stages:
            yield Suggestion(Kind.STAGE, case.stages[0], {"name": case.name, "on": case.on})
            return
