from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0003_outbox_and_periodic_jobs")]
    operations = [
        migrations.CreateModel(
            name="ImportedCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=300)),
                ("imported_at", models.DateTimeField()),
                ("rows", models.JSONField()),
            ],
        ),
    ]
