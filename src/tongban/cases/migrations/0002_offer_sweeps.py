"""How far the rounds are in which everybody is looked at for a benefit."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_schema"),
        ("items", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="OfferSweep",
            fields=[
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="items.service",
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("of_organisations", models.BooleanField(default=False)),
                ("after", models.UUIDField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
