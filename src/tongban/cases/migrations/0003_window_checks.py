"""What a window saw of an applicant is the counter's identity check; late requests for cooperation are told of once."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

_KINDS = {"居民身份证": "resident_card", "临时居民身份证": "temporary_card"}


def record_checks(apps: Any, _schema_editor: Any) -> None:
    """The check behind each application that a window took in, from its first event; other documents have no kind."""
    across_model = apps.get_model("cases", "CaseAcross")
    event_model = apps.get_model("cases", "CaseEvent")
    check_model = apps.get_model("identity", "IdentityCheck")
    for across in across_model.objects.filter(identity_document__in=_KINDS).select_related("case").iterator():
        event = event_model.objects.filter(case_id=across.pk, sequence=1).first()
        if event is None or event.post_id is None or event.account_id is None:
            continue
        across.check_made = check_model.objects.create(
            post_id=event.post_id,
            account_id=event.account_id,
            person_id=across.case.person_id,
            organisation_id=across.case.organisation_id,
            document=_KINDS[across.identity_document],
            made_at=across.received_at,
            ended_at=across.received_at,
        )
        across.save(update_fields=["check_made"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_append_only"), ("identity", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="caseacross",
            name="check_made",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.identitycheck",
            ),
        ),
        migrations.AddField(
            model_name="cooperation",
            name="late_told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(record_checks, migrations.RunPython.noop),
        migrations.RemoveField(model_name="caseacross", name="identity_document"),
    ]
