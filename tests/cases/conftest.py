"""Fixtures import inside: this file may be read before Django is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kept import copied, kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.world import SmallWorld
    from tongban.cases.models import Case
    from tongban.identity.actor import Actor


def _build() -> SmallWorld:
    from tests.world import SmallWorld

    return SmallWorld.build()


built = kept(_build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def submitted(world: SmallWorld) -> Callable[..., Case]:
    """Submits a complete application of the citizen's (or of whom it is told) at a moment."""
    from tests.world import ANSWERS, NOW, PDF
    from tongban.cases import actions

    def submit(actor: Actor | None = None, now: datetime = NOW) -> Case:
        who = actor or world.citizen
        plan = actions.upload(who, "平面图.pdf", PDF)
        return actions.submit_application(who, world.service.pk, ANSWERS, {1: [plan.pk]}, now)

    return submit
