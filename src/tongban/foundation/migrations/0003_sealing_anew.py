"""Sealed forms may be exchanged where rows are never changed, and what the law no longer lets be kept may go.

Both only inside a transaction that says so (`foundation.resealing`, `foundation.retention`), and never in the
ledger. Exchanging is let through only where each value that changes begins as a sealed value does, before and after.
"""

from django.db import migrations, models

FORWARD = r"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME NOT LIKE 'foundation\_ledger%' THEN
    IF TG_OP = 'UPDATE' AND current_setting('tongban.resealing', true) = 'on' AND NOT EXISTS (
      SELECT FROM jsonb_each_text(to_jsonb(OLD)) o JOIN jsonb_each_text(to_jsonb(NEW)) n USING (key)
      WHERE o.value IS DISTINCT FROM n.value
        AND NOT (coalesce(o.value ~ '^\\x0[12]', false) AND coalesce(n.value ~ '^\\x0[12]', false))
    ) THEN
      RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('tongban.retention', true) = 'on' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0002_ledger_append_only")]
    operations = [
        migrations.CreateModel(
            name="SealingPass",
            fields=[
                ("place", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("reached", models.CharField(blank=True, max_length=64)),
                ("ended", models.BooleanField(default=False)),
            ],
            options={"verbose_name_plural": "sealing passes"},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
