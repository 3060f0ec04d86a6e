"""Only the user of a handled case rates it, and once."""

from dataclasses import replace

import pytest

from tests.kept import copied, kept
from tests.world import ANSWERS, NOW, PDF, SmallWorld
from tongban.cases import actions
from tongban.cases.models import Case, Outcome
from tongban.feedback.actions import rate_case
from tongban.feedback.models import Rating
from tongban.feedback.queries import rating_of_case, ratings_of_agency, ratings_of_service
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.identity.actor import VISITOR, Actor

built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


def _case(world: SmallWorld, actor: Actor) -> Case:
    plan = actions.upload(actor, "图.pdf", PDF)
    return actions.submit_application(actor, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)


def _handled(world: SmallWorld, actor: Actor) -> Case:
    case = actions.accept(world.window, _case(world, actor).pk, 1, NOW)
    return actions.decide(world.reviewer, case.pk, 2, NOW, Outcome.GRANTED)


def test_a_handled_case_is_rated_and_everybody_sees_it(world: SmallWorld) -> None:
    case = _handled(world, world.citizen)
    rate_case(world.citizen, case.pk, 5, "很快，谢谢！", NOW)
    for page in (ratings_of_service(VISITOR, world.service.pk), ratings_of_agency(VISITOR, world.agency.pk)):
        assert (page.score.count, page.score.handled, page.score.good_share) == (1, 1, 1.0)
        assert page.rows[0].comment == "很快，谢谢！"
    assert rating_of_case(world.citizen, case.pk) is not None
    assert rating_of_case(world.reviewer, case.pk) is None
    with pytest.raises(NotFoundError):
        rating_of_case(world.stranger, case.pk)


def test_once_only_but_the_same_rating_twice_is_one(world: SmallWorld) -> None:
    case = _handled(world, world.citizen)
    first = rate_case(world.citizen, case.pk, 2, "等了很久", NOW)
    assert rate_case(world.citizen, case.pk, 2, " 等了很久 ", NOW).pk == first.pk
    with pytest.raises(ConflictError):
        rate_case(world.citizen, case.pk, 5, "", NOW)
    assert Rating.objects.count() == 1


def test_not_before_it_is_handled(world: SmallWorld) -> None:
    with pytest.raises(ConflictError):
        rate_case(world.citizen, _case(world, world.citizen).pk, 5, "", NOW)


def test_by_nobody_else(world: SmallWorld) -> None:
    case = _handled(world, world.citizen)
    with pytest.raises(NotFoundError):
        rate_case(world.stranger, case.pk, 5, "", NOW)
    with pytest.raises(NotAllowedError):
        rate_case(world.reviewer, case.pk, 5, "", NOW)


def test_staff_do_not_rate_their_own_agency_even_as_citizens(world: SmallWorld) -> None:
    clerk = replace(world.window, post=None)
    plan = actions.upload(clerk, "图.pdf", PDF)
    case = actions.submit_application(clerk, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)
    case = actions.accept(world.reviewer, case.pk, 1, NOW)
    case = actions.decide(world.second_reviewer, case.pk, 2, NOW, Outcome.GRANTED)
    with pytest.raises(NotAllowedError):
        rate_case(clerk, case.pk, 5, "", NOW)


@pytest.mark.parametrize(
    ("level", "comment", "field"), [(0, "", "level"), (6, "", "level"), (3, "长" * 1001, "comment")]
)
def test_wrong_input_is_named(world: SmallWorld, level: int, comment: str, field: str) -> None:
    case = _handled(world, world.citizen)
    with pytest.raises(InvalidError) as refused:
        rate_case(world.citizen, case.pk, level, comment, NOW)
    assert list(refused.value.fields) == [field]


def test_without_ratings_there_is_a_count_of_nothing(world: SmallWorld) -> None:
    score = ratings_of_service(VISITOR, world.service.pk).score
    assert (score.count, score.handled, score.good_share) == (0, 0, None)
