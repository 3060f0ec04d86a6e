"""The workbench: who handles a case, notes, requests for cooperation, bulk acts, templates, the counter."""

import datetime
import django.db.models.deletion
import tongban.foundation.ids
import tongban.foundation.sealing
from django.db import migrations, models


APPEND_ONLY = (
    "cases_assignment",
    "cases_casenote",
    "cases_cooperationact",
    "cases_bulkresult",
    "cases_noticetemplate",
    "cases_countercase",
)


def _sql(template: str) -> str:
    return "\n".join(template.format(table=table) for table in APPEND_ONLY)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_light_handling"),
        ("government", "0003_names_for_maintenance"),
        ("identity", "0004_counter"),
        ("items", "0005_names_for_maintenance"),
    ]

    operations = [
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
            ],
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[("rule", "by rule"), ("hand", "by hand"), ("transfer", "transferred")], max_length=8
                    ),
                ),
                ("by_name", models.CharField(blank=True, max_length=100)),
                ("reason", tongban.foundation.sealing.SealedField(null=True)),
                ("at", models.DateTimeField()),
            ],
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
            ],
        ),
        migrations.CreateModel(
            name="BulkResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("done", models.BooleanField()),
                ("message", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["run", "id"],
            },
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("act", models.SlugField(max_length=40)),
                ("reason", tongban.foundation.sealing.SealedField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CaseNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("account_id", models.UUIDField(null=True)),
                ("author", models.CharField(max_length=100)),
                ("text", tongban.foundation.sealing.SealedField()),
                ("token", models.UUIDField(unique=True)),
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
            ],
        ),
        migrations.CreateModel(
            name="CooperationAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "ordering": ["cooperation", "id"],
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
            ],
            options={
                "ordering": ["agency", "name", "version"],
            },
        ),
        migrations.CreateModel(
            name="QueueCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
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
            ],
            options={
                "ordering": ["agency", "day", "number"],
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
            ],
            options={
                "ordering": ["post", "name"],
            },
        ),
        migrations.CreateModel(
            name="Specialism",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="officer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="identity.post",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="open_requests",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="case",
            name="waits_for_others",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("officer__isnull", False),
                    ("state__in", ["submitted", "received", "accepted", "correcting", "decided"]),
                ),
                fields=["officer", "due_on", "id"],
                name="case_officer",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("waits_for_others", True), ("open_requests__gt", 0), _connector="OR"),
                fields=["agency", "due_on", "id"],
                name="case_waiting",
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="stand_in",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"),
        ),
        migrations.AddField(
            model_name="assignment",
            name="before",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="by_post",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="meant_for",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="assignmentsetting",
            name="last_post",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="bulkresult",
            name="case",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="post",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"),
        ),
        migrations.AddField(
            model_name="bulkresult",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="results", to="cases.bulkrun"
            ),
        ),
        migrations.AddField(
            model_name="casenote",
            name="case",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="cases.case"),
        ),
        migrations.AddField(
            model_name="casenote",
            name="post",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"),
        ),
        migrations.AddField(
            model_name="cooperation",
            name="asked",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="cooperation",
            name="asked_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"),
        ),
        migrations.AddField(
            model_name="cooperation",
            name="asking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="cooperation",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cooperations", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="cooperationact",
            name="cooperation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="acts", to="cases.cooperation"
            ),
        ),
        migrations.AddField(
            model_name="cooperationact",
            name="post",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"),
        ),
        migrations.AddField(
            model_name="countercase",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="countercase",
            name="check_made",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.identitycheck"
            ),
        ),
        migrations.AddField(
            model_name="countercase",
            name="post",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"),
        ),
        migrations.AddConstraint(
            model_name="hallsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at")), ("places__gt", 0), ("slot_minutes__gt", 0)),
                name="hall_open",
            ),
        ),
        migrations.AddField(
            model_name="noticetemplate",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notice_templates", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="queuecounter",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="queueticket",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="government.agency"
            ),
        ),
        migrations.AddField(
            model_name="queueticket",
            name="called_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="queueticket",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="queue_tickets",
                to="identity.person",
            ),
        ),
        migrations.AddField(
            model_name="queueticket",
            name="service",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="items.service"
            ),
        ),
        migrations.AddField(
            model_name="countercase",
            name="ticket",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.queueticket"
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="specialism",
            name="post",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="specialisms", to="identity.post"
            ),
        ),
        migrations.AddField(
            model_name="specialism",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="specialisms", to="items.service"
            ),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(
                condition=models.Q(("cancelled_at__isnull", True)), fields=["agency", "last_day"], name="absence_agency"
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="absence_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("post", models.F("stand_in")), _negated=True), name="absence_somebody_else"
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["case", "id"], name="assignment_case"),
        ),
        migrations.AddConstraint(
            model_name="bulkresult",
            constraint=models.UniqueConstraint(fields=("run", "case"), name="bulk_result_once"),
        ),
        migrations.AddIndex(
            model_name="cooperation",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["asked", "due_on", "id"], name="cooperation_asked"
            ),
        ),
        migrations.AddIndex(
            model_name="cooperation",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["asking", "due_on", "id"], name="cooperation_asking"
            ),
        ),
        migrations.AddIndex(
            model_name="cooperation",
            index=models.Index(fields=["case", "id"], name="cooperation_case"),
        ),
        migrations.AddConstraint(
            model_name="cooperation",
            constraint=models.CheckConstraint(
                condition=models.Q(("asking", models.F("asked")), _negated=True), name="cooperation_another_agency"
            ),
        ),
        migrations.AddConstraint(
            model_name="cooperation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="cooperation_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticetemplate",
            constraint=models.UniqueConstraint(fields=("agency", "name", "version"), name="notice_template_version"),
        ),
        migrations.AddConstraint(
            model_name="queuecounter",
            constraint=models.UniqueConstraint(fields=("agency", "day"), name="queue_counter_day"),
        ),
        migrations.AddIndex(
            model_name="queueticket",
            index=models.Index(fields=["person", "day"], name="queue_ticket_person"),
        ),
        migrations.AddConstraint(
            model_name="queueticket",
            constraint=models.UniqueConstraint(fields=("agency", "day", "number"), name="queue_ticket_number"),
        ),
        migrations.AddIndex(
            model_name="countercase",
            index=models.Index(fields=["agency", "case"], name="counter_case_agency"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("post", "name"), name="saved_view_name"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("post",), name="saved_view_default"
            ),
        ),
        migrations.AddConstraint(
            model_name="specialism",
            constraint=models.UniqueConstraint(fields=("service", "post"), name="specialism_once"),
        ),
        migrations.RunSQL(
            _sql(
                "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change();"
            ),
            _sql("DROP TRIGGER append_only ON {table};"),
        ),
        # Cases of earlier releases, by the stages of the procedures that shipped with them.
        migrations.RunSQL(
            "UPDATE cases_case SET waits_for_others = true WHERE state = 'correcting'"
            " OR finer_stage IN ('preliminary', 'hearing_offered', 'rectifying');",
            migrations.RunSQL.noop,
        ),
    ]
