"""Signing in for a token, ending it, and who one is, over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.problems import problem
from tongban.foundation.rest.schemas import Incoming, Line, Outgoing
from tongban.identity import actions, queries
from tongban.identity.middleware import actor_of, bearer_token
from tongban.identity.signin.actions import SecondFactorNeededError, sign_in_for_token
from tongban.identity.tokens import actor_of_token

router = Router(tags=["Signing in"])

HatKey = Annotated[
    str,
    Field(
        max_length=60,
        pattern=r"^(|person|(person|organisation|post):[0-9a-f-]{36})$",
        description="`person`, `person:<id>` (for another person), `organisation:<id>` or `post:<id>`; the first hat "
        "where none is named.",
    ),
]


class SignIn(Incoming):
    username: Annotated[Line, Field(min_length=1)]
    password: Annotated[Line, Field(min_length=1)]
    hat: HatKey = ""
    code: Annotated[
        Line,
        Field(max_length=20, description="The second factor: what the authenticator app shows, or a recovery code."),
    ] = ""


class TokenOut(Outgoing):
    """The token is shown this once; only its digest is kept."""

    token: str
    token_type: Literal["Bearer"]
    hat: str
    label: str
    expires_at: datetime


class HatOut(Outgoing):
    key: str
    label: str
    role: str


class MeOut(Outgoing):
    username: str
    name: str
    hat: str
    label: str
    role: str
    assurance_level: int
    hats: list[HatOut]


@operation(
    router,
    "POST",
    "/tokens",
    access=Access.PUBLIC,
    decided_by=sign_in_for_token,
    summary="Sign in for a bearer token",
    answer=TokenOut,
    status=201,
    refusals=(401, 403, 429),
    body="application/json",
    examples={"username": "wang.fang", "password": "…"},
)
def create_token(request: HttpRequest, body: SignIn) -> TokenOut | HttpResponse:
    """A token for one hat, good for twelve hours. Send it as `Authorization: Bearer <token>`.

    Who has set up an authenticator app or a passkey sends `code` too; for the hat of a post everybody does.
    After ten failures of an account, or sixty from an address, within a quarter of an hour, the answer is 429.
    """
    challenge = {"WWW-Authenticate": 'Bearer realm="tongban"'}
    try:
        token, kept = sign_in_for_token(request, body.username, body.password, body.hat, body.code)
    except SecondFactorNeededError as error:
        return problem("second-factor-needed", error.detail, headers=challenge)
    except InvalidError as error:
        return problem("wrong-credentials", error.detail, headers=challenge)
    actor = actor_of_token(token, timezone.now())
    return TokenOut(
        token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        hat=kept.hat,
        label=actor.label if actor else "",
        expires_at=kept.expires_at,
    )


@operation(
    router,
    "DELETE",
    "/tokens/current",
    access=Access.SIGNED_IN,
    decided_by=actions.revoke_token,
    summary="End the token in use",
    status=204,
    refusals=(404,),
)
def revoke_token(request: HttpRequest) -> None:
    """From now on it is good for nothing."""
    token = bearer_token(request)
    if not token:
        raise NotFoundError(_("This request carries no token; sign out on the page instead."))
    actions.revoke_token(actor_of(request), token, timezone.now())


@operation(
    router,
    "GET",
    "/me",
    access=Access.SIGNED_IN,
    decided_by=queries.who_am_i,
    summary="Who I am, and my hats",
    answer=MeOut,
)
def read_me(request: HttpRequest) -> MeOut:
    """The actor of this token or session, and every hat the account may wear today."""
    me = queries.who_am_i(actor_of(request), timezone.localdate())
    return MeOut(
        username=me.username,
        name=me.actor.person_name,
        hat=me.actor.hat,
        label=me.actor.label,
        role=me.actor.role,
        assurance_level=me.actor.assurance_level,
        hats=[HatOut(key=hat.key, label=hat.actor.label, role=hat.actor.role) for hat in me.hats],
    )
