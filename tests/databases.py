"""The databases of a test run."""

from django.db import connection, transaction

# The variable that names the database from which those of the workers are copied.
MIGRATED = "TONGBAN_TEST_TEMPLATE"
# What migrating wrote and nothing changes.
_KEPT = ["django_content_type", "auth_permission", "django_migrations"]


def delete_rows(_test: object = None) -> None:
    """Delete what tests committed.

    Django would truncate every table and write the permissions anew: two hundred tables are as many new files, and most
    of them hold nothing. Constraints and triggers, those of the ledger too, look away meanwhile.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "SELECT string_agg(format('DELETE FROM %%I;', relname), '') FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s) AND pg_relation_size(oid) > 0",
            [_KEPT],
        )
        if deletions := cursor.fetchone()[0]:
            cursor.execute(deletions)
