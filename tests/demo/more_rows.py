"""Rows for lists that are short in the demonstration: growth by a query a row shows only where there are rows."""

import uuid
from datetime import time, timedelta
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import models
from django.test import Client
from django.utils import timezone

from tongban.cases.bundle_store import latest_bundle
from tongban.cases.models import (
    Absence,
    AdoptedRule,
    BenefitOffer,
    BundleCase,
    BundlePart,
    Case,
    CaseDocument,
    CaseNote,
    Cooperation,
    CreditRecord,
    Draft,
    NoticeTemplate,
    OfficerTask,
    QueueTicket,
    RegionOffer,
    SavedView,
)
from tongban.foundation.ids import uuid7
from tongban.government.models import Platform, Region
from tongban.identity.actor import hats_of
from tongban.identity.emergency import EmergencyAccess
from tongban.identity.models import Account, Delegation, Person, Post
from tongban.identity.provider.models import Application, Consent, TrustedProvider
from tongban.identity.records import CorrectionRequest
from tongban.items.models import Service
from tongban.items.queries import in_force_on
from tongban.userspace.models import Message, SavedMatter

Row = TypeVar("Row", bound=models.Model)
MORE = 4


def lengthen() -> None:
    """Several rows more in every list that is short."""
    _of_citizens()
    _of_the_desk()
    _of_oversight()


def _copies(row: Row, *changes: dict[str, Any]) -> None:
    """The same row again and again, each time with these changes."""
    table = type(row)
    values = {field.attname: getattr(row, field.attname) for field in table._meta.concrete_fields}  # noqa: SLF001 - Django's documented description of a table
    values.pop(table._meta.pk.attname)  # noqa: SLF001 - the same
    table._default_manager.bulk_create([table(**values | change) for change in changes])  # noqa: SLF001 - the same


def _of_citizens() -> None:
    now, today = timezone.now(), timezone.localdate()
    wei, huang, elder = (
        Person.objects.get(account__username=name) for name in ("citizen.wei", "citizen.huang", "elder.liang")
    )
    versions = list(in_force_on(today).filter(is_applicable=True).order_by("service_id")[:MORE])
    SavedMatter.objects.bulk_create([SavedMatter(person=wei, service_id=v.service_id, saved_at=now) for v in versions])
    draft = Draft.objects.get(person=huang)
    others = [version for version in versions if version.service_id != draft.service_id]
    _copies(draft, *({"service_id": v.service_id, "version_id": v.pk} for v in others))
    offer = BenefitOffer.objects.filter(person=elder, state="open").first()
    assert offer is not None
    _copies(offer, *({"service_id": v.service_id, "version_id": v.pk} for v in others))
    given = Delegation.objects.filter(person=elder, accepted_at__isnull=False).first()
    assert given is not None
    agents = Person.objects.exclude(pk__in=[wei.pk, huang.pk, elder.pk]).order_by("pk")[:MORE]
    _copies(given, *({"agent_id": agent.pk} for agent in agents))
    cases = list(Case.objects.filter(person=wei, organisation=None).order_by("number")[:MORE])
    said = {language: {"title": "Notice", "text": "Something happened"} for language in ("zh", "en")}
    post = first_post("window.qin")
    for case in cases:
        for to in ({}, {"post": post}):
            event = 10_000_000 + Message.objects.count()
            Message.objects.create(
                id=uuid7(),
                event_id=event,
                notice="case_accepted",
                person=wei,
                case=case,
                texts=said,
                created_at=now,
                **to,
            )
    QueueTicket.objects.bulk_create(
        QueueTicket(
            agency_id=version.service.agency_id,
            day=today + timedelta(days=1),
            number=900 + number,
            starts_at=time(9 + number),
            person=wei,
            service_id=version.service_id,
            drawn_at=now,
            token=uuid.uuid4(),
        )
        for number, version in enumerate(versions)
    )
    account = Account.objects.get(username="citizen.wei")
    applications = Application.objects.order_by("pk")[:MORE]
    Consent.objects.bulk_create(
        Consent(application=each, account=account, hat="person", scopes=["openid"], given_at=now)
        for each in applications
    )
    licence = Case.objects.filter(person=huang, outcome="granted", version__result_validity__gt=0)[0]
    _copies(licence, *({"number": f"LICENCE-{number}", "draft_id": None} for number in range(MORE)))
    for number in range(MORE):
        browser = Client()
        browser.force_login(account)
        UserSession.objects.create(
            user=account, ip=f"10.0.{number}.0", session_key=browser.session.session_key, user_agent="A browser"
        )
        Authenticator.objects.create(
            user=account,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": f"Key {number}", "credential": {"clientExtensionResults": {}}},
        )
    for person in (wei, huang, elder):
        CorrectionRequest.objects.create(
            person=person,
            field=CorrectionRequest.Field.values[0],
            wanted="韦小蓝",
            reason="typed wrongly",
            asked_at=now,
            answer_by=today + timedelta(days=20),
        )
    for field in CorrectionRequest.Field.values[1:]:
        CorrectionRequest.objects.create(
            person=wei, field=field, wanted="another", reason="typed wrongly", asked_at=now, answer_by=today
        )


