"""Every table of `items`, and what the database itself holds its rows to."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.text
import tongban.foundation.ids
from django.db import migrations, models
from tongban.foundation.tables import CreateModels

# What a published version says never changes: only its state, the day it ends, and what is derived from it.
KEEP_PUBLISHED = """
CREATE FUNCTION keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  free text[] := ARRAY['state', 'effective_to', 'is_applicable', 'pinyin'];
BEGIN
  IF OLD.state IN ('draft', 'checked') THEN
    RETURN COALESCE(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'version % was published and cannot be removed', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF (to_jsonb(NEW) - free) IS DISTINCT FROM (to_jsonb(OLD) - free) OR NEW.state IN ('draft', 'checked') THEN
    RAISE EXCEPTION 'version % was published and cannot be changed', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON items_serviceversion
  FOR EACH ROW EXECUTE FUNCTION keep_published_version();

CREATE FUNCTION keep_published_children() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  version_state text;
BEGIN
  SELECT state INTO version_state FROM items_serviceversion
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
  IF version_state IS NOT NULL AND version_state NOT IN ('draft', 'checked') THEN
    RAISE EXCEPTION 'the version was published; its % cannot be changed', TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON items_material
  FOR EACH ROW EXECUTE FUNCTION keep_published_children();
CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON items_fee
  FOR EACH ROW EXECUTE FUNCTION keep_published_children();
CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON items_question
  FOR EACH ROW EXECUTE FUNCTION keep_published_children();
"""
LET_GO = """
DROP TRIGGER keep_published ON items_question;
DROP TRIGGER keep_published ON items_fee;
DROP TRIGGER keep_published ON items_material;
DROP FUNCTION keep_published_children();
DROP TRIGGER keep_published ON items_serviceversion;
DROP FUNCTION keep_published_version();
"""


class Migration(migrations.Migration):
    replaces = [
        ("items", "0001_initial"),
        ("items", "0003_search_by_parts"),
        ("items", "0004_mail_label"),
        ("items", "0005_names_for_maintenance"),
        ("items", "0006_light_handling"),
        ("items", "0001_tables"),
        ("items", "0002_published_versions_are_immutable"),
        ("items", "0003_result_validity"),
    ]

    initial = True

    dependencies = [
        ("government", "0001_tables"),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(),
        CreateModels(
            [
                migrations.CreateModel(
                    name="Theme",
                    fields=[
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        (
                            "slug",
                            models.SlugField(max_length=60, primary_key=True, serialize=False, verbose_name="code"),
                        ),
                        (
                            "audience",
                            models.CharField(
                                choices=[("person", "people"), ("organisation", "organisations")],
                                max_length=12,
                                verbose_name="audience",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=100, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "theme",
                        "verbose_name_plural": "themes",
                        "ordering": ["position", "slug"],
                    },
                ),
                migrations.CreateModel(
                    name="Item",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=300, verbose_name="name")),
                        ("name_en", models.CharField(blank=True, max_length=300, verbose_name="name in English")),
                        ("code", models.CharField(max_length=12, unique=True, verbose_name="basic code")),
                        (
                            "item_type",
                            models.CharField(
                                choices=[
                                    ("01", "administrative licence"),
                                    ("02", "administrative penalty"),
                                    ("03", "administrative coercion"),
                                    ("04", "administrative levy"),
                                    ("05", "administrative payment"),
                                    ("06", "administrative inspection"),
                                    ("07", "administrative confirmation"),
                                    ("08", "administrative award"),
                                    ("09", "administrative adjudication"),
                                    ("10", "other administrative power"),
                                    ("20", "public service"),
                                ],
                                max_length=2,
                                verbose_name="type",
                            ),
                        ),
                        (
                            "levels",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(
                                    choices=[
                                        (0, "nation"),
                                        (1, "province"),
                                        (2, "prefecture"),
                                        (3, "county"),
                                        (4, "township"),
                                        (5, "village"),
                                    ]
                                ),
                                size=None,
                                verbose_name="exercised at",
                            ),
                        ),
                        ("legal_basis", models.TextField(blank=True, verbose_name="legal basis")),
                        ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)")),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="government.department",
                                verbose_name="department",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "item of the basic catalogue",
                        "verbose_name_plural": "items of the basic catalogue",
                        "ordering": ["code"],
                        "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["levels"], name="item_levels")],
                    },
                ),
                migrations.CreateModel(
                    name="Service",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("catalogue_code", models.CharField(blank=True, max_length=12)),
                        ("local_catalogue_code", models.CharField(blank=True, max_length=40)),
                        ("implementation_code", models.CharField(blank=True, max_length=31, null=True, unique=True)),
                        ("handling_code", models.CharField(blank=True, max_length=33, null=True, unique=True)),
                        ("foreign_code", models.CharField(blank=True, max_length=80, null=True)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("own", "entered here"),
                                    ("import", "imported from a file"),
                                    ("feed", "fed by another platform"),
                                ],
                                default="own",
                                max_length=8,
                            ),
                        ),
                        ("source_url", models.URLField(blank=True, max_length=500)),
                        ("source_note", models.CharField(blank=True, max_length=300)),
                        ("reconstructed", models.BooleanField(default=False)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="services",
                                to="government.agency",
                                verbose_name="agency",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="services",
                                to="items.item",
                                verbose_name="item of the basic catalogue",
                            ),
                        ),
                        (
                            "platform",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="services",
                                to="government.platform",
                                verbose_name="platform",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "service",
                        "verbose_name_plural": "services",
                        "indexes": [models.Index(fields=["agency", "item"], name="service_agency_item")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("platform", "foreign_code"), name="foreign_code_once_a_platform"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ServiceVersion",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("english", models.JSONField(blank=True, default=dict)),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("checked", "checked"),
                                    ("published", "published"),
                                    ("superseded", "superseded"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("is_applicable", models.BooleanField(default=False)),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("name", models.CharField(max_length=500, verbose_name="service name")),
                        ("pinyin", models.TextField(blank=True, editable=False)),
                        (
                            "item_type",
                            models.CharField(
                                choices=[
                                    ("01", "administrative licence"),
                                    ("02", "administrative penalty"),
                                    ("03", "administrative coercion"),
                                    ("04", "administrative levy"),
                                    ("05", "administrative payment"),
                                    ("06", "administrative inspection"),
                                    ("07", "administrative confirmation"),
                                    ("08", "administrative award"),
                                    ("09", "administrative adjudication"),
                                    ("10", "other administrative power"),
                                    ("20", "public service"),
                                ],
                                max_length=2,
                                verbose_name="item type",
                            ),
                        ),
                        ("version_label", models.CharField(blank=True, max_length=40, verbose_name="item version")),
                        ("legal_basis", models.TextField(blank=True, verbose_name="legal basis")),
                        (
                            "power_source",
                            models.CharField(blank=True, max_length=200, verbose_name="source of the power"),
                        ),
                        (
                            "exercise_level",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "nation"),
                                    (1, "province"),
                                    (2, "prefecture"),
                                    (3, "county"),
                                    (4, "township"),
                                    (5, "village"),
                                ],
                                null=True,
                                verbose_name="level of exercise",
                            ),
                        ),
                        (
                            "agency_nature",
                            models.CharField(blank=True, max_length=100, verbose_name="nature of the agency"),
                        ),
                        (
                            "entrusting_department",
                            models.CharField(blank=True, max_length=200, verbose_name="entrusting department"),
                        ),
                        ("joint_agencies", models.TextField(blank=True, verbose_name="joint agencies")),
                        ("legal_limit", models.PositiveIntegerField(blank=True, null=True, verbose_name="legal limit")),
                        (
                            "legal_limit_unit",
                            models.CharField(
                                blank=True,
                                choices=[("working_day", "working days"), ("day", "days"), ("month", "months")],
                                max_length=12,
                                verbose_name="unit of the legal limit",
                            ),
                        ),
                        ("legal_limit_note", models.TextField(blank=True, verbose_name="note on the legal limit")),
                        (
                            "promised_limit",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="promised limit"),
                        ),
                        (
                            "promised_limit_unit",
                            models.CharField(
                                blank=True,
                                choices=[("working_day", "working days"), ("day", "days"), ("month", "months")],
                                max_length=12,
                                verbose_name="unit of the promised limit",
                            ),
                        ),
                        (
                            "promised_limit_note",
                            models.TextField(blank=True, verbose_name="note on the promised limit"),
                        ),
                        (
                            "handling_kind",
                            models.CharField(
                                blank=True,
                                choices=[("1", "on the spot"), ("2", "within a limit")],
                                max_length=1,
                                verbose_name="kind of handling",
                            ),
                        ),
                        (
                            "acceptance_conditions",
                            models.TextField(blank=True, verbose_name="conditions of acceptance"),
                        ),
                        ("handling_steps", models.TextField(blank=True, verbose_name="steps")),
                        ("special_procedures", models.TextField(blank=True, verbose_name="special procedures")),
                        (
                            "audiences",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[("person", "people"), ("organisation", "organisations")], max_length=12
                                ),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "channels",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("window", "window"),
                                        ("online", "online"),
                                        ("self_service", "self-service terminal"),
                                        ("mail", "by mail"),
                                    ],
                                    max_length=12,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("visits", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="visits")),
                        ("visits_reason", models.TextField(blank=True, verbose_name="reason for the visits")),
                        ("address", models.TextField(blank=True, verbose_name="address")),
                        ("opening_hours", models.TextField(blank=True, verbose_name="opening hours")),
                        ("consultation_contact", models.TextField(blank=True, verbose_name="consultation")),
                        ("complaint_contact", models.TextField(blank=True, verbose_name="supervision and complaints")),
                        ("effective_from", models.DateField(verbose_name="effective from")),
                        (
                            "effective_to",
                            models.DateField(blank=True, null=True, verbose_name="effective until (exclusive)"),
                        ),
                        (
                            "in_service_hall",
                            models.BooleanField(blank=True, null=True, verbose_name="in the service hall"),
                        ),
                        (
                            "handling_area",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("nation", "nationwide"),
                                    ("province", "province-wide"),
                                    ("prefecture", "city-wide"),
                                    ("county", "county-wide"),
                                    ("township", "township-wide"),
                                ],
                                max_length=12,
                                verbose_name="handled across",
                            ),
                        ),
                        ("quantity_limit", models.TextField(blank=True, verbose_name="limit in number")),
                        (
                            "result_type",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("certificate", "certificate"),
                                    ("reply", "written reply"),
                                    ("other", "other"),
                                ],
                                max_length=12,
                                verbose_name="type of result",
                            ),
                        ),
                        (
                            "result_name",
                            models.CharField(blank=True, max_length=300, verbose_name="name of the result"),
                        ),
                        ("result_sample", models.TextField(blank=True, verbose_name="sample of the result")),
                        ("appointment", models.BooleanField(blank=True, null=True, verbose_name="by appointment")),
                        ("online_payment", models.BooleanField(blank=True, null=True, verbose_name="online payment")),
                        ("delivery", models.BooleanField(blank=True, null=True, verbose_name="delivery by post")),
                        (
                            "self_service_terminal",
                            models.BooleanField(blank=True, null=True, verbose_name="self-service terminal"),
                        ),
                        ("person_topics", models.TextField(blank=True, verbose_name="topics for people")),
                        ("organisation_topics", models.TextField(blank=True, verbose_name="topics for organisations")),
                        ("online", models.BooleanField(blank=True, null=True, verbose_name="can be done online")),
                        (
                            "stated_online_depth",
                            models.CharField(blank=True, max_length=3, verbose_name="stated online depth"),
                        ),
                        ("intermediary_services", models.TextField(blank=True, verbose_name="intermediary services")),
                        ("township_codes", models.TextField(blank=True, verbose_name="townships and villages")),
                        ("is_charged", models.BooleanField(blank=True, null=True, verbose_name="fee charged")),
                        (
                            "online_capabilities",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None
                            ),
                        ),
                        (
                            "themes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.SlugField(max_length=60), blank=True, default=list, size=None
                            ),
                        ),
                        (
                            "declared_list",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("one_time_notice", "told everything at once"),
                                    ("come_once", "come only once"),
                                    ("no_visit", "no visit"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("summary", models.TextField(blank=True, verbose_name="in short")),
                        ("form", models.JSONField(blank=True, null=True)),
                        ("procedure", models.SlugField(blank=True, max_length=40)),
                        ("light", models.JSONField(blank=True, null=True)),
                        ("assurance_level", models.PositiveSmallIntegerField(default=2)),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="items.service",
                                verbose_name="service",
                            ),
                        ),
                        (
                            "renewal_item",
                            models.CharField(blank=True, max_length=12, verbose_name="item by which it is renewed"),
                        ),
                        (
                            "result_validity",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="validity of the result in months"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "version of a service",
                        "verbose_name_plural": "versions of services",
                        "ordering": ["service", "-effective_from", "-number"],
                        "indexes": [
                            models.Index(fields=["service", "-effective_from", "-number"], name="version_in_force"),
                            django.contrib.postgres.indexes.GinIndex(fields=["themes"], name="version_themes"),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                                ),
                                name="version_name_parts",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(models.F("pinyin"), name="gin_trgm_ops"),
                                name="version_pinyin_parts",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("service", "number"), name="version_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("effective_to", None),
                                    ("effective_to__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="version_validity_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Question",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("english", models.JSONField(blank=True, default=dict)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("question", models.TextField()),
                        ("answer", models.TextField(blank=True)),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="questions",
                                to="items.serviceversion",
                                verbose_name="version of a service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "common question",
                        "verbose_name_plural": "common questions",
                        "ordering": ["version", "position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "position"), name="question_position_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Material",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("english", models.JSONField(blank=True, default=dict)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=500)),
                        (
                            "necessity",
                            models.CharField(
                                blank=True,
                                choices=[("1", "required"), ("2", "optional"), ("3", "may follow later")],
                                max_length=1,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                choices=[("1", "certificate or proof"), ("2", "application form"), ("3", "other")],
                                max_length=1,
                            ),
                        ),
                        (
                            "form",
                            models.CharField(
                                blank=True,
                                choices=[("1", "paper"), ("2", "electronic"), ("3", "paper and electronic")],
                                max_length=1,
                            ),
                        ),
                        ("copies", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "source",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("10", "prepared by the applicant"),
                                    ("20", "issued by government"),
                                    ("99", "other"),
                                ],
                                max_length=2,
                            ),
                        ),
                        ("source_note", models.TextField(blank=True)),
                        ("basis", models.TextField(blank=True)),
                        ("blank_form", models.TextField(blank=True)),
                        ("sample", models.TextField(blank=True)),
                        ("filling_note", models.TextField(blank=True)),
                        ("acceptance_standard", models.TextField(blank=True)),
                        ("resource_code", models.CharField(blank=True, max_length=80)),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="materials",
                                to="items.serviceversion",
                                verbose_name="version of a service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "material",
                        "verbose_name_plural": "materials",
                        "ordering": ["version", "position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "position"), name="material_position_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fee",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("english", models.JSONField(blank=True, default=dict)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=300)),
                        ("standard", models.TextField(blank=True)),
                        ("basis", models.TextField(blank=True)),
                        ("reducible", models.BooleanField(blank=True, null=True)),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="fees",
                                to="items.serviceversion",
                                verbose_name="version of a service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fee",
                        "verbose_name_plural": "fees",
                        "ordering": ["version", "position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "position"), name="fee_position_once")
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(KEEP_PUBLISHED, LET_GO),
    ]
