"""Every table of `feedback`."""

import django.db.models.deletion
import tongban.foundation.ids
from django.db import migrations, models
from tongban.foundation.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [("feedback", "0001_initial")]

    initial = True

    dependencies = [
        ("cases", "0001_tables"),
        ("government", "0001_tables"),
        ("items", "0001_tables"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Rating",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (5, "very satisfied"),
                                    (4, "satisfied"),
                                    (3, "basically satisfied"),
                                    (2, "dissatisfied"),
                                    (1, "very dissatisfied"),
                                ]
                            ),
                        ),
                        ("comment", models.TextField(blank=True, max_length=1000)),
                        ("rated_at", models.DateTimeField()),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ratings",
                                to="government.agency",
                            ),
                        ),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="rating", to="cases.case"
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="ratings", to="items.service"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["service", "-rated_at"], name="rating_service"),
                            models.Index(fields=["agency", "-rated_at"], name="rating_agency"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("level__gte", 1), ("level__lte", 5)), name="rating_five_levels"
                            )
                        ],
                    },
                )
            ]
        ),
    ]
