"""The directory of applications: a department registers, an administrator who is somebody else reviews."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation
from tongban.identity.provider.actions.signing_in import end_sign_ins_of
from tongban.identity.provider.keys import token_digest
from tongban.identity.provider.models import Application, ApplicationScope
from tongban.identity.provider.rules import HIGHEST, LOWEST, SCOPES, address_fault

State = Application.State
_SECRET_BYTES = 32
MOST_ADDRESSES = 10


@dataclass(frozen=True)
class Asked:
    """One scope an application asks for, what for and by which law."""

    scope: str
    purpose: str
    legal_basis: str
    purpose_en: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Particulars:
    """What is said of an application when it is registered or changed."""

    name: str
    name_en: str
    home_uri: str
    redirect_uris: Sequence[str]
    audiences: Sequence[str]
    asks: Sequence[Asked] = ()
    description: str = ""
    description_en: str = ""
    sign_out_uris: Sequence[str] = ()
    back_channel_uri: str = ""
    sector: str = ""
    sector_basis: str = ""
    required_level: int = 2
    resource_servers: Sequence[str] = field(default=())


def register_application(
    actor: Actor, agency: Agency, particulars: Particulars, now: datetime, *, public: bool = False
) -> tuple[Application, str]:
    """Register a system of an agency; it and its secret, which is told this once (empty for a public client).

    Raises:
        NotAllowedError: the actor keeps no applications of that agency.
        InvalidError: by field.
    """
    _require(actor, agency.pk)
    secret = "" if public else secrets.token_urlsafe(_SECRET_BYTES)
    with transaction.atomic():
        application = Application(
            client_id=_client_id(particulars.name_en),
            secret_digest=token_digest(secret) if secret else None,
            agency=agency,
            registered_at=now,
            registered_by_id=actor.account_id,
        )
        _fill_in(application, particulars)
        append(actor, "register_application", "application", application.pk, {"client_id": application.client_id})
    return application, secret


def change_application(actor: Actor, application_id: uuid.UUID, particulars: Particulars, now: datetime) -> Application:
    """Change what is said of an application, which then waits for its review.

    One that is published is suspended first: what was reviewed is what runs.
    """
    with transaction.atomic():
        application = _locked(application_id)
        _require(actor, application.agency_id)
        if application.state == State.PUBLISHED:
            raise ConflictError(_("A published application is suspended before it is changed."))
        application.state, application.registered_by_id = State.REGISTERED, actor.account_id
        application.registered_at, application.reviewed_by_id = now, None
        _fill_in(application, particulars)
        append(actor, "change_application", "application", application.pk)
    return application


def renew_secret(actor: Actor, application_id: uuid.UUID) -> str:
    """A new secret for an application's server, told this once; the old one is of no use from now on."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with transaction.atomic():
        application = _locked(application_id)
        _require(actor, application.agency_id)
        if application.is_public:
            raise ConflictError(_("A public application has no secret."))
        application.secret_digest = token_digest(secret)
        application.save(update_fields=["secret_digest"])
        append(actor, "renew_secret", "application", application.pk)
    return secret


def review_application(
    actor: Actor, application_id: uuid.UUID, now: datetime, *, publish: bool, note: str = ""
) -> Application:
    """Publish a registered application, or refuse it with a reason.

    Raises:
        NotAllowedError: no administrator, or who registered it themselves.
        ConflictError: it does not wait for a review.
    """
    actor.require("review", "application")
    if not publish and not note.strip():
        raise InvalidError({"note": [_("Say why it is refused.")]})
    with transaction.atomic():
        application = _locked(application_id)
        if application.registered_by_id == actor.account_id and actor.account_id is not None:
            raise NotAllowedError(_("Somebody else than who registered it reviews an application."))
        if application.state != State.REGISTERED:
            raise ConflictError(_("This application does not wait for a review."))
        _settle(application, State.PUBLISHED if publish else State.REFUSED, actor, now, note)
        append(actor, "publish_application" if publish else "refuse_application", "application", application.pk)
    return application


def suspend_application(actor: Actor, application_id: uuid.UUID, note: str, now: datetime) -> Application:
    """Take a published application out of service at once; everybody's sign-ins to it end."""
    actor.require("suspend", "application")
    if not note.strip():
        raise InvalidError({"note": [_("Say why it is suspended.")]})
    with transaction.atomic():
        application = _locked(application_id)
        if application.state != State.PUBLISHED:
            raise ConflictError(_("Only a published application can be suspended."))
        application.state, application.review_note = State.SUSPENDED, note.strip()[:500]
        application.save(update_fields=["state", "review_note"])
        end_sign_ins_of(actor, application, now)
        append(actor, "suspend_application", "application", application.pk)
    return application


def _settle(application: Application, state: State, actor: Actor, now: datetime, note: str) -> None:
    application.state, application.review_note = state, note.strip()[:500]
    application.reviewed_at, application.reviewed_by_id = now, actor.account_id
    application.save(update_fields=["state", "review_note", "reviewed_at", "reviewed_by"])


