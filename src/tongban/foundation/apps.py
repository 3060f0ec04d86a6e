from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "tongban.foundation"
    label = "foundation"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        from tongban.foundation import keeping  # noqa: F401, PLC0415 - registers; needs the models
        from tongban.foundation.transparency import jobs  # noqa: F401, PLC0415 - registers; needs the models
