"""RSA signatures and AES-256-GCM, written apart from OpenBerth's own so that neither is only tested by its twin."""

import base64
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-256, in base64."""
    return base64.standard_b64encode(key.sign(message, padding.PKCS1v15(), SHA256())).decode("ascii")


def is_signed(key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the signature is the key's over the message."""
    try:
        key.verify(base64.b64decode(signature), message, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(api_v3_key: bytes, content: bytes, *, associated_data: str) -> dict[str, str]:
    """The content as a WeChat Pay resource: algorithm, nonce, associated_data, ciphertext."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(api_v3_key).encrypt(nonce.encode(), content, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": associated_data,
        "nonce": nonce,
    }


def seal_for(owner: rsa.RSAPublicKey, secret: bytes) -> str:
    """A secret for the owner of the key alone: RSAES-OAEP with SHA-1, in base64."""
    oaep = padding.OAEP(mgf=padding.MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 - as WeChat Pay does
    return base64.b64encode(owner.encrypt(secret, oaep)).decode()


def dump(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
