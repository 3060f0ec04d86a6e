"""Two workers at once; a module of its own, because what it writes is committed."""

import threading
from typing import Any

import pytest
from django.db import connection

from tests.userspace.test_messages import Broken
from tests.world import NOW
from tongban.identity.models import Account, Person
from tongban.userspace import channels, jobs
from tongban.userspace.jobs import MOST_AT_ONCE, send_messages
from tongban.userspace.models import Contact as Chosen
from tongban.userspace.models import Message, Sending


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Broken()
    provider.mended = True
    monkeypatch.setattr(jobs, "channels", lambda: {"sms": channels.Sms(provider)})
    account = Account.objects.create(username="wei", phone="13800000000")
    person = Person.objects.create(name="韦秀兰", account=account)
    Chosen.objects.create(person=person, by_sms=True)
    texts = {"zh": {"title": "知", "text": "文"}, "en": {"title": "t", "text": "t"}}
    made = [
        Message(event_id=n, notice="submit", person=person, texts=texts, created_at=NOW)
        for n in range(2 * MOST_AT_ONCE)
    ]
    Message.objects.bulk_create(made)
    Sending.objects.bulk_create(Sending(message=one, channel="sms", next_try_at=NOW) for one in made)
    both, sent = threading.Barrier(2), list[Any]()

    def work() -> None:
        try:
            both.wait()
            sent.append(send_messages(NOW))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    send_messages(NOW)
    assert sum(sent) >= MOST_AT_ONCE
    assert sorted(provider.keys) == sorted(str(one.pk) for one in made)
