"""What a published version says never changes: only its state, the day it ends, and what is derived from it."""

from django.db import migrations

FORWARD = """
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
BACKWARD = """
DROP TRIGGER keep_published ON items_question;
DROP TRIGGER keep_published ON items_fee;
DROP TRIGGER keep_published ON items_material;
DROP FUNCTION keep_published_children();
DROP TRIGGER keep_published ON items_serviceversion;
DROP FUNCTION keep_published_version();
"""


class Migration(migrations.Migration):
    dependencies = [("items", "0001_tables")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
