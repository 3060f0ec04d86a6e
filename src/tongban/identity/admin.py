"""Rights come from posts and `authority`; Django's groups would grant nothing here, so they are not shown."""

from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister(Group)
