"""Which cases the demonstration has: a fixed list, the same for every loading."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tongban.cases.models import CaseState
from tongban.demo.content import read, service, service_keys
from tongban.demo.people import OLD_APPLICANTS, applicant_username

SEED = "tongban-demo-cases"
_OFFERED = "elder-preference-card"
_FOR_THE_OLD = {"elder-preference-card", "old-age-allowance"}
# How many days ago the cases of a state were begun, at least and at most. Those under review (accepted) lie around
# their own due date instead, so that every light shows and most are in time.
_BEGUN: Mapping[str, tuple[int, int]] = {
    CaseState.SUBMITTED: (0, 8),
    CaseState.RECEIVED: (1, 8),
    CaseState.CORRECTING: (2, 12),
    CaseState.DECIDED: (3, 20),
    CaseState.CLOSED: (15, 240),
    CaseState.REFUSED: (8, 200),
    CaseState.WITHDRAWN: (8, 200),
}


@dataclass(frozen=True)
class Plan:
    """One case to be played.

    Attributes:
        key: what it is known by, so that it is played once.
        service: the described service.
        who: user name of a person, or name of an organisation.
        state: where it ends.
        days: how many days ago it was submitted.
        rating: level given, or None.
    """

    key: str
    service: str
    who: str
    state: str
    days: int
    rating: int | None = None

    def dice(self) -> random.Random:
        """The case's own chance: playing another one first changes nothing."""
        return random.Random(f"{SEED}:{self.key}")  # noqa: S311 # a demonstration, not a secret


def plans() -> list[Plan]:
    """All cases, those of the named accounts first."""
    content = read("cases")
    dice = random.Random(SEED)  # noqa: S311 # the same
    left = dict(content["states"])
    found = []
    for place, entry in enumerate(content["named"]):
        found.append(Plan(f"named-{place:03d}", entry["service"], entry["who"], entry["state"], entry["days"]))
        left[entry["state"]] -= 1
    found += _ordinary(left, dice)
    found += _much_rated(content, dice)
    return _with_few_ratings(found, content["few"])


_ACCEPTED_AFTER = 2  # working days from submission, about
_WEEK, _WORKING_WEEK = 7, 5
_SHORTEST_REVIEW = 3
_LIGHTS, _LIGHT_WEIGHTS = ("green", "yellow", "red"), (6, 3, 2)


def _under_review(promised: int, dice: random.Random) -> int:
    """How many days ago a case was begun that is under review and in time, due soon, or late."""
    elapsed = {
        "green": dice.randint(0, max(0, promised - 4)),
        "yellow": promised - 1,
        "red": promised + dice.randint(1, 4),
    }[dice.choices(_LIGHTS, _LIGHT_WEIGHTS)[0]]
    return round((elapsed + _ACCEPTED_AFTER) * _WEEK / _WORKING_WEEK)


def _applicants(key: str) -> list[str]:
    people = read("people")
    if "person" not in service(key)["audiences"]:
        return [organisation["name"] for organisation in people["organisations"]]
    others = [applicant_username(place) for place in range(len(people["applicants"]))]
    old = ["elder.liang", *others[-OLD_APPLICANTS:]]
    if key == _OFFERED:
        return old[1:]  # elder.liang is offered it
    if key in _FOR_THE_OLD:
        return old
    younger = ["citizen.wei", "citizen.huang", *others[:-OLD_APPLICANTS]]
    return [*younger, *old] if key == read("cases")["rated_service"] else younger


def _ordinary(left: Mapping[str, int], dice: random.Random) -> Iterator[Plan]:
    keys = [key for key in service_keys() if key != read("cases")["rated_service"]]
    reviewed = [key for key in keys if service(key)["promised_limit"] >= _SHORTEST_REVIEW]
    place = 0
    for state, count in left.items():
        for _one in range(count):
            if state == CaseState.ACCEPTED:
                key = reviewed[place % len(reviewed)]
                days = _under_review(service(key)["promised_limit"], dice)
            else:
                key = keys[place % len(keys)]
                days = dice.randint(*_BEGUN[state])
            yield Plan(f"case-{place:03d}", key, dice.choice(_applicants(key)), state, days)
            place += 1


def _much_rated(content: Mapping[str, object], dice: random.Random) -> Iterator[Plan]:
    key, weights = content["rated_service"], content["weights"]
    if not isinstance(key, str) or not isinstance(weights, list):
        raise TypeError("cases.yaml: rated_service is a key, weights a list")
    who = _applicants(key)
    count = int(str(content["rated_service_cases"]))
    for place in range(count):
        # One in ten is not rated: coverage of ratings is a figure, too.
        level = None if place % 10 == 0 else dice.choices((5, 4, 3, 2, 1), weights)[0]
        yield Plan(f"rated-{place:03d}", key, who[place % len(who)], CaseState.CLOSED, dice.randint(4, 300), level)


def _with_few_ratings(found: list[Plan], few: Mapping[str, list[int]]) -> list[Plan]:
    """The plans, with a few ratings given to closed cases of some services."""
    levels = {key: list(given) for key, given in few.items()}
    handled = {CaseState.CLOSED, CaseState.DECIDED, CaseState.REFUSED}
    result = []
    for plan in found:
        waiting = levels.get(plan.service)
        if waiting and plan.state in handled and plan.rating is None and not plan.key.startswith("named"):
            result.append(Plan(plan.key, plan.service, plan.who, plan.state, plan.days, waiting.pop(0)))
        else:
            result.append(plan)
    return result
