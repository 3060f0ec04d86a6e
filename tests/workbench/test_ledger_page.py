"""The ledger as an auditor reads it: acts and kinds of objects in words, the codes beside them."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

import tongban
from tests.portal.test_applying import text_of
from tests.world import PASSWORD, SmallWorld
from tongban.cases.procedure import SHIPPED_PROCEDURES
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import platform_process
from tongban.identity.models import Role
from tongban.workbench.ledger_words import act_label, kind_label, kinds, principal_label

HAN = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"^[a-z]+([._][a-z_]+)+$")


def acts_written() -> Iterator[tuple[str, str]]:
    """(kind, act) of every call of `append` in the code that names its kind; the act is empty where it is reckoned."""
    for path in sorted(Path(tongban.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        # Reading the syntax of every module takes seconds; who has no ledger at hand appends to lists alone.
        for node in ast.walk(ast.parse(text)) if "ledger" in text else ():
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "append":
                act, kind = ([*node.args[1:3], None, None])[:2]
                if isinstance(kind, ast.Constant):
                    yield str(kind.value), str(act.value) if isinstance(act, ast.Constant) else ""


def in_both(words: str, english: str) -> bool:
    return bool(HAN.search(words)) and bool(english) and not HAN.search(english) and not CODE.match(english)


def unworded(acts: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the acts that have no name in one of the languages."""
    with override("zh-hans"):
        chinese = {act: (kind_label(act[0]), act_label(*act)) for act in acts}
    with override("en"):
        english = {act: (kind_label(act[0]), act_label(*act)) for act in acts}
    return sorted(act for act in acts if not all(map(in_both, chinese[act], english[act])))


def test_every_act_the_code_writes_has_words() -> None:
    found = set(acts_written())
    assert len(found) > 100
    assert unworded({(kind, act) for kind, act in found if act}) == []
    assert {kind for kind, _act in found} - dict(kinds()).keys() == set()


def test_every_step_of_the_procedures_that_ship_has_words() -> None:
    versions = [(code, number) for code, numbers in SHIPPED_PROCEDURES.versions.items() for number in numbers]
    steps = {("case", action) for which in versions for action in SHIPPED_PROCEDURES.document(*which).actions}
    assert len(steps) > 40
    assert unworded(steps) == []


def test_what_is_not_known_keeps_its_code() -> None:
    assert kind_label("comet") == "comet"
    assert act_label("comet", "comet.pass") == "comet.pass"
    assert principal_label("platform:comet") == ("platform:comet", "")
    assert principal_label("") == ("", "")
    assert dict(kinds())["draft"]


@pytest.mark.django_db
def test_an_auditor_reads_words_and_finds_by_code(client: Client) -> None:
    world, operator = SmallWorld.build(), platform_process("operator")
    account = open_account(operator, "auditor", PASSWORD)
    auditor = register_person(operator, Identity("审计员", assurance_level=4), account)
    appoint(operator, auditor, world.agency, Role.AUDITOR, timezone.localdate() - timedelta(days=9))
    client.force_login(account)
    client.cookies["language"] = "zh-hans"
    page = text_of(client.get("/workbench/ledger/", {"deed": "open_account"}))
    assert "开立账户" in page
    assert "open_account" in page
    assert "平台 · 运维人员（命令行）" in page
    assert "任命" not in page
    client.cookies["language"] = "en"
    found = client.get("/workbench/ledger/", {"object_type": "post"})
    assert "Appointed" in text_of(found)
    assert '<option value="post" selected>post</option>' in found.content.decode()
    assert "Show all entries" in text_of(client.get("/workbench/ledger/", {"object_type": "comet"}))
