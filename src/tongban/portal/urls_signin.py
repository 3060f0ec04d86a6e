"""Addresses of signing in, and of one's own sign-in. The names are allauth's, by which its flows find each other."""

from allauth.mfa.webauthn.views import login_webauthn
from django.urls import path

from tongban.portal.views import security, session

urlpatterns = [
    path("sign-in", session.SignIn.as_view(), name="account_login"),
    path("sign-out", session.SignOut.as_view(), name="account_logout"),
    path("sign-in/code", session.RequestCode.as_view(), name="account_request_login_code"),
    path("sign-in/code/enter", session.EnterCode.as_view(), name="account_confirm_login_code"),
    path("sign-in/passkey", login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/second-step", session.SecondStep.as_view(), name="mfa_authenticate"),
    path("sign-in/second-factor", session.second_factor_needed, name="second_factor"),
    path("sign-in/closed", session.closed, name="account_inactive"),
    path("sign-in/again", session.AgainByPassword.as_view(), name="account_reauthenticate"),
    path("sign-in/again/code", session.AgainByCode.as_view(), name="mfa_reauthenticate"),
    path("sign-in/again/passkey", session.AgainByPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("me/sign-in/", security.Overview.as_view(), name="mfa_index"),
    path("me/sign-in/password", security.Password.as_view(), name="account_change_password"),
    path("me/sign-in/contact", security.contact, name="sign_in_contact"),
    path("me/sign-in/contact/code", security.contact_code, name="sign_in_contact_code"),
    path("me/sign-in/app", security.AddApp.as_view(), name="mfa_activate_totp"),
    path("me/sign-in/app/remove", security.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("me/sign-in/passkeys/", security.Passkeys.as_view(), name="mfa_list_webauthn"),
    path("me/sign-in/passkeys/add", security.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("me/sign-in/passkeys/<int:pk>/name", security.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path("me/sign-in/passkeys/<int:pk>/remove", security.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("me/sign-in/recovery-codes", security.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("me/sign-in/recovery-codes/new", security.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("me/sign-in/sessions", security.Sessions.as_view(), name="usersessions_list"),
]
