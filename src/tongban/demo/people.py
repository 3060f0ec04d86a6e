"""The demonstration's people: accounts, persons, organisations, delegations, posts."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from tongban.demo.content import read
from tongban.demo.identifiers import COMPANY, credit_code, id_number, phone
from tongban.government.models import Agency
from tongban.identity.actions import Identity, appoint, delegate, open_account, register_organisation, register_person
from tongban.identity.actor import Actor, actor_for
from tongban.identity.delegating import Invitation, accept_delegation, given_by, offer_delegation
from tongban.identity.finding import PaperGiven, person_by_paper
from tongban.identity.mandates import Deed
from tongban.identity.models import Account, AssuranceLevel, Delegation, Organisation, Person, Post, Role
from tongban.identity.papers import PaperKind
from tongban.identity.signin import second_factor
from tongban.identity.signin.accounts import contact_index
from tongban.identity.signin.rules import Contact

# Lingshan county's code before and since 1994, when Qinzhou became a city (GB/T 2260); a number keeps the older one.
_COUNTY_BEFORE, _COUNTY_SINCE, _CHANGED_IN = "452824", "450721", 1994
SINCE = date(2024, 7, 1)
OLD_APPLICANTS = 6
# An odd serial is a man's, an even one a woman's.
_FIRST_OF_NAMED, _FIRST_OF_APPLICANTS, _FIRST_OF_OFFICERS = 11, 101, 301


def citizen_number(born: date, serial: int) -> str:
    """The identity number of somebody born in Lingshan."""
    county = _COUNTY_BEFORE if born.year < _CHANGED_IN else _COUNTY_SINCE
    return id_number(county, born, serial)


@dataclass(frozen=True)
class Human:
    """One of the people: user name, name, number."""

    username: str
    name: str
    born: date
    serial: int
    is_named: bool = False
    passport: PaperGiven | None = None
    assurance_level: int = AssuranceLevel.REAL_PERSON

    @property
    def id_number(self) -> str:
        """A citizen's number; empty for a foreigner."""
        return "" if self.passport else citizen_number(self.born, self.serial)

    @property
    def paper(self) -> PaperGiven:
        """By what they are found in the register."""
        return self.passport or PaperGiven(PaperKind.RESIDENT, self.id_number)

    @property
    def phone(self) -> str:
        return phone(self.serial)


def humans() -> Iterator[Human]:
    """Everybody: the named accounts, the other applicants, the other officers."""
    content = read("people")
    for place, person in enumerate(content["named"]):
        serial = _FIRST_OF_NAMED + 2 * place + (person["sex"] == "f")
        yield Human(
            person["username"],
            person["name"],
            person["born"],
            serial,
            is_named=True,
            passport=PaperGiven(PaperKind.PASSPORT, **person["passport"]) if "passport" in person else None,
            assurance_level=person.get("assurance_level", AssuranceLevel.REAL_PERSON),
        )
    for place, (name, sex) in enumerate(content["applicants"].items()):
        is_old = place >= len(content["applicants"]) - OLD_APPLICANTS
        born = date(1925 + place if is_old else 1960 + 3 * place, 1 + place % 12, 1 + place * 7 % 28)
        yield Human(applicant_username(place), name, born, _FIRST_OF_APPLICANTS + 2 * place + (sex == "f"))
    officers = [officer for officers in content["officers"].values() for officer in officers.items()]
    for place, (name, sex) in enumerate(officers):
        born = date(1975 + place, 1 + place, 10)
        yield Human(f"officer.{place + 1:02d}", name, born, _FIRST_OF_OFFICERS + 2 * place + (sex == "f"))


def applicant_username(place: int) -> str:
    """The user name of an applicant who is not among the named accounts."""
    return f"applicant.{place + 1:02d}"


def enter_people(actor: Actor, staffed: Iterable[tuple[str, str]]) -> None:
    """Register everybody who is not registered yet, with their organisations and posts.

    Args:
        actor: the platform.
        staffed: (department, region) of the agencies that handle cases: each gets its two officers.
    """
    for human in humans():
        _enter_human(actor, human)
    people = {person.name: person for person in Person.objects.select_related("account")}
    by_username = {person.account.username: person for person in people.values() if person.account}
    for organisation in read("people")["organisations"]:
        _enter_organisation(actor, organisation, people, by_username)
    for person_name, post in _posts(staffed):
        _enter_post(actor, people[person_name], post)


def _enter_human(actor: Actor, human: Human) -> None:
    if person_by_paper(human.paper.kind, human.paper.number, human.paper.country):
        return
    identity = Identity(
        name=human.name,
        id_number=human.id_number,
        phone=human.phone,
        address=f"广西壮族自治区钦州市灵山县灵城街道示例路{human.serial}号",
        assurance_level=human.assurance_level,
        papers=(human.passport,) if human.passport else (),
        born_on=human.born if human.passport else None,
    )
    with transaction.atomic():
        account = open_account(actor, human.username, None)
        if human.is_named:
            account.password = _password()
            account.save(update_fields=["password"])
        register_person(actor, identity, account)


def enter_second_factors() -> None:
    """Let the named accounts take codes at their phone, and give the officers among them an authenticator app.

    All of them have the same key, which is printed: the demonstration shows what the app would show.
    """
    today, key = timezone.localdate(), read("people")["app_key"]
    phones = {human.username: Contact("phone", human.phone) for human in humans() if human.is_named}
    for account in Account.objects.filter(username__in=phones):
        contact = phones[account.username]
        if account.phone_index is None:
            account.take_contact(contact.kind, contact.value, contact_index(contact))
        if second_factor.is_needed(account, today) and not second_factor.is_enrolled(account):
            second_factor.enrol_app(account, key)


