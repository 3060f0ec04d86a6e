"""Every table of `foundation`."""

import tongban.foundation.sealing
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("foundation", "0001_initial"),
        ("foundation", "0003_outbox_and_periodic_jobs"),
        ("foundation", "0004_imported_calendar"),
        ("foundation", "0005_merkle_tree"),
    ]

    initial = True

    dependencies = []

    operations = [
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
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                "constraints": [models.UniqueConstraint(fields=("event_id", "handler"), name="failed_delivery_once")],
            },
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.UUIDField()),
                ("key", models.CharField(max_length=200)),
                ("request_digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("body", tongban.foundation.sealing.SealedField(null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account_id", "key"), name="idempotency_key_once")],
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
    ]
