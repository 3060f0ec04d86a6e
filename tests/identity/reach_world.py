"""Two departments on three levels, every role at every agency, and one of everything that is not everybody's.

Every private text holds a mark, `⟦kind:number:part⟧`, and every private row's id is known: whatever a query returns is
searched for both, and so says by itself which rows it came from. `owners` then answers, from the rows' own columns and
the table of rights alone, whether this actor may have that; it asks none of the code under test how an actor stands to
a row.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tests.cases.light import INSTANT, OFFER, light_service
from tests.identity.reach_people import add_departments, add_people, carer_of
from tests.world import NOW, PDF, TODAY, SmallWorld
from tongban.cases.models import (
    Absence,
    Assignment,
    BenefitOffer,
    BulkResult,
    BulkRun,
    BundleCase,
    BundlePart,
    BundleVersion,
    Case,
    CaseAcross,
    CaseDocument,
    CaseEvent,
    CaseLight,
    CaseMaterial,
    CaseNote,
    Cooperation,
    CooperationAct,
    CounterCase,
    CreditRecord,
    Draft,
    JointPart,
    MachineDecision,
    NoticeTemplate,
    OfficerTask,
    QueueTicket,
    SavedView,
    Upload,
)
from tongban.cases.rules import written
from tongban.feedback.models import Rating
from tongban.foundation import content
from tongban.foundation.models import LedgerEntry
from tongban.government.models import Agency, Department, Region
from tongban.identity.actor import VISITOR, Actor, AtDesk, PostHeld, platform_process
from tongban.identity.authority import Relation, may
from tongban.identity.emergency import EmergencyAccess
from tongban.identity.models import Account, IdentityCheck, Organisation, Person, Post, Role
from tongban.items.models import ServiceVersion
from tongban.userspace.models import Contact, Message

BUNDLE = """
code: reach
version: 1
name: 开店“一件事”
name_en: Opening a shop
summary: 两个部分
summary_en: Two parts
audience: person
handling: separate
lead: shop
themes: []
parts:
  shop: {name: 店铺, name_en: Shop, item: '000131001000', levels: [county]}
  sign: {name: 招牌, name_en: Sign, item: '000131001000', levels: [county]}
edges:
  - {source: shop, target: sign, waits: true, refused: continue, withdrawn: continue}
