"""Addresses that applications' servers call. Those that people see are the portal's."""

from django.urls import path

from tongban.identity.provider import endpoints

app_name = "provider"
urlpatterns = [
    path(".well-known/openid-configuration", endpoints.discovery, name="discovery"),
    path("oidc/keys", endpoints.keys, name="keys"),
    path("oidc/token", endpoints.token, name="token"),
    path("oidc/userinfo", endpoints.userinfo, name="userinfo"),
    path("oidc/introspect", endpoints.introspection, name="introspection"),
    path("oidc/revoke", endpoints.revocation, name="revocation"),
]
