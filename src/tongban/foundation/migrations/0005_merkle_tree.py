"""The ledger's tree. Entries that stand there already wait for their positions like new ones."""

from django.db import migrations, models

PROTECTED = ("leaf", "node", "head")
FORWARD = "\n".join(
    f"CREATE TRIGGER ledger_{name}_append_only BEFORE UPDATE OR DELETE ON foundation_ledger{name}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change();"
    for name in PROTECTED
)
BACKWARD = "\n".join(f"DROP TRIGGER ledger_{name}_append_only ON foundation_ledger{name};" for name in PROTECTED)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_imported_calendar")]
    operations = [
        migrations.CreateModel(
            name="UnplacedEntry",
            fields=[("entry_id", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="LedgerLeaf",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerNode",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(unique=True)),
                ("root", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("key_id", models.CharField(max_length=16)),
                ("signature", models.BinaryField(max_length=64)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(
            "INSERT INTO foundation_unplacedentry SELECT id FROM foundation_ledgerentry", migrations.RunSQL.noop
        ),
    ]
