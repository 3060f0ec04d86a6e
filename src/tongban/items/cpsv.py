"""Services as linked data: the EU Core Public Service Vocabulary Application Profile, CPSV-AP 3.2.

Texts carry a language tag (`zh-Hans`, and `en` where English is known). What a service does not state is left out;
what the profile demands and a listed service lacks (a description) is its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from rdflib import DCTERMS, ORG, RDF, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, FOAF, TIME
from rdflib.term import Node

from tongban.government.models import Agency, Platform
from tongban.items.fields import ITEM_TYPE_WORDS
from tongban.items.models import LimitUnit, Material, ServiceVersion
from tongban.items.rules import online_depth, phones, steps_of

CV = Namespace("http://data.europa.eu/m8g/")
CPSV = Namespace("http://purl.org/vocab/cpsv#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
SCHEMA = Namespace("https://schema.org/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
_EU = "http://publications.europa.eu/resource/authority/"
_CURRENCY = URIRef(f"{_EU}currency/CNY")
_CHINESE = URIRef(f"{_EU}language/ZHO")
_ENGLISH = URIRef(f"{_EU}language/ENG")
_COMPLETED = URIRef("http://purl.org/adms/status/Completed")
_CHANNEL_TYPES = {
    ServiceVersion.Channel.WINDOW: "http://data.europa.eu/k6p/publicchanneltype/serviceCounter",
    ServiceVersion.Channel.ONLINE: "http://data.europa.eu/k6p/publicchanneltype/webApplication",
    ServiceVersion.Channel.SELF_SERVICE: "http://data.europa.eu/k6p/publicchanneltype/kiosk",
    ServiceVersion.Channel.MAIL: "http://data.europa.eu/k6p/publicchanneltype/mail",
}
_RDF_FORMATS = {"jsonld": "json-ld", "turtle": "turtle"}
_ZH, _EN = "zh-Hans", "en"
_ITEM_TYPES = {words[0]: words[1] for words in ITEM_TYPE_WORDS}


def write(target: BinaryIO, versions: Iterable[ServiceVersion], file_format: str) -> None:
    """Write the versions as JSON-LD or Turtle."""
    graph = graph_of(versions)
    text = graph.serialize(format=_RDF_FORMATS[file_format], encoding="utf-8", indent=1)
    target.write(text)


def graph_of(versions: Iterable[ServiceVersion]) -> Graph:
    """One graph of the versions, with what they share (agencies, regions, legal resources, concepts) once."""
    builder = _Builder(Graph())
    for prefix, namespace in (("cv", CV), ("cpsv", CPSV), ("eli", ELI), ("locn", LOCN), ("adms", ADMS)):
        builder.graph.bind(prefix, namespace)
    builder.graph.bind("vcard", VCARD)
    for version in versions:
        builder.service(version)
    return builder.graph


@dataclass
class _Builder:
    graph: Graph

    def _add(self, subject: Node, predicate: URIRef, *objects: Node) -> None:
        for one in objects:
            self.graph.add((subject, predicate, one))

    def _made(self, node: URIRef | BNode, kind: URIRef) -> bool:
        """Type a node; False when it stands in the graph already."""
        if (node, RDF.type, kind) in self.graph:
            return False
        self._add(node, RDF.type, kind)
        return True

    def _text(self, subject: Node, predicate: URIRef, chinese: str, english: object = "") -> None:
        if chinese.strip():
            self._add(subject, predicate, Literal(chinese.strip(), lang=_ZH))
        if isinstance(english, str) and english.strip():
            self._add(subject, predicate, Literal(english.strip(), lang=_EN))

    def _concept(self, address: str, chinese: str, english: str = "") -> URIRef:
        node = URIRef(address)
        if self._made(node, SKOS.Concept):
            self._text(node, SKOS.prefLabel, chinese, english)
        return node

    def _identified(self, node: Node, identifier: object) -> None:
        self._add(node, DCTERMS.identifier, Literal(str(identifier), datatype=XSD.string))

    def service(self, version: ServiceVersion) -> URIRef:
        """The public service of a version, under the address of its service."""
        service = version.service
        node = URIRef(f"urn:uuid:{service.pk}")
        english = version.english
        self._made(node, CPSV.PublicService)
        self._identified(node, service.implementation_code or service.foreign_code or service.pk)
        self._text(node, DCTERMS.title, version.name, english.get("name"))
        self._text(node, DCTERMS.description, version.summary or version.name, english.get("summary"))
        agency = self._agency(service.agency)
        self._add(node, CV.hasCompetentAuthority, agency)
        self._add(node, DCTERMS.spatial, self._region(service.agency))
        self._add(
            node,
            DCTERMS.type,
            self._concept(f"urn:tongban:item-type:{version.item_type}", _ITEM_TYPES[version.item_type]),
        )
        self._add(node, ADMS.status, self._concept(str(_COMPLETED), "已发布", "published"))
        self._add(node, DCTERMS.language, self._language(_CHINESE))
        if english.get("name"):
            self._add(node, DCTERMS.language, self._language(_ENGLISH))
        self._add(node, DCTERMS.isPartOf, self._catalogue(service.platform))
        for theme in version.themes:
            self._add(node, CV.thematicArea, self._concept(f"urn:tongban:theme:{theme}", theme))
            self._add(node, DCAT.keyword, Literal(theme, lang=_EN))
        labels = {"person": ("自然人", "people"), "organisation": ("法人和其他组织", "organisations")}
        for audience in version.audiences:
            concept = self._concept(f"urn:tongban:audience:{audience}", *labels[audience])
            self._add(node, DCTERMS.audience, concept)
        depth = version.stated_online_depth or online_depth(version.online_capabilities, version.visits)
        if depth:
            concept = self._concept(f"urn:tongban:online-depth:{depth}", f"网办深度{depth}级")
            self._add(node, CV.isClassifiedBy, concept)
        limit = _duration(version)
        if limit:
            self._add(node, CV.processingTime, Literal(limit, datatype=XSD.duration, normalize=False))
        self._law_and_rule(node, version)
        self._contact(node, version)
        inputs = self._inputs(node, version)
        channels = self._channels(node, version, agency, limit, inputs)
        self._costs(node, version, agency, channels)
        self._output(node, version)
        return node

    def _agency(self, agency: Agency) -> URIRef:
        node = URIRef(f"urn:uuid:{agency.pk}")
        if self._made(node, CV.PublicOrganisation):
            self._add(node, RDF.type, ORG.Organization, FOAF.Agent)
            self._identified(node, agency.credit_code or agency.pk)
            self._text(node, SKOS.prefLabel, agency.name, agency.name_en)
            self._text(node, DCTERMS.title, agency.name, agency.name_en)
            self._add(node, DCTERMS.spatial, self._region(agency))
            if agency.address:
                address = BNode()
                self._made(address, LOCN.Address)
                self._text(address, LOCN.fullAddress, agency.address, agency.address_en)
                self._add(node, LOCN.address, address)
        return node

    def _region(self, agency: Agency) -> URIRef:
        node = URIRef(f"urn:tongban:region:{agency.region_id}")
        if self._made(node, DCTERMS.Location):
            self._identified(node, agency.region_id)
            self._text(node, SKOS.prefLabel, agency.region.name, agency.region.name_en)
        return node

    def _language(self, language: URIRef) -> URIRef:
        self._made(language, DCTERMS.LinguisticSystem)
        return language

    def _catalogue(self, platform: Platform) -> URIRef:
        node = URIRef(f"urn:tongban:platform:{platform.code}")
        if self._made(node, DCAT.Dataset):
            self._text(node, DCTERMS.title, platform.name, platform.name_en)
            self._text(node, DCTERMS.description, f"{platform.name}政务服务事项", platform.name_en)
            publisher = URIRef(f"{node}:publisher")
            self._made(publisher, FOAF.Agent)
            self._identified(publisher, platform.code)
            self._text(publisher, DCTERMS.title, platform.name, platform.name_en)
            self._add(node, DCTERMS.publisher, publisher)
            if platform.url:
                self._add(node, DCAT.landingPage, self._document(platform.url))
        return node

    def _document(self, address: str) -> URIRef:
        node = URIRef(address)
        self._made(node, FOAF.Document)
        return node

    def _law_and_rule(self, node: URIRef, version: ServiceVersion) -> None:
        """The legal resource, and the rule that the steps follow and that implements it."""
        english = version.english
        law = URIRef(f"{node}:law")
        if version.legal_basis.strip():
            self._made(law, ELI.LegalResource)
            self._text(law, DCTERMS.description, version.legal_basis, english.get("legal_basis"))
            self._add(node, CV.hasLegalResource, law)
        steps = steps_of(version.handling_steps)
        if steps:
            rule = URIRef(f"{node}:procedure")
            self._made(rule, CPSV.Rule)
            self._identified(rule, rule)
            self._text(rule, DCTERMS.title, "办理流程", "procedure")
            self._text(rule, DCTERMS.description, "；".join(steps), english.get("handling_steps"))
            self._add(rule, DCTERMS.language, self._language(_CHINESE))
            if version.legal_basis.strip():
                self._add(rule, CPSV.implements, law)
            self._add(node, CPSV.follows, rule)

    def _contact(self, node: URIRef, version: ServiceVersion) -> None:
        for suffix, text, purpose in (
            ("consultation", version.consultation_contact, ("咨询", "consultation")),
            ("complaint", version.complaint_contact, ("监督投诉", "supervision and complaints")),
        ):
            if not text.strip():
                continue
            contact = URIRef(f"{node}:{suffix}")
            self._made(contact, CV.ContactPoint)
            self._text(contact, DCTERMS.description, text)
            self._text(contact, DCTERMS.title, *purpose)
            for phone in sorted(phones(text)):
                self._add(contact, CV.telephone, Literal(phone))
            if version.opening_hours:
                self._add(contact, CV.openingHours, self._hours(version))
            self._add(node, CV.contactPoint, contact)

    def _hours(self, version: ServiceVersion) -> URIRef:
        hours = URIRef(f"urn:uuid:{version.service_id}:hours")
        if self._made(hours, TIME.TemporalEntity):
            self._text(hours, DCTERMS.description, version.opening_hours, version.english.get("opening_hours"))
        return hours

    def _inputs(self, node: URIRef, version: ServiceVersion) -> list[URIRef]:
        """Materials as evidence, each of its type; the conditions of acceptance as the requirement they support."""
        english = version.english
        requirement: URIRef | None = None
        if version.acceptance_conditions.strip():
            requirement = URIRef(f"{node}:conditions")
            self._made(requirement, CV.Requirement)
            self._identified(requirement, requirement)
            self._text(requirement, DCTERMS.title, "受理条件", "conditions of acceptance")
            text = english.get("acceptance_conditions")
            self._text(requirement, DCTERMS.description, version.acceptance_conditions, text)
            self._add(node, CV.holdsRequirement, requirement)
        found = []
        for material in version.materials.all():
            evidence = self._evidence(node, material)
            if requirement:
                self._add(evidence, CV.supportsRequirement, requirement)
                self._add(requirement, CV.hasSupportingEvidence, evidence)
            found.append(evidence)
        return found

    def _evidence(self, node: URIRef, material: Material) -> URIRef:
        evidence = URIRef(f"{node}:material:{material.position}")
        self._made(evidence, CV.Evidence)
        self._identified(evidence, evidence)
        self._text(evidence, DCTERMS.title, material.name, material.english.get("name"))
        note = material.filling_note or material.acceptance_standard
        self._text(evidence, DCTERMS.description, note, material.english.get("filling_note"))
        self._add(evidence, DCTERMS.language, self._language(_CHINESE))
        if material.kind:
            label = {"1": "证件证书证明", "2": "申请表格", "3": "其他"}[material.kind]
            self._add(evidence, DCTERMS.type, self._concept(f"urn:tongban:material-type:{material.kind}", label))
        kind = URIRef(f"{evidence}:type")
        self._made(kind, CV.EvidenceType)
        self._identified(kind, material.resource_code or kind)
        self._text(kind, DCTERMS.title, material.name, material.english.get("name"))
        self._add(evidence, DCTERMS.conformsTo, kind)
        self._add(node, CPSV.hasInput, evidence)
        self._add(node, CV.hasInputType, kind)
        return evidence

    def _channels(
        self, node: URIRef, version: ServiceVersion, agency: URIRef, limit: str, inputs: list[URIRef]
    ) -> list[URIRef]:
        labels = {"window": "窗口办理", "online": "网上办理", "self_service": "自助终端办理", "mail": "邮寄办理"}
        found = []
        for channel in version.channels:
            way = URIRef(f"{node}:channel:{channel}")
            self._made(way, CV.Channel)
            self._identified(way, way)
            kind = _CHANNEL_TYPES[ServiceVersion.Channel(channel)]
            self._add(way, DCTERMS.type, self._concept(kind, labels[channel], channel.replace("_", " ")))
            if channel == ServiceVersion.Channel.WINDOW:
                self._text(way, DCTERMS.description, version.address, version.english.get("address"))
                if version.opening_hours:
                    self._add(way, CV.openingHours, self._hours(version))
            if limit:
                self._add(way, CV.processingTime, Literal(limit, datatype=XSD.duration, normalize=False))
            self._add(way, CV.ownedBy, agency)
            self._add(way, CPSV.hasInput, *inputs)
            self._add(node, CV.hasChannel, way)
            found.append(way)
        return found

    def _costs(self, node: URIRef, version: ServiceVersion, agency: URIRef, channels: list[URIRef]) -> None:
        """Fees; a service that states that it is free has a cost of 0. Standards are texts, so they are described."""
        fees = [(f.position, f.name, f.standard, f.basis, f.english) for f in version.fees.all()]
        if not fees and version.is_charged is False:
            fees = [(0, "不收费", "", "", {"name": "free of charge"})]
        for position, name, standard, basis, english in fees:
            cost = URIRef(f"{node}:cost:{position}")
            self._made(cost, CV.Cost)
            self._identified(cost, cost)
            text = "：".join(part.strip() for part in (name, standard) if part.strip())
            self._text(cost, DCTERMS.description, text, english.get("standard") or english.get("name"))
            if not position:
                self._add(cost, CV.hasValue, Literal(0.0, datatype=XSD.double))
                self._concept(str(_CURRENCY), "人民币", "renminbi")
                self._add(cost, CV.currency, _CURRENCY)
            if basis.strip():
                law = URIRef(f"{cost}:law")
                self._made(law, ELI.LegalResource)
                self._text(law, DCTERMS.description, basis)
                self._add(node, CV.hasLegalResource, law)
            self._add(cost, CV.isDefinedBy, agency)
            if len(channels) == 1:
                self._add(cost, CV.ifAccessedThrough, channels[0])
            self._add(node, CV.hasCost, cost)

    def _output(self, node: URIRef, version: ServiceVersion) -> None:
        if not version.result_name.strip():
            return
        output = URIRef(f"{node}:result")
        self._made(output, CV.Output)
        self._identified(output, output)
        self._text(output, DCTERMS.title, version.result_name, version.english.get("result_name"))
        self._add(output, DCTERMS.language, self._language(_CHINESE))
        if version.result_type:
            label = {"certificate": "证照", "reply": "批文", "other": "其他"}[version.result_type]
            concept = self._concept(f"urn:tongban:result-type:{version.result_type}", label, version.result_type)
            self._add(output, DCTERMS.type, concept)
        self._add(node, CPSV.produces, output)


def _duration(version: ServiceVersion) -> str:
    """The promised (else legal) limit as an XSD duration. The vocabulary has no working days: they are days here."""
    limit, unit = version.promised_limit, version.promised_limit_unit
    if limit is None:
        limit, unit = version.legal_limit, version.legal_limit_unit
    if limit is None:
        return ""
    return f"P{limit}M" if unit == LimitUnit.MONTH else f"P{limit}D"
