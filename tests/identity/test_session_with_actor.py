"""Whoever was here before is read together with the session; what has changed since counts at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tests.world import SmallWorld
from tongban.identity import tokens
from tongban.identity.actor import VISITOR, Actor
from tongban.identity.middleware import HAT_SESSION_KEY, actor_of
from tongban.identity.models import Account, Delegation, Post
from tongban.identity.sessions import SessionStore

Asking = Callable[[], tuple[Actor, int]]


@pytest.fixture
def client_of(small: SmallWorld) -> Client:
    """An officer's browser, in the hat of the post."""
    client = Client()
    client.force_login(Account.objects.get(username="liang"))
    wear(client, small.window.hat)
    return client


@pytest.fixture
def ask(client_of: Client) -> Asking:
    """Who the next request of the browser comes from, and how many queries that took."""

    def next_request() -> tuple[Actor, int]:
        request = RequestFactory().get("/")
        request.session = SessionStore(client_of.cookies["sessionid"].value)
        request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment] # as the middleware has it
        with CaptureQueriesContext(connection) as asked:
            return actor_of(request), len(asked)

    return next_request


def wear(client: Client, hat: str) -> None:
    session = client.session
    session[HAT_SESSION_KEY] = hat
    session.save()


def test_the_second_time_it_is_one_query(ask: Asking, small: SmallWorld) -> None:
    first, queries = ask()
    assert (first.post, queries) == (small.window.post, 2)
    assert ask() == (first, 1)


def test_another_hat_is_worn_from_the_next_request_on(ask: Asking, small: SmallWorld, client_of: Client) -> None:
    ask()
    wear(client_of, "person")
    person, queries = ask()
    assert (person.post, person.account_id, queries) == (None, small.window.account_id, 2)
    assert ask() == (person, 1)


def test_a_post_that_ended_is_held_no_more(ask: Asking, small: SmallWorld) -> None:
    officer, _queries = ask()
    assert officer.post is not None
    Post.objects.filter(pk=officer.post.id).update(valid_to=timezone.localdate())
    assert ask()[0].post is None


def test_whose_password_was_changed_or_account_closed_is_out(ask: Asking) -> None:
    account = Account.objects.get(username="liang")
    assert ask()[0].is_signed_in
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert ask()[0] == VISITOR
    Account.objects.filter(pk=account.pk).update(is_active=True)
    assert ask()[0].is_signed_in
    account.set_password("another one, quite long")
    account.save()
    assert ask()[0] == VISITOR


def test_a_session_that_ended_or_expired_is_nobodys(ask: Asking) -> None:
    ask()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert ask()[0] == VISITOR
    Session.objects.all().delete()
    assert ask()[0] == VISITOR


def test_a_mandate_is_read_each_time(ask: Asking, small: SmallWorld, client_of: Client) -> None:
    client_of.force_login(Account.objects.get(username="lao"))
    wear(client_of, small.agent.hat)
    agent, _queries = ask()
    assert agent == small.agent
    assert ask() == (agent, 1)
    Delegation.objects.filter(agent_id=agent.person_id).update(valid_to=timezone.localdate())
    assert ask()[0].organisation_id is None


def test_when_too_many_were_here_all_are_forgotten(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens._worn.clear()  # noqa: SLF001 - other tests' sessions
    monkeypatch.setattr(tokens, "MOST_WORN", 1)
    ask()
    tokens.note_worn("another", "account", "person")
    assert list(tokens._worn) == ["another"]  # noqa: SLF001 - what it keeps is nobody else's
    assert ask()[1] == 2
    tokens._worn.clear()  # noqa: SLF001 - no account of that name
