"""The one-window counter: posts that serve it, and the identity checks made there."""

import django.db.models.deletion
import tongban.foundation.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_head_of_government"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="serves_counter",
            field=models.BooleanField(db_default=False, default=False, verbose_name="serves the one-window counter"),
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField()),
                (
                    "document",
                    models.CharField(
                        choices=[
                            ("resident_card", "resident identity card"),
                            ("temporary_card", "temporary resident identity card"),
                            ("household_register", "household register"),
                        ],
                        max_length=20,
                        verbose_name="document shown",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_checks",
                        to="identity.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.post",
                        verbose_name="post",
                    ),
                ),
            ],
            options={
                "verbose_name": "identity check",
                "verbose_name_plural": "identity checks",
                "indexes": [models.Index(fields=["post", "-made_at"], name="identity_check_post")],
            },
        ),
    ]