"""
CITY, COUNTY, PROVINCE = "450700000000", "450721000000", "450000000000"
Judge = Callable[[Actor], bool]


def known(key: uuid.UUID | None) -> uuid.UUID:
    """An id that an actor of this world has."""
    assert key is not None
    return key


def mark(kind: str, number: int, part: str = "") -> str:
    return f"⟦{kind}:{number}:{part}⟧"


@dataclass
class ReachWorld:
    """The world: who acts, what there is, and who may have what of it.

    Attributes:
        actors: by a name that says who and where.
        owners: for every mark and every private id: what it is, and who may have it.
        pools: values for the arguments of queries, by the argument's name.
    """

    actors: dict[str, Actor] = field(default_factory=dict)
    owners: dict[str, tuple[str, Judge]] = field(default_factory=dict)
    pools: dict[str, list[Any]] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    agencies: dict[tuple[str, str], Agency] = field(default_factory=dict)

    def owned(self, kind: str, number: int, ids: Iterable[object], parts: dict[str, Judge]) -> None:
        """Enter a row: its ids go with its part `id`, its marks with the parts they name."""
        for part, judge in parts.items():
            self.owners[f"{kind}:{number}:{part}"] = (f"{kind} {number} ({part or 'text'})", judge)
        for each in ids:
            self.owners[str(each)] = (f"{kind} {number} (id)", parts.get("id") or parts[""])


def build_reach_world() -> ReachWorld:
    """Put the world into the database."""
    small = SmallWorld.build()
    world = ReachWorld()
    _agencies(world, small)
    _officers(world)
    people = _applicants(world, small)
    light = light_service(small, instant=INSTANT, offer=OFFER)
    world.pools["light"] = [ServiceVersion.objects.get(service=light)]
    _cases(world, small, people)
    _around_cases(world)
    _own_things(world, small, people)
    add_people(world, small, people.applicant, people.stranger)
    add_departments(world, small, people.applicant)
    return world


def _agencies(world: ReachWorld, small: SmallWorld) -> None:
    market = small.agency.department
    planning = Department.objects.create(code="planning", name="规划", name_en="Planning")
    world.agencies = {("market", COUNTY): small.agency, ("market", CITY): small.other_agency}
    for code, department in (("market", market), ("planning", planning)):
        for region in (PROVINCE, CITY, COUNTY):
            if (code, region) not in world.agencies:
                world.agencies[code, region] = Agency.objects.create(
                    department=department, region_id=region, platform=small.agency.platform, name=f"{code} {region}"
                )


def _officers(world: ReachWorld) -> None:
    """Every role at every agency."""
    for (department, region), agency in world.agencies.items():
        for role in Role:
            name = f"{role} {department} {region[:6]}"
            account = Account.objects.create(username=name.replace(" ", "."))
            person = Person.objects.create(name=name, account=account)
            serves = role == Role.WINDOW_OFFICER and (department, region) == ("market", COUNTY)
            post = Post.objects.create(
                person=person, agency=agency, role=role, valid_from=date(2026, 1, 1), serves_counter=serves
            )
            held = PostHeld(post.pk, role, "", "", agency.pk, "", "", agency.department_id, region, serves)
            world.actors[name] = Actor(account.pk, person.pk, name, post=held, assurance_level=4)


@dataclass
class _People:
    applicant: Actor
    stranger: Actor
    agent: Actor
    other_agent: Actor
    officer_at_home: Actor
    organisation: Organisation


def _applicants(world: ReachWorld, small: SmallWorld) -> _People:
    reviewer = world.actors["reviewing_officer market 450721"]
    other = Organisation.objects.create(
        name="其他公司", credit_code="91450700MA5K11111X", legal_representative_id=known(small.stranger.person_id)
    )
    stranger = small.stranger
    people = _People(
        small.citizen,
        stranger,
        small.agent,
        Actor(stranger.account_id, stranger.person_id, organisation_id=other.pk, assurance_level=4),
        Actor(reviewer.account_id, reviewer.person_id, assurance_level=4),
        small.organisation,
    )
    window = world.actors["window_officer market 450721"]
    checks = [
        IdentityCheck.objects.create(
            post_id=known(window.post_id),
            account_id=known(window.account_id),
            person_id=known(who.person_id),
            organisation_id=who.organisation_id,
            document="resident_card",
            made_at=NOW,
        )
        for who in (people.applicant, people.agent)
    ]

    def at_the_desk(actor: Actor) -> bool:
        return _serves(actor.themselves()) and actor.post_id == window.post_id

    for number, (check, who) in enumerate(zip(checks, (people.applicant, people.agent), strict=True)):
        assert who.person_id is not None
        world.actors[f"counter {number}"] = window.serving(
            AtDesk(check.pk, who.person_id, "", who.organisation_id, ""), assurance_level=5
        )
        world.owned("check", number, [check.pk], {"": at_the_desk})
    world.pools["check_id"] = [check.pk for check in checks]
    carer, for_applicant = carer_of(people.applicant)
    world.actors |= {
        "carer": carer,
        "carer for the citizen": for_applicant,
        "visitor": VISITOR,
        "account without a person": Actor(account_id=Account.objects.create(username="nobody").pk),
        "citizen": people.applicant,
        "another citizen": people.stranger,
        "agent": people.agent,
        "another agent": people.other_agent,
        "officer as a citizen": people.officer_at_home,
        "platform": platform_process("tests"),
    }
    return people


def _serves(actor: Actor) -> bool:
    return bool(actor.post and actor.post.serves_counter) and may(actor, "serve", "counter", {Relation.COUNTER})


@dataclass(frozen=True)
class _Plan:
    whose: Actor
    agency: tuple[str, str]
    procedure: str = "joint"
    lead: tuple[str, str] | None = None
    lower: tuple[str, str] | None = None
    received: tuple[str, str] | None = None
    mode: str = ""
    asked_place: tuple[str, str] | None = None


def _cases(world: ReachWorld, small: SmallWorld, people: _People) -> None:
    market, planning = (("market", COUNTY), ("market", CITY)), (("planning", COUNTY), ("planning", CITY))
    plans = (
        _Plan(people.applicant, market[0], lead=planning[0]),
        _Plan(people.agent, market[1], lower=market[0], received=planning[1], mode="collect"),
        _Plan(people.officer_at_home, market[0], procedure="standard", received=planning[0], mode="joint",
              asked_place=("market", PROVINCE)),
        _Plan(people.stranger, planning[0], procedure="standard"),
    )  # fmt: skip
    for number, plan in enumerate(plans):
        agency = world.agencies[plan.agency]
        case = Case.objects.create(
            number=f"4507210000002606{number:04d}",
            service=small.service,
            version=small.version,
            agency=agency,
            region_id=agency.region_id,
            platform=agency.platform,
            person_id=known(plan.whose.person_id),
            organisation_id=plan.whose.organisation_id,
            applicant_name=f"申请人{mark('case', number, 'content')}",
            procedure=plan.procedure,
            procedure_version=1,
            state="accepted",
            answers={"shop_name": mark("case", number, "content"), "phone": mark("shared", number), "area": 20},
            submitted_at=NOW,
            received_at=NOW,
            accepted_at=NOW,
            due_on=TODAY + timedelta(days=5),
            legal_due_on=TODAY + timedelta(days=20),
            lower_agency=world.agencies[plan.lower] if plan.lower else None,
            lead_agency=world.agencies[plan.lead] if plan.lead else None,
        )
        if plan.mode:
            received = world.agencies[plan.received] if plan.received else None
            CaseAcross.objects.create(
                case=case, mode=plan.mode, region_id=CITY, agency=received, received_at=NOW,
            )  # fmt: skip
        if plan.asked_place:
            JointPart.objects.create(
                case=case, agency=world.agencies[plan.asked_place], question=mark("case", number, "content"),
                asked_at=NOW,
            )  # fmt: skip
        world.cases.append(case)
        world.pools.setdefault("cases", []).append((case, plan))


def relations_of(world: ReachWorld, actor: Actor, number: int) -> set[Relation]:
    """How the actor stands to a case, from the case's own columns."""
    case, plan = world.pools["cases"][number]
    if actor.at_desk:
        at_desk = (actor.at_desk.person_id, actor.at_desk.organisation_id)
        return {Relation.OWN} if _is_of(at_desk, case) else set()
    post = actor.post
    if post is None:
        whose = (actor.represented_id or actor.person_id, actor.organisation_id)
        mine = actor.person_id is not None and _is_of(whose, case)
        return {Relation.OWN} if mine else set()
    here, at = world.agencies, case.agency
    above = post.region_code != at.region_id and post.region_code in at.region.lineage
    line = above and post.department_id == at.department_id
    elsewhere = post.agency_id != case.agency_id
    received = bool(plan.received and here[plan.received].pk == post.agency_id and elsewhere)
    opened = EMERGENCIES.get((post.id, case.pk))
    found = {
        Relation.OWN_AGENCY: post.agency_id == case.agency_id,
        Relation.LEAD_AGENCY: post.agency_id == case.lead_agency_id,
        Relation.LOWER_AGENCY: post.agency_id == case.lower_agency_id,
        Relation.OWN_REGION: post.region_code in at.region.lineage,
        Relation.OWN_LINE: line,
        Relation.SUPERIOR_AGENCY: line and plan.procedure == "joint",
        Relation.GOVERNMENT: post.region_code == case.region_id and plan.procedure == "joint",
        Relation.RECEIVING_AGENCY: received,
        Relation.ACCEPTING_AGENCY: received and plan.mode == "joint",
        Relation.ASKED_AGENCY: bool(plan.asked_place and here[plan.asked_place].pk == post.agency_id and elsewhere),
        Relation.BREAK_GLASS: opened is not None,
    }
    return {relation for relation, holds in found.items() if holds}


