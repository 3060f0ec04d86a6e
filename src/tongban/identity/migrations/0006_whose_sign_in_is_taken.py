"""Another platform's sign-in is taken once it was confirmed; what is taken already stays so."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from tongban.foundation.tables import Together


class Migration(migrations.Migration):
    dependencies = [
        ("government", "0001_tables"),
        ("identity", "0005_no_mark_of_staff"),
    ]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="trustedprovider",
                    name="confirmed_at",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name="trustedprovider",
                    name="confirmed_by",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                migrations.AddField(
                    model_name="trustedprovider",
                    name="reason",
                    field=models.CharField(blank=True, max_length=500, verbose_name="reason"),
                ),
                migrations.AddField(
                    model_name="trustedprovider",
                    name="stated_by",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="trustedprovider",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("stated_by", None),
                            models.Q(("confirmed_by", models.F("stated_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="trusted_provider_four_eyes",
                    ),
                ),
            ]
        ),
        migrations.RunSQL("UPDATE identity_trustedprovider SET confirmed_at = trusted_since", migrations.RunSQL.noop),
    ]