def first_post(username: str) -> Post:
    """The first post of an officer, as they would choose it."""
    hats = hats_of(Account.objects.get(username=username), timezone.localdate())
    return Post.objects.get(pk=next(hat.key for hat in hats if hat.key.startswith("post:")).removeprefix("post:"))


def _of_the_desk() -> None:
    now, today = timezone.now(), timezone.localdate()
    absence = Absence.objects.select_related("agency").get()
    _copies(absence, *({"last_day": absence.last_day + timedelta(days=number)} for number in range(1, MORE)))
    post = first_post("window.qin")
    SavedView.objects.bulk_create(SavedView(post=post, name=f"View {number}", query={}) for number in range(MORE))
    template = NoticeTemplate.objects.order_by("pk")[0]
    _copies(template, *({"name": f"Template {number}"} for number in range(MORE)))
    of_agency = list(Case.objects.filter(agency=absence.agency, across=None).order_by("number")[:MORE])
    for asked in Cooperation.objects.all():
        _copies(asked, *({"case_id": case.pk} for case in of_agency))
    handled = Case.objects.filter(agency=post.agency_id, state="accepted", across=None).order_by("number")[0]
    CaseNote.objects.bulk_create(
        CaseNote(case=handled, at=now, post=post, author="A", text="Called", token=uuid.uuid4())
        for _each in range(MORE)
    )
    for case in of_agency:
        OfficerTask.objects.create(
            case=case, agency_id=case.agency_id, kind=OfficerTask.Kind.values[0], due_on=today, opened_at=now
        )
        CreditRecord.objects.create(person_id=case.person_id, agency_id=case.agency_id, case=case, since=today)
    _bundles(post, of_agency)
    reason = CaseDocument.objects.order_by("pk")[0]
    _copies(
        reason,
        *({"kind": "overrun_reason", "number": f"overrun {case.number}", "case_id": case.pk} for case in of_agency),
    )


def _bundles(post: Post, cases: list[Case]) -> None:
    """Several things applied for at once by 韦小兰, led by the agency of the post."""
    wei = Person.objects.get(account__username="citizen.wei")
    for number, case in enumerate(cases):
        bundle = BundleCase.objects.create(
            number=f"BUNDLE-{number}",
            code="newborn",
            version=latest_bundle("newborn").version,
            region_id=case.region_id,
            lead_agency_id=post.agency_id,
            person=wei,
            applicant_name="韦小兰",
            joint=True,
            answers={},
            submitted_at=timezone.now(),
        )
        for position, name in enumerate(latest_bundle("newborn").parts):
            BundlePart.objects.create(
                bundle=bundle,
                name=name,
                position=position,
                service_id=case.service_id,
                service_version_id=case.version_id,
                case=None if position else case,
                state=BundlePart.State.OPEN,
                changed_at=timezone.now(),
            )


def _of_oversight() -> None:
    now = timezone.now()
    head_account = Account.objects.get(username="head.lei")
    head, people = first_post("head.lei"), Person.objects.order_by("pk")
    case = Case.objects.order_by("number")[0]
    for person in people[:MORE]:
        EmergencyAccess.objects.create(
            post=head,
            account_id=head_account.pk,
            object_type="case",
            object_id=case.pk,
            region=case.region,
            person=person,
            reason="Fire",
            opened_at=now,
            ends_at=now + timedelta(hours=2),
            tell_at=now,
        )
    for number, platform in enumerate(Platform.objects.order_by("pk")[:MORE]):
        TrustedProvider.objects.create(
            platform=platform,
            issuer=f"https://{number}.example.gov.cn",
            client_id="us",
            client_secret="secret",
            highest_level=2,
            trusted_since=now,
        )
    regions = Region.objects.filter(parent="450000000000").order_by("pk")[:MORE]
    AdoptedRule.objects.bulk_create(
        AdoptedRule(region=region, rule="ONLINE-CHECK", adopted_from=timezone.localdate()) for region in regions
    )
    offered = Service.objects.filter(agency_id=head.agency_id)[:MORE]
    RegionOffer.objects.bulk_create(
        RegionOffer(service=service, mode="online", region=region, offered_from=timezone.localdate())
        for service, region in zip(offered, regions, strict=False)
    )