def _require(actor: Actor, agency_id: uuid.UUID) -> None:
    own = actor.post is not None and actor.post.agency_id == agency_id
    # The operator's imports are no agency's.
    actor.require("register", "application", {Relation.OWN_AGENCY} if own else ())


def _locked(application_id: uuid.UUID) -> Application:
    found = Application.objects.select_for_update().filter(pk=application_id).first()
    if found is None:
        raise NotFoundError
    return found


def _client_id(name: str) -> str:
    """A name an engineer can read, and something nobody else has."""
    return f"{slugify(name)[:40].strip('-') or 'application'}-{secrets.token_hex(4)}"


def _fill_in(application: Application, said: Particulars) -> None:
    """Check and write what is said.

    Raises:
        InvalidError: by field.
    """
    sector = said.sector.strip() or f"agency-{application.agency_id}"
    wrong = _wrong(said) | _wrong_sector(application, sector, said.sector_basis)
    servers = list(Application.objects.filter(client_id__in=said.resource_servers))
    if len(servers) != len(set(said.resource_servers)):
        wrong["resource_servers"] = [_("There is no application with this client id.")]
    if wrong:
        raise InvalidError(wrong)
    application.name, application.name_en = said.name.strip(), said.name_en.strip()
    application.description, application.description_en = said.description.strip(), said.description_en.strip()
    application.audiences, application.home_uri = list(said.audiences), said.home_uri
    application.redirect_uris, application.sign_out_uris = list(said.redirect_uris), list(said.sign_out_uris)
    application.back_channel_uri, application.required_level = said.back_channel_uri, said.required_level
    application.sector, application.sector_basis = sector, said.sector_basis.strip()
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        raise ConflictError(_("There is an application of this name.")) from None
    application.resource_servers.set(servers)
    application.scopes.all().delete()
    ApplicationScope.objects.bulk_create(
        ApplicationScope(
            application=application,
            scope=one.scope,
            purpose=one.purpose.strip(),
            purpose_en=one.purpose_en.strip(),
            legal_basis=one.legal_basis.strip(),
            optional=one.optional,
        )
        for one in said.asks
    )


def _wrong(said: Particulars) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for name, value in (("name", said.name), ("name_en", said.name_en)):
        if not value.strip():
            wrong[name] = [_("Enter the name.")]
        elif len(value) > 300:  # noqa: PLR2004 - as the column has it
            wrong[name] = [_("At most 300 characters.")]
    if not said.audiences or not set(said.audiences) <= set(Application.Audience.values):
        wrong["audiences"] = [_("Choose who uses it.")]
    if not LOWEST <= said.required_level <= HIGHEST:
        wrong["required_level"] = [_("Choose a level.")]
    if not said.home_uri:
        wrong["home_uri"] = [_("Enter the address.")]
    if not said.redirect_uris:
        wrong["redirect_uris"] = [_("Enter at least one address.")]
    addresses = {
        "home_uri": [said.home_uri] if said.home_uri else [],
        "redirect_uris": said.redirect_uris,
        "sign_out_uris": said.sign_out_uris,
        "back_channel_uri": [said.back_channel_uri] if said.back_channel_uri else [],
    }
    for name, uris in addresses.items():
        bad = [uri for uri in uris if len(uri) > 500 or address_fault(uri, loopback=settings.OIDC_LOOPBACK)]  # noqa: PLR2004
        if bad or len(uris) > MOST_ADDRESSES:
            text = _("Not an address that can be used: %(address)s. It begins with https:// and has no fragment.")
            wrong[name] = [text % {"address": (bad or ["…"])[0][:80]}]
    return wrong | _wrong_asks(said.asks)


def _wrong_asks(asks: Sequence[Asked]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for one in asks:
        known = SCOPES.get(one.scope)
        if known is None:
            wrong["asks"] = [_("There is no such scope: %(scope)s") % {"scope": one.scope[:30]}]
        elif not known.always and not (one.purpose.strip() and one.legal_basis.strip()):
            # 个人信息保护法 art 6 and 34: a clear purpose, within what law lets the organ do.
            wrong[f"purpose_{one.scope}"] = [_("Say what it is needed for and by which law.")]
        elif len(one.purpose) > 300 or len(one.purpose_en) > 300 or len(one.legal_basis) > 300:  # noqa: PLR2004
            wrong[f"purpose_{one.scope}"] = [_("At most 300 characters.")]
    return wrong


def _wrong_sector(application: Application, sector: str, basis: str) -> dict[str, list[str]]:
    if slugify(sector) != sector.lower() or len(sector) > 80:  # noqa: PLR2004 - as the column has it
        return {"sector": [_("Letters, digits and hyphens only.")]}
    others = Application.objects.filter(sector=sector).exclude(agency_id=application.agency_id)
    foreign = sector.startswith("agency-") and sector != f"agency-{application.agency_id}"
    if (foreign or others.exists()) and not basis.strip():
        # Systems of one sector can bring together what each knows of a person.
        return {"sector_basis": [_("This sector is another agency's too: name the law that lets them share it.")]}
    return {}
