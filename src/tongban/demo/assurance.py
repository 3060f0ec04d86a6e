"""Sources of verification for the demonstration: a register and a face check that look at its invented people.

They establish nothing about anybody. `tongban demo` names them in TONGBAN_ASSURANCE_SOURCES; where the demonstration's
world was not loaded they refuse. How to write a real one: docs/assurance.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import get_language

from tongban.demo.people import humans
from tongban.demo.world import is_loaded
from tongban.foundation.errors import InvalidError
from tongban.foundation.forms.formats import is_id_number
from tongban.identity.assurance.sources import Asked, Found, Source, Subject

_ONESELF, _SOMEBODY = "self", "other"


class _DemoSource(Source):
    is_demo = True

    def _registered(self, subject: Subject, number: str) -> None:
        """Raises:
        InvalidError: the demonstration's register does not know this name under this number.
        """
        known = is_loaded() and any(h.name == subject.name and h.id_number == number for h in humans())
        if not known:
            raise InvalidError(
                {
                    "id_number": [
                        _said("演示人口库中没有此人。", "The register of the demonstration does not know this person.")
                    ]
                }
            )


class DemoRegister(_DemoSource):
    """Name and number against the demonstration's register of people: L3."""

    code = "demo-register"
    level = 3
    validity_days = 1825

    def name(self) -> str:
        return _said("姓名和身份证号核验", "Name and identity number")

    def explanation(self) -> str:
        return _said(
            "填写姓名和身份证号码，与人口库比对。", "You state both; they are compared with the register of people."
        )

    def asks(self, subject: Subject) -> Sequence[Asked]:
        number = _number_in_the_register(subject)
        hint = _said(f"演示中填写：{number}", f"In this demonstration: {number}")
        return (
            Asked("name", _said("姓名", "Your name")),
            Asked("id_number", _said("身份证号码", "Identity number"), hint),
        )

    def verify(self, subject: Subject, given: Mapping[str, str], now: datetime) -> Found:  # noqa: ARG002 - none needed
        number = given.get("id_number", "").upper()
        errors: dict[str, list[str]] = {}
        if given.get("name", "") != subject.name:
            errors["name"] = [_said("与账号的姓名不一致。", "This is not the name of your account.")]
        if not is_id_number(number):
            errors["id_number"] = [
                _said("身份证号码无效，请逐位核对。", "This is not a valid identity number; check it digit by digit.")
            ]
        elif subject.id_number and subject.id_number != number:
            errors["id_number"] = [_said("与账号的身份证号码不一致。", "This is not the number of your account.")]
        if errors:
            raise InvalidError(errors)
        self._registered(subject, number)
        return Found({"register": "demonstration"}, number)


class DemoFaceCheck(_DemoSource):
    """A face beside the register's picture: L4. Nobody's face is looked at: the reader says what it is."""

    code = "demo-face"
    level = 4
    validity_days = 365

    def name(self) -> str:
        return _said("人脸核验", "Face check")

    def explanation(self) -> str:
        return _said(
            "实际使用时由摄像头将人脸与人口库照片比对；演示中由您选择摄像头看到的是谁。",
            "A camera would compare your face with the picture in the register. Here you choose what it sees.",
        )

    def asks(self, subject: Subject) -> Sequence[Asked]:
        choices = ((_ONESELF, subject.name), (_SOMEBODY, _said("其他人", "Somebody else")))
        return (Asked("face", _said("摄像头前的是谁？", "Who is before the camera?"), choices=choices),)

    def verify(self, subject: Subject, given: Mapping[str, str], now: datetime) -> Found:  # noqa: ARG002 - none needed
        if given.get("face") not in {_ONESELF, _SOMEBODY}:
            raise InvalidError({"face": [_said("请选择摄像头前的是谁。", "Choose who is before the camera.")]})
        if given["face"] == _SOMEBODY:
            raise InvalidError(
                {"face": [_said("人脸与人口库照片不一致。", "The face is not the one in the register.")]}
            )
        self._registered(subject, subject.id_number)
        return Found({"register": "demonstration", "method": "simulated"})


def _said(chinese: str, english: str) -> str:
    """In the reader's language: what is only the demonstration's stands in no catalogue."""
    return english if (get_language() or "").startswith("en") else chinese


def _number_in_the_register(subject: Subject) -> str:
    return next((human.id_number for human in humans() if human.name == subject.name), "")
