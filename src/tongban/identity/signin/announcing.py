"""What upper layers are told of an account: its holder hears of every change of the way in, and of new browsers."""

from tongban.foundation.ledger import Announcement

# Object: the account. Detail: `what` of CHANGES, and for `elsewhere` the `device` in two words, as a page shows it.
ACCOUNT_CHANGED = "account.changed"
CHANGES = (
    "password",
    "totp_added",
    "totp_removed",
    "webauthn_added",
    "webauthn_removed",
    "codes_renewed",
    "contact",
    "released",
    "elsewhere",
)


def changed(what: str, **detail: str) -> Announcement:
    """To announce with the ledger's entry of the change."""
    if what not in CHANGES:
        raise ValueError(what)
    return Announcement(ACCOUNT_CHANGED, {"what": what, **detail})
