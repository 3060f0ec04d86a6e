from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UserspaceConfig(AppConfig):
    name = "tongban.userspace"
    label = "userspace"
    verbose_name = _("My space")

    def ready(self) -> None:
        from tongban.userspace import keeping  # noqa: F401, PLC0415 - registers; needs the models
