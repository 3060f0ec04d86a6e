import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("items", "0002_published_versions_are_immutable")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="serviceversion",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(Upper("name"), name="gin_trgm_ops"),
                name="version_name_parts",
            ),
        ),
        migrations.AddIndex(
            model_name="serviceversion",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("pinyin"), name="gin_trgm_ops"),
                name="version_pinyin_parts",
            ),
        ),
    ]
