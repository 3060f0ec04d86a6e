"""Who read whose personal data; rows go only by the retention rules."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tongban.foundation.sealing
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0007_separated_duties_and_emergency_access"),
        ("foundation", "0003_sealing_anew"),
        ("government", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("case", "case"),
                            ("bundle", "one thing at once"),
                            ("draft", "application at the counter"),
                        ],
                        max_length=8,
                    ),
                ),
                ("object_id", models.UUIDField()),
                ("day", models.DateField()),
                ("first_at", models.DateTimeField()),
                ("account_id", models.UUIDField(null=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("handling", "handling of the case"),
                            ("counter", "service at the counter"),
                            ("cooperation", "cooperation between agencies"),
                            ("supervision", "supervision of the handling agency"),
                            ("identity", "checking who somebody is"),
                            ("contact", "reaching the applicant"),
                            ("comparison", "comparing with materials or a register"),
                            ("document", "writing a document"),
                            ("other", "another purpose"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None),
                ),
                ("asked", models.BooleanField(default=False)),
                ("reason", tongban.foundation.sealing.SealedField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="government.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="identity.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="identity.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.post",
                        verbose_name="post",
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of personal data",
                "verbose_name_plural": "readings of personal data",
                "indexes": [
                    models.Index(fields=["person", "-id"], name="reading_person"),
                    models.Index(fields=["organisation", "-id"], name="reading_organisation"),
                    models.Index(fields=["post", "-id"], name="reading_post"),
                    models.Index(fields=["day"], name="reading_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("asked", False)),
                        fields=("person", "object_id", "post", "purpose", "day"),
                        name="reading_once_a_day",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER keep BEFORE DELETE ON identity_datareading FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER keep ON identity_datareading;",
        ),
    ]
