"""By which way an application goes, and what the applicant's situation leaves of form and materials. Pure.

The ordinary way, commitment (告知承诺) where the service offers it and the applicant chooses it, or an officer instead
of a rule. What is settled here is frozen with the case.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.cases.models import Way
from tongban.items.light import Commitment, LightHandling, Situation, Words
from tongban.items.models import Material, Necessity, ServiceVersion

NO_WORDS: Words = {"zh": "", "en": ""}


@dataclass(frozen=True)
class Choice:
    """What an applicant says besides answers and files.

    Attributes:
        situation: answers to the guidance, by question.
        way: a `Way`, or empty for the ordinary one.
        undertaken: they read and undertake the text of the commitment.
        materials_follow: they undertake to hand in later what may follow (容缺).
    """

    situation: Mapping[str, str] = field(default_factory=dict)
    way: str = ""
    undertaken: bool = False
    materials_follow: bool = False


ORDINARY = Choice()


@dataclass(frozen=True)
class Settled:
    """What follows from a choice: the procedure, and what is not asked for."""

    procedure: str
    situation: Situation | None = None
    way: str = ""
    left_out_fields: frozenset[str] = frozenset()
    left_out_materials: frozenset[int] = frozenset()
    commitment: Commitment | None = None


def settled(version: ServiceVersion, light: LightHandling, choice: Choice) -> tuple[Settled, dict[str, str]]:
    """What a choice leads to, and what is wrong with it: by question under `situation.<question>`, or under `way`."""
    problems: dict[str, str] = {}
    situation = None
    if light.guidance:
        wrong = light.guidance.problems(choice.situation)
        problems |= {f"situation.{name}": what for name, what in wrong.items()}
        situation = None if wrong else light.guidance.settle(choice.situation)
    elif choice.situation:
        problems |= dict.fromkeys((f"situation.{name}" for name in choice.situation), "unknown")
    commitment = light.commitment if choice.way == Way.COMMITMENT else None
    if choice.way and choice.way not in ways_of(light):
        problems["way"] = "not_offered"
    if commitment and not choice.undertaken:
        problems["undertaken"] = "missing"
    materials = frozenset(situation.left_out_materials) if situation else frozenset()
    return (
        Settled(
            procedure=commitment.procedure if commitment else version.procedure,
            situation=situation,
            way=choice.way,
            left_out_fields=situation.left_out_fields if situation else frozenset(),
            left_out_materials=materials | (commitment.replaces if commitment else frozenset()),
            commitment=commitment,
        ),
        problems,
    )


def ways_of(light: LightHandling) -> tuple[str, ...]:
    """The ways a service offers besides the ordinary one."""
    return (*((Way.COMMITMENT,) if light.commitment else ()), *((Way.OFFICER,) if light.instant else ()))


def undertaking_of(commitment: Commitment) -> dict[str, Any]:
    """The text of an undertaking as it is kept with the case."""
    return {
        "version": commitment.version,
        "conditions": dict(commitment.conditions),
        "duties": dict(commitment.duties),
        "liability": dict(commitment.liability),
        "check_within_days": commitment.check_within_days,
    }


def personal_list(
    version: ServiceVersion,
    light: LightHandling,
    done: Settled,
    form: Mapping[str, Words],
    fetched: Collection[int] = (),
) -> dict[str, Any]:
    """The applicant's own list: what was asked and answered, and what of materials and form remained.

    Args:
        version: what is applied for.
        light: its light handling.
        done: what was settled.
        form: labels of the fields that remain, in order.
        fetched: positions of materials that were fetched.
    """
    situation = done.situation
    return {
        "guidance_version": light.guidance.version if light.guidance else None,
        "asked": [
            {
                "id": question.id,
                "question": dict(question.label),
                "value": situation.answers[question.id],
                "answer": dict(question.wording(situation.answers[question.id])),
            }
            for question in situation.asked
        ]
        if situation
        else [],
        "materials": [_line(material, done, fetched) for material in version.materials.all()],
        "fields": [{"name": name, "label": dict(label)} for name, label in form.items()],
        "left_out_fields": sorted(done.left_out_fields),
    }


def _line(material: Material, done: Settled, fetched: Collection[int]) -> dict[str, Any]:
    because: Words = NO_WORDS
    if done.situation and material.position in done.situation.left_out_materials:
        how, because = "not_needed", done.situation.left_out_materials[material.position]
    elif done.commitment and material.position in done.commitment.replaces:
        how = "undertaken"
    elif material.resource_code:
        how = "government"
    elif material.position in fetched:
        how = "fetched"
    else:
        how = {Necessity.OPTIONAL: "optional", Necessity.DEFERRABLE: "deferrable"}.get(
            Necessity(material.necessity or Necessity.REQUIRED), "hand_in"
        )
    name = {"zh": material.name, "en": str(material.english.get("name", "")) or material.name}
    return {"position": material.position, "name": name, "how": how, "because": dict(because)}