@cache
def _password() -> str:
    """The one password of all named accounts, hashed once: a dozen hashes are a dozen times as slow, and a salt of
    its own protects nothing where everybody is told the password.
    """
    return make_password(read("people")["password"])


def _enter_organisation(
    actor: Actor, entry: Mapping[str, Any], people: Mapping[str, Person], by_username: Mapping[str, Person]
) -> None:
    code = credit_code(COMPANY, entry["region"], entry["serial"])
    representative = people[entry["representative"]]
    agent = by_username.get(entry["agent"]) or people[entry["agent"]]
    with transaction.atomic():
        organisation = Organisation.objects.filter(credit_code=code).first()
        if organisation is None:
            organisation = register_organisation(actor, entry["name"], code, representative, entry["name_en"])
        if agent != representative and not Delegation.objects.filter(organisation=organisation, agent=agent).exists():
            delegate(actor, organisation, agent, SINCE)


def enter_delegations(now: datetime) -> None:
    """What people gave each other: offered and accepted by themselves, as on the pages. What stands, stands."""
    by_username, today = {human.username: human for human in humans()}, timezone.localdate(now)
    for entry in read("people")["delegations"]:
        giver, agent = (_themselves(by_username[entry[side]], today) for side in ("of", "to"))
        if Delegation.objects.filter(given_by(giver), invited_name=agent.person_name).exists():
            continue
        invited = by_username[entry["to"]]
        invitation = Invitation(
            kind=entry["kind"],
            name=invited.name,
            number=invited.paper.number,
            paper=invited.paper.kind.value,
            country=invited.paper.country,
            deeds=frozenset(entry.get("deeds", Deed)),
            valid_to=today.replace(year=today.year + 1, day=1),
        )
        with transaction.atomic():
            offered = offer_delegation(giver, invitation, now)
            if entry.get("accepted"):
                accept_delegation(agent, offered.pk, now)


def _themselves(human: Human, today: date) -> Actor:
    return actor_for(Account.objects.get(username=human.username), "person", today)


def _posts(staffed: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Who holds which post: the named ones', then one window and one reviewing officer where these leave a gap."""
    content = read("people")
    held: set[tuple[str, str, str]] = set()
    for person in content["named"]:
        for post in person.get("posts", ()):
            held.add((post["department"], post["region"], post["role"]))
            yield person["name"], post
    for department, region in sorted(staffed):
        window, reviewer = content["officers"][region]
        for name, role, zh, en in (
            (window, Role.WINDOW_OFFICER, "综合窗口", "Window officer"),
            (reviewer, Role.REVIEWING_OFFICER, "审批岗", "Reviewing officer"),
        ):
            if (department, region, role) not in held:
                yield name, {"department": department, "region": region, "role": role, "zh": zh, "en": en}


def _enter_post(actor: Actor, person: Person, post: Mapping[str, str]) -> None:
    agency = Agency.objects.get(department__code=post["department"], region_id=post["region"])
    role = Role(post["role"])
    if not Post.objects.filter(person=person, agency=agency, role=role).exists():
        appoint(actor, person, agency, role, SINCE, title=post["zh"], title_en=post["en"])


class Cast:
    """Actors by who they are, built once: applicants, organisations' agents, officers of an agency."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._actors: dict[tuple[str, str], Actor] = {}
        self._agents: dict[str, Actor] = {}
        self._officers: dict[tuple[uuid.UUID, Role], Actor] = {}

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        return {account.username: account for account in Account.objects.all()}

    def person(self, username: str) -> Actor:
        """The person of a user name, as an applicant."""
        return self._wear(username, "person")

    def agent(self, organisation: str) -> Actor:
        """Who applies for an organisation."""
        if organisation not in self._agents:
            self._agents[organisation] = self._find_agent(organisation)
        return self._agents[organisation]

    def _find_agent(self, organisation: str) -> Actor:
        entry = next(o for o in read("people")["organisations"] if o["name"] == organisation)
        username = entry["agent"] if entry["agent"] in self._accounts else self._username(entry["agent"])
        found = Organisation.objects.get(name=organisation)
        return self._wear(username, f"organisation:{found.pk}")

    def officer(self, agency_id: uuid.UUID, role: Role) -> Actor:
        """An officer of an agency, wearing that post."""
        if (agency_id, role) not in self._officers:
            self._officers[agency_id, role] = self._find_officer(agency_id, role)
        return self._officers[agency_id, role]

    def _find_officer(self, agency_id: uuid.UUID, role: Role) -> Actor:
        post = Post.objects.select_related("person__account").filter(agency_id=agency_id, role=role).earliest("id")
        if post.person.account is None:
            raise ValueError(f"{post} has no account")
        return self._wear(post.person.account.username, f"post:{post.pk}")

    def _username(self, name: str) -> str:
        return next(human.username for human in humans() if human.name == name)

    def _wear(self, username: str, hat: str) -> Actor:
        key = (username, hat)
        if key not in self._actors:
            actor = actor_for(self._accounts[username], hat, self._today)
            if actor.hat != hat:
                raise ValueError(f"{username} does not hold {hat}")
            self._actors[key] = actor
        return self._actors[key]
