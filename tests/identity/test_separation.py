"""Auditor, security officer and administrator are three humans, whoever writes the row."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tests.kept import copied, kept
from tests.world import SmallWorld
from tongban.foundation.errors import ConflictError
from tongban.identity.actions import appoint
from tongban.identity.actor import platform_process
from tongban.identity.models import Person, Post, Role
from tongban.identity.separation import duties_separated

pytestmark = pytest.mark.django_db
OPERATOR = platform_process("tests")
THREE = (Role.AUDITOR, Role.SECURITY_OFFICER, Role.ADMINISTRATOR)


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


def test_no_human_holds_two_of_the_three(world: SmallWorld) -> None:
    person = Person.objects.get(name="韦秀兰")
    appoint(OPERATOR, person, world.agency, Role.AUDITOR, date(2026, 1, 1))
    for role in (Role.SECURITY_OFFICER, Role.ADMINISTRATOR):
        with pytest.raises(ConflictError, match="审计员"):
            appoint(OPERATOR, person, world.other_agency, role, date(2026, 3, 1))
    # The same duty at two agencies, and any other post, are nothing against it.
    appoint(OPERATOR, person, world.other_agency, Role.AUDITOR, date(2026, 1, 1))
    appoint(OPERATOR, person, world.agency, Role.DATA_STEWARD, date(2026, 1, 1))
    assert person.posts.count() == 3


def test_one_after_the_other_is_allowed(world: SmallWorld) -> None:
    person = Person.objects.get(name="韦秀兰")
    post = appoint(OPERATOR, person, world.agency, Role.AUDITOR, date(2026, 1, 1))
    Post.objects.filter(pk=post.pk).update(valid_to=date(2026, 6, 1))
    appoint(OPERATOR, person, world.agency, Role.SECURITY_OFFICER, date(2026, 6, 1))
    # Dating the first anew later runs into the second.
    with pytest.raises(ConflictError), duties_separated(), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(valid_to=date(2026, 6, 2))


def test_two_accounts_of_one_human_cannot_be_put_together_over_it(world: SmallWorld) -> None:
    first, second = Person.objects.filter(name__in=["韦秀兰", "黄建国"])
    appoint(OPERATOR, first, world.agency, Role.AUDITOR, date(2026, 1, 1))
    appoint(OPERATOR, second, world.agency, Role.ADMINISTRATOR, date(2026, 1, 1))
    with pytest.raises(ConflictError), duties_separated(), transaction.atomic():
        second.posts.update(person=first)


def test_other_faults_stay_what_they_are(world: SmallWorld) -> None:
    person = Person.objects.get(name="韦秀兰")
    appoint(OPERATOR, person, world.agency, Role.SUPERVISOR, date(2026, 1, 1))
    with pytest.raises(IntegrityError), duties_separated(), transaction.atomic():
        Post.objects.create(person=person, agency=world.agency, role=Role.SUPERVISOR, valid_from=date(2026, 1, 1))
