"""What people and departments have beside cases: delegations, verifications, applications, offers elsewhere, readings.

As in `reach_world`, a judge answers from the row's own columns and the table of rights alone.
"""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.world import NOW, TODAY, SmallWorld
from tongban.cases.models import RegionOffer
from tongban.identity.access_records import DataReading
from tongban.identity.actor import Actor
from tongban.identity.assurance.models import CounterRequest, Verification
from tongban.identity.authority import Relation, may
from tongban.identity.mandates import Basis, Deed, Grant, Mandate
from tongban.identity.models import Account, Application, Consent, Delegation, Person, TrustedProvider
from tongban.userspace.models import SavedMatter

if TYPE_CHECKING:
    from tests.identity.reach_world import Judge, ReachWorld

COUNTER_CODE = "REACH234"
CITY = "450700000000"


def carer_of(principal: Actor) -> tuple[Actor, Actor]:
    """Somebody whom a person lets act for them: in their own hat, and in the hat for that person."""
    assert principal.person_id is not None
    account = Account.objects.create(username="carer")
    person = Person.objects.create(name="照料人", account=account)
    delegation = Delegation.objects.create(
        person_id=principal.person_id, agent=person, kind="carer", deeds=list(Deed), valid_from=TODAY,
        accepted_at=NOW, invited_name="⟦delegation:0:⟧",
    )  # fmt: skip
    own = Actor(account.pk, person.pk, person.name, assurance_level=4)
    mandate = Mandate((Grant(Basis.CARER, delegation.pk),))
    hat = Actor(account.pk, person.pk, person.name, represented_id=principal.person_id, mandate=mandate,
                assurance_level=4)  # fmt: skip
    return own, hat


def add_people(world: "ReachWorld", small: SmallWorld, applicant: Actor, stranger: Actor) -> None:
    """Delegations, verifications, readings."""
    _delegations(world, small)
    for number, who in enumerate((applicant, stranger)):
        assert who.person_id is not None
        _verifications(world, who.person_id, number)
        _reading(world, who.person_id, number)
        SavedMatter.objects.create(person_id=who.person_id, service=small.service, saved_at=NOW)


def _delegations(world: "ReachWorld", small: SmallWorld) -> None:
    carer = world.actors["carer"]
    Delegation.objects.create(
        organisation=small.organisation, agent_id=carer.person_id, kind="agent", deeds=["read"], valid_from=TODAY,
        accepted_at=NOW, invited_name="⟦delegation:1:⟧",
    )  # fmt: skip
    for number, row in enumerate(Delegation.objects.filter(agent=carer.person_id).order_by("id")):

        def sides(actor: Actor, row: Delegation = row) -> bool:
            if actor.post or actor.represented_id or not may(actor, "end", "delegation", {Relation.OWN}):
                return False
            if actor.organisation_id:
                staff = actor.mandate is not None and actor.mandate.is_staff_or_more
                return staff and actor.organisation_id == row.organisation_id
            return actor.person_id in {row.person_id, row.agent_id}

        def agent(actor: Actor, row: Delegation = row) -> bool:
            """The hats of somebody name the delegation they rest on, whatever hat is worn."""
            return actor.person_id == row.agent_id

        def names(actor: Actor, sides: "Judge" = sides, agent: "Judge" = agent) -> bool:
            return sides(actor) or agent(actor)

        parts: dict[str, Judge] = {"": sides, "id": names}
        world.owned("delegation", number, [row.pk], parts)
        world.pools.setdefault("delegation_id", []).append(row.pk)


def _verifications(world: "ReachWorld", person_id: uuid.UUID, number: int) -> None:
    check = world.pools["check_id"][0] if number == 0 else None
    row = Verification.objects.create(
        person_id=person_id, source="counter", level=5, evidence="{}", made_at=NOW, check_made_id=check
    )
    code = COUNTER_CODE[:-1] + str(number)
    CounterRequest.objects.create(
        code=code, person_id=person_id, level=5, come_back="/assurance/", made_at=NOW,
        valid_until=TODAY + timedelta(days=3),
    )  # fmt: skip
    window = world.actors["window_officer market 450721"]

    def own(actor: Actor) -> bool:
        return actor.person_id == person_id and may(actor, "step_up", "verification", {Relation.OWN})

    def checked(actor: Actor) -> bool:
        held = may(actor.themselves(), "revoke", "verification", {Relation.HOLDER})
        return check is not None and actor.post_id == window.post_id and held

    world.owned("verification", number, [row.pk], {"": lambda actor: own(actor) or checked(actor)})
    world.owned("announcement", number, [code], {"": own})
    world.pools.setdefault("verification_id", []).append(row.pk)


def _reading(world: "ReachWorld", person_id: uuid.UUID, number: int) -> None:
    window = world.actors["window_officer market 450721"].post
    assert window is not None
    DataReading.objects.create(
        person_id=person_id, kind="case", object_id=uuid.uuid4(), day=TODAY, first_at=NOW, post_id=window.id,
        agency_id=window.agency_id, purpose="contact", fields=["answers"], asked=True, reason=f"⟦reading:{number}:⟧",
    )  # fmt: skip

    def read_of(actor: Actor) -> bool:
        """Of a human, whoever else they act for; of an organisation's application it would be the organisation's."""
        return actor.person_id == person_id and actor.post is None and actor.organisation_id is None

    world.owned("reading", number, [], {"": read_of})


def add_departments(world: "ReachWorld", small: SmallWorld, citizen: Actor) -> None:
    """Applications of departments, one waiting for review, one published; an offer to people elsewhere."""
    agency_id = small.agency.pk
    common = {
        "agency": small.agency, "audiences": ["person"], "home_uri": "https://a.example.cn/", "sector": "a",
        "registered_at": NOW,
    }  # fmt: skip
    waiting = Application.objects.create(client_id="waiting", name="⟦application:0:⟧", **common)
    published = Application.objects.create(client_id="published", name="查询", state="published", **common)
    consent = Consent.objects.create(
        application=published, account_id=str(citizen.account_id), hat="person", scopes=["openid"], given_at=NOW
    )
    offer = RegionOffer.objects.create(
        service=small.service, mode="collect", region_id=CITY, agency=world.agencies["market", CITY],
        offered_from=TODAY,
    )  # fmt: skip
    provider = TrustedProvider.objects.create(
        platform=small.agency.platform, issuer="https://elsewhere.example.cn", client_id="here",
        client_secret="⟦secret:0:⟧", highest_level=3, trusted_since=NOW, confirmed_at=NOW,
    )  # fmt: skip
    # It is read where another platform is asked, by no query.
    world.owned("secret", 0, [], {"": lambda _actor: False})
    world.pools["provider_id"] = [provider.pk]

    def at_agency(deed: str, kind: str, actor: Actor) -> bool:
        there = actor.post is not None and actor.post.agency_id == agency_id and actor.at_desk is None
        return there and may(actor, deed, kind, {Relation.OWN_AGENCY})

    world.owned("application", 0, [waiting.pk], {
        "": lambda actor: may(actor, "review", "application") or at_agency("register", "application", actor)
    })  # fmt: skip
    world.owned("consent", 0, [consent.pk], {"": lambda actor: actor.account_id == citizen.account_id})
    world.owned("region_offer", 0, [offer.pk], {"": lambda actor: at_agency("maintain", "region_offer", actor)})
    world.pools["application_id"] = [waiting.pk, published.pk]
    world.pools["application"] = [waiting, published]
    world.pools["offer_id"] = [offer.pk]
