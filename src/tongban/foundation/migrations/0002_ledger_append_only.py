"""The ledger and its tree take new rows and nothing else, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON foundation_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER ledger_append_only ON foundation_ledgerentry; DROP FUNCTION refuse_change();"

TREE = ("leaf", "node", "head")
TREE_FORWARD = "\n".join(
    f"CREATE TRIGGER ledger_{name}_append_only BEFORE UPDATE OR DELETE ON foundation_ledger{name}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change();"
    for name in TREE
)
TREE_BACKWARD = "\n".join(f"DROP TRIGGER ledger_{name}_append_only ON foundation_ledger{name};" for name in TREE)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_tables")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD), migrations.RunSQL(TREE_FORWARD, TREE_BACKWARD)]
