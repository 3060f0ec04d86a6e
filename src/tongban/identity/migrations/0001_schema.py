"""Every table of `identity`, and what the database itself holds its rows to."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.db.models.deletion
import django.utils.timezone
import tongban.foundation.ids
import tongban.foundation.sealing
from django.conf import settings
from django.db import migrations, models
from tongban.foundation.tables import CreateModels

# In words: `records.MandateRow`. The basis `former_representative` is what is left when an organisation is dissolved.
VIEW = """
CREATE VIEW identity_mandate AS
SELECT o.legal_representative_id AS agent_id, NULL::uuid AS person_id, o.id AS organisation_id,
       CASE WHEN o.dissolved_on IS NULL THEN 'representative' ELSE 'former_representative' END::varchar AS basis,
       o.id AS source_id, NULL::varchar[] AS deeds, NULL::uuid[] AS services, NULL::uuid[] AS items,
       NULL::date AS valid_from, NULL::date AS valid_to
FROM identity_organisation o
UNION ALL
SELECT d.agent_id, d.person_id, d.organisation_id, d.kind, d.id, d.deeds::varchar[], d.services, d.items,
       d.valid_from, d.valid_to
FROM identity_delegation d
LEFT JOIN identity_organisation o ON o.id = d.organisation_id
LEFT JOIN identity_person q ON q.id = d.person_id
WHERE d.agent_id IS NOT NULL AND d.accepted_at IS NOT NULL AND d.revoked_at IS NULL
  AND o.dissolved_on IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
UNION ALL
SELECT f.legal_representative_id, d.person_id, d.organisation_id, d.kind, d.id, d.deeds::varchar[], d.services,
       d.items, d.valid_from, d.valid_to
FROM identity_delegation d
JOIN identity_organisation f ON f.id = d.agent_organisation_id AND f.dissolved_on IS NULL
LEFT JOIN identity_organisation o ON o.id = d.organisation_id
LEFT JOIN identity_person q ON q.id = d.person_id
WHERE d.accepted_at IS NOT NULL AND d.revoked_at IS NULL
  AND o.dissolved_on IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
UNION ALL
SELECT e.agent_id, d.person_id, d.organisation_id, d.kind, d.id,
       ARRAY(SELECT unnest(d.deeds) INTERSECT SELECT unnest(e.deeds))::varchar[], d.services, d.items,
       greatest(d.valid_from, e.valid_from), least(d.valid_to, e.valid_to)
FROM identity_delegation d
JOIN identity_organisation f ON f.id = d.agent_organisation_id AND f.dissolved_on IS NULL
JOIN identity_delegation e ON e.organisation_id = f.id AND e.kind IN ('administrator', 'handler')
  AND e.agent_id IS NOT NULL AND e.accepted_at IS NOT NULL AND e.revoked_at IS NULL
  AND e.services = '{}' AND e.items = '{}'
LEFT JOIN identity_organisation o ON o.id = d.organisation_id
LEFT JOIN identity_person q ON q.id = d.person_id
WHERE d.accepted_at IS NOT NULL AND d.revoked_at IS NULL
  AND o.dissolved_on IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
