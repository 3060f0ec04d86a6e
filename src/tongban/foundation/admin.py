"""What Django's maintenance pages are called. The packages register their own tables."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.site_header = admin.site.site_title = _("Tongban maintenance")
admin.site.index_title = _("Reference data")
