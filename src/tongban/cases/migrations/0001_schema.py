"""Every table of `cases`, and what the database itself holds its rows to."""

import datetime
import django.db.models.deletion
import tongban.foundation.ids
import tongban.foundation.sealing
from django.db import migrations, models
from tongban.foundation.tables import CreateModels

# What happened to a case is never edited.
TABLES = (
    "cases_caseevent",
    "cases_casedocument",
    "cases_casematerial",
    # What was frozen with a case, where a material came from, what a rule answered.
    "cases_caselight",
    "cases_casefetch",
    "cases_machinedecision",
    # Who handled a case and what officers told each other.
    "cases_assignment",
    "cases_casenote",
    "cases_cooperationact",
    "cases_bulkresult",
    "cases_noticetemplate",
    "cases_countercase",
)


def _sql(template: str) -> str:
    return "\n".join(template.format(table=table) for table in TABLES)


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0001_initial"),
        ("cases", "0003_clock_and_procedures"),
        ("cases", "0004_bundles"),
        ("cases", "0005_light_handling"),
        ("cases", "0006_workbench"),
        ("cases", "0007_across_regions"),
        ("cases", "0001_tables"),
        ("cases", "0002_append_only"),
        ("cases", "0003_window_checks"),
        ("cases", "0004_offers_by_period_and_undertakings"),
    ]

    initial = True

    dependencies = [
        ("foundation", "0001_schema"),
        ("government", "0001_tables"),
        ("identity", "0001_schema"),
        ("items", "0001_schema"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.CharField(max_length=24, unique=True, verbose_name="case number")),
                        ("draft_id", models.UUIDField(editable=False, null=True, unique=True)),
                        ("applicant_name", models.CharField(max_length=300)),
                        ("procedure", models.SlugField(max_length=40)),
                        ("procedure_version", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("submitted", "submitted"),
                                    ("received", "received"),
                                    ("correcting", "waiting for your correction"),
                                    ("accepted", "accepted, under review"),
                                    ("decided", "decided"),
                                    ("closed", "closed"),
                                    ("refused", "acceptance refused"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("finer_stage", models.SlugField(blank=True, db_default="", default="", max_length=40)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[("granted", "granted"), ("denied", "denied")],
                                max_length=8,
                                verbose_name="outcome",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=1)),
                        ("answers", tongban.foundation.sealing.SealedField()),
                        ("submitted_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField(null=True)),
                        ("accepted_at", models.DateTimeField(null=True)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("due_on", models.DateField(null=True)),
                        ("due_provisional", models.BooleanField(default=False)),
                        ("legal_due_on", models.DateField(null=True)),
                        ("clock_on", models.DateField(null=True)),
                        ("overrun_explained", models.BooleanField(db_default=False, default=False)),
                        ("waits_for_others", models.BooleanField(db_default=False, default=False)),
                        ("open_requests", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="government.agency",
                            ),
                        ),
                        (
                            "lead_agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="government.agency",
                            ),
                        ),
                        (
                            "lower_agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="government.agency",
                            ),
                        ),
                        (
                            "officer",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="identity.post",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="identity.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="identity.person"
                            ),
                        ),
                        (
                            "platform",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="government.platform",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="government.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="items.service"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="items.serviceversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("clock_on__isnull", False)),
                                fields=["clock_on", "id"],
                                name="case_clock",
                            ),
                            models.Index(
                                condition=models.Q(("due_provisional", True)),
                                fields=["due_on", "id"],
                                name="case_provisional",
                            ),
                            models.Index(
                                condition=models.Q(("lower_agency__isnull", False)),
                                fields=["lower_agency", "due_on"],
                                name="case_lower_agency",
                            ),
                            models.Index(
                                condition=models.Q(("due_on__isnull", False)),
                                fields=["due_on", "id"],
                                name="case_running",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["submitted", "received", "accepted", "correcting", "decided"])
                                ),
                                fields=["agency", "due_on", "id"],
                                name="case_inbox",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("officer__isnull", False),
                                    ("state__in", ["submitted", "received", "accepted", "correcting", "decided"]),
                                ),
                                fields=["officer", "due_on", "id"],
                                name="case_officer",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("waits_for_others", True), ("open_requests__gt", 0), _connector="OR"
                                ),
                                fields=["agency", "due_on", "id"],
                                name="case_waiting",
                            ),
                            models.Index(fields=["person", "-submitted_at"], name="case_person"),
                            models.Index(fields=["organisation", "-submitted_at"], name="case_organisation"),
                            models.Index(fields=["service", "state"], name="case_service_state"),
                            models.Index(fields=["agency", "state"], name="case_agency_state"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outcome", ""), ("decided_at__isnull", False), _connector="OR"),
                                name="case_outcome_has_decision",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Upload",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("digest", tongban.foundation.sealing.SealedField()),
                        ("file_name", tongban.foundation.sealing.SealedField()),
                        ("media_type", models.CharField(max_length=100)),
                        ("size", models.PositiveBigIntegerField()),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="uploads",
                                to="identity.person",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="AssignmentSetting",
                    fields=[
                        (
                            "agency",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="assignment_setting",
                                serialize=False,
                                to="government.agency",
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("by_hand", "by hand"),
                                    ("round_robin", "in turn"),
                                    ("least_load", "to who has the fewest open cases"),
                                ],
                                default="by_hand",
                                max_length=12,
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                        (
                            "last_post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="identity.post",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BulkRun",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("act", models.SlugField(max_length=40)),
                        ("reason", tongban.foundation.sealing.SealedField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BundleCase",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.CharField(max_length=24, unique=True)),
                        ("draft_id", models.UUIDField(editable=False, null=True, unique=True)),
                        ("code", models.SlugField(max_length=40)),
                        ("version", models.PositiveIntegerField()),
                        ("applicant_name", models.CharField(max_length=300)),
                        ("joint", models.BooleanField()),
                        ("answers", tongban.foundation.sealing.SealedField()),
                        ("uploads", models.JSONField(default=dict)),
                        ("submitted_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("stirred", models.BooleanField(default=False)),
                        (
                            "lead_agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="led_bundles",
                                to="government.agency",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bundles",
                                to="identity.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bundles",
                                to="identity.person",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.region"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person", "-submitted_at"], name="bundle_person"),
                            models.Index(fields=["organisation", "-submitted_at"], name="bundle_organisation"),
                            models.Index(fields=["lead_agency", "-submitted_at"], name="bundle_lead"),
                            models.Index(condition=models.Q(("stirred", True)), fields=["id"], name="bundle_stirred"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BundleVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40)),
                        ("version", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=200)),
                        ("document", models.TextField()),
                        ("entered_at", models.DateTimeField()),
                        ("entered_by", models.CharField(blank=True, max_length=100)),
                    ],
                    options={
                        "ordering": ["code", "version"],
                        "constraints": [
                            models.UniqueConstraint(fields=("code", "version"), name="bundle_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseAcross",
                    fields=[
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="across",
                                serialize=False,
                                to="cases.case",
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("online", "fully online"),
                                    ("collect", "collected here, handled there"),
                                    ("joint", "handled jointly"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("has_originals", models.BooleanField(default=False)),
                        ("forwarded_at", models.DateTimeField(null=True)),
                        ("dispatch", models.CharField(blank=True, max_length=60)),
                        ("acknowledged_at", models.DateTimeField(null=True)),
                        ("returned_at", models.DateTimeField(null=True)),
                        ("return_dispatch", models.CharField(blank=True, max_length=60)),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="government.agency",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.region"
                            ),
                        ),
                        (
                            "check_made",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.identitycheck",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["agency", "-received_at"], name="across_agency")],
                    },
                ),
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
                    name="BundlePart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.SlugField(max_length=40)),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("unneeded", "not needed"),
                                    ("waiting", "waits for another part"),
                                    ("suspended", "held"),
                                    ("open", "with the agency"),
                                    ("done", "granted"),
                                    ("refused", "refused"),
                                    ("withdrawn", "taken back"),
                                    ("cancelled", "cancelled"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("because", models.SlugField(blank=True, max_length=40)),
                        ("results", tongban.foundation.sealing.SealedField(null=True)),
                        ("changed_at", models.DateTimeField()),
                        (
                            "bundle",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="cases.bundlecase"
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.service"
                            ),
                        ),
                        (
                            "service_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.serviceversion"
                            ),
                        ),
                        (
                            "case",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bundle_part",
                                to="cases.case",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["bundle", "position"],
                        "constraints": [models.UniqueConstraint(fields=("bundle", "name"), name="bundle_part_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("bundle", models.SlugField(blank=True, db_default="", default="", max_length=40)),
                        ("bundle_version", models.PositiveIntegerField(null=True)),
                        ("parts", models.JSONField(db_default={}, default=dict)),
                        ("answers", tongban.foundation.sealing.SealedField(null=True)),
                        ("uploads", models.JSONField(default=dict)),
                        ("saved_at", models.DateTimeField(auto_now=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "again",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="cases.bundlepart",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to="identity.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="identity.person"
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="government.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drafts",
                                to="items.service",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drafts",
                                to="items.serviceversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["person", "-saved_at"], name="draft_person")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("bundle", ""), ("service__isnull", False), ("version__isnull", False)),
                                    models.Q(
                                        ("bundle_version__isnull", False),
                                        ("region__isnull", False),
                                        ("service", None),
                                        ("version", None),
                                        models.Q(("bundle", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="draft_of_service_or_bundle",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("done", models.BooleanField()),
                        ("message", models.CharField(blank=True, max_length=500)),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="results", to="cases.bulkrun"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["run", "id"],
                        "constraints": [models.UniqueConstraint(fields=("run", "case"), name="bulk_result_once")],
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
                        (
                            "case",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offer",
                                to="cases.case",
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField(default=1)),
                    ],
                    options={
                        "ordering": ["-made_at"],
                        "indexes": [
                            models.Index(condition=models.Q(("state", "open")), fields=["person"], name="offer_person"),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["organisation"],
                                name="offer_organisation",
                            ),
                            models.Index(
                                condition=models.Q(("state", "open")), fields=["open_until"], name="offer_lapse"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("service", "person", "organisation", "round"),
                                name="offer_once_a_round",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "how",
                            models.CharField(
                                choices=[("rule", "by rule"), ("hand", "by hand"), ("transfer", "transferred")],
                                max_length=8,
                            ),
                        ),
                        ("by_name", models.CharField(blank=True, max_length=100)),
                        ("reason", tongban.foundation.sealing.SealedField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "before",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.post",
                            ),
                        ),
                        (
                            "by_post",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.post",
                            ),
                        ),
                        (
                            "meant_for",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.post",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="identity.post",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["case", "id"], name="assignment_case")],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationBar",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rule", models.CharField(max_length=40)),
                        ("until", models.DateField()),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.item"
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.person",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="bars", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["item", "person"], name="bar_person"),
                            models.Index(fields=["item", "organisation"], name="bar_organisation"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("due_soon", "due soon"),
                                    ("late", "late"),
                                    ("escalated", "escalated to the supervisor"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("due_on", models.DateField()),
                        ("raised_at", models.DateTimeField()),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["-raised_at"], name="case_alert_newest")],
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "kind", "due_on"), name="case_alert_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseDocument",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("receipt", "receipt of application"),
                                    ("correction_notice", "notice of correction"),
                                    ("acceptance", "notice of acceptance"),
                                    ("acceptance_refusal", "notice of refusal of acceptance"),
                                    ("grant", "decision to grant"),
                                    ("denial", "decision to deny"),
                                    ("not_required", "notice that nothing needs to be applied for"),
                                    ("spot_correction", "record of a correction on the spot"),
                                    ("deemed_acceptance", "notice of acceptance by lapse of time"),
                                    ("deferred_acceptance", "notice of acceptance with materials to follow"),
                                    ("deemed_withdrawal", "notice of withdrawal by lapse of time"),
                                    ("deemed_renewal", "notice of renewal by lapse of time"),
                                    ("pause_notice", "notice of time that does not count"),
                                    ("extension_notice", "notice of extension"),
                                    ("hearing_right", "notice of the right to a hearing"),
                                    ("hearing_notice", "notice of hearing"),
                                    ("hearing_record", "record of the hearing"),
                                    ("preliminary_opinion", "preliminary opinion"),
                                    ("verification_record", "record of verification"),
                                    ("overrun_reason", "explanation of an overrun limit"),
                                    ("rectification_order", "order to put right"),
                                    ("check_record", "record of a later check"),
                                    ("revocation", "decision to revoke"),
                                    ("cancellation", "decision to cancel"),
                                    ("commitment", "written commitment"),
                                    ("deferral", "undertaking to hand in later"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("number", models.CharField(max_length=400, unique=True)),
                        ("issued_at", models.DateTimeField()),
                        ("content", tongban.foundation.sealing.SealedField()),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["case", "issued_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("kind", "overrun_reason")),
                                fields=["-issued_at"],
                                name="document_overruns",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseEvent",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("sequence", models.PositiveIntegerField()),
                        ("action", models.CharField(max_length=32)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("submitted", "submitted"),
                                    ("received", "received"),
                                    ("correcting", "waiting for your correction"),
                                    ("accepted", "accepted, under review"),
                                    ("decided", "decided"),
                                    ("closed", "closed"),
                                    ("refused", "acceptance refused"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("actor_role", models.CharField(max_length=20)),
                        ("account_id", models.UUIDField(null=True)),
                        ("post_id", models.UUIDField(null=True)),
                        ("actor_name", models.CharField(blank=True, max_length=100)),
                        ("reason", tongban.foundation.sealing.SealedField(null=True)),
                        ("data", models.JSONField(default=dict)),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="government.agency",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["case", "sequence"],
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "sequence"), name="case_event_sequence")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseMaterial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=500)),
                        ("digest", tongban.foundation.sealing.SealedField()),
                        ("file_name", tongban.foundation.sealing.SealedField()),
                        ("media_type", models.CharField(max_length=100)),
                        ("size", models.PositiveBigIntegerField()),
                        ("added_at", models.DateTimeField()),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="materials", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["case", "position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="CaseFetch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                            ),
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
                    name="CaseNote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("account_id", models.UUIDField(null=True)),
                        ("author", models.CharField(max_length=100)),
                        ("text", tongban.foundation.sealing.SealedField()),
                        ("token", models.UUIDField(unique=True)),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="cases.case"
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["case", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Cooperation",
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
                                    ("open", "waiting for an answer"),
                                    ("answered", "answered"),
                                    ("declined", "declined"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("shares", models.JSONField()),
                        ("asked_at", models.DateTimeField()),
                        ("limit", models.PositiveSmallIntegerField()),
                        ("due_on", models.DateField()),
                        ("due_provisional", models.BooleanField(default=False)),
                        ("reminded_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "asked",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                            ),
                        ),
                        (
                            "asking",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cooperations",
                                to="cases.case",
                            ),
                        ),
                        ("late_told_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["asked", "due_on", "id"],
                                name="cooperation_asked",
                            ),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["asking", "due_on", "id"],
                                name="cooperation_asking",
                            ),
                            models.Index(fields=["case", "id"], name="cooperation_case"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("asking", models.F("asked")), _negated=True),
                                name="cooperation_another_agency",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", True), ("state", "open")),
                                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="cooperation_closed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CooperationAct",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ask", "asked"),
                                    ("remind", "reminded"),
                                    ("answer", "answered"),
                                    ("decline", "declined"),
                                    ("withdraw", "withdrawn"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("author", models.CharField(max_length=100)),
                        ("text", tongban.foundation.sealing.SealedField(null=True)),
                        (
                            "cooperation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="acts", to="cases.cooperation"
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["cooperation", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="CreditRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.person",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-since", "id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("repaired_on", None)), fields=["person"], name="credit_person"
                            ),
                            models.Index(
                                condition=models.Q(("repaired_on", None)),
                                fields=["organisation"],
                                name="credit_organisation",
                            ),
                            models.Index(
                                condition=models.Q(("repaired_on", None)), fields=["agency"], name="credit_agency"
                            ),
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
                    name="DocumentCounter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("year", models.PositiveSmallIntegerField()),
                        ("last", models.PositiveIntegerField()),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="government.agency"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("agency", "kind", "year"), name="document_counter_once")
                        ],
                    },
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
                    name="DraftPlace",
                    fields=[
                        (
                            "draft",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="place",
                                serialize=False,
                                to="cases.draft",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.region"
                            ),
                        ),
                    ],
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                            ),
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
                    name="HallSetting",
                    fields=[
                        (
                            "agency",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="hall_setting",
                                serialize=False,
                                to="government.agency",
                            ),
                        ),
                        ("opens_at", models.TimeField(default=datetime.time(9, 0))),
                        ("closes_at", models.TimeField(default=datetime.time(17, 0))),
                        ("slot_minutes", models.PositiveSmallIntegerField(default=30)),
                        ("places", models.PositiveSmallIntegerField(default=3)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closes_at__gt", models.F("opens_at")), ("places__gt", 0), ("slot_minutes__gt", 0)
                                ),
                                name="hall_open",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JointPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("question", tongban.foundation.sealing.SealedField()),
                        ("asked_at", models.DateTimeField()),
                        ("answer", tongban.foundation.sealing.SealedField(null=True)),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="joint_parts", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["case", "id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("answered_at__isnull", True)),
                                fields=["agency"],
                                name="joint_part_open",
                            )
                        ],
                        "constraints": [models.UniqueConstraint(fields=("case", "agency"), name="joint_part_once")],
                    },
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="machine_decisions",
                                to="cases.case",
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
                    name="NoticeTemplate",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        ("version", models.PositiveIntegerField()),
                        ("step", models.SlugField(blank=True, max_length=40)),
                        ("text", models.TextField()),
                        ("entered_at", models.DateTimeField()),
                        ("entered_by", models.CharField(max_length=100)),
                        ("retired", models.BooleanField(default=False)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notice_templates",
                                to="government.agency",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["agency", "name", "version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agency", "name", "version"), name="notice_template_version"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OfficerTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                            models.Index(
                                condition=models.Q(("done_at", None)), fields=["agency", "due_on"], name="task_agency"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("done_at", None)), fields=("case", "kind"), name="task_open_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProcedureVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40)),
                        ("version", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=200)),
                        ("document", models.TextField()),
                        ("entered_at", models.DateTimeField()),
                        ("entered_by", models.CharField(blank=True, max_length=100)),
                    ],
                    options={
                        "ordering": ["code", "version"],
                        "constraints": [
                            models.UniqueConstraint(fields=("code", "version"), name="procedure_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QueueCounter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("last", models.PositiveIntegerField(default=0)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="government.agency"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("agency", "day"), name="queue_counter_day")],
                    },
                ),
                migrations.CreateModel(
                    name="QueueTicket",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("day", models.DateField()),
                        ("number", models.PositiveIntegerField()),
                        ("starts_at", models.TimeField(null=True)),
                        ("name", tongban.foundation.sealing.SealedField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("called", "called"),
                                    ("served", "served"),
                                    ("missed", "did not come"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("drawn_at", models.DateTimeField()),
                        ("called_at", models.DateTimeField(null=True)),
                        ("token", models.UUIDField(unique=True)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "called_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.post",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="queue_tickets",
                                to="identity.person",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="items.service",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["agency", "day", "number"],
                        "indexes": [models.Index(fields=["person", "day"], name="queue_ticket_person")],
                        "constraints": [
                            models.UniqueConstraint(fields=("agency", "day", "number"), name="queue_ticket_number")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CounterCase",
                    fields=[
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="counter",
                                serialize=False,
                                to="cases.case",
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "check_made",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.identitycheck",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.queueticket",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["agency", "case"], name="counter_case_agency")],
                    },
                ),
                migrations.CreateModel(
                    name="RegionOffer",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("online", "fully online"),
                                    ("collect", "collected here, handled there"),
                                    ("joint", "handled jointly"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "clock_start",
                            models.CharField(
                                choices=[
                                    ("competent", "from when the competent agency has it"),
                                    ("hand_in", "from the hand-in at the window"),
                                ],
                                default="competent",
                                max_length=10,
                            ),
                        ),
                        ("basis", models.CharField(blank=True, max_length=300)),
                        ("offered_from", models.DateField()),
                        ("offered_to", models.DateField(null=True)),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="region_offers",
                                to="government.agency",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.region"
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="region_offers",
                                to="items.service",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["service", "mode", "region", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("offered_to__isnull", True)),
                                fields=("service", "mode", "region"),
                                name="region_offer_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("agency__isnull", True), ("mode", "online")),
                                    models.Q(models.Q(("mode", "online"), _negated=True), ("agency__isnull", False)),
                                    _connector="OR",
                                ),
                                name="region_offer_window",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("offered_to", None), ("offered_to__gt", models.F("offered_from")), _connector="OR"
                                ),
                                name="region_offer_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        ("query", models.JSONField()),
                        ("is_default", models.BooleanField(default=False)),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to="identity.post",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["post", "name"],
                        "constraints": [
                            models.UniqueConstraint(fields=("post", "name"), name="saved_view_name"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)), fields=("post",), name="saved_view_default"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Specialism",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="specialisms",
                                to="identity.post",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="specialisms",
                                to="items.service",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("service", "post"), name="specialism_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Absence",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("first_day", models.DateField(verbose_name="first day")),
                        ("last_day", models.DateField(verbose_name="last day")),
                        ("reason", tongban.foundation.sealing.SealedField(null=True)),
                        ("entered_at", models.DateTimeField()),
                        ("cancelled_at", models.DateTimeField(null=True)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="identity.post"
                            ),
                        ),
                        (
                            "stand_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("cancelled_at__isnull", True)),
                                fields=["agency", "last_day"],
                                name="absence_agency",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_day__gte", models.F("first_day"))), name="absence_order"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("post", models.F("stand_in")), _negated=True),
                                name="absence_somebody_else",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdoptedRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rule", models.CharField(max_length=40)),
                        ("unit", models.CharField(blank=True, max_length=12)),
                        ("basis", models.CharField(blank=True, max_length=300)),
                        ("adopted_from", models.DateField()),
                        ("adopted_to", models.DateField(null=True)),
                        ("adopted_by", models.CharField(blank=True, max_length=100)),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.region"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["region", "rule", "adopted_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("adopted_to__isnull", True)),
                                fields=("region", "rule"),
                                name="adopted_rule_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("adopted_to", None), ("adopted_to__gt", models.F("adopted_from")), _connector="OR"
                                ),
                                name="adopted_rule_order",
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(
            _sql(
                "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change();"
            ),
            _sql("DROP TRIGGER append_only ON {table};"),
        ),
        # Serial numbers of cases: a sequence takes no lock, and a gap after a rollback harms nobody.
        migrations.RunSQL("CREATE SEQUENCE case_serial;", "DROP SEQUENCE case_serial;"),
    ]
