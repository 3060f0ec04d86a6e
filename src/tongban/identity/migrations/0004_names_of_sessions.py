"""Sessions are kept under a name made from their key, no longer under the key; those that live go on."""

from django.db import migrations

# As `identity.sessions.SessionName` makes it.
_NAMED = "left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 40)"


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_optional_scopes"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            f"UPDATE {table} SET session_key = {_NAMED} WHERE length(session_key) < 40", migrations.RunSQL.noop
        )
        for table in ("django_session", "usersessions_usersession")
    ]
