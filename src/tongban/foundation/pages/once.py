"""`{% once %}`: a part of a page that is drawn once for each set of values, and then kept by the web process.

    {% once frame=page.frame holes path=page.path %} … {% endonce %}

Within it nothing is known but what the tag names, so that no page can get what was drawn for another: a value that was
forgotten is simply missing. Values before `holes` choose which drawing it is, together with the language. Those after
it (and the page's `csrf_token`) differ from page to page and are put into the drawing each time, escaped; they may be
printed or handed to a component that prints them, not asked about. What people type belongs there.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.template import Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tongban.foundation.pages.context import Frame

_HOLES = "holes"
_CSRF = "csrf_token"
_LANGUAGE = "language of once"
# No text of anybody's can hold this by chance or on purpose.
_MARK = f"hole{secrets.token_hex(12)}"
_AT_HOLES = re.compile(rf"{_MARK}-(\w+)-")
# Of one place in a template; then all are forgotten, which costs no more than drawing them again.
MOST_KEPT = 500


class _UnkeptError(TypeError):
    """A value by which no drawing can be found again."""


class OnceNode(Node):
    """Keeps what its nodes drew, in parts between its holes."""

    # Nothing in here is of interest to who looks for blocks, as Django does through all of a frame on every page.
    child_nodelists = ()

    def __init__(self, nodes: NodeList, chosen_by: Mapping[str, FilterExpression], holes: Mapping[str, Any]) -> None:
        self.nodelist, self._chosen_by, self._holes = nodes, chosen_by, holes
        self._kept: dict[object, Sequence[str]] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: expression.resolve(context) for name, expression in self._chosen_by.items()}
        try:
            key = _language(context), *map(frozen, values.values())
        except _UnkeptError:
            parts = self._draw(context, values)
        else:
            parts = self._kept.get(key) or self._keep(key, self._draw(context, values))
        if len(parts) == 1:
            return mark_safe(parts[0])  # noqa: S308 - our templates escape
        found = list(parts)
        for place in range(1, len(parts), 2):
            name = parts[place]
            value = context.get(_CSRF, "") if name == _CSRF else self._holes[name].resolve(context)
            found[place] = conditional_escape("" if value is None else value)
        return mark_safe("".join(found))  # noqa: S308 - the same

    def _draw(self, context: Context, values: Mapping[str, object]) -> Sequence[str]:
        marks = {name: f"{_MARK}-{name}-" for name in (_CSRF, *self._holes)}
        return _AT_HOLES.split(self.nodelist.render(context.new({**values, **marks})))

    def _keep(self, key: object, parts: Sequence[str]) -> Sequence[str]:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = parts
        return parts


def _language(context: Context) -> str:
    """The reader's, asked for once a template."""
    language: str = context.render_context.get(_LANGUAGE) or get_language() or ""
    context.render_context[_LANGUAGE] = language
    return language


def frozen(value: object) -> object:
    """What stands for a value in a key: equal only where it is printed the same.

    Raises:
        TypeError: it is neither text, number, truth or nothing, nor made of these, nor a page's frame.
    """
    kind = type(value)
    if kind is str:
        return value
    if kind is bool or kind is int or kind is SafeString or value is None:
        return kind, value
    if kind is Frame:
        return value
    if isinstance(value, tuple | list):
        return tuple, *map(frozen, value)
    if isinstance(value, Mapping):
        return Mapping, *((key, frozen(one)) for key, one in value.items())
    if isinstance(value, Promise):
        return str(value)
    raise _UnkeptError(kind)


def compile_once(parser: Parser, token: Token) -> OnceNode:
    """The tag's compilation function.

    Raises:
        TemplateSyntaxError: something other than `name=value` is named.
    """
    _name, *bits = token.split_contents()
    place = bits.index(_HOLES) if _HOLES in bits else len(bits)
    before, after = bits[:place], bits[place + 1 :]
    chosen_by, holes = token_kwargs(before, parser), token_kwargs(after, parser)
    if before or after:  # what was understood was taken out
        raise TemplateSyntaxError(f"once takes name=value, not {' '.join([*before, *after])}")
    nodes = parser.parse(("endonce",))
    parser.delete_first_token()
    if nodes.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("once holds no block: what fills it would be known only once")
    return OnceNode(nodes, chosen_by, holes)
