"""What signing in has to remember: attempts counted and codes used, for minutes; browsers, for a year.

Every web process sees the same.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SignInMemory(models.Model):
    """A value under a keyed digest of its name, until it expires (`signin.cache`)."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "identity"
        verbose_name = _("memory of sign-ins")
        verbose_name_plural = _("memories of sign-ins")

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M:%S}"
