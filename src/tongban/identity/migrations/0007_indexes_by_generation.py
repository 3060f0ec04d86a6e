"""Look-up indexes stand under a generation of a key that can be changed; those that are there become generation 0."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from tongban.foundation.blindindex import BlindIndexField, Slot
from tongban.foundation.tables import Together


def _exchanged(model: str, column: str, *, null: bool = True) -> Operation:
    """The column with what it holds as generation 0, in the first place; nothing has to be computed."""
    table, placed = f"identity_{model}", f"{column}_placed"
    statements = [
        f"ALTER TABLE {table} ADD COLUMN {placed} bytea[]",
        rf"UPDATE {table} SET {placed} = ARRAY['\x00000000'::bytea || decode({column}, 'hex'), NULL, NULL]"  # noqa: S608 - our own names
        f" WHERE {column} <> ''",
        f"ALTER TABLE {table} DROP COLUMN {column}",
        f"ALTER TABLE {table} RENAME COLUMN {placed} TO {column}",
    ]
    if not null:
        statements.append(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
    return migrations.SeparateDatabaseAndState(
        [migrations.RunSQL(";\n".join(statements))],
        [migrations.RemoveField(model, column), migrations.AddField(model, column, BlindIndexField(null=null))],
    )


def _once(model: str, column: str, name: str, *within: str) -> list[Operation]:
    return [
        migrations.AddConstraint(model, models.UniqueConstraint(*within, Slot(column, slot), name=f"{name}_{slot}"))
        for slot in (1, 2)
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0006_whose_sign_in_is_taken"),
    ]

    operations = [
        Together(
            [
                migrations.RemoveConstraint("foreignidentity", "foreign_identity_once"),
                _exchanged("account", "phone_index"),
                _exchanged("account", "email_index"),
                _exchanged("person", "id_number_index"),
                _exchanged("identitypaper", "number_index", null=False),
                _exchanged("delegation", "invited_index"),
                _exchanged("foreignidentity", "subject_index", null=False),
                *_once("account", "phone_index", "account_phone_once"),
                *_once("account", "email_index", "account_email_once"),
                *_once("person", "id_number_index", "person_id_number_once"),
                *_once("identitypaper", "number_index", "paper_number_once"),
                *_once("foreignidentity", "subject_index", "foreign_identity_once", "provider"),
                migrations.AddIndex("delegation", models.Index(Slot("invited_index", 1), name="delegation_invited_1")),
                migrations.AddIndex("delegation", models.Index(Slot("invited_index", 2), name="delegation_invited_2")),
            ]
        )
    ]
