"""What happened to a case is never edited; cases are numbered from a sequence."""

from django.db import migrations

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
    dependencies = [("cases", "0001_tables"), ("foundation", "0002_ledger_append_only")]
    operations = [
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
