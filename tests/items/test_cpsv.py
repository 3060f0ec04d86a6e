"""The export as linked data conforms to CPSV-AP 3.2, for full descriptions and for lists alike."""

from pathlib import Path

import pytest
from django.utils import timezone
from rdflib import RDF, Graph

from tests.items.files import FULL, GROUPS, IMPORTER, export, load
from tongban.government.models import Agency, Platform
from tongban.items.actions import draft_version, publish_version
from tongban.items.cpsv import CPSV, CV
from tongban.items.models import Service

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.reference,
    # rdflib's own JSON-LD parser still uses its deprecated class.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]


def conforms(graph: Graph, reference: Path) -> tuple[bool, str]:
    from pyshacl import validate  # dear to load, and every worker reads this file

    shapes = Graph().parse(reference / "cpsv-ap" / "cpsv-ap-SHACL-3.2.0.ttl")
    result, _graph, text = validate(graph, shacl_graph=shapes, inference="none")
    return result, text


@pytest.mark.parametrize(("file_format", "parser"), [("jsonld", "json-ld"), ("turtle", "turtle")])
def test_full_descriptions_conform(file_format: str, parser: str, agency: Agency, reference: Path) -> None:
    charged = {
        **FULL,
        "is_charged": True,
        "channels": ["window"],
        "promised_limit_unit": "month",
        "audiences": ["person", "organisation"],
    }
    fees = [{"name": "工本费", "standard": "10元/本", "basis": "价格〔2019〕1号"}]
    for texts, groups in ((FULL, GROUPS), (charged, {**GROUPS, "fees": fees})):
        service = Service.objects.create(agency=agency, platform=agency.platform)
        publish_version(IMPORTER, draft_version(IMPORTER, service, texts, **groups))
    graph = Graph().parse(data=export(file_format), format=parser)
    assert len(list(graph.subjects(RDF.type, CPSV.PublicService))) == 2
    assert len(list(graph.subjects(RDF.type, CV.Evidence))) == 4
    assert len(list(graph.subjects(RDF.type, CV.PublicOrganisation))) == 1
    result, text = conforms(graph, reference)
    assert result, text


def test_a_listed_service_conforms(ours: Platform, reference: Path, tmp_path: Path) -> None:
    source = reference / "items" / "guangan_511602_items.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    sample = tmp_path / "some.csv"
    sample.write_text("".join(lines[:41]), encoding="utf-8")
    load(sample)
    graph = Graph().parse(data=export("turtle", day=timezone.localdate()), format="turtle")
    assert len(list(graph.subjects(RDF.type, CPSV.PublicService))) == 40
    result, text = conforms(graph, reference)
    assert result, text


def test_the_check_can_fail(agency: Agency, reference: Path) -> None:
    service = Service.objects.create(agency=agency, platform=agency.platform)
    publish_version(IMPORTER, draft_version(IMPORTER, service, FULL))
    graph = Graph().parse(data=export("turtle"), format="turtle")
    graph.remove((None, CV.hasCompetentAuthority, None))
    assert not conforms(graph, reference)[0]
