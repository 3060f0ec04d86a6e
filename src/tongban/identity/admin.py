"""Rights come from posts and `authority`; Django's groups would grant nothing here, so they are not shown.

Nor are allauth's tables: who signs in by what is everybody's own affair, on the pages of their account.
"""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group

for model in (Group, Authenticator, UserSession, EmailAddress, EmailConfirmation):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