UNION ALL
SELECT g.guardian_id, g.ward_id, NULL, 'guardian', g.id, NULL, NULL, NULL, g.valid_from, g.valid_to
FROM identity_guardianship g
JOIN identity_person q ON q.id = g.ward_id
WHERE g.ended_at IS NULL AND q.died_on IS NULL AND q.closed_at IS NULL AND q.merged_into_id IS NULL
"""


class Migration(migrations.Migration):
    replaces = [
        ("identity", "0001_initial"),
        ("identity", "0002_names_for_maintenance"),
        ("identity", "0003_head_of_government"),
        ("identity", "0004_counter"),
        ("identity", "0001_tables"),
        ("identity", "0002_people"),
        ("identity", "0003_mandates"),
        ("identity", "0004_contacts_of_accounts"),
        ("identity", "0005_sign_in_memory"),
        ("identity", "0006_provider"),
        ("identity", "0007_separated_duties_and_emergency_access"),
        ("identity", "0008_data_readings"),
        ("identity", "0009_assurance"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("foundation", "0001_schema"),
        ("government", "0001_tables"),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        CreateModels(
            [
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("username", models.CharField(max_length=150, unique=True, verbose_name="user name")),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        ("is_staff", models.BooleanField(default=False, verbose_name="may maintain reference data")),
                        ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        ("phone", tongban.foundation.sealing.SealedField(null=True)),
                        ("phone_index", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                        ("email", tongban.foundation.sealing.SealedField(null=True)),
                        ("email_index", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                    ],
                    options={
                        "verbose_name": "account",
                        "verbose_name_plural": "accounts",
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("hat", models.CharField(max_length=60)),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="account",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API token",
                        "verbose_name_plural": "API tokens",
                    },
                ),
                migrations.CreateModel(
                    name="Person",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("id_number", tongban.foundation.sealing.SealedField(null=True)),
                        ("id_number_index", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                        ("phone", tongban.foundation.sealing.SealedField(null=True)),
                        ("address", tongban.foundation.sealing.SealedField(null=True)),
                        (
                            "assurance_level",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (1, "L1 account only"),
                                    (2, "L2 self-declared"),
                                    (3, "L3 name and number checked"),
                                    (4, "L4 real person"),
                                    (5, "L5 certificate or counter"),
                                ],
                                default=2,
                            ),
                        ),
                        (
                            "account",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="person",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="account",
                            ),
                        ),
                        ("born_on", tongban.foundation.sealing.SealedField(null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("died_on", models.DateField(blank=True, null=True, verbose_name="died on")),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged_from",
                                to="identity.person",
                                verbose_name="entry that stays",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "person",
                        "verbose_name_plural": "people",
                    },
                ),
                migrations.CreateModel(
                    name="Organisation",
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
                            models.CharField(max_length=18, unique=True, verbose_name="unified social credit code"),
                        ),
                        (
                            "legal_representative",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="represents",
                                to="identity.person",
                                verbose_name="legal representative",
                            ),
                        ),
                        ("dissolved_on", models.DateField(blank=True, null=True, verbose_name="dissolved on")),
                    ],
                    options={
                        "verbose_name": "organisation",
                        "verbose_name_plural": "organisations",
                    },
                ),
                migrations.CreateModel(
                    name="Post",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("window_officer", "window officer"),
                                    ("reviewing_officer", "reviewing officer"),
                                    ("head_of_agency", "head of agency"),
                                    ("head_of_government", "head of the government of that level"),
                                    ("data_steward", "data steward"),
                                    ("supervisor", "supervisor"),
                                    ("auditor", "auditor"),
                                    ("security_officer", "security officer"),
                                    ("administrator", "system administrator"),
                                ],
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        ("title", models.CharField(blank=True, max_length=100, verbose_name="title")),
                        ("title_en", models.CharField(blank=True, max_length=100, verbose_name="title in English")),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)")),
                        (
                            "serves_counter",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="serves the one-window counter"
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="government.agency",
                                verbose_name="agency",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "post",
                        "verbose_name_plural": "posts",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "agency", "role", "valid_from"), name="post_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="post_validity_order",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("role__in", ("auditor", "security_officer", "administrator"))),
                                expressions=[
                                    ("person", "="),
                                    ("role", "<>"),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_to"),
                                            function="daterange",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="post_duties_separated",
                            ),
                        ],
                    },
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
                                    ("passport", "foreign passport"),
                                    ("permanent_residence", "foreigner's permanent residence card"),
                                    ("hk_macao_permit", "mainland travel permit, Hong Kong and Macao"),
                                    ("taiwan_permit", "mainland travel permit, Taiwan"),
                                    ("hmt_residence", "residence permit, Hong Kong, Macao or Taiwan"),
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
                migrations.CreateModel(
                    name="SignInFailure",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("username_index", models.CharField(max_length=64)),
                        ("address_index", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name": "failed sign-in",
                        "verbose_name_plural": "failed sign-ins",
                        "indexes": [
                            models.Index(fields=["username_index", "at"], name="failure_username"),
                            models.Index(fields=["address_index", "at"], name="failure_address"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delegation",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="delegations",
                                to="identity.organisation",
                                verbose_name="organisation",
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="delegations",
                                to="identity.person",
                                verbose_name="agent",
                            ),
                        ),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "agent_organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations_taken",
                                to="identity.organisation",
                                verbose_name="agent firm",
                            ),
                        ),
                        ("declined_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "deeds",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[("read", "see"), ("apply", "apply"), ("follow_up", "follow up")],
                                    max_length=12,
                                ),
                                default=list,
                                size=None,
                            ),
                        ),
                        ("invited_index", models.CharField(blank=True, db_index=True, max_length=64)),
                        ("invited_name", models.CharField(blank=True, max_length=100)),
                        (
                            "items",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), blank=True, default=list, size=None
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("relative", "relative"),
                                    ("carer", "carer"),
                                    ("neighbour", "neighbour or friend"),
                                    ("other", "somebody else"),
                                    ("administrator", "administrator of the staff"),
                                    ("handler", "member of the staff"),
                                    ("agent", "agent outside the organisation"),
                                    ("agent_firm", "agent firm"),
                                ],
                                default="handler",
                                max_length=16,
                                verbose_name="kind",
                            ),
                        ),
                        ("offered_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations_given",
                                to="identity.person",
                                verbose_name="person represented",
                            ),
                        ),
                        (
                            "services",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), blank=True, default=list, size=None
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "delegation",
                        "verbose_name_plural": "delegations",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="delegation_validity_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("organisation__isnull", False), ("person", None)),
                                    models.Q(("organisation", None), ("person__isnull", False)),
                                    _connector="OR",
                                ),
                                name="delegation_of_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted_at", None),
                                    ("agent__isnull", False),
                                    ("agent_organisation__isnull", False),
                                    _connector="OR",
                                ),
                                name="delegation_accepted_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("agent", None),
                                    models.Q(("agent", models.F("person")), _negated=True),
                                    _connector="OR",
                                ),
                                name="delegation_to_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MandateRow",
                    fields=[
                        ("source_id", models.UUIDField(primary_key=True, serialize=False)),
                        ("basis", models.CharField(max_length=24)),
                        (
                            "deeds",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12), null=True, size=None
                            ),
                        ),
                        (
                            "services",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), null=True, size=None
                            ),
                        ),
                        (
                            "items",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), null=True, size=None
                            ),
                        ),
                        ("valid_from", models.DateField(null=True)),
                        ("valid_to", models.DateField(null=True)),
                    ],
                    options={
                        "verbose_name": "mandate",
                        "verbose_name_plural": "mandates",
                        "db_table": "identity_mandate",
                        "managed": False,
                    },
                ),
                migrations.CreateModel(
                    name="CorrectionRequest",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                choices=[("name", "full name"), ("phone", "telephone number"), ("address", "address")],
                                max_length=10,
                                verbose_name="what is wrong",
                            ),
                        ),
                        ("wanted", tongban.foundation.sealing.SealedField()),
                        ("reason", tongban.foundation.sealing.SealedField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "waiting for an answer"),
                                    ("corrected", "corrected"),
                                    ("refused", "not corrected"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("answer_by", models.DateField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("answered_post_id", models.UUIDField(null=True)),
                        ("answer", tongban.foundation.sealing.SealedField(null=True)),
                        ("evidence", tongban.foundation.sealing.SealedField(null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="correction_requests",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "request for correction",
                        "verbose_name_plural": "requests for correction",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["answer_by", "id"],
                                name="correction_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("person", "field"),
                                name="correction_once_a_field",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Guardianship",
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
                                    ("parent", "parent of a minor"),
                                    ("of_minor", "other guardian of a minor"),
                                    ("of_adult", "guardian of an adult"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("document", tongban.foundation.sealing.SealedField()),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)")),
                        ("entered_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("end_reason", tongban.foundation.sealing.SealedField(null=True)),
                        (
                            "guardian",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wards",
                                to="identity.person",
                                verbose_name="guardian",
                            ),
                        ),
                        (
                            "ward",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="guardians",
                                to="identity.person",
                                verbose_name="ward",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "guardianship",
                        "verbose_name_plural": "guardianships",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ward", models.F("guardian")), _negated=True),
                                name="guardianship_of_another",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("ward", "guardian"),
                                name="guardianship_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdentityPaper",
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
                                    ("resident", "resident identity card"),
                                    ("passport", "foreign passport"),
                                    ("permanent_residence", "foreigner's permanent residence card"),
                                    ("hk_macao_permit", "mainland travel permit, Hong Kong and Macao"),
                                    ("taiwan_permit", "mainland travel permit, Taiwan"),
                                    ("hmt_residence", "residence permit, Hong Kong, Macao or Taiwan"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("country", models.CharField(default="CHN", max_length=3, verbose_name="issuing country")),
                        ("number", tongban.foundation.sealing.SealedField()),
                        ("number_index", models.CharField(editable=False, max_length=64, unique=True)),
                        ("entered_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="papers",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "identity paper",
                        "verbose_name_plural": "identity papers",
                    },
                ),
                migrations.CreateModel(
                    name="Merger",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("reason", tongban.foundation.sealing.SealedField()),
                        ("moved", models.JSONField()),
                        ("post_id", models.UUIDField(null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "kept",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.person",
                                verbose_name="entry that stays",
                            ),
                        ),
                        (
                            "merged",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.person",
                                verbose_name="entry merged",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "merger of two entries",
                        "verbose_name_plural": "mergers of two entries",
                    },
                ),
                migrations.CreateModel(
                    name="SignInMemory",
                    fields=[
                        ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("value", models.JSONField()),
                        ("expires_at", models.DateTimeField(db_index=True)),
                    ],
                    options={
                        "verbose_name": "memory of sign-ins",
                        "verbose_name_plural": "memories of sign-ins",
                    },
                ),
                migrations.CreateModel(
                    name="Application",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        ("client_id", models.SlugField(max_length=60, unique=True, verbose_name="client id")),
                        ("secret_digest", models.CharField(editable=False, max_length=64, null=True)),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        ("description_en", models.TextField(blank=True, verbose_name="description in English")),
                        (
                            "audiences",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("person", "people"),
                                        ("organisation", "organisations"),
                                        ("officer", "officers"),
                                    ],
                                    max_length=12,
                                ),
                                default=list,
                                size=None,
                                verbose_name="who uses it",
                            ),
                        ),
                        ("home_uri", models.CharField(max_length=500, verbose_name="web address")),
                        (
                            "redirect_uris",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=500),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="redirect addresses",
                            ),
                        ),
                        (
                            "sign_out_uris",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=500),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="addresses after signing out",
                            ),
                        ),
                        (
                            "back_channel_uri",
                            models.CharField(blank=True, max_length=500, verbose_name="address for sign-out notices"),
                        ),
                        ("sector", models.SlugField(max_length=80, verbose_name="sector of identifiers")),
                        (
                            "sector_basis",
                            models.CharField(
                                blank=True, max_length=300, verbose_name="legal basis of sharing the sector"
                            ),
                        ),
                        (
                            "required_level",
                            models.PositiveSmallIntegerField(default=2, verbose_name="assurance level needed"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("registered", "waiting for review"),
                                    ("published", "published"),
                                    ("refused", "refused"),
                                    ("suspended", "suspended"),
                                ],
                                default="registered",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("registered_at", models.DateTimeField()),
                        ("reviewed_at", models.DateTimeField(null=True)),
                        (
                            "review_note",
                            models.CharField(blank=True, max_length=500, verbose_name="note of the review"),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="government.agency",
                                verbose_name="agency",
                            ),
                        ),
                        (
                            "registered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="registered by",
                            ),
                        ),
                        (
                            "resource_servers",
                            models.ManyToManyField(
                                blank=True,
                                related_name="serves",
                                to="identity.application",
                                verbose_name="resource servers",
                            ),
                        ),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="reviewed by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "application",
                        "verbose_name_plural": "applications",
                        "ordering": ["name", "id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reviewed_by", None),
                                    ("registered_by", None),
                                    models.Q(("reviewed_by", models.F("registered_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="application_four_eyes",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationScope",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("scope", models.CharField(max_length=30)),
                        ("purpose", models.CharField(max_length=300, verbose_name="purpose")),
                        ("purpose_en", models.CharField(blank=True, max_length=300, verbose_name="purpose in English")),
                        ("legal_basis", models.CharField(max_length=300, verbose_name="basis in law")),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="scopes",
                                to="identity.application",
                                verbose_name="application",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "claim asked",
                        "verbose_name_plural": "claims asked",
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "scope"), name="application_scope_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationSignIn",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("hat", models.CharField(max_length=60)),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30), default=list, size=None
                            ),
                        ),
                        ("assurance_level", models.PositiveSmallIntegerField()),
                        ("authenticated_at", models.DateTimeField()),
                        ("session", models.CharField(max_length=64)),
                        ("issuer", models.CharField(max_length=500)),
                        ("at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="account",
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sign_ins",
                                to="identity.application",
                                verbose_name="application",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sign-in to an application",
                        "verbose_name_plural": "sign-ins to applications",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at", None)), fields=["session"], name="application_session"
                            ),
                            models.Index(
                                condition=models.Q(("ended_at", None)),
                                fields=["account", "application"],
                                name="application_account",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationUse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField(verbose_name="day")),
                        ("sign_ins", models.PositiveIntegerField(default=0, verbose_name="sign-ins")),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="use",
                                to="identity.application",
                                verbose_name="application",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "use of an application",
                        "verbose_name_plural": "use of applications",
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "day"), name="application_use_day")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuthorizationCode",
                    fields=[
                        ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("redirect_uri", models.CharField(max_length=500)),
                        ("challenge", models.CharField(max_length=128)),
                        ("nonce", models.CharField(blank=True, max_length=300)),
                        ("acr", models.CharField(max_length=4)),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "sign_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="codes",
                                to="identity.applicationsignin",
                                verbose_name="sign-in",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "authorisation code",
                        "verbose_name_plural": "authorisation codes",
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("hat", models.CharField(max_length=60)),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30), default=list, size=None
                            ),
                        ),
                        ("given_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consents",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="account",
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consents",
                                to="identity.application",
                                verbose_name="application",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consent",
                        "verbose_name_plural": "consents",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("application", "account", "hat"),
                                name="consent_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderToken",
                    fields=[
                        ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("access", "access token"), ("refresh", "refresh token")], max_length=8
                            ),
                        ),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30), default=list, size=None
                            ),
                        ),
                        ("issued_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "sign_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tokens",
                                to="identity.applicationsignin",
                                verbose_name="sign-in",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "token of an application",
                        "verbose_name_plural": "tokens of applications",
                        "indexes": [models.Index(fields=["expires_at"], name="provider_token_expiry")],
                    },
                ),
                migrations.CreateModel(
                    name="SigningKey",
                    fields=[
                        ("key_id", models.CharField(max_length=43, primary_key=True, serialize=False)),
                        ("public", models.JSONField()),
                        ("private", tongban.foundation.sealing.SealedField(null=True)),
                        ("made_at", models.DateTimeField()),
                        ("retired_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name": "signing key",
                        "verbose_name_plural": "signing keys",
                        "constraints": [
                            models.UniqueConstraint(
                                models.Value(1), condition=models.Q(("retired_at", None)), name="one_signing_key"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignOutNotice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("subject", models.CharField(max_length=64)),
                        ("sid", models.CharField(blank=True, max_length=64)),
                        ("made_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField()),
                        ("delivered_at", models.DateTimeField(null=True)),
                        ("given_up_at", models.DateTimeField(null=True)),
                        ("error", models.CharField(blank=True, max_length=300)),
                        (
                            "sign_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to="identity.applicationsignin",
                                verbose_name="sign-in",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sign-out notice",
                        "verbose_name_plural": "sign-out notices",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("delivered_at", None), ("given_up_at", None)),
                                fields=["next_try_at"],
                                name="sign_out_due",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrustedProvider",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("issuer", models.CharField(max_length=500, unique=True, verbose_name="issuer")),
                        ("client_id", models.CharField(max_length=200, verbose_name="client id")),
                        ("client_secret", tongban.foundation.sealing.SealedField()),
                        ("highest_level", models.PositiveSmallIntegerField(verbose_name="highest level we trust")),
                        ("trusted_since", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "platform",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trusted_provider",
                                to="government.platform",
                                verbose_name="platform",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "trusted provider",
                        "verbose_name_plural": "trusted providers",
                        "ordering": ["platform"],
                    },
                ),
                migrations.CreateModel(
                    name="ForeignIdentity",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("subject_index", models.CharField(max_length=64)),
                        ("linked_at", models.DateTimeField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="foreign_identities",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                        (
                            "provider",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identities",
                                to="identity.trustedprovider",
                                verbose_name="trusted provider",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "identity at another platform",
                        "verbose_name_plural": "identities at other platforms",
                        "constraints": [
                            models.UniqueConstraint(fields=("provider", "subject_index"), name="foreign_identity_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EmergencyAccess",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("account_id", models.UUIDField()),
                        ("object_type", models.CharField(max_length=64)),
                        ("object_id", models.UUIDField()),
                        ("reason", tongban.foundation.sealing.SealedField()),
                        ("opened_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("tell_at", models.DateTimeField()),
                        ("told_at", models.DateTimeField(null=True)),
                        ("delay_reason", tongban.foundation.sealing.SealedField(null=True)),
                        ("reviewed_at", models.DateTimeField(null=True)),
                        (
                            "finding",
                            models.CharField(
                                blank=True,
                                choices=[("justified", "justified"), ("unjustified", "not justified")],
                                max_length=12,
                            ),
                        ),
                        ("remark", tongban.foundation.sealing.SealedField(null=True)),
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
                                related_name="+",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="emergencies",
                                to="identity.post",
                                verbose_name="post",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="government.region",
                                verbose_name="region",
                            ),
                        ),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.post",
                                verbose_name="reviewed by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "emergency access",
                        "verbose_name_plural": "emergency accesses",
                        "indexes": [
                            models.Index(fields=["post", "object_id", "ends_at"], name="emergency_live"),
                            models.Index(
                                condition=models.Q(("told_at", None)), fields=["tell_at"], name="emergency_to_tell"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("opened_at"))), name="emergency_has_an_end"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("finding", ""), ("reviewed_at", None)),
                                    models.Q(("reviewed_at__isnull", False), models.Q(("finding", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="emergency_reviewed_with_finding",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EmergencyReading",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("what", models.CharField(max_length=64)),
                        ("entry_id", models.BigIntegerField()),
                        (
                            "access",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="readings",
                                to="identity.emergencyaccess",
                                verbose_name="emergency access",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reading under emergency access",
                        "verbose_name_plural": "readings under emergency access",
                    },
                ),
                migrations.CreateModel(
                    name="DataReading",
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
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=64), size=None
                            ),
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
                migrations.CreateModel(
                    name="Verification",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("source", models.SlugField(max_length=40, verbose_name="source")),
                        ("level", models.PositiveSmallIntegerField(verbose_name="assurance level")),
                        ("evidence", tongban.foundation.sealing.SealedField()),
                        ("made_at", models.DateTimeField()),
                        ("valid_until", models.DateField(null=True, verbose_name="valid until (exclusive)")),
                        ("lapsed_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        ("revoked_because", tongban.foundation.sealing.SealedField(null=True)),
                        (
                            "check_made",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verifications",
                                to="identity.identitycheck",
                                verbose_name="identity check",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verifications",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "verification",
                        "verbose_name_plural": "verifications",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("lapsed_at", None), ("revoked_at", None), ("valid_until__isnull", False)
                                ),
                                fields=["valid_until"],
                                name="verification_lapsing",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("level__gte", 1), ("level__lte", 5)), name="verification_level"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CounterRequest",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("code", models.CharField(max_length=8, unique=True)),
                        ("level", models.PositiveSmallIntegerField()),
                        ("come_back", models.CharField(blank=True, max_length=500)),
                        ("made_at", models.DateTimeField()),
                        ("valid_until", models.DateField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                        (
                            "met_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.verification",
                                verbose_name="verification",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "announced counter check",
                        "verbose_name_plural": "announced counter checks",
                        "indexes": [models.Index(fields=["person", "-made_at"], name="counter_request_person")],
                    },
                ),
                migrations.CreateModel(
                    name="VerificationFailure",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="identity.person",
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "failed verification",
                        "verbose_name_plural": "failed verifications",
                        "indexes": [models.Index(fields=["person", "at"], name="verification_failure")],
                    },
                ),
            ]
        ),
        migrations.RunSQL(VIEW, "DROP VIEW identity_mandate"),
        # Rows of who read whose data go only by the retention rules.
        migrations.RunSQL(
            "CREATE TRIGGER keep BEFORE DELETE ON identity_datareading FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER keep ON identity_datareading;",
        ),
    ]
