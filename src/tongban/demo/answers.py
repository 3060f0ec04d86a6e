"""Answers to a form as somebody might give them: from its examples, its choices and its limits."""

import random
from datetime import date, timedelta
from typing import Any

from tongban.demo.identifiers import phone
from tongban.demo.people import citizen_number
from tongban.foundation.forms import Field, FormDefinition
from tongban.foundation.forms.fields import Kind

# Days before (or, negative, after) the application that a question about a day is answered with.
_DAYS_BEFORE: dict[str, tuple[int, int]] = {
    "born_on": (3, 28),
    "lost_on": (1, 20),
    "examined_on": (1, 20),
    "tested_on": (10, 200),
    "signed_on": (5, 40),
    "established_on": (3, 28),
    "qualified_on": (200, 2000),
    "expires_on": (-80, -5),
}
_AHEAD = (-40, -3)
_OPTIONAL_ANSWERED = 0.6


def plausible_answers(form: FormDefinition, day: date, dice: random.Random) -> dict[str, Any]:
    """A whole set of answers that the form accepts.

    Args:
        form: what is asked.
        day: of the application; days asked about lie around it.
        dice: the only source of chance.
    """
    answers: dict[str, Any] = {}
    for name, field in form.fields.items():
        if name not in form.asked(answers):
            continue
        if field.required or dice.random() < _OPTIONAL_ANSWERED:
            answers[name] = _answer(field, day, dice)
    return answers


def _answer(field: Field, day: date, dice: random.Random) -> Any:  # noqa: ANN401 # any JSON value
    schema = field.schema
    examples = schema.get("examples")
    if examples:
        return dice.choice(examples)
    if field.kind is Kind.BOOLEAN:
        return schema.get("const", dice.random() < 0.5)  # noqa: PLR2004 # a coin
    if field.kind is Kind.ARRAY:
        offered = [option.value for option in field.options]
        return dice.sample(offered, dice.randint(1, min(3, len(offered))))
    if field.options:
        return dice.choice(field.options).value
    if field.kind in {Kind.INTEGER, Kind.NUMBER}:
        return schema.get("minimum", 1)
    return _text(field, day, dice)


def _text(field: Field, day: date, dice: random.Random) -> str:
    if field.widget == "date":
        most, least = sorted(_DAYS_BEFORE.get(field.name, _AHEAD), reverse=True)
        return (day - timedelta(days=dice.randint(least, most))).isoformat()
    if field.widget == "id-number":
        born = date(1950, 1, 1) + timedelta(days=dice.randrange(20_000))
        return citizen_number(born, dice.randint(400, 999))
    if field.widget == "phone":
        return phone(dice.randint(1000, 9999))
    raise ValueError(f"the form gives no example of {field.name}")
