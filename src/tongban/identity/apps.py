from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "tongban.identity"
    label = "identity"
    verbose_name = _("Identity")

    def ready(self) -> None:
        """Hear of sign-ins and sign-outs; say what is kept how long."""
        from tongban.identity import keeping  # noqa: F401, PLC0415 - registers; needs the models
        from tongban.identity.provider import sessions  # noqa: F401, PLC0415 - the same
        from tongban.identity.signin import receivers  # noqa: PLC0415 - the same

        receivers.connect()
