"""Files that came with a form's page, put into the content store before the page is parsed."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise

from tongban.foundation import content
from tongban.foundation.errors import InvalidError
from tongban.foundation.forms import FormDefinition
from tongban.foundation.forms.fields import Kind

HeldFiles = dict[str, dict[str, str]]
FileErrors = dict[str, list[str | Promise]]


def take_files(
    definition: FormDefinition,
    group_id: str,
    uploaded: Mapping[str, Any],
    answers: Mapping[str, Any],
) -> tuple[HeldFiles, FileErrors]:
    """Stores what was handed in for a group's file fields; what was handed in earlier stays unless replaced.

    Args:
        definition: The form.
        group_id: The page.
        uploaded: ``request.FILES``.
        answers: The answers so far, which name the files already held.

    Returns:
        The ``files`` argument of ``FormDefinition.parse``, and the errors of files that were refused, in the
        reader's language; a refused file leaves the one held before.
    """
    files: HeldFiles = {}
    errors: FileErrors = {}
    for name in definition.group(group_id).fields:
        if definition.fields[name].kind is not Kind.FILE:
            continue
        held = answers.get(name)
        if isinstance(held, Mapping):
            files[name] = {"digest": str(held["digest"]), "name": str(held["name"])}
        given = uploaded.get(name)
        if given is None:
            continue
        try:
            stored = content.store(given, declared_name=given.name or "", field=name)
        except InvalidError as error:
            errors |= error.fields
        else:
            files[name] = {"digest": stored.digest, "name": stored.name}
    return files, errors
