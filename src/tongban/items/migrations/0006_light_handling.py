from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("items", "0005_names_for_maintenance")]

    operations = [
        migrations.AddField(
            model_name="serviceversion",
            name="light",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
