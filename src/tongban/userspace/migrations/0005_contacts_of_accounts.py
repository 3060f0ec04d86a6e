"""Messages go where the account takes codes, and nowhere else. An address that was stated for messages alone waits to be
confirmed by its owner; one that the account has proven already is not kept twice.
"""

from typing import Any

import tongban.foundation.sealing
from django.db import migrations


def drop_what_the_account_has(apps: Any, _schema_editor: Any) -> None:
    stated = apps.get_model("userspace", "Contact").objects.exclude(stated_email=None)
    for contact in stated.select_related("person__account").iterator():
        account = contact.person.account
        if account and account.email and account.email.lower() == contact.stated_email.strip().lower():
            contact.stated_email = None
            contact.save(update_fields=["stated_email"])


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_names_of_sessions"),
        ("userspace", "0004_messages_of_bundles"),
    ]

    operations = [
        # The column keeps its name: what is sealed is bound to it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("contact", "email", "stated_email"),
                migrations.AlterField(
                    "contact", "stated_email", tongban.foundation.sealing.SealedField(db_column="email", null=True)
                ),
            ]
        ),
        migrations.RunPython(drop_what_the_account_has, migrations.RunPython.noop),
    ]
