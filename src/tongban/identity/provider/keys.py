"""The keys that sign ID tokens and sign-out tokens, and the identifiers applications know people by.

The private half lies sealed in the database, so that every process signs with the same one and no restart is needed
when it is rotated; its retirement forgets it.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.identity.actor import Actor, platform_process
from tongban.identity.provider.models import SigningKey
from tongban.identity.provider.rules import KEY_SHOWN_AFTER

ALGORITHM = "RS256"
# 128 bits of security (OWASP ASVS 5.0, 11.2.3).
_BITS = 3072
# Any number, the same in every process that makes keys.
_KEY_LOCK = 7_402_031


def rotate_signing_key(actor: Actor, now: datetime) -> str:
    """Sign with a new key from now on; its id. The old one's private half is forgotten at once."""
    actor.require("rotate", "signing_key")
    with transaction.atomic():
        _stand_in_line()
        SigningKey.objects.filter(retired_at=None).update(retired_at=now, private=None)
        made = _make(now)
        append(actor, "rotate_signing_key", "signing_key", made.key_id)
    return made.key_id


def sign(claims: Mapping[str, Any], now: datetime, token_type: str = "JWT") -> str:  # noqa: S107 - a kind, no secret
    """A JWT of the claims, signed with the key in force; the first of an installation makes it."""
    key = SigningKey.objects.filter(retired_at=None).first() or _first(now)
    loaded = _loaded(key.private)
    return jwt.encode({"alg": ALGORITHM, "kid": key.key_id, "typ": token_type}, dict(claims), loaded)


def shown_keys(now: datetime) -> dict[str, Any]:
    """The public keys as a JWK set: the one that signs, and retired ones whose signatures may still be about."""
    if not SigningKey.objects.filter(retired_at=None).exists():
        _first(now)
    shown = SigningKey.objects.filter(Q(retired_at=None) | Q(retired_at__gt=now - KEY_SHOWN_AFTER))
    return {"keys": [key.public for key in shown.order_by("-made_at")]}


def read_own(token: str) -> dict[str, Any] | None:
    """The claims of a token this installation signed at any time, ended or not; None of anything else."""
    public: Any = {"keys": list(SigningKey.objects.order_by("-made_at").values_list("public", flat=True))}
    try:
        return dict(jwt.decode(token, KeySet.import_key_set(public), algorithms=[ALGORITHM]).claims)
    except (JoseError, ValueError):
        return None


def subject(sector: str, kind: str, identifier: uuid.UUID) -> str:
    """Under what identifier a sector knows somebody: without our key nobody tells two sectors' identifiers apart.

    Args:
        sector: of the application.
        kind: person, organisation, officer: one human at work and at home are two.
        identifier: of the person or the organisation.
    """
    digest = blind_index(f"{sector}|{kind}:{identifier}", "provider.subject")
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()


def session_name(session: str, sector: str) -> str:
    """The `sid` a sector's systems know a session by."""
    return blind_index(f"{sector}|{session}", "provider.session")[:32]


def token_digest(token: str) -> str:
    """What is kept of a code, a token or a secret; they are random, so a plain digest tells nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def _first(now: datetime) -> SigningKey:
    with transaction.atomic():
        _stand_in_line()
        found = SigningKey.objects.filter(retired_at=None).first()
        if found:
            return found
        made = _make(now)
        append(platform_process("provider"), "make_signing_key", "signing_key", made.key_id)
    return made


def _make(now: datetime) -> SigningKey:
    key = RSAKey.generate_key(_BITS, private=True)
    key_id = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": ALGORITHM}
    return SigningKey.objects.create(
        key_id=key_id, public=public, private=json.dumps(key.as_dict(private=True)), made_at=now
    )


def _stand_in_line() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY_LOCK])


# Taking an RSA key apart and checking it costs more than signing.
@lru_cache(maxsize=4)
def _loaded(private: str) -> RSAKey:
    return RSAKey.import_key(json.loads(private))
