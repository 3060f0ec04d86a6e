"""Export, import into an empty register, export again: the same bytes (in XLSX the same rows), for any services."""

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.items.files import DAY, IMPORTER, export, load, undone
from tongban.government.models import Agency, Department, Platform
from tongban.items.actions import draft_version, publish_version
from tongban.items.models import Service, ServiceVersion

pytestmark = pytest.mark.django_db


def xlsx_rows(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.values) for sheet in book}


TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
NASTY = st.sampled_from(["", "=1+1", "'=x", "''-1", "+86 0771", "@a", "，", "a;b", '"', "第1步\n第2步", "\t x", "１２"])
WORDS = TEXT | NASTY
NAMES = WORDS.map(lambda s: f"事{s}".strip())
MAYBE = st.none() | st.booleans()
ENGLISH = st.dictionaries(st.sampled_from(["name", "summary"]), st.sampled_from(["Permit", "=x"]), max_size=2)


def _choice(choices: Any, *, blank: bool = True) -> st.SearchStrategy[str]:
    return st.sampled_from([*(choices.values), *([""] if blank else [])])


VERSIONS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "item_type": st.sampled_from(["01", "05", "10", "20"]),
        "effective_from": st.dates(date(2019, 1, 1), DAY),
        "legal_basis": WORDS,
        "exercise_level": st.none() | st.integers(0, 5),
        "legal_limit": st.none() | st.integers(0, 999),
        "legal_limit_unit": st.sampled_from(["working_day", "day", "month"]),
        "promised_limit": st.none() | st.integers(0, 999),
        "promised_limit_unit": st.sampled_from(["working_day", "day", "month"]),
        "handling_kind": _choice(ServiceVersion.HandlingKind),
        "handling_steps": WORDS,
        "audiences": st.lists(st.sampled_from(["person", "organisation"]), max_size=3),
        "channels": st.lists(_choice(ServiceVersion.Channel, blank=False), max_size=3),
        "visits": st.none() | st.integers(0, 9),
        "consultation_contact": WORDS,
        "handling_area": _choice(ServiceVersion.HandlingArea),
        "result_type": _choice(ServiceVersion.ResultType),
        "appointment": MAYBE,
        "online": MAYBE,
        "is_charged": MAYBE,
        "stated_online_depth": st.sampled_from(["", "I", "II", "III", "IV"]),
        "online_capabilities": st.lists(st.integers(1, 7), max_size=7),
        "themes": st.lists(st.sampled_from(["trade-facilitation", "births"]), max_size=2),
        "declared_list": _choice(ServiceVersion.DeclaredList),
        "english": ENGLISH,
        "summary": WORDS,
        "procedure": st.sampled_from(["", "standard"]),
        "assurance_level": st.integers(1, 5),
        "result_validity": st.none() | st.integers(0, 120),
        "renewal_item": st.sampled_from(["", "452600010000"]),
    },
    optional={"effective_to": st.dates(DAY + timedelta(1), date(2030, 1, 1))},
)
MATERIALS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "necessity": st.sampled_from(["", "1", "2", "3"]),
        "source": st.sampled_from(["", "10", "20", "99"]),
        "copies": st.none() | st.integers(0, 20),
        "filling_note": WORDS,
        "resource_code": st.sampled_from(["", "R-1/2"]),
        "english": ENGLISH,
    }
)
FEES = st.fixed_dictionaries({"name": NAMES, "basis": WORDS, "reducible": MAYBE, "english": ENGLISH})
QUESTIONS = st.fixed_dictionaries({"question": NAMES, "answer": WORDS})
SERVICES = st.lists(
    st.tuples(
        VERSIONS,
        st.lists(MATERIALS, max_size=2),
        st.lists(FEES, max_size=2),
        st.lists(QUESTIONS, max_size=2),
        st.fixed_dictionaries({"reconstructed": st.booleans(), "source_note": st.sampled_from(["", "推定"])}),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(services=SERVICES)
def test_any_services(services: list[Any], ours: Platform, tmp_path: Path) -> None:
    with undone():
        enter(ours, services)
        exports = {file_format: export(file_format) for file_format in ("csv", "xlsx", "json")}
    for file_format, first in exports.items():
        path = tmp_path / f"services.{file_format}"
        path.write_bytes(first)
        with undone():
            report = load(path)
            assert report.errors == []
            assert report.created == len(services)
            second = export(file_format)
            if file_format == "xlsx":
                assert xlsx_rows(second) == xlsx_rows(first)
            else:
                assert second == first, file_format

            again = load(path, update=True)
            assert (again.unchanged, again.versions) == (len(services), 0), file_format


def enter(platform: Platform, services: list[Any]) -> None:
    """The services, published by an agency that only this register knows."""
    agency = Agency.objects.create(
        department=Department.objects.create(code="market", name="市场监督管理局"),
        region_id="511602000000",
        platform=platform,
        name="广安区市场监督管理局",
        credit_code="115113010087783353",
    )
    for number, (texts, materials, fees, questions, columns) in enumerate(services):
        service = Service.objects.create(agency=agency, platform=platform, foreign_code=f"X-{number}", **columns)
        version = draft_version(IMPORTER, service, texts, materials=materials, fees=fees, questions=questions)
        publish_version(IMPORTER, version)
