"""What is wrong with an answer, in both languages, naming the field; never the answer itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import get_language

Words = Mapping[str, str]


def in_language(words: Words, language: str) -> str:
    """The words in a language (``zh-hans``, ``en``); the other language's where there are none."""
    wanted = "en" if language.startswith("en") else "zh"
    return words.get(wanted) or words.get("zh") or words.get("en") or ""


def worded(words: Words | None) -> str:
    """The words in the reader's language."""
    return in_language(words or {}, get_language() or "")


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one answer.

    Attributes:
        field: Name of the field; empty if the error is about the whole.
        pointer: JSON pointer (RFC 6901) to the answer.
        code: Stable identifier: required, type, minimum, format ...
        words: The message in Chinese (``zh``) and English (``en``).
    """

    field: str
    pointer: str
    code: str
    words: Words

    def in_language(self, language: str) -> str:
        """The message in the reader's language."""
        return in_language(self.words, language)


class _Labelled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> Words: ...
    @property
    def widget(self) -> str: ...
    @property
    def invalid(self) -> Words: ...


# Code to (Chinese, English); {label} and {limit} are filled in.
_WORDS: dict[str, tuple[str, str]] = {
    "fill": ("请填写{label}", "Enter {label}"),
    "choose": ("请选择{label}", "Select {label}"),
    "upload": ("请上传{label}", "Upload {label}"),
    "tick": ("请勾选确认：{label}", "Tick to confirm: {label}"),
    "integer": ("{label}应填写整数，例如 12", "{Label} must be a whole number, like 12"),
    "number": ("{label}应填写数字，例如 12.5", "{Label} must be a number, like 12.5"),
    "date": ("{label}应为真实的日期，例如 2026 年 3 月 27 日", "{Label} must be a real date, like 2026 3 27"),
    "past": ("{label}不能晚于今天", "{Label} cannot be later than today"),
    "minLength": ("{label}至少填写 {limit} 个字", "{Label} must have at least {limit} characters"),
    "maxLength": ("{label}最多填写 {limit} 个字", "{Label} must have {limit} characters or fewer"),
    "minimum": ("{label}不能小于 {limit}", "{Label} must be {limit} or more"),
    "maximum": ("{label}不能大于 {limit}", "{Label} must be {limit} or less"),
    "exclusiveMinimum": ("{label}应大于 {limit}", "{Label} must be more than {limit}"),
    "exclusiveMaximum": ("{label}应小于 {limit}", "{Label} must be less than {limit}"),
    "multipleOf": ("{label}应为 {limit} 的倍数", "{Label} must be a multiple of {limit}"),
    "minItems": ("{label}至少选择 {limit} 项", "Select at least {limit} for {label}"),
    "maxItems": ("{label}最多选择 {limit} 项", "Select at most {limit} for {label}"),
    "enum": ("请从所列选项中选择{label}", "Select {label} from the list"),
    "cn-id-number": (
        "{label}应为有效的 18 位公民身份号码，请核对每一位",
        "{Label} must be a valid identity number of 18 characters; check each of them",
    ),
    "cn-uscc": (
        "{label}应为有效的 18 位统一社会信用代码，请核对每一位",
        "{Label} must be a valid unified social credit code of 18 characters; check each of them",
    ),
    "cn-phone": (
        "{label}应为手机号码或带区号的固定电话，例如 0771-5551234",
        "{Label} must be a mobile number, or a fixed line with its area code, like 0771-5551234",
    ),
    "email": (
        "{label}应为电子邮箱地址，例如 name@example.cn",
        "{Label} must be an address like name@example.cn",
    ),
    "unexpected": ("在您的情形下不需要填写{label}", "{Label} is not asked for in your case"),
    "unknown": ("没有名为“{label}”的填写项", "There is no field named {label}"),
    "invalid": ("{label}的内容不符合要求，请按提示填写", "{Label} is not as asked for; see the hint"),
}
_ASKS = {
    "select": "choose",
    "radios": "choose",
    "checkboxes": "choose",
    "file": "upload",
}


def pointer(*parts: object) -> str:
    """A JSON pointer from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def field_error(field: _Labelled, code: str, *, limit: object = "", at: str = "", words: str = "") -> FieldError:
    """The error of a code about a field; ``words`` names the message where it is narrower than the code."""
    key = words or code
    if code == "required":
        key = _ASKS.get(field.widget, "fill")
    if field.invalid and code in {"pattern", "invalid", "format"}:
        return FieldError(field.name, at or pointer(field.name), code, field.invalid)
    return FieldError(
        field.name,
        at or pointer(field.name),
        code,
        _fill(key, field.label.get("zh", field.name), field.label.get("en", field.name), limit),
    )


def unknown_field(name: str) -> FieldError:
    """The error about an answer to a question that is not asked."""
    return FieldError(name, pointer(name), "unknown", _fill("unknown", name, name, ""))


def whole_error(code: str) -> FieldError:
    """An error that belongs to no single field."""
    return FieldError("", "", code, _fill("invalid", "表单", "the form", ""))


def _fill(key: str, chinese: str, english: str, limit: object) -> dict[str, str]:
    zh, en = _WORDS.get(key, _WORDS["invalid"])
    # "Enter contact phone", but "Enter ID number": an initial is lowered only before a small letter.
    lowered = english[:1].lower() + english[1:] if english[1:2].islower() else english
    raised = english[:1].upper() + english[1:]
    return {
        "zh": zh.format(label=chinese, limit=limit),
        "en": en.format(label=lowered, Label=raised, limit=limit),
    }
