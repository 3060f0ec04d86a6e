"""A benefit may be offered again after a period; undertakings are numbered documents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_window_checks")]

    operations = [
        migrations.AddField(
            model_name="benefitoffer",
            name="round",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.RemoveConstraint(model_name="benefitoffer", name="offer_once"),
        migrations.AddConstraint(
            model_name="benefitoffer",
            constraint=models.UniqueConstraint(
                fields=("service", "person", "organisation", "round"), name="offer_once_a_round", nulls_distinct=False
            ),
        ),
        migrations.AlterField(
            model_name="casedocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "receipt of application"),
                    ("correction_notice", "notice of correction"),
                    ("acceptance", "notice of acceptance"),
                    ("acceptance_refusal", "notice of refusal of acceptance"),
                    ("grant", "decision to grant"),
                    ("denial", "decision to deny"),
                    ("not_required", "notice that nothing needs to be applied for"),
                    ("spot_correction", "record of a correction on the spot"),
                    ("deemed_acceptance", "notice of acceptance by lapse of time"),
                    ("deferred_acceptance", "notice of acceptance with materials to follow"),
                    ("deemed_withdrawal", "notice of withdrawal by lapse of time"),
                    ("deemed_renewal", "notice of renewal by lapse of time"),
                    ("pause_notice", "notice of time that does not count"),
                    ("extension_notice", "notice of extension"),
                    ("hearing_right", "notice of the right to a hearing"),
                    ("hearing_notice", "notice of hearing"),
                    ("hearing_record", "record of the hearing"),
                    ("preliminary_opinion", "preliminary opinion"),
                    ("verification_record", "record of verification"),
                    ("overrun_reason", "explanation of an overrun limit"),
                    ("rectification_order", "order to put right"),
                    ("check_record", "record of a later check"),
                    ("revocation", "decision to revoke"),
                    ("cancellation", "decision to cancel"),
                    ("commitment", "written commitment"),
                    ("deferral", "undertaking to hand in later"),
                ],
                max_length=20,
            ),
        ),
    ]
