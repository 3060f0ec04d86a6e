"""Situations and ways, fetched materials, decisions by rule, offers, tasks of officers, credit."""

import django.db.models.deletion
import tongban.foundation.ids
import tongban.foundation.sealing
from django.db import migrations, models


TABLES = ("cases_caselight", "cases_casefetch", "cases_machinedecision")


def _sql(template: str) -> str:
    return "\n".join(template.format(table=table) for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_bundles"),
        ("government", "0003_names_for_maintenance"),
        ("identity", "0003_head_of_government"),
        ("items", "0006_light_handling"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseLight",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="light",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("personal_list", tongban.foundation.sealing.SealedField(null=True)),
                ("left_out_fields", models.JSONField(default=list)),
                ("left_out_materials", models.JSONField(default=list)),
                ("way", models.CharField(blank=True, max_length=12)),
                ("undertaking", tongban.foundation.sealing.SealedField(null=True)),
                ("undertaken_materials", models.JSONField(default=list)),
                ("fetched", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="DraftLight",
            fields=[
                (
                    "draft",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="light",
                        serialize=False,
                        to="cases.draft",
                    ),
                ),
                ("situation", tongban.foundation.sealing.SealedField(null=True)),
                ("way", models.CharField(blank=True, max_length=12)),
            ],
        ),
        migrations.CreateModel(
            name="CaseFetch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("provider", models.SlugField(max_length=40)),
                ("source", tongban.foundation.sealing.SealedField()),
                ("consented_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fetches", to="cases.case"
                    ),
                ),
                (
                    "source_case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.casedocument",
                    ),
                ),
                (
                    "source_material",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.casematerial",
                    ),
                ),
            ],
            options={
                "ordering": ["case", "position"],
            },
        ),
        migrations.CreateModel(
            name="FetchedMaterial",
            fields=[
                (
                    "upload",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fetched",
                        serialize=False,
                        to="cases.upload",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("provider", models.SlugField(max_length=40)),
                ("source", tongban.foundation.sealing.SealedField()),
                ("consented_at", models.DateTimeField()),
                (
                    "source_case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.casedocument",
                    ),
                ),
                (
                    "source_material",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.casematerial",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.serviceversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MachineDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("table", models.CharField(max_length=12)),
                ("table_version", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("inputs", tongban.foundation.sealing.SealedField()),
                ("outcome", models.CharField(max_length=12)),
                ("rule", models.PositiveSmallIntegerField()),
                ("because", models.JSONField()),
                ("decided_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="machine_decisions", to="cases.case"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.serviceversion"
                    ),
                ),
            ],
            options={
                "ordering": ["case", "decided_at"],
            },
        ),
        migrations.CreateModel(
            name="BenefitOffer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("confirmed", "Confirmed"),
                            ("declined", "Declined"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("table_version", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("inputs", tongban.foundation.sealing.SealedField()),
                ("rule", models.PositiveSmallIntegerField()),
                ("because", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("open_until", models.DateField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="offer", to="cases.case"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.person"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.service"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.serviceversion"
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["person"], name="offer_person"),
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["organisation"], name="offer_organisation"
                    ),
                    models.Index(condition=models.Q(("state", "open")), fields=["open_until"], name="offer_lapse"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("service", "person", "organisation"), name="offer_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("repaired_on", models.DateField(null=True)),
                ("repaired_because", tongban.foundation.sealing.SealedField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-since", "id"],
                "indexes": [
                    models.Index(condition=models.Q(("repaired_on", None)), fields=["person"], name="credit_person"),
                    models.Index(
                        condition=models.Q(("repaired_on", None)), fields=["organisation"], name="credit_organisation"
                    ),
                    models.Index(condition=models.Q(("repaired_on", None)), fields=["agency"], name="credit_agency"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("person", None)),
                            models.Q(("organisation", None), ("person__isnull", False)),
                            _connector="OR",
                        ),
                        name="credit_of_one",
                    ),
                    models.UniqueConstraint(fields=("case",), name="credit_once_a_case"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfficerTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("check", "Check"), ("review", "Review")], max_length=8)),
                ("due_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="cases.case"
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "id"],
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["agency", "due_on"], name="task_agency")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at", None)), fields=("case", "kind"), name="task_open_once"
                    )
                ],
            },
        ),
        # What was frozen with a case, where a material came from, and what a rule answered are never edited.
        migrations.RunSQL(
            _sql(
                "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change();"
            ),
            _sql("DROP TRIGGER append_only ON {table};"),
        ),
    ]
