import tongban.foundation.sealing
from django.db import migrations, models


class Migration(migrations.Migration):
    """Where an account takes codes: sealed, and found by blind index."""

    dependencies = [("identity", "0003_mandates")]

    operations = [
        migrations.AddField("account", "phone", tongban.foundation.sealing.SealedField(null=True)),
        migrations.AddField(
            "account", "phone_index", models.CharField(editable=False, max_length=64, null=True, unique=True)
        ),
        migrations.AddField("account", "email", tongban.foundation.sealing.SealedField(null=True)),
        migrations.AddField(
            "account", "email_index", models.CharField(editable=False, max_length=64, null=True, unique=True)
        ),
    ]
