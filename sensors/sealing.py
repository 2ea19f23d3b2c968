"""Secrets that we must be able to read again: kept sealed, never in clear.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from SOURCE_SECRETS_KEY, by default from SECRET_KEY. To change
it, put the old one into SOURCE_SECRETS_OLD_KEYS: both open, the new one seals.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"openberth source secrets"


class CanNotOpen(Exception):
    """A secret that none of our keys opens: the key was changed and the old one not kept."""


def seal(secret: str) -> str:
    """The secret as only this installation can read it."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises CanNotOpen."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CanNotOpen("the key that sealed this secret is not among ours") from None


def _box() -> MultiFernet:
    keys = [settings.SOURCE_SECRETS_KEY, *settings.SOURCE_SECRETS_OLD_KEYS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