# Which post opened which case in an emergency, and that is still open.
EMERGENCIES: dict[tuple[uuid.UUID, uuid.UUID], uuid.UUID] = {}


def _is_of(who: tuple[uuid.UUID | None, uuid.UUID | None], case: Case) -> bool:
    person, organisation = who
    if organisation:
        return case.organisation_id == organisation
    return case.organisation_id is None and case.person_id == person


def _own_case(world: ReachWorld, actor: Actor, number: int) -> bool:
    return actor.person_id is not None and actor.person_id == world.cases[number].person_id


def _reads(world: ReachWorld, number: int) -> Judge:
    return lambda actor: may(actor, "read", "case", relations_of(world, actor, number))


def _at(agency_id: uuid.UUID, deed: str, kind: str, relation: Relation = Relation.OWN_AGENCY) -> Judge:
    """Officers of one agency to whom the table gives a deed."""
    return lambda actor: bool(
        actor.post and not actor.at_desk and actor.post.agency_id == agency_id and may(actor, deed, kind, {relation})
    )


def _of_post(post_id: uuid.UUID | None, deed: str, kind: str) -> Judge:
    return lambda actor: bool(actor.post_id == post_id and not actor.at_desk and may(actor, deed, kind, {Relation.OWN}))


def _either(*judges: Judge) -> Judge:
    return lambda actor: any(judge(actor) for judge in judges)


