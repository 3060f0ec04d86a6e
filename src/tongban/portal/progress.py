"""How far a draft is: what is answered, what is missing, what can be sent. Pure: the draft is an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from django.utils.translation import gettext as _

from tongban.cases.queries import DraftView, MaterialTask
from tongban.foundation.forms import Group
from tongban.items.models import Necessity


class Status(Enum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    OPTIONAL = "optional"

    @property
    def label(self) -> str:
        return {
            Status.NOT_STARTED: _("Not started"),
            Status.IN_PROGRESS: _("Not complete"),
            Status.DONE: _("Done"),
            Status.OPTIONAL: _("Optional"),
        }[self]

    @property
    def kind(self) -> str:
        """The kit's kind of tag."""
        return {Status.DONE: "done", Status.IN_PROGRESS: "attention", Status.NOT_STARTED: "waiting"}.get(
            self, "neutral"
        )


@dataclass(frozen=True)
class GroupTask:
    group: Group
    status: Status


@dataclass(frozen=True)
class MaterialProgress:
    task: MaterialTask
    status: Status
    name: str
    necessity: str


@dataclass(frozen=True)
class Progress:
    """A draft's parts with the state of each."""

    groups: Sequence[GroupTask]
    materials: Sequence[MaterialProgress]
    is_guided: bool = True

    @property
    def materials_status(self) -> Status:
        states = {each.status for each in self.materials}
        if Status.NOT_STARTED in states:
            return Status.IN_PROGRESS if Status.DONE in states else Status.NOT_STARTED
        return Status.DONE if Status.DONE in states else Status.OPTIONAL

    @property
    def can_check(self) -> bool:
        """Whether everything needed is there, so that the answers can be checked and sent."""
        ready = {Status.DONE, Status.OPTIONAL}
        statuses = [task.status for task in self.groups] + [each.status for each in self.materials]
        return self.is_guided and ready.issuperset(statuses)

    @property
    def done(self) -> int:
        return sum(status in {Status.DONE, Status.OPTIONAL} for status in self._statuses)

    @property
    def total(self) -> int:
        return len(self._statuses)

    @property
    def _statuses(self) -> list[Status]:
        return [task.status for task in self.groups] + ([self.materials_status] if self.materials else [])


def progress_of(draft: DraftView, today: date) -> Progress:
    """The state of every part of a draft, on that day."""
    wrong = {error.field for error in draft.form.validate(draft.form.trim(draft.answers), today)}
    return Progress(
        groups=[
            GroupTask(group, _group_status(draft, group, draft.answers, wrong))
            for group in draft.form.groups(draft.answers)
        ],
        materials=[
            MaterialProgress(
                task, _material_status(task, defers=draft.defers), task.material.text("name"), necessity_words(task)
            )
            for task in draft.materials
        ],
        is_guided=draft.light.is_guided,
    )


def necessity_words(task: MaterialTask) -> str:
    """Whether a material is required, optional or may follow."""
    return str(task.material.get_necessity_display()) if task.material.necessity else ""


def _group_status(draft: DraftView, group: Group, answers: Mapping[str, object], wrong: set[str]) -> Status:
    asked = draft.form.asked(answers)
    names = [name for name in group.fields if name in asked]
    answered = any(name in answers for name in names)
    if wrong.intersection(names):
        return Status.IN_PROGRESS if answered else Status.NOT_STARTED
    if not answered and not any(asked[name].required for name in names):
        return Status.OPTIONAL
    return Status.DONE


def _material_status(task: MaterialTask, *, defers: bool) -> Status:
    if task.uploads:
        return Status.DONE
    # What may follow does not hold the application back where the procedure lets it.
    needed = task.material.necessity in ({Necessity.REQUIRED} if defers else {Necessity.REQUIRED, Necessity.DEFERRABLE})
    return Status.NOT_STARTED if needed else Status.OPTIONAL
