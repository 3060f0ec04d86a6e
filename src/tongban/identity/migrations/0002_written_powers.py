"""Who comes to a window for another person, and the written power they show."""

import django.db.models.deletion
import tongban.foundation.ids
import tongban.foundation.sealing
from django.db import migrations, models
from tongban.foundation.tables import Together


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_schema"), ("identity", "0001_schema")]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="identitycheck",
                    name="power_last_day",
                    field=models.DateField(null=True),
                ),
                migrations.AddField(
                    model_name="identitycheck",
                    name="power_matters",
                    field=tongban.foundation.sealing.SealedField(null=True),
                ),
                migrations.AddField(
                    model_name="identitycheck",
                    name="represented",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.person",
                        verbose_name="person represented",
                    ),
                ),
                migrations.CreateModel(
                    name="WrittenPower",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tongban.foundation.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("account_id", models.UUIDField()),
                        ("digest", tongban.foundation.sealing.SealedField()),
                        ("file_name", tongban.foundation.sealing.SealedField()),
                        ("media_type", models.CharField(max_length=100)),
                        ("size", models.PositiveIntegerField()),
                        ("kept_at", models.DateTimeField()),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="identity.post",
                                verbose_name="post",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "written power of attorney",
                        "verbose_name_plural": "written powers of attorney",
                    },
                ),
                migrations.AddField(
                    model_name="identitycheck",
                    name="power",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.writtenpower",
                        verbose_name="written power of attorney",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="identitycheck",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("represented", None), ("organisation", None), _connector="OR"),
                        name="identity_check_for_one_other",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="identitycheck",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("power", None),
                            models.Q(("power_last_day__isnull", False), ("power_matters__isnull", False)),
                            _connector="OR",
                        ),
                        name="identity_check_power_stated",
                    ),
                ),
            ]
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON identity_writtenpower "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER append_only ON identity_writtenpower;",
        ),
    ]
