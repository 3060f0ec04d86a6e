"""Every table of `foundation`, and what the database itself holds its rows to."""

import tongban.foundation.ids
import tongban.foundation.sealing
from django.db import migrations, models
from tongban.foundation.tables import CreateModels

# Rows of these tables are never changed or removed, whoever asks. Two things are let through, each only inside a
# transaction that says so, and never in the ledger: sealed forms may be exchanged (`foundation.resealing`), where each
# value that changes begins as a sealed value does, before and after; and what the law no longer lets be kept may go
# (`foundation.retention`).
REFUSE_CHANGE = r"""
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME NOT LIKE 'foundation\_ledger%' THEN
    IF TG_OP = 'UPDATE' AND current_setting('tongban.resealing', true) = 'on' AND NOT EXISTS (
      SELECT FROM jsonb_each_text(to_jsonb(OLD)) o JOIN jsonb_each_text(to_jsonb(NEW)) n USING (key)
      WHERE o.value IS DISTINCT FROM n.value
        AND NOT (coalesce(o.value ~ '^\\x0[12]', false) AND coalesce(n.value ~ '^\\x0[12]', false))
    ) THEN
      RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('tongban.retention', true) = 'on' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
APPEND_ONLY = ("entry", "leaf", "node", "head")
KEEP_LEDGER = "\n".join(
    f"CREATE TRIGGER ledger_{'' if name == 'entry' else name + '_'}append_only"
    f" BEFORE UPDATE OR DELETE ON foundation_ledger{name} FOR EACH ROW EXECUTE FUNCTION refuse_change();"
    for name in APPEND_ONLY
)


class Migration(migrations.Migration):
    replaces = [
        ("foundation", "0001_initial"),
        ("foundation", "0003_outbox_and_periodic_jobs"),
        ("foundation", "0004_imported_calendar"),
        ("foundation", "0005_merkle_tree"),
        ("foundation", "0001_tables"),
        ("foundation", "0002_ledger_append_only"),
        ("foundation", "0003_sealing_anew"),
        ("foundation", "0004_retention_reports"),
    ]

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="DomainEvent",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=64)),
                        ("object_type", models.CharField(max_length=64)),
                        ("object_id", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        ("detail", models.JSONField(default=dict)),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportedCalendar",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=300)),
                        ("imported_at", models.DateTimeField()),
                        ("rows", models.JSONField()),
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
                    name="PeriodicRun",
                    fields=[
                        ("job", models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ("due_at", models.DateTimeField()),
                        ("began_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("failures", models.PositiveIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="UnplacedEntry",
                    fields=[
                        ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
                    ],
                ),
                migrations.CreateModel(
                    name="FailedDelivery",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("event_id", models.BigIntegerField()),
                        ("handler", models.CharField(max_length=100)),
                        ("name", models.CharField(max_length=64)),
                        ("object_type", models.CharField(max_length=64)),
                        ("object_id", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        ("detail", models.JSONField(default=dict)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField()),
                        ("error", models.TextField(blank=True)),
                        ("set_aside_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name_plural": "failed deliveries",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("set_aside_at", None)),
                                fields=["handler", "object_id", "event_id"],
                                name="failed_delivery_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("event_id", "handler"), name="failed_delivery_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdempotentAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("account_id", models.UUIDField()),
                        ("key", models.CharField(max_length=200)),
                        ("request_digest", models.CharField(max_length=64)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("body", tongban.foundation.sealing.SealedField(null=True)),
                        ("at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("account_id", "key"), name="idempotency_key_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("account_id", models.UUIDField(null=True)),
                        ("post_id", models.UUIDField(null=True)),
                        ("principal", models.CharField(blank=True, max_length=64)),
                        ("deed", models.CharField(max_length=64)),
                        ("object_type", models.CharField(max_length=64)),
                        ("object_id", models.CharField(max_length=64)),
                        ("salt", models.BinaryField(max_length=16)),
                        ("digest", models.CharField(max_length=64)),
                    ],
                    options={
                        "verbose_name_plural": "ledger entries",
                        "indexes": [models.Index(fields=["object_type", "object_id", "id"], name="ledger_object")],
                    },
                ),
                migrations.CreateModel(
                    name="SealingPass",
                    fields=[
                        ("place", models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ("began_at", models.DateTimeField()),
                        ("reached", models.CharField(blank=True, max_length=64)),
                        ("ended", models.BooleanField(default=False)),
                    ],
                    options={
                        "verbose_name_plural": "sealing passes",
                    },
                ),
                migrations.CreateModel(
                    name="RetentionReport",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "waits for approval"),
                                    ("approved", "approved"),
                                    ("done", "carried out"),
                                    ("replaced", "replaced by a newer report"),
                                ],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("rows", models.JSONField()),
                        ("approved_at", models.DateTimeField(null=True)),
                        ("approved_by_post", models.UUIDField(null=True)),
                        ("approved_by_account", models.UUIDField(null=True)),
                        ("done_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name": "retention report",
                        "verbose_name_plural": "retention reports",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["open", "approved"])),
                                fields=("state",),
                                name="retention_one_at_a_time",
                            )
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION refuse_change();"),
        migrations.RunSQL(KEEP_LEDGER, migrations.RunSQL.noop),
    ]
