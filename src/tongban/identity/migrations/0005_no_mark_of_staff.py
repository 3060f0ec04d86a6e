"""Accounts have no mark of those who may maintain reference data: the post they hold says it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_names_of_sessions")]

    operations = [migrations.RemoveField("account", "is_staff")]
