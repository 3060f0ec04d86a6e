"""Look-up indexes stand under a generation of a key that can be changed; those that are there become generation 0."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from tongban.foundation.blindindex import BlindIndexField, Slot
from tongban.foundation.tables import Together


_EXCHANGED = (
    ("account", "phone_index"),
    ("account", "email_index"),
    ("person", "id_number_index"),
    ("identitypaper", "number_index"),
    ("delegation", "invited_index"),
    ("foreignidentity", "subject_index"),
)


def _exchanged() -> list[Operation]:
    """The columns with what they hold as generation 0, in the first place; nothing has to be computed."""
    return [
        Together([migrations.AddField(m, f"{c}_placed", BlindIndexField(null=True)) for m, c in _EXCHANGED]),
        *(
            migrations.RunSQL(
                f"UPDATE identity_{model} SET {column}_placed ="  # noqa: S608 - our own names
                rf" ARRAY['\x00000000'::bytea || decode({column}, 'hex'), NULL, NULL] WHERE {column} <> ''"
            )
            for model, column in _EXCHANGED
        ),
        Together([migrations.RemoveField(model, column) for model, column in _EXCHANGED]),
        Together([migrations.RenameField(model, f"{column}_placed", column) for model, column in _EXCHANGED]),
    ]


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
        migrations.RemoveConstraint("foreignidentity", "foreign_identity_once"),
        *_exchanged(),
        Together(
            [
                migrations.AlterField("identitypaper", "number_index", BlindIndexField()),
                migrations.AlterField("foreignidentity", "subject_index", BlindIndexField()),
            ]
        ),
        Together(
            [
                *_once("account", "phone_index", "account_phone_once"),
                *_once("account", "email_index", "account_email_once"),
                *_once("person", "id_number_index", "person_id_number_once"),
                *_once("identitypaper", "number_index", "paper_number_once"),
                *_once("foreignidentity", "subject_index", "foreign_identity_once", "provider"),
                migrations.AddIndex("delegation", models.Index(Slot("invited_index", 1), name="delegation_invited_1")),
                migrations.AddIndex("delegation", models.Index(Slot("invited_index", 2), name="delegation_invited_2")),
            ]
        ),
    ]
