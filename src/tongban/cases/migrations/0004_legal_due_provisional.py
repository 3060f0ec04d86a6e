from django.db import migrations, models

from tongban.foundation.tables import Together


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_inbox_counts"),
        ("government", "0001_tables"),
        ("identity", "0007_indexes_by_generation"),
        ("items", "0001_schema"),
    ]

    operations = [
        Together(
            [
                migrations.RemoveIndex(
                    model_name="case",
                    name="case_provisional",
                ),
                migrations.AddField(
                    model_name="case",
                    name="legal_due_provisional",
                    field=models.BooleanField(db_default=False, default=False),
                ),
                migrations.AddIndex(
                    model_name="case",
                    index=models.Index(
                        condition=models.Q(("due_provisional", True), ("legal_due_provisional", True), _connector="OR"),
                        fields=["due_on", "id"],
                        name="case_provisional",
                    ),
                ),
            ]
        ),
        # It was not told for which of them the promised date alone is certain: the clock, when it runs next, counts
        # those that are known by now anew.
        migrations.RunSQL(
            "UPDATE cases_case SET legal_due_provisional = true WHERE legal_due_on IS NOT NULL AND NOT due_provisional",
            migrations.RunSQL.noop,
        ),
    ]
