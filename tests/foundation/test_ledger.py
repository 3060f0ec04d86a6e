import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from tongban.foundation.ledger import append, digest_of, opening_of
from tongban.foundation.models import LedgerEntry
from tongban.identity.actor import platform_process

ACTOR = platform_process("tests")


@pytest.mark.django_db
def test_an_entry_proves_its_content_without_showing_it() -> None:
    with transaction.atomic():
        entry = append(ACTOR, "submit", "case", 1, {"id_number": "45070219800101001X"})
    kept = LedgerEntry.objects.get(pk=entry.pk)
    opening = opening_of(bytes(kept.salt))
    assert kept.digest == digest_of(opening, {"id_number": "45070219800101001X"})
    assert kept.digest != digest_of(opening, {"id_number": "450702198001010028"})
    # Who holds the database alone cannot try numbers against it.
    assert kept.digest != digest_of(bytes(kept.salt), {"id_number": "45070219800101001X"})
    assert kept.principal == "platform:tests"


@pytest.mark.django_db
def test_the_same_content_has_another_digest_each_time() -> None:
    with transaction.atomic():
        first, second = (append(ACTOR, "submit", "case", 1, {"a": 1}) for _ in range(2))
    assert first.digest != second.digest


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE foundation_ledgerentry SET deed = 'x'", "DELETE FROM foundation_ledgerentry"]
)
def test_the_database_refuses_to_change_the_ledger(statement: str) -> None:
    append(ACTOR, "submit", "case", 1)
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_a_programming_error() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        append(ACTOR, "submit", "case", 1)
    assert not LedgerEntry.objects.exists()
