"""A personal certificate of an authority the operator trusts (电子签名法 art 16 to 20): a challenge signed by its key.

The page shows a challenge; the holder's certificate tool (a UKey's, or openssl) signs it, and certificate and signature
come back. Checked are the chain to a trusted authority, the time, the revocation list, the signature, and that the
subject is who is signed in. RSA and ECDSA; SM2 certificates need a source of the operator's own.

`TONGBAN_CERTIFICATE_AUTHORITIES` names the file of authorities (PEM), `TONGBAN_CERTIFICATE_REVOCATIONS` their
revocation lists (PEM), `TONGBAN_CERTIFICATE_NUMBER` the attribute of the subject that holds the identity number.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError
from django.conf import settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError
from tongban.identity.assurance.sources import Asked, Found, Source, Subject

_SALT = "tongban.assurance.certificate"
CHALLENGE_SECONDS = 900
_MOST = 16_000
_DEPTH = 4


class Certificate(Source):
    """L5: who holds the key of a certificate that names them."""

    code = "certificate"
    level = 5
    validity_days = 365

    def __init__(self) -> None:
        if settings.CERTIFICATE_AUTHORITIES is None:
            raise ImproperlyConfigured("TONGBAN_CERTIFICATE_AUTHORITIES names no file of trusted authorities")
        self._authorities = x509.load_pem_x509_certificates(settings.CERTIFICATE_AUTHORITIES.read_bytes())
        self._number = x509.ObjectIdentifier(settings.CERTIFICATE_NUMBER)

    def name(self) -> str:
        return _("By a digital certificate")

    def explanation(self) -> str:
        return _("You sign a line with the key of your certificate, by its own tool. The key stays with you.")

    def asks(self, subject: Subject) -> Sequence[Asked]:
        return (
            Asked(
                "challenge",
                _("The line to sign"),
                _("Sign it as it stands, with SHA-256, within a quarter of an hour."),
                value=signing.dumps(subject.person_id.hex, salt=_SALT),
            ),
            Asked("certificate", _("Your certificate"), _("In PEM; those between it and the authority below."), _MOST),
            Asked("signature", _("The signature"), _("In base64."), _MOST),
        )

    def verify(self, subject: Subject, given: Mapping[str, str], now: datetime) -> Found:
        challenge = given.get("challenge", "")
        _require_fresh(challenge, subject)
        chain = _read(given.get("certificate", ""))
        self._require_trusted(chain, now)
        _require_signed(chain[0], given.get("signature", ""), challenge)
        name, number = _names(chain[0], self._number)
        if name != subject.name or (subject.id_number and number != subject.id_number):
            raise _refusal("certificate", _("This certificate names somebody else."))
        return Found(
            {
                "issuer": chain[0].issuer.rfc4514_string(),
                "serial": f"{chain[0].serial_number:x}",
                "fingerprint": chain[0].fingerprint(hashes.SHA256()).hex(),
            },
            number,
        )

    def _require_trusted(self, chain: Sequence[x509.Certificate], now: datetime) -> None:
        builder = PolicyBuilder().store(Store(self._authorities)).time(now).max_chain_depth(_DEPTH)
        # A person's certificate needs no name of a host, nor the use that web servers ask of clients.
        builder = builder.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        try:
            verified = builder.build_client_verifier().verify(chain[0], list(chain[1:]))
        except VerificationError:
            raise _refusal(
                "certificate", _("It comes from no authority that is trusted here, or its time is over.")
            ) from None
        try:
            use = chain[0].extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            use = None
        if use is not None and not use.digital_signature:
            raise _refusal("certificate", _("This certificate is not for signing."))
        for of, by in pairwise(verified.chain):
            self._require_not_revoked(of, by, now)

    def _require_not_revoked(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
        """Each authority's own list says so; without a list that is in time, nothing is believed."""
        if settings.CERTIFICATE_REVOCATIONS is None:
            return
        lists = _lists(settings.CERTIFICATE_REVOCATIONS.read_bytes())
        current = [
            one
            for one in lists
            if one.issuer == issuer.subject
            and one.is_signature_valid(issuer.public_key())  # type: ignore[arg-type] # authorities sign by RSA or ECDSA
            and (one.next_update_utc is None or one.next_update_utc > now)
        ]
        if not current:
            message = _("Whether the certificate was revoked cannot be seen now. Try later, or come to a counter.")
            raise _refusal("certificate", message)
        if any(one.get_revoked_certificate_by_serial_number(certificate.serial_number) for one in current):
            raise _refusal("certificate", _("This certificate was revoked."))


def _refusal(name: str, text: str) -> InvalidError:
    return InvalidError({name: [text]})


def _require_fresh(challenge: str, subject: Subject) -> None:
    try:
        whose = signing.loads(challenge, salt=_SALT, max_age=CHALLENGE_SECONDS)
    except (signing.BadSignature, ValueError):
        whose = ""
    if whose != subject.person_id.hex:
        raise _refusal(
            "challenge", _("This line is too old, or another one. Load the page again and sign the new one.")
        )


def _read(text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())[:_DEPTH]
    except ValueError:
        raise _refusal("certificate", _("This is no certificate in PEM.")) from None


def _require_signed(certificate: x509.Certificate, signature: str, challenge: str) -> None:
    wrong = _refusal("signature", _("The signature is not of this line by this certificate's key."))
    try:
        signed, key = base64.b64decode("".join(signature.split()), validate=True), certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signed, challenge.encode(), padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed, challenge.encode(), ec.ECDSA(hashes.SHA256()))
        else:
            raise wrong
    except (binascii.Error, InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise wrong from None


def _names(certificate: x509.Certificate, number: x509.ObjectIdentifier) -> tuple[str, str]:
    """The name and the identity number of the subject; what is hung before a number (`SF450721…`) is left out."""

    def one(attribute: x509.ObjectIdentifier) -> str:
        found = certificate.subject.get_attributes_for_oid(attribute)
        return str(found[0].value).strip() if len(found) == 1 else ""

    return one(x509.NameOID.COMMON_NAME), one(number)[-18:].upper()


def _lists(pem: bytes) -> list[x509.CertificateRevocationList]:
    end = b"-----END X509 CRL-----"
    return [x509.load_pem_x509_crl(part + end) for part in pem.split(end)[:-1]]
