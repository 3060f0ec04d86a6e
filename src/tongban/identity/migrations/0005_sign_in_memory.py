from django.db import migrations, models


class Migration(migrations.Migration):
    """Attempts are counted by allauth, in this table (`signin.cache`)."""

    dependencies = [("identity", "0004_contacts_of_accounts")]

    operations = [
        migrations.CreateModel(
            name="SignInMemory",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={"verbose_name": "memory of sign-ins", "verbose_name_plural": "memories of sign-ins"},
        ),
    ]