def _around_cases(world: ReachWorld) -> None:
    """Everything that hangs on a case: its record, the desk beside it, requests, emergencies."""
    EMERGENCIES.clear()
    posts = {name: known(actor.post_id) for name, actor in world.actors.items() if actor.post}
    window, reviewer = posts["window_officer market 450721"], posts["reviewing_officer market 450721"]
    digest = content.store(PDF, declared_name="x.pdf").digest
    for number, case in enumerate(world.cases):
        text = mark("case", number, "content")
        CaseEvent.objects.create(
            case=case, sequence=1, action="accept", state="accepted", at=NOW, actor_role="reviewing_officer",
            post_id=reviewer, actor_name="某某", agency=case.agency, reason=text, data={},
        )  # fmt: skip
        document = CaseDocument.objects.create(
            case=case, kind=CaseDocument.Kind.ACCEPTANCE, number=f"（2026）第{number}号", issued_at=NOW,
            agency=case.agency,
            content={"zh": {"title": "受理", "reason": text}, "en": {"title": "Accepted", "reason": text}},
        )  # fmt: skip
        kept, shared = (
            CaseMaterial.objects.create(
                case=case,
                position=1,
                name="平面图",
                file_name=name,
                digest=digest,
                media_type="application/pdf",
                size=9,
                added_at=NOW,
            )
            for name in (text, mark("shared", number))
        )
        CaseLight.objects.create(case=case)
        MachineDecision.objects.create(
            case=case, version=world.pools["light"][0], table="instant", table_version=2, digest="0" * 64,
            inputs={"area": 20}, outcome="grant", rule=1, because={"zh": text, "en": text}, decided_at=NOW,
        )  # fmt: skip
        CaseNote.objects.create(
            case=case,
            at=NOW,
            account_id=None,
            post_id=window,
            author="某某",
            text=mark("note", number),
            token=uuid.uuid4(),
        )
        Assignment.objects.create(
            case=case,
            how=Assignment.How.choices[0][0],
            post_id=window,
            by_name="某某",
            at=NOW,
            reason=mark("note", number),
        )
        asked = world.agencies["planning", CITY]
        asking = case.agency
        request = Cooperation.objects.create(
            case=case, asking=asking, asked=asked, asked_by_id=window, asked_at=NOW, limit=5, due_on=TODAY,
            shares={"applicant": False, "answers": ["phone"], "materials": [shared.pk]},
        )  # fmt: skip
        CooperationAct.objects.create(
            cooperation=request,
            kind=CooperationAct.Kind.choices[0][0],
            at=NOW,
            author="某某",
            post_id=window,
            text=mark("cooperation", number),
        )
        task = OfficerTask.objects.create(case=case, agency=case.agency, kind="check", due_on=TODAY, opened_at=NOW)
        credit = CreditRecord.objects.create(
            person_id=known(case.person_id), agency=case.agency, case=case, since=TODAY
        )  # fmt: skip
        reads = _reads(world, number)
        helps = _either(
            _at(asking.pk, "read", "cooperation"), _at(asked.pk, "read", "cooperation", Relation.ASKED_AGENCY)
        )

        def cooperates(actor: Actor, number: int = number, helps: Judge = helps) -> bool:
            return helps(actor) and not _own_case(world, actor, number)

        def notes(actor: Actor, number: int = number) -> bool:
            return may(actor, "note", "case", relations_of(world, actor, number)) and not _own_case(
                world, actor, number
            )

        knows: list[Judge] = [reads, cooperates]
        world.owned("case", number, [], {"content": reads})
        world.owned("note", number, [], {"": notes})
        world.owned("shared", number, [], {"": _either(reads, cooperates)})
        world.owned("cooperation", number, [request.pk], {"": cooperates})
        world.owned("document", number, [document.pk], {"": reads})
        world.pools.setdefault("knows", []).append(knows)
        for name, value in (
            ("case_id", case.pk),
            ("document_id", document.pk),
            ("material_id", kept.pk),
            ("material_id", shared.pk),
            ("request_id", request.pk),
            ("record_id", credit.pk),
            ("task_id", task.pk),
            ("number", case.number),
        ):
            world.pools.setdefault(name, []).append(value)
    _counter_and_ratings(world)
    _emergencies(world)
    for number, case in enumerate(world.cases):
        ids = [case.pk, case.number, written(case.number)]
        world.owned(
            "case", number, ids, {"id": _either(*world.pools["knows"][number]), "content": _reads(world, number)}
        )


