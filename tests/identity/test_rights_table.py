"""The table of rights as a document: what is wrong in it is refused with its line."""

import re
from pathlib import Path

import pytest

import tongban
from tongban.identity.actor import Actor
from tongban.identity.authority import RIGHTS, ROLES, TABLE, Relation, may
from tongban.identity.rights_table import RightsTableError, Words, load_rights

GOOD = """\
roles:
  citizen: {zh: 个人, en: citizen}
  officer: {zh: 公务员, en: officer}
groups:
  all: [citizen, officer]
relations:
  own: {zh: 本人的, en: their own}
  any: {zh: 任何, en: any}
objects:
  case:
    zh: 办件
    en: case
    deeds:
      read: {zh: 查看, en: read}
      handle: {zh: 办理, en: handle}
rights:
- role: all
  relation: own
  object: case
  deed: read
  zh: 依据
  en: the law
- role: officer
  relation: any
  object: case
  deed: [handle, read]
  zh: 依据
  en: the law
"""


def load(text: str) -> list[str]:
    """The faults of a document."""
    with pytest.raises(RightsTableError) as refused:
        load_rights(text, ["citizen", "officer"], ["own", "any"])
    return refused.value.faults


def test_groups_and_lists_stand_for_each_of_their_names() -> None:
    table = load_rights(GOOD, ["citizen", "officer"], ["own", "any"])
    assert [right.key for right in table.rights] == [
        ("citizen", "own", "case", "read"),
        ("officer", "own", "case", "read"),
        ("officer", "any", "case", "handle"),
        ("officer", "any", "case", "read"),
    ]
    assert table.rights[0].because == Words("依据", "the law")
    assert table.deeds["case", "handle"] == Words("办理", "handle")


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("role: officer", "role: wizard", "line 23: unknown role 'wizard'"),
        ("relation: any\n  object", "relation: near\n  object", "line 24: unknown relation 'near'"),
        ("object: case\n  deed: [h", "object: ship\n  deed: [h", "line 25: unknown object 'ship'"),
        ("[handle, read]", "[handle, burn]", "line 26: unknown deed 'burn'"),
        ("  zh: 依据\n  en: the law\n- ", "  en: the law\n- ", "line 17: a right: 'zh' is missing"),
        ("  en: the law\n- ", "  en: ''\n- ", "line 22: the reason: en is empty"),
        ("role: officer\n  relation: any", "role: officer\n  relation: [any, own]", "line 23: officer / own"),
        ("  en: the law\n- ", "  en: the law\n  why: x\n- ", "line 23: a right: unknown key 'why'"),
        ("  deed: read\n", "  deed: read\n  deed: handle\n", "line 21: a right: 'deed' stands twice"),
        ("  officer: {zh: 公务员, en: officer}\n", "", "line 2: role 'officer' has no words"),
        ("  any: {zh: 任何, en: any}", "  any: {zh: 任何}", "line 8: relation any: 'en' is missing"),
        ("  deed: [handle, read]", "  deed: read", "nobody may handle case: leave the word out"),
        ("roles:\n", "roles:\n  wizard: {zh: 巫师, en: wizard}\n", "line 2: the platform has no role 'wizard'"),
        ("groups:", "groups: [", "line "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(was: str, becomes: str, fault: str) -> None:
    assert was in GOOD
    assert any(found.startswith(fault) for found in load(GOOD.replace(was, becomes, 1))), load(
        GOOD.replace(was, becomes, 1)
    )


def test_every_right_has_a_reason_in_both_languages() -> None:
    for right in RIGHTS:
        assert re.search(r"[\u4e00-\u9fff]", right.because.zh), right
        assert re.search(r"[A-Za-z]", right.because.en), right
    assert set(TABLE.roles) == set(ROLES)


def test_a_right_allows_what_it_says_and_nothing_beside_it() -> None:
    """Its neighbours, with another role, relation or deed, are allowed only where a row of their own says so."""
    table = {right.key for right in RIGHTS}
    for role, relation, kind, deed in table:
        near = {
            *((other, relation, deed) for other in ROLES),
            *((role, str(other), deed) for other in Relation),
            *((role, relation, other) for of, other in TABLE.deeds if of == kind),
        }
        for as_whom, so_related, asked in near:
            said = (as_whom, so_related, kind, asked) in table or (as_whom, "any", kind, asked) in table
            allowed = may(_of(as_whom), asked, kind, {Relation(so_related)})
            assert allowed == said, (as_whom, so_related, kind, asked)
        assert may(_of(role), deed, kind, {Relation(relation)}), (role, relation, kind, deed)
        assert not may(Actor(), deed, kind, {*Relation}), (kind, deed)


class _Wearing(Actor):
    """An actor of whom only the role counts."""

    @property
    def role(self) -> str:
        return self.process


def _of(role: str) -> Actor:
    return _Wearing(process=role)


_ASKED = re.compile(r"""(?:may|require)\(\s*(?:[\w.\[\]]+,\s*)?"(\w+)",\s*"(\w+)"[,)]""")


def test_the_table_and_the_code_name_the_same_deeds() -> None:
    """What the code asks stands in the table: a slip of the pen would deny for ever, silently."""
    source = Path(tongban.__path__[0])
    asked = {
        (kind, deed): str(path.relative_to(source))
        for path in source.rglob("*.py")
        for deed, kind in _ASKED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 40
    assert {key: at for key, at in asked.items() if key not in TABLE.deeds} == {}
