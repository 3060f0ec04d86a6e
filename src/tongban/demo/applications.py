"""The demonstration's directory of applications: registered and reviewed as a department and an administrator would."""

from datetime import datetime

from django.db import transaction

from tongban.demo.content import read
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.provider.actions.directory import Asked, Particulars, register_application, review_application
from tongban.identity.provider.models import Application


def enter_applications(actor: Actor, now: datetime) -> None:
    """Enter the applications that are not there yet, of agencies that are.

    Their secrets are told to nobody: they are examples to look at.
    """
    for entry in read("applications"):
        agency = Agency.objects.filter(department__code=entry["department"], region_id=entry["region"]).first()
        if agency is None or Application.objects.filter(agency=agency, name=entry["name"]).exists():
            continue
        host = f"https://{entry['host']}.example"
        particulars = Particulars(
            name=entry["name"],
            name_en=entry["name_en"],
            description=f"{entry['description']}（示例）",
            description_en=f"{entry['description_en']} (An example.)",
            home_uri=f"{host}/",
            redirect_uris=[f"{host}/oidc/callback"],
            sign_out_uris=[f"{host}/"],
            back_channel_uri=f"{host}/oidc/signed-out",
            audiences=entry["audiences"],
            required_level=entry["level"],
            asks=tuple(Asked(scope, zh, law, en) for scope, (zh, en, law) in entry["asks"].items()),
        )
        with transaction.atomic():
            application, _secret = register_application(actor, agency, particulars, now)
            if not entry.get("waits"):
                review_application(actor, application.pk, now, publish=True)