def _counter_and_ratings(world: ReachWorld) -> None:
    case = world.cases[0]
    window = world.actors["window_officer market 450721"]
    CounterCase.objects.create(
        case=case, check_made_id=world.pools["check_id"][0], agency=case.agency, post_id=known(window.post_id)
    )
    world.pools["knows"][0].append(lambda actor: _serves(actor) and actor.post_id == window.post_id)
    for number, each in enumerate(world.cases[:2]):
        Rating.objects.create(
            case=each, service=each.service, agency=each.agency, level=5, comment="很好", rated_at=NOW
        )  # fmt: skip
        del number


def _emergencies(world: ReachWorld) -> None:
    """A head above opened one case, a security officer another; one that is over opens nothing any more."""
    now = timezone.now()
    accesses = []
    for number, (name, at, over) in enumerate(
        (
            ("head_of_agency planning 450000", 3, False),
            ("security_officer planning 450700", 3, False),
            ("head_of_agency market 450700", 0, True),
        )
    ):
        actor, case = world.actors[name], world.cases[at]
        access = EmergencyAccess.objects.create(
            post_id=known(actor.post_id), account_id=known(actor.account_id), object_type="case", object_id=case.pk,
            region_id=case.region_id, person_id=known(case.person_id), organisation_id=case.organisation_id,
            reason=mark("emergency", number), opened_at=now - timedelta(hours=3),
            ends_at=now + timedelta(hours=-1 if over else 1), tell_at=now, told_at=now,
        )  # fmt: skip
        assert actor.post_id is not None
        if not over:
            EMERGENCIES[actor.post_id, case.pk] = access.pk

        def audits(actor: Actor, lineage: list[str] = case.region.lineage) -> bool:
            within = actor.post is not None and actor.post.region_code in lineage and not actor.at_desk
            return within and may(actor, "read", "break_glass", {Relation.OWN_REGION})

        judge = _either(_of_post(actor.post_id, "read", "break_glass"), audits)
        world.owned("emergency", number, [access.pk], {"": judge})
        world.pools["knows"][at].append(judge)
        accesses.append(access.pk)
    world.pools["access_id"] = accesses


def _own_things(world: ReachWorld, small: SmallWorld, people: _People) -> None:
    """What belongs to one hat, one post or one agency."""
    for number, who in enumerate((people.applicant, people.agent, people.stranger)):
        _things_of_an_applicant(world, small, who, number)
    for number, name in enumerate(("window_officer market 450721", "head_of_agency planning 450700")):
        _things_of_a_post(world, world.actors[name], number)
    draft = ServiceVersion.objects.create(
        service=small.service, number=2, name=f"下一版{mark('version', 0)}", item_type="01",
        effective_from=date(2026, 9, 1), form=small.version.form, procedure="standard",
    )  # fmt: skip

    def keeps(actor: Actor) -> bool:
        if actor.post is None:
            return may(actor, "read_drafts", "service")
        lineage = Region.objects.get(pk=COUNTY).lineage if actor.post.role == Role.ADMINISTRATOR else []
        held = {Relation.OWN_AGENCY} if actor.post.agency_id == small.agency.pk else set()
        held |= {Relation.OWN_REGION} if actor.post.region_code in lineage else set()
        return may(actor, "read_drafts", "service", held)

    world.owned("version", 0, [draft.pk], {"": keeps})
    _bundle(world, small, people)


