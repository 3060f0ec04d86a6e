"""The small world, with identity numbers and a second service: who invites whom must be found by number."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from stdnum.cn import ric

from tests.world import ANSWERS, NOW, PDF, TODAY, SmallWorld
from tongban.cases.actions import submit_application, upload
from tongban.cases.models import Case
from tongban.foundation.sealing import blind_index
from tongban.identity.actor import Actor, actor_for
from tongban.identity.delegating import Invitation, accept_delegation, offer_delegation
from tongban.identity.models import Account, Delegation, Person
from tongban.items.models import Item, Service, ServiceVersion

YEAR = timedelta(days=365)


def number(born: date, serial: int = 1) -> str:
    """An identity number of somebody born in Lingshan."""
    front = f"450721{born:%Y%m%d}{serial:03d}"
    return front + str(ric.calc_check_digit(front + "0"))


MOTHER, CARER, STRANGER = (number(date(1950, 1, 1), n) for n in (1, 2, 3))


@dataclass(frozen=True)
class People:
    """`mother` is the small world's citizen; the carer is its agent, in their own hat."""

    world: SmallWorld
    mother: Actor
    carer: Actor
    stranger: Actor
    representative: Actor
    other_service: Service

    @classmethod
    def build(cls, world: SmallWorld | None = None) -> "People":
        """In the small world, a new one unless one is given."""
        world = world or SmallWorld.build()
        actors = [world.citizen, _own(world.agent), world.stranger]
        for actor, id_number in zip(actors, (MOTHER, CARER, STRANGER), strict=True):
            index = blind_index(id_number, "person.id_number")
            Person.objects.filter(pk=person_of(actor).pk).update(id_number=id_number, id_number_index=index)
        return cls(
            world=world,
            mother=actors[0],
            carer=actors[1],
            stranger=actors[2],
            representative=wearing(actors[2], f"organisation:{world.organisation.pk}"),
            other_service=_second_service(world),
        )

    def invitation(self, **given: object) -> Invitation:
        """To the carer, in everything, for a year."""
        return replace(Invitation("carer", "劳文静", CARER, valid_to=TODAY + YEAR), **given)  # type: ignore[arg-type]

    def delegated(self, **given: object) -> tuple[Delegation, Actor]:
        """The mother's delegation to the carer, accepted; and the carer's hat for her."""
        offered = offer_delegation(self.mother, self.invitation(**given), NOW)
        accept_delegation(self.carer, offered.pk, NOW)
        return offered, wearing(self.carer, f"person:{self.mother.person_id}")

    def apply(self, actor: Actor, service: Service | None = None, now: datetime = NOW) -> Case:
        """An application in this hat."""
        kept = upload(actor, "plan.pdf", PDF)
        chosen = service or self.world.service
        return submit_application(actor, chosen.pk, ANSWERS, {1: [kept.pk]}, now)


def account_of(actor: Actor) -> Account:
    """The account an actor signed in with."""
    assert actor.account_id is not None
    return Account.objects.get(pk=actor.account_id)


def person_of(actor: Actor) -> Person:
    """The human an actor is."""
    assert actor.person_id is not None
    return Person.objects.get(pk=actor.person_id)


def wearing(actor: Actor, hat: str, day: date = TODAY) -> Actor:
    """The same human in another hat they hold on the day."""
    found = actor_for(account_of(actor), hat, day)
    assert found.hat == hat, "the hat is not held"
    return found


def hats(actor: Actor, day: date = TODAY) -> set[str]:
    """The keys of every hat the human holds on the day."""
    from tongban.identity.actor import hats_of

    return {hat.key for hat in hats_of(account_of(actor), day)}


def _own(actor: Actor) -> Actor:
    return wearing(actor, "person")


def _second_service(world: SmallWorld) -> Service:
    item = Item.objects.create(
        code="000131002000",
        name="食品摊贩登记",
        name_en="Food stall registration",
        item_type="01",
        department=world.agency.department,
        levels=[3],
    )
    service = Service.objects.create(
        item=item, agency=world.agency, platform=world.service.platform, catalogue_code=item.code
    )
    version = ServiceVersion.objects.get(pk=world.version.pk)
    materials = list(version.materials.all())
    version.pk, version.service, version.name = uuid.uuid4(), service, "食品摊贩登记"
    version.state = ServiceVersion.State.DRAFT
    version._state.adding = True  # noqa: SLF001 - Django's way to copy a row
    version.save()
    for material in materials:
        material.pk, material.version = None, version
        material._state.adding = True  # noqa: SLF001 - the same
        material.save()
    version.state = ServiceVersion.State.PUBLISHED
    version.save()
    return service
