"""Every table of `government`."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import tongban.foundation.ids
from django.db import migrations, models
from tongban.foundation.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("government", "0001_initial"),
        ("government", "0002_department_position"),
        ("government", "0003_names_for_maintenance"),
    ]

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Department",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                        ("position", models.PositiveSmallIntegerField(default=1000, verbose_name="position")),
                        ("introduction", models.TextField(blank=True, verbose_name="introduction")),
                        ("introduction_en", models.TextField(blank=True, verbose_name="introduction in English")),
                    ],
                    options={
                        "verbose_name": "department",
                        "verbose_name_plural": "departments",
                        "ordering": ["position", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="Platform",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("national", "national platform"),
                                    ("department", "platform of a State Council department"),
                                    ("provincial", "provincial platform"),
                                    ("city", "city platform"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        ("run_by_us", models.BooleanField(default=False, verbose_name="run by this installation")),
                        ("url", models.URLField(blank=True, verbose_name="address")),
                    ],
                    options={
                        "verbose_name": "platform",
                        "verbose_name_plural": "platforms",
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="Region",
                    fields=[
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        (
                            "code",
                            models.CharField(
                                max_length=12,
                                primary_key=True,
                                serialize=False,
                                validators=[django.core.validators.RegexValidator("^\\d{12}$", "12 digits")],
                                verbose_name="code",
                            ),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "nation"),
                                    (1, "province"),
                                    (2, "prefecture"),
                                    (3, "county"),
                                    (4, "township"),
                                    (5, "village"),
                                ],
                                verbose_name="level",
                            ),
                        ),
                        (
                            "line",
                            models.CharField(
                                choices=[
                                    ("civil", "civil divisions"),
                                    ("corps", "Xinjiang production and construction corps"),
                                ],
                                default="civil",
                                max_length=8,
                                verbose_name="line",
                            ),
                        ),
                        (
                            "lineage",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12),
                                default=list,
                                editable=False,
                                size=None,
                                verbose_name="lineage",
                            ),
                        ),
                        ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)")),
                        ("introduction", models.TextField(blank=True, verbose_name="introduction")),
                        ("introduction_en", models.TextField(blank=True, verbose_name="introduction in English")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="government.region",
                                verbose_name="parent region",
                            ),
                        ),
                        (
                            "platform",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="regions",
                                to="government.platform",
                                verbose_name="platform",
                            ),
                        ),
                        (
                            "successor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="predecessors",
                                to="government.region",
                                verbose_name="merged into",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "region",
                        "verbose_name_plural": "regions",
                        "ordering": ["code"],
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["lineage"], name="region_lineage")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^\\d{12}$")), name="region_code_12_digits"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from", None),
                                    ("valid_to", None),
                                    ("valid_to__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="region_validity_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Agency",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        (
                            "credit_code",
                            models.CharField(blank=True, max_length=18, verbose_name="unified social credit code"),
                        ),
                        ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                        ("address_en", models.CharField(blank=True, max_length=300, verbose_name="address in English")),
                        ("opening_hours", models.CharField(blank=True, max_length=200, verbose_name="opening hours")),
                        (
                            "opening_hours_en",
                            models.CharField(blank=True, max_length=200, verbose_name="opening hours in English"),
                        ),
                        ("phone", models.CharField(blank=True, max_length=60, verbose_name="phone")),
                        (
                            "complaint_phone",
                            models.CharField(blank=True, max_length=60, verbose_name="complaint phone"),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agencies",
                                to="government.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "platform",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agencies",
                                to="government.platform",
                                verbose_name="platform",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agencies",
                                to="government.region",
                                verbose_name="region",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "agency",
                        "verbose_name_plural": "agencies",
                        "ordering": ["region", "department"],
                        "indexes": [models.Index(fields=["credit_code"], name="agency_credit_code")],
                        "constraints": [
                            models.UniqueConstraint(fields=("department", "region"), name="agency_department_region")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RegionName",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        ("valid_to", models.DateField(verbose_name="borne until (exclusive)")),
                        ("basis", models.CharField(blank=True, max_length=300, verbose_name="basis")),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="former_names",
                                to="government.region",
                                verbose_name="region",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "former name of a region",
                        "verbose_name_plural": "former names of regions",
                        "ordering": ["region", "valid_to"],
                        "constraints": [
                            models.UniqueConstraint(fields=("region", "valid_to"), name="one_former_name_a_day")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DockingTask",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        ("due_on", models.DateField(verbose_name="due date")),
                        (
                            "state",
                            models.CharField(
                                choices=[("planned", "planned"), ("under_way", "under way"), ("done", "done")],
                                default="planned",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("done_on", models.DateField(blank=True, null=True, verbose_name="done on")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="docking_tasks",
                                to="government.agency",
                                verbose_name="owner",
                            ),
                        ),
                        (
                            "platform",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="docking_tasks",
                                to="government.platform",
                                verbose_name="who docks",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="docked_by",
                                to="government.platform",
                                verbose_name="to which platform",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "docking task",
                        "verbose_name_plural": "docking tasks",
                        "ordering": ["due_on", "id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), ("done_on__isnull", False)),
                                    models.Q(models.Q(("state", "done"), _negated=True), ("done_on", None)),
                                    _connector="OR",
                                ),
                                name="docking_done_has_date",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("platform", models.F("target")), _negated=True),
                                name="docking_two_platforms",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