def _hat(who: Actor, deed: str, kind: str) -> Judge:
    """The same human in the same hat; at the counter, whoever is at the desk."""

    def judge(actor: Actor) -> bool:
        at_desk = actor.at_desk
        if at_desk:
            same = (at_desk.person_id, at_desk.organisation_id) == (who.person_id, who.organisation_id)
        else:
            human = actor.represented_id or actor.person_id
            same = (human, actor.organisation_id, actor.post_id) == (who.person_id, who.organisation_id, None)
        return same and may(actor, deed, kind, {Relation.OWN})

    return judge


def _seen_at_window(world: ReachWorld, number: int) -> Judge:
    """The post that made the nth check, where the table lets it take applications in."""
    checked = number < len(world.pools["check_id"])
    window = world.actors["window_officer market 450721"].post_id
    return lambda actor: checked and actor.post_id == window and may(actor.themselves(), "take_in_elsewhere", "case")


def _things_of_an_applicant(world: ReachWorld, small: SmallWorld, who: Actor, number: int) -> None:
    whose = {"person_id": who.person_id, "organisation_id": who.organisation_id}
    upload = Upload.objects.create(
        person_id=known(who.person_id),
        digest="0" * 64,
        file_name=mark("upload", number),
        media_type="application/pdf",
        size=3,
    )
    draft = Draft.objects.create(
        service=small.service, version=small.version, answers={"shop_name": mark("draft", number)},
        uploads={"1": [str(upload.pk)]}, **whose,
    )  # fmt: skip
    message = Message.objects.create(
        event_id=number, notice="x", case=world.cases[number if number < 2 else 3], created_at=NOW,
        texts={k: {"title": mark("message", number), "text": ""} for k in ("zh", "en")}, **whose,
    )  # fmt: skip
    offer = BenefitOffer.objects.create(
        service=world.pools["light"][0].service, version=world.pools["light"][0], inputs={},
        because={"zh": mark("offer", number), "en": "x"},
        table_version=1, digest="0" * 64, rule=1, made_at=NOW, open_until=TODAY + timedelta(days=9), **whose,
    )  # fmt: skip
    ticket = QueueTicket.objects.create(
        agency=small.agency, day=TODAY, number=number + 1, starts_at=NOW.time(), person_id=known(who.person_id),
        name=mark("ticket", number), drawn_at=NOW, token=uuid.uuid4(), service=small.service,
    )  # fmt: skip
    Contact.objects.get_or_create(
        person_id=known(who.person_id), defaults={"stated_email": f"{mark('contact', number)}@example.cn"}
    )
    entry = LedgerEntry.objects.create(
        at=NOW, account_id=known(who.account_id), principal=mark("ledger", number), deed="submit", object_type="case",
        object_id=mark("ledger", number), salt=b"0" * 16, digest="0" * 64,
    )  # fmt: skip

    def comes(actor: Actor) -> bool:
        """An appointment is the human's, whatever the hat; who acts for another comes for that one."""
        human = actor.post is None and (actor.represented_id or actor.person_id) == who.person_id
        return human and may(actor, "read", "queue", {Relation.OWN})

    def contacted(actor: Actor) -> bool:
        return actor.person_id == who.person_id and may(actor, "read", "contact", {Relation.OWN})

    def acted(actor: Actor) -> bool:
        mine = actor.account_id == who.account_id and may(actor, "read", "ledger", {Relation.OWN})
        return mine or may(actor, "read", "ledger")

    world.pools.setdefault("upload_ids", []).append(upload.pk)
    # Who saw the person at a window names the scans that are given in there.
    scans = _either(_hat(who, "read", "draft"), _seen_at_window(world, number))
    world.owned("draft", number, [draft.pk], {"": _hat(who, "read", "draft")})
    world.owned("upload", number, [upload.pk], {"": scans})
    world.owned("message", number, [message.pk], {"": _hat(who, "read", "message")})
    world.pools["knows"][number if number < 2 else 3].append(_hat(who, "read", "message"))
    world.owned("offer", number, [offer.pk], {"": _hat(who, "read", "offer")})
    world.owned("ticket", number, [ticket.pk], {"": _either(comes, _at(small.agency.pk, "keep", "queue"))})
    world.owned("contact", number, [], {"": contacted})
    world.owned("ledger", number, [], {"": acted})
    for name, value in (
        ("draft_id", draft.pk),
        ("draft", draft),
        ("message_id", message.pk),
        ("ticket_id", ticket.pk),
        ("entry_id", entry.pk),
    ):
        world.pools.setdefault(name, []).append(value)


