"""What the retention rules would remove, looked at before anything is."""

import tongban.foundation.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0003_sealing_anew")]

    operations = [
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
