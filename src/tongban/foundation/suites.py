"""The ciphers that seal: AES-256-GCM (NIST SP 800-38D) and SM4-GCM (GB/T 32907-2016 in the mode of ISO/IEC 19772).

Both take a nonce of 12 bytes and give a tag of 16 behind the ciphertext. SM4 has keys of 16 bytes, AES-256 of 32.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

NONCE_BYTES = 12
TAG_BYTES = 16


class UnsoundError(ValueError):
    """The ciphertext, its nonce or what is authenticated with it was changed, or the key is another one."""


class Cipher(NamedTuple):
    """A suite under one key: `seal(nonce, plain, bound)` and `open(nonce, sealed, bound)`."""

    seal: Callable[[bytes, bytes, bytes], bytes]
    open: Callable[[bytes, bytes, bytes], bytes]


@dataclass(frozen=True)
class Suite:
    """A way to seal.

    Attributes:
        name: as settings, key file and documents have it.
        number: the byte by which a sealed value names it.
        key_bytes: length of its keys.
    """

    name: str
    number: int
    key_bytes: int
    _make: Callable[[bytes], Cipher] = field(repr=False)

    def under(self, key: bytes) -> Cipher:
        """The suite under a key; what is dear to set up is kept for the next use."""
        return _kept(self, key)


@lru_cache(maxsize=64)
def _kept(suite: Suite, key: bytes) -> Cipher:
    return suite._make(key)


def _aes(key: bytes) -> Cipher:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - the command's help needs none
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

    cipher = AESGCM(key)

    def opened(nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        try:
            return cipher.decrypt(nonce, sealed, bound)
        except InvalidTag as error:
            raise UnsoundError from error

    return Cipher(cipher.encrypt, opened)


def _sm4(key: bytes) -> Cipher:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - the command's help needs none
    from cryptography.hazmat.primitives.ciphers import Cipher as Primitive  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.ciphers.modes import GCM  # noqa: PLC0415 - the same

    algorithm = SM4(key)

    def sealed(nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        work = Primitive(algorithm, GCM(nonce)).encryptor()
        work.authenticate_additional_data(bound)
        return work.update(plain) + work.finalize() + work.tag

    def opened(nonce: bytes, text: bytes, bound: bytes) -> bytes:
        if len(text) < TAG_BYTES:
            raise UnsoundError
        work = Primitive(algorithm, GCM(nonce, text[-TAG_BYTES:])).decryptor()
        work.authenticate_additional_data(bound)
        try:
            return work.update(text[:-TAG_BYTES]) + work.finalize()
        except InvalidTag as error:
            raise UnsoundError from error

    return Cipher(sealed, opened)


AES_256_GCM = Suite("AES-256-GCM", 1, 32, _aes)
SM4_GCM = Suite("SM4-GCM", 2, 16, _sm4)
SUITES = {suite.name: suite for suite in (AES_256_GCM, SM4_GCM)}


def aes_unverified(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """What an AES-256-GCM ciphertext says, its tag not looked at (SP 800-38D 6.5: counter mode from 2).

    Only for finding out what it must have been bound to; who uses it opens it again, with that.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher as Primitive  # noqa: PLC0415 - the command's help
    from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.ciphers.modes import CTR  # noqa: PLC0415 - the same

    work = Primitive(AES(key), CTR(nonce + (2).to_bytes(4))).decryptor()
    return work.update(sealed[:-TAG_BYTES]) + work.finalize()