def _things_of_a_post(world: ReachWorld, actor: Actor, number: int) -> None:
    post = actor.post
    assert post is not None
    colleague = next(
        a for a in world.actors.values() if a.post and a.post.agency_id == post.agency_id and a.post.id != post.id
    )
    absence = Absence.objects.create(
        post_id=post.id, stand_in_id=known(colleague.post_id), agency_id=post.agency_id, first_day=TODAY,
        last_day=TODAY + timedelta(days=3), reason=mark("absence", number), entered_at=NOW,
    )  # fmt: skip
    template = NoticeTemplate.objects.create(
        agency_id=post.agency_id, name=mark("template", number), version=1, text=mark("template", number),
        entered_at=NOW, entered_by="某某",
    )  # fmt: skip
    view = SavedView.objects.create(post_id=post.id, name=mark("view", number), query={})
    run = BulkRun.objects.create(id=uuid.uuid4(), post_id=post.id, act="accept", reason=mark("bulk", number), at=NOW)
    case = world.cases[0 if number == 0 else 3]
    BulkResult.objects.create(run=run, case=case, done=False, message=mark("bulk", number))
    keeps = _of_post(post.id, "keep", "inbox_view")
    world.pools["knows"][0 if number == 0 else 3].append(keeps)
    message = Message.objects.create(
        event_id=90 + number, notice="x", person_id=known(actor.person_id), post_id=post.id, case=case, created_at=NOW,
        texts={k: {"title": mark("message", 90 + number), "text": ""} for k in ("zh", "en")},
    )  # fmt: skip
    told = _of_post(post.id, "read", "message")
    world.pools["knows"][0 if number == 0 else 3].append(told)
    # That somebody is away their colleagues see; why, only the head and who is away.
    reason = _either(_of_post(post.id, "enter", "absence"), _at(post.agency_id, "enter", "absence"))
    away = _either(reason, _at(post.agency_id, "note", "case"))
    words = _either(_at(post.agency_id, "maintain", "notice_template"), _at(post.agency_id, "note", "case"))
    world.owned("absence", number, [absence.pk], {"": reason, "id": away})
    world.owned("template", number, [template.pk], {"": words})
    world.owned("view", number, [view.pk], {"": keeps})
    world.owned("bulk", number, [run.pk], {"": keeps})
    world.owned("message", 90 + number, [message.pk], {"": told})
    world.pools.setdefault("template_id", []).append(template.pk)
    world.pools.setdefault("run_id", []).append(run.pk)
    world.pools.setdefault("message_id", []).append(message.pk)
    world.pools.setdefault("post_id", []).append(post.id)


def _bundle(world: ReachWorld, small: SmallWorld, people: _People) -> None:
    BundleVersion.objects.create(
        code="reach", version=1, name="开店", name_en="A shop", document=BUNDLE, entered_at=NOW, entered_by=""
    )
    bundle = BundleCase.objects.create(
        number="450721000000260690", code="reach", version=1, region_id=COUNTY,
        lead_agency=world.agencies["planning", COUNTY], person_id=known(people.applicant.person_id),
        applicant_name=mark("bundle", 0), answers={}, joint=False, submitted_at=NOW,
    )  # fmt: skip
    for position, name in enumerate(("shop", "sign")):
        BundlePart.objects.create(
            bundle=bundle, name=name, position=position, service=small.service, service_version=small.version,
            case=None if position else world.cases[0], state="waiting" if position else "open", changed_at=NOW,
        )  # fmt: skip
    whole = _either(
        _hat(people.applicant, "read", "bundle"),
        _at(bundle.lead_agency_id, "read", "bundle", Relation.LEAD_AGENCY),
    )
    world.pools["knows"][0].append(whole)
    world.owned("bundle", 0, [bundle.pk, bundle.number, written(bundle.number)],
                {"": whole, "id": _either(whole, _reads(world, 0))})  # fmt: skip
    world.pools["bundle_id"] = [bundle.pk]
